package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// appliedBy waits until a process, and not one before it, applies changes.
func (w *work) appliedBy(p *process) {
	w.t.Helper()
	eventually(w.t, "apply is running", time.Minute, func() bool {
		if !p.alive() {
			w.t.Fatalf("it has ended: %s", p.wait())
		}
		return len(w.catalogIfAny(fmt.Sprintf("SELECT 1 FROM task JOIN run ON run.id = run_id WHERE step = 'apply-changes' AND state = 'running' AND pid = %d", p.PID))) > 0
	})
}

// Starting over first removes what the run before has made on both sides, also when half of it is gone or a run with other names begins.
func TestRestartRemovesSlotPublicationAndOrigin(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 100)")
	w := followed(t, src, dst, db, "restart_a")
	for i, spoil := range []func(){
		func() {},
		func() { src.Exec(t, db, "SELECT pg_drop_replication_slot('restart_a')") },
		func() { src.Exec(t, db, "DROP PUBLICATION restart_a") },
		func() { dst.Exec(t, w.targetDB, "SELECT pg_replication_origin_drop('restart_a')") },
	} {
		p := w.clone()
		if i > 0 {
			w.args = w.args[:len(w.args)-1]
		}
		w.appliedBy(p)
		src.Exec(t, db, fmt.Sprintf("INSERT INTO t VALUES (%d)", 1000+i))
		p.signal(syscall.SIGKILL)
		p.wait()
		eventually(t, "the backends of the killed run are gone", 30*time.Second, func() bool {
			return src.Value(t, db, "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'restart_a' AND active") == "0" &&
				dst.Value(t, w.targetDB, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'pgcopy apply'") == "0"
		})
		spoil()
		w.args = append(w.args, "--restart")
	}
	// Under other names: nothing of the old ones is left.
	old := w.args
	w.args = []string{"--follow", "--slot-name", "restart_b", "--origin", "restart_b", "--restart"}
	p := w.clone()
	w.appliedBy(p)
	w.args = old
	w.nothingOfFollow(db)
	w.args = []string{"", "--slot-name", "restart_b"}
	src.Exec(t, db, "INSERT INTO t VALUES (2000)")
	w.endHere()
	w.mustEnd(p, 0)
	w.mustEqual()
	// By resume: nothing of either is left, and the names are free again.
	r := w.resume(nil, "--restart")
	w.appliedBy(r)
	w.endHere()
	w.mustEnd(r, 0)
	w.mustEqual()
	if r := w.stream("cleanup"); r.code != 0 {
		t.Fatalf("cleanup: %s", r)
	}
	w.nothingOfFollow(db)
}

// After a cleanup the same directory can be set up again: what the old slot had sent is not mixed with what the new one sends.
func TestSetUpAgainAfterCleanup(t *testing.T) {
	w := piecewise(t, "restart_setup")
	w.fill(sourceDB(w)) // received, never applied
	w.must("cleanup")
	w.must("setup", "--slot-name", "restart_setup", "--origin", "restart_setup")
	w.src.Exec(t, sourceDB(w), "INSERT INTO t VALUES (7)")
	w.endHere()
	w.must("replay")
	if got := w.ids(); got != "7" {
		t.Errorf("rows %q, want only what came after the new slot", got)
	}
	if r := pgcopy(t, w.env, "resume", "--restart", "--dir", w.dir); r.code != 1 || !strings.Contains(r.stderr, "stream cleanup") {
		t.Errorf("resume --restart without a copy: %s", r)
	}
}
