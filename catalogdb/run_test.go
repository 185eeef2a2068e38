package catalogdb

import (
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/workflow"
)

// TestBeginRunTakesBack what dead runs held, says that they crashed, and leaves what is done.
func TestBeginRunTakesBack(t *testing.T) {
	db := create(t)
	graph(t, db, `
		1 copy:copy 10
		2 copy:copy 9
		3 copy:copy 8
		4 index:index 0 <- 1
		5 index:index 0 <- 2`)
	settle(t, db, claim(t, db, "copy", 1), done, "index")
	settle(t, db, claim(t, db, "copy", 2), workflow.Verdict{State: workflow.Failed, Error: "no"})
	task := claim(t, db, "copy", 3)
	if err := db.RecordTargetXID(t.Context(), task, 42); err != nil {
		t.Fatal(err)
	}
	wantStates(t, db, "1 done, 2 failed, 3 running, 4 pending, 5 skipped by 1")
	if id := run(t, db); id != 2 {
		t.Errorf("the second run has number %d", id)
	}
	wantStates(t, db, "1 done, 2 pending, 3 pending, 4 pending, 5 pending by 1")
	if got := texts(t, db.w, `SELECT target_xid FROM task WHERE id = 3`); got[0] != "42" {
		t.Errorf("the recorded transaction is %v", got)
	}
	if err := db.EndRun(t.Context(), "interrupted", "SIGINT"); err != nil {
		t.Fatal(err)
	}
	if err := db.EndRun(t.Context(), "done", "too late"); err != nil {
		t.Fatal(err)
	}
	run(t, db)
	runs, err := db.Runs(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var said []string
	for _, r := range runs {
		said = append(said, r.Outcome+": "+r.Note)
		if (r.EndedAt == "") != (r.Outcome == "running") {
			t.Errorf("run %d is %s and ended at %q", r.ID, r.Outcome, r.EndedAt)
		}
	}
	if got := strings.Join(said, ", "); got != "crashed: the process ended without a word, interrupted: SIGINT, running: " {
		t.Errorf("runs ended as %q", got)
	}
}

// TestOpenTwice: opening a workflow again leaves its first tasks as they are.
func TestOpenTwice(t *testing.T) {
	db := create(t)
	run(t, db)
	load, dump := stepFunc{"load", "control", nil}, stepFunc{"dump", "control", nil}
	for i := range 2 {
		if err := db.Open(t.Context(), []workflow.Step{load, dump}, []Opening{{Step: load, Subject: "clone"}, {Step: dump, Subject: "clone", Needs: []string{"load"}}}); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			wantStates(t, db, "1 pending, 2 pending by 1")
			settle(t, db, claim(t, db, "control", 1), done, "control")
		}
	}
	wantStates(t, db, "1 done, 2 pending")
}
