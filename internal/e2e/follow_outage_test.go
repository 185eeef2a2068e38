package e2e

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// Servers that restart and connections that are lost are no matter for a person: the same process goes on, and nothing is lost or doubled,
// also in a table without a key.
func TestFollowGoesOnAfterRestartsByItself(t *testing.T) {
	src, dst := pgtest.Start(t), pgtest.Start(t)
	db := src.FreshDB(t)
	src.Exec(t, db, "CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE keyless (n int); INSERT INTO t VALUES (0, 0)")
	w := followed(t, src, dst, db, "outage")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	// The writer goes on through everything; it does not know what became of a commit that was cut off, and need not.
	var committed atomic.Int64
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for n := 1; ctx.Err() == nil; {
			conn, err := pgx.Connect(ctx, w.source)
			for ; err == nil && ctx.Err() == nil; n++ {
				if _, err = conn.Exec(ctx, "WITH a AS (INSERT INTO keyless VALUES ($1)) INSERT INTO t VALUES ($1, 1) ON CONFLICT DO NOTHING", n); err == nil {
					committed.Add(1)
					time.Sleep(2 * time.Millisecond)
				}
			}
			if conn != nil {
				_ = conn.Close(context.WithoutCancel(ctx))
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
	p := w.clone()
	w.appliedBy(p)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("stderr: %s\n%s", p.err.String(), w.report())
		}
	})
	for i, outage := range []func(){
		func() {
			if err := dst.Restart(pgtest.Immediate); err != nil {
				t.Error(err)
			}
		},
		func() {
			if err := src.Restart(pgtest.Fast); err != nil {
				t.Error(err)
			}
		},
		func() {
			if err := src.Restart(pgtest.Immediate); err != nil {
				t.Error(err)
			}
		},
		func() {
			src.Exec(t, "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pgcopy%'")
			dst.Exec(t, "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'pgcopy%'")
		},
	} {
		outage()
		before := committed.Load()
		eventually(t, "the writer goes on", 30*time.Second, func() bool { return committed.Load() > before+50 })
		at := src.Value(t, db, "SELECT max(id) FROM t")
		t.Logf("outage %d over, row %s", i, at)
		eventually(t, "following goes on", 30*time.Second, func() bool {
			if !p.alive() {
				t.Fatalf("it has ended: %s", p.wait())
			}
			return dst.Value(t, w.targetDB, "SELECT count(*) FROM t WHERE id = "+at) == "1"
		})
	}
	cancel()
	<-ended
	w.endHere()
	w.mustEnd(p, 0)
	w.mustEqual()
}
