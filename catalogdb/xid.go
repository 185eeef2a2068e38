package catalogdb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/pgcopy/pgcopy/workflow"
)

const recordXID = `UPDATE task SET target_xid = ?3, bytes = 0, rows = 0 WHERE id = ?1 AND run_id = ?2 AND state = 'running'`

const recordResult = `UPDATE task SET bytes = ?3, rows = ?4 WHERE id = ?1 AND run_id = ?2 AND state = 'running'`

type xidWrite struct {
	t    workflow.Task
	xid  uint64
	done bool
	err  error
}

// RecordTargetXID stores the id of the target transaction that is about to do a task, and returns when it is on disk: the target must
// not commit before that, or a power cut here would forget a commit and double its rows. Calls that wait for one another
// share one flush.
func (db *DB) RecordTargetXID(ctx context.Context, t workflow.Task, xid uint64) error {
	w := &xidWrite{t: t, xid: xid}
	db.xidMu.Lock()
	db.xidWait = append(db.xidWait, w)
	db.xidMu.Unlock()

	db.mu.Lock()
	defer db.mu.Unlock()
	if w.done { // somebody before us took ours along
		return w.err
	}
	db.xidMu.Lock()
	batch := db.xidWait
	db.xidWait = nil
	db.xidMu.Unlock()
	err := db.durably(ctx, func(tx *sql.Tx) error {
		for _, b := range batch {
			b.err = execHeld(ctx, hotTx{tx, db}, recordXID, b.t.ID, b.t.RunID, int64(b.xid))
			if b.err != nil && !errors.Is(b.err, workflow.ErrNotHeld) {
				return b.err
			}
		}
		return nil
	})
	for _, b := range batch {
		b.done = true
		if err != nil {
			b.err = err
		}
	}
	return w.err
}

// durably is write with a flush at its commit. The caller holds mu.
func (db *DB) durably(ctx context.Context, fn func(tx *sql.Tx) error) error {
	ctx = context.WithoutCancel(ctx) // the pragma must be set back, and others wait for this flush too
	if _, err := db.w.ExecContext(ctx, `PRAGMA synchronous = FULL`); err != nil {
		return storeError(err)
	}
	err := db.writeLocked(ctx, fn)
	_, back := db.w.ExecContext(ctx, `PRAGMA synchronous = NORMAL`)
	return errors.Join(err, storeError(back))
}

// RecordResult stores what a task has moved, just before its target transaction commits: when the process dies between the commit and
// the verdict, the next run learns from the target that the task is done, but not how much it was.
func (db *DB) RecordResult(ctx context.Context, t workflow.Task, r workflow.Result) error {
	if r == (workflow.Result{}) {
		return nil
	}
	return db.write(ctx, func(tx *sql.Tx) error {
		return execHeld(ctx, hotTx{tx, db}, recordResult, t.ID, t.RunID, r.Bytes, r.Rows)
	})
}
