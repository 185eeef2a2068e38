package catalogdb

import (
	"testing"

	"github.com/pgcopy/pgcopy/workflow"
)

// TestTargetXIDGivenTwice: a crash of the target loses a transaction whose id nothing had made durable, and gives the id to the next one.
// Who asks about it afterwards must not hear that the other's commit was its own.
func TestTargetXIDGivenTwice(t *testing.T) {
	db := create(t)
	graph(t, db, `
		1 copy:copy 10
		2 copy:copy 9
		3 copy:copy 8`)
	names := func(task workflow.Task, xid uint64, want bool) {
		t.Helper()
		task.TargetXID = xid
		if got, err := db.NamesTargetXID(t.Context(), task); err != nil || got != want {
			t.Errorf("task %d names %d: %v %v, want %v", task.ID, xid, got, err, want)
		}
	}
	first := claim(t, db, "copy", 1)
	names(first, 4711, false)
	if err := db.RecordTargetXID(t.Context(), first, 4711); err != nil {
		t.Fatal(err)
	}
	names(first, 4711, true)
	second, third := claim(t, db, "copy", 2), claim(t, db, "copy", 3)
	if err := db.RecordTargetXIDs(t.Context(), []workflow.Task{second, third}, 4711); err != nil {
		t.Fatal(err)
	}
	names(first, 4711, false)
	names(second, 4711, true)
	names(third, 4711, true)
}
