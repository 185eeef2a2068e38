package e2e

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// piecewise is a directory in which following is done command by command, between two databases that hold the same table.
func piecewise(t *testing.T, name string) *work {
	t.Helper()
	src, _ := pgtest.Pair(t)
	return piecewiseOn(t, src, name)
}

// piecewiseOn is the same from a server of the test's own.
func piecewiseOn(t *testing.T, src *pgtest.Server, name string) *work {
	t.Helper()
	_, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, "CREATE TABLE t (id int PRIMARY KEY, v text)")
	w := newWork(t, src, dst, db)
	w.args = []string{"", "", name}
	dst.Exec(t, w.targetDB, "CREATE TABLE t (id int PRIMARY KEY, v text)")
	if r := w.stream("setup", "--source", w.source, "--target", w.target, "--slot-name", name, "--origin", name); r.code != 0 {
		t.Fatalf("setup: %s", r)
	}
	t.Cleanup(func() {
		if r := w.stream("cleanup"); r.code != 0 {
			t.Errorf("cleanup: %s", r)
		}
		w.nothingOfFollow(db)
	})
	return w
}

// must runs a stream command that has to succeed.
func (w *work) must(args ...string) {
	w.t.Helper()
	if r := w.stream(args...); r.code != 0 {
		w.t.Fatalf("stream %v: %s\n%s", args, r, w.report())
	}
}

// spool asks, or changes, the first file of the spool.
func (w *work) spool(statement string) (rows [][]string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "cdc", "spool-00000001.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if !strings.HasPrefix(statement, "SELECT") {
		if _, err := db.Exec(statement); err != nil {
			w.t.Fatal(err)
		}
		return nil
	}
	got, err := db.Query(statement)
	if err != nil {
		w.t.Fatal(err)
	}
	defer got.Close()
	for got.Next() {
		var v string
		if err := got.Scan(&v); err != nil {
			w.t.Fatal(err)
		}
		rows = append(rows, []string{v})
	}
	return rows
}

// change changes the catalog.
func (w *work) change(statement string) {
	w.t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(w.dir, "catalog.db"))
	if err != nil {
		w.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statement); err != nil {
		w.t.Fatal(err)
	}
}

func (w *work) ids() string {
	w.t.Helper()
	return w.dst.Value(w.t, w.targetDB, "SELECT coalesce(string_agg(id::text, ' ' ORDER BY id), '') FROM t")
}

// fill has three transactions received, and gives where their commit records begin.
func (w *work) fill(db string) (commits []uint64) {
	w.t.Helper()
	for _, s := range []string{"INSERT INTO t VALUES (1), (2)", "INSERT INTO t VALUES (3)", "BEGIN; INSERT INTO t VALUES (4); UPDATE t SET v = 'x' WHERE id = 1; COMMIT"} {
		w.src.Exec(w.t, db, s)
	}
	w.endHere()
	w.must("receive")
	for _, row := range w.spool("SELECT commit_lsn FROM txn ORDER BY seq") {
		n, _ := strconv.ParseUint(row[0], 10, 64)
		commits = append(commits, n)
	}
	if len(commits) != 3 {
		w.t.Fatalf("%d transactions in the spool, want 3", len(commits))
	}
	return commits
}

// lsn is a position as pg_lsn writes it.
func lsn(n uint64) string { return fmt.Sprintf("%X/%X", uint32(n>>32), uint32(n)) }

func sourceDB(w *work) string {
	name := w.source[strings.LastIndex(w.source, "/")+1:]
	name, _, _ = strings.Cut(name, "?")
	return name
}

