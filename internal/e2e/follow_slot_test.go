package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// session opens a session of the source that runs what it is told.
func (w *work) session() (tell func(statement string), pid int) {
	w.t.Helper()
	conn, err := pgx.Connect(context.Background(), w.direct[0])
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return func(statement string) {
		w.t.Helper()
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			w.t.Fatalf("%s: %v", statement, err)
		}
	}, int(conn.PgConn().PID())
}

// A table that is truncated while the slot is made, between two of the moments at which the server looks who is at work, makes a slot that the
// server itself cannot read: it has lost that the table has another file. Such a slot is made anew, before anything was copied.
func TestFollowSlotMadeDuringTruncate(t *testing.T) {
	for _, plugin := range []string{"pgoutput", "test_decoding", "wal2json"} {
		t.Run(plugin, func(t *testing.T) {
			src, dst := pgtest.Pair(t)
			needPlugin(t, src, plugin)
			db := src.FreshDB(t)
			src.Exec(t, db, "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t VALUES (1, 'before'); CREATE TABLE other (id int PRIMARY KEY)")
			name := "lost_" + plugin
			w := followed(t, src, dst, db, name, "--plugin", plugin)
			first, firstPID := w.session()
			second, secondPID := w.session()
			third, _ := w.session()
			waitsFor := func(pid int) {
				t.Helper()
				eventually(t, "the slot's maker waits for a transaction", 30*time.Second, func() bool {
					return src.Value(t, db, fmt.Sprintf("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'walsender' AND query LIKE '%%%s%%' AND %d = ANY (pg_blocking_pids(pid))", name, pid)) == "1"
				})
			}
			first("BEGIN; SELECT txid_current()")
			p := w.clone()
			waitsFor(firstPID)
			second("BEGIN; SELECT txid_current()") // older than the TRUNCATE, so that this does not count as long over
			src.Exec(t, db, "TRUNCATE t")
			first("COMMIT")
			waitsFor(secondPID)
			third("BEGIN; INSERT INTO t VALUES (2, 'while the slot is made')")
			second("COMMIT")
			eventually(t, "the slot is made", 30*time.Second, func() bool {
				return src.Value(t, db, "SELECT count(*) FROM pg_replication_slots WHERE slot_name = '"+name+"' AND confirmed_flush_lsn IS NOT NULL") == "1"
			})
			third("COMMIT")
			w.applying()
			if !strings.Contains(p.err.String(), "it is made anew") { // a server may come that does better
				t.Logf("the source could read the first slot: %s", p.err.String())
			}
			src.Exec(t, db, "INSERT INTO t VALUES (3, 'after')")
			w.endHere()
			w.mustEnd(p, exitDone)
			w.mustEqual()
			w.must("cleanup")
			w.nothingOfFollow(db)
		})
	}
}
