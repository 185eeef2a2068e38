package catalogdb

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/workflow"
)

func (db *DB) walSize(t *testing.T) int64 {
	t.Helper()
	st, err := os.Stat(filepath.Join(db.dir, FileName+"-wal"))
	if err != nil {
		t.Fatal(err)
	}
	return st.Size()
}

// TestTargetXIDIsDurable: its commit is flushed (synchronous = FULL is 2, https://sqlite.org/pragma.html#pragma_synchronous), the others
// are not.
func TestTargetXIDIsDurable(t *testing.T) {
	db := create(t)
	level := func(q queryer) string {
		return texts(t, q, `SELECT synchronous FROM pragma_synchronous`)[0] + " " + texts(t, q, `SELECT journal_mode FROM pragma_journal_mode`)[0]
	}
	for range 2 {
		if got := level(db.w); got != "1 wal" {
			t.Errorf("the writer is at %s", got)
		}
		var within string
		if err := db.durably(t.Context(), func(tx *sql.Tx) error { within = level(tx); return nil }); err != nil || within != "2 wal" {
			t.Errorf("within durably it is at %s, %v", within, err)
		}
	}
	if err := db.durably(t.Context(), func(tx *sql.Tx) error { return os.ErrInvalid }); !errors.Is(err, os.ErrInvalid) || level(db.w) != "1 wal" {
		t.Errorf("after an error: %v, %s", err, level(db.w))
	}
}

// TestTargetXIDsShareAFlush: those that wait for one another are committed together, each is stored, and one that is not held does not
// spoil the others.
func TestTargetXIDsShareAFlush(t *testing.T) {
	db := create(t)
	seed(t, db, 50)
	run(t, db)
	var tasks []workflow.Task
	for range 40 {
		task, _, err := db.Claim(t.Context(), "copy", "w")
		if err != nil {
			t.Fatal(err)
		}
		tasks = append(tasks, task)
	}
	if _, err := db.Settle(t.Context(), tasks[7], workflow.Verdict{State: workflow.Pending}); err != nil {
		t.Fatal(err)
	}
	one := db.walSize(t)
	if err := db.RecordTargetXID(t.Context(), tasks[0], 1); err != nil {
		t.Fatal(err)
	}
	one = db.walSize(t) - one
	db.mu.Lock()
	var wg sync.WaitGroup
	errs := make([]error, len(tasks))
	for i, task := range tasks {
		wg.Go(func() { errs[i] = db.RecordTargetXID(t.Context(), task, uint64(1000+i)) })
	}
	for waiting := 0; waiting < len(tasks); time.Sleep(time.Millisecond) {
		db.xidMu.Lock()
		waiting = len(db.xidWait)
		db.xidMu.Unlock()
	}
	before := db.walSize(t)
	db.mu.Unlock()
	wg.Wait()
	if grown := db.walSize(t) - before; grown > 5*one {
		t.Errorf("%d ids took %d bytes of log, one takes %d: they were not committed together", len(tasks), grown, one)
	}
	for i, err := range errs {
		if (err != nil) != (i == 7) {
			t.Errorf("id %d: %v", i, err)
		}
	}
	for i, task := range tasks {
		want := fmt.Sprint(1000 + i)
		if i == 7 {
			want = "none"
		}
		if got := texts(t, db.w, `SELECT coalesce(target_xid, 'none') FROM task WHERE id = ?`, task.ID); got[0] != want {
			t.Errorf("task %d has transaction %s, not %s", task.ID, got[0], want)
		}
	}
	task := tasks[0]
	for xid, want := range map[uint64]bool{1000: true, 1: false} {
		task.TargetXID = xid
		if names, err := db.NamesTargetXID(t.Context(), task); err != nil || names != want {
			t.Errorf("transaction %d is named: %v, %v", xid, names, err)
		}
	}
}