// Receive comes upon a transaction behind endpos without a word about endpos itself: the source had passed it before. The end is reached all the same,
// for whoever waits for it.
func TestEndposIsPassedBySomethingElse(t *testing.T) {
	w := piecewise(t, "stream_gap")
	db := sourceDB(w)
	at := func() (n uint64) {
		n, _ = strconv.ParseUint(w.src.Value(t, db, "SELECT pg_current_wal_insert_lsn() - '0/0'"), 10, 64)
		return n
	}
	w.src.Exec(t, db, "INSERT INTO t VALUES (1)")
	endpos := at() + 200 // within what the next transaction writes
	w.src.Exec(t, db, "INSERT INTO t SELECT 1 + i FROM generate_series(1, 100) i")
	if behind := at(); behind <= endpos {
		t.Fatalf("the WAL ends at %d, before endpos %d", behind, endpos)
	}
	w.must("receive", "--endpos", lsn(endpos))
	got := w.catalog("SELECT flush_lsn FROM sentinel")[0][0]
	var high, low uint64
	if _, err := fmt.Sscanf(got, "%X/%X", &high, &low); err != nil || high<<32+low < endpos {
		t.Errorf("receive has ended and says that it stored up to %s, before endpos %s", got, lsn(endpos))
	}
	w.must("apply")
	if got := w.ids(); got != "1" {
		t.Errorf("applied %q", got)
	}
}

func TestEndposEdges(t *testing.T) {
	w := piecewise(t, "stream_endpos")
	commits := w.fill(sourceDB(w))
	for _, c := range []struct {
		what   string
		endpos uint64
		want   string
	}{
		{"before everything", commits[0] - 1, ""},
		{"at a commit", commits[0], "1 2"},
		{"in a gap", commits[0] + 1, "1 2"},
		{"just below a commit, inside its transaction", commits[2] - 1, "1 2 3"},
		{"in the past", commits[0], "1 2 3"},
		{"at the last", commits[2], "1 2 3 4"},
	} {
		w.must("apply", "--endpos", lsn(c.endpos))
		if got := w.ids(); got != c.want {
			t.Errorf("%s (%s): rows %q, want %q", c.what, lsn(c.endpos), got, c.want)
		}
	}
	if n := w.count("SELECT sum(open) FROM ledger"); n != 0 {
		t.Errorf("the ledger is open by %d", n)
	}
}

// TestTheProofNoticesALoss breaks the spool on purpose: what the proofs are for is that they fail then.
func TestTheProofNoticesALoss(t *testing.T) {
	w := piecewise(t, "stream_loss")
	w.fill(sourceDB(w))
	w.spool("DELETE FROM txn WHERE seq = 2")
	r := w.stream("apply")
	if r.code != 1 || !strings.Contains(r.stderr, "not in order") {
		t.Fatalf("a transaction was dropped from the spool: %s", r)
	}
	w.spool("UPDATE txn SET seq = 2 WHERE seq = 3") // hidden better: the numbers have no gap
	if r = w.stream("apply"); r.code != 1 || !strings.Contains(r.stderr, "ledger does not balance") {
		t.Fatalf("a transaction was dropped from the spool without a gap: %s", r)
	}
}

func TestTheProofNoticesADouble(t *testing.T) {
	w := piecewise(t, "stream_double")
	commits := w.fill(sourceDB(w))
	w.must("apply", "--endpos", lsn(commits[0]))
	// Somebody moves the origin back: the first transaction would be applied again.
	w.dst.Exec(t, w.targetDB, "SELECT pg_replication_origin_drop('stream_double'); SELECT pg_replication_origin_create('stream_double')")
	w.dst.Exec(t, w.targetDB, "DELETE FROM t")
	r := w.stream("apply")
	if r.code == 0 {
		t.Fatalf("transactions were applied twice: %s\n%s", r, w.ids())
	}
}

func TestSpoolIsPruned(t *testing.T) {
	w := piecewise(t, "stream_prune")
	w.fill(sourceDB(w))
	w.must("apply")
	r := w.stream("prune", "--dry-run")
	if r.code != 0 {
		t.Fatal(r)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "cdc", "spool-00000001.db")); err != nil {
		t.Error("the file that is still written to was removed")
	}
	w.src.Exec(t, sourceDB(w), "INSERT INTO t SELECT i FROM generate_series(10, 20) i")
	begun := time.Now()
	w.endHere()
	w.must("replay")
	if got := w.ids(); !strings.HasSuffix(got, "18 19 20") {
		t.Errorf("rows %q after %s", got, time.Since(begun))
	}
}
