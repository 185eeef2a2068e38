package e2e

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// betweenSnapshotAndCopy runs a statement on the source after a clone that follows has taken its snapshot and before it copies a row, and has the
// clone go on.
func (w *work) betweenSnapshotAndCopy(statement string) *process {
	w.t.Helper()
	p := w.clone("PGCOPY_CRASH_AT=settled:plan")
	if r := p.wait(); r.signal != syscall.SIGKILL {
		w.t.Fatalf("it was to be killed: %s", r)
	}
	w.src.Exec(w.t, sourceDB(w), statement)
	return w.resume(nil)
}

// A TRUNCATE does not wait for the copy of a clone that follows, and the copy not for it. What the snapshot saw of the table is gone, and so is
// what was done to it before the TRUNCATE; what came after it is followed.
func TestTruncatedWhileCopied(t *testing.T) {
	for _, plugin := range []string{"pgoutput", "test_decoding", "wal2json"} {
		t.Run(plugin, func(t *testing.T) {
			src, dst := pgtest.Pair(t)
			needPlugin(t, src, plugin)
			db := src.FreshDB(t)
			src.Exec(t, db, `CREATE TABLE one (id int PRIMARY KEY, v text); INSERT INTO one SELECT i, 'snapshot' FROM generate_series(1, 1000) i;
				CREATE TABLE two (id bigint PRIMARY KEY, v text); INSERT INTO two SELECT i, repeat('x', 100) FROM generate_series(1, 20000) i;
				CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept SELECT generate_series(1, 10)`)
			src.Exec(t, db, "VACUUM ANALYZE")
			w := followed(t, src, dst, db, "trunc_"+plugin, "--plugin", plugin, "--split-tables-larger-than", "256kB")
			p := w.betweenSnapshotAndCopy(`UPDATE one SET v = 'before' WHERE id < 10; DELETE FROM two WHERE id < 100; INSERT INTO one VALUES (5000, 'before');
				BEGIN; INSERT INTO one VALUES (5001, 'same transaction'); TRUNCATE one, two; INSERT INTO one VALUES (1, 'after'); COMMIT;
				INSERT INTO two VALUES (7, 'after'); UPDATE one SET v = 'later' WHERE id = 1; INSERT INTO kept VALUES (11)`)
			w.applying()
			src.Exec(t, db, "INSERT INTO one VALUES (2, 'much later'); TRUNCATE kept; INSERT INTO kept VALUES (99)")
			w.endHere()
			w.mustEnd(p, exitDone)
			w.mustEqual()
			if n := w.count("SELECT sum(open) FROM ledger"); n != 0 {
				t.Errorf("the ledger is open by %d changes", n)
			}
			if n := w.count("SELECT count(*) FROM found_empty WHERE truncated_seq > 0"); n != 2 {
				t.Errorf("%d tables were found empty, not 2: %v", n, w.catalog("SELECT * FROM found_empty"))
			}
			w.must("cleanup")
		})
	}
}

// ALTER TABLE that rewrites a table between snapshot and copy leaves nothing to read and nothing to follow: the run says so and is no success.
func TestRewrittenWhileCopied(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, `CREATE TABLE one (id int PRIMARY KEY, v text); INSERT INTO one SELECT i, 'snapshot' FROM generate_series(1, 1000) i;
		CREATE TABLE other (id int PRIMARY KEY)`)
	w := followed(t, src, dst, db, "rewritten")
	p := w.betweenSnapshotAndCopy(`ALTER TABLE one ALTER v TYPE varchar(20) USING left(v, 20), ALTER id TYPE bigint`)
	eventually(t, "apply runs or has failed", time.Minute, func() bool {
		return len(w.catalogIfAny("SELECT 1 FROM task WHERE step = 'apply-changes' AND state IN ('running', 'failed')")) > 0
	})
	if len(w.catalogIfAny("SELECT 1 FROM task WHERE step = 'apply-changes' AND state = 'running'")) > 0 {
		src.Exec(t, db, "INSERT INTO other VALUES (1)")
		w.endHere()
	}
	r := w.mustEnd(p, exitFailed)
	if !strings.Contains(r.stderr, "public.one was rewritten on the source while it was to be copied, and not by TRUNCATE") {
		t.Errorf("it does not say what happened: %s", r)
	}
	w.must("cleanup")
}

// A clone that does not follow locks the tables of its snapshot. Who wants one of them for himself waits for the copy; the copy, waiting behind
// him, names him, and goes on once he is gone.
func TestSomebodyWantsATable(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, `CREATE TABLE one (id int PRIMARY KEY); INSERT INTO one SELECT generate_series(1, 1000)`)
	w := newWork(t, src, dst, db)
	p := w.clone("PGCOPY_CRASH_AT=settled:plan")
	if r := p.wait(); r.signal != syscall.SIGKILL {
		t.Fatalf("it was to be killed: %s", r)
	}
	wants := make(chan error, 1)
	go func() { wants <- src.ExecContext(t.Context(), db, "TRUNCATE one") }()
	eventually(t, "the TRUNCATE waits", 10*time.Second, func() bool {
		return src.Value(t, db, "SELECT count(*) FROM pg_stat_activity WHERE query = 'TRUNCATE one' AND wait_event_type = 'Lock'") == "1"
	})
	p = w.resume(nil)
	eventually(t, "the copy names who is in its way", time.Minute, func() bool {
		return strings.Contains(p.err.String(), "has or wants public.one for itself, and the copy waits behind it: TRUNCATE one")
	})
	src.Exec(t, db, "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query = 'TRUNCATE one'")
	<-wants
	w.mustEnd(p, exitDone)
	w.mustEqual()
}
