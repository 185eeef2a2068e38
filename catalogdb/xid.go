package catalogdb

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	stmt "github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// An id that is given out now was never that of a transaction which is known to the server: whoever had recorded it before a crash of the
// server has lost all that it did with it, and must not take the new holder's traces for its own.
const forgetXID = `UPDATE task SET target_xid = NULL WHERE target_xid = ?1`

type xidWrite struct {
	ts   []workflow.Task
	xid  uint64
	done bool
	err  error
}

// RecordTargetXID stores the id of the target transaction that is about to do a task, and returns when it is on disk: the target must
// not commit before that, or a power cut here would forget a commit and double its rows. Calls that wait for one another
// share one flush. No other task names the transaction any more: see forgetXID.
func (db *DB) RecordTargetXID(ctx context.Context, t workflow.Task, xid uint64) error {
	return db.RecordTargetXIDs(ctx, []workflow.Task{t}, xid)
}

// RecordTargetXIDs is RecordTargetXID for tasks that share the transaction.
func (db *DB) RecordTargetXIDs(ctx context.Context, ts []workflow.Task, xid uint64) error {
	w := &xidWrite{ts: ts, xid: xid}
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
			if _, err := (hotTx{tx, db}).ExecContext(ctx, forgetXID, int64(b.xid)); err != nil {
				return err
			}
			if !ofOneRun(b.ts) {
				b.err = workflow.ErrNotHeld
				continue
			}
			ids := make([]int64, len(b.ts))
			for i, t := range b.ts {
				ids[i] = t.ID
			}
			if b.err = execAllHeld(ctx, hotTx{tx, db}, len(ids), stmt.CatalogRecordTargetXids, b.ts[0].RunID, ids, int64(b.xid)); b.err != nil && !errors.Is(b.err, workflow.ErrNotHeld) {
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

// NamesTargetXID tells whether a task still names the transaction that it was claimed with, see RecordTargetXID.
func (db *DB) NamesTargetXID(ctx context.Context, t workflow.Task) (names bool, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT coalesce(target_xid = ?2, 0) FROM task WHERE id = ?1`, t.ID, int64(t.TargetXID)).Scan(&names)
	return names, err
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
	return db.RecordResults(ctx, []workflow.Task{t}, []workflow.Result{r})
}

// RecordResults is RecordResult for tasks that share the transaction.
func (db *DB) RecordResults(ctx context.Context, ts []workflow.Task, rs []workflow.Result) error {
	if !slices.ContainsFunc(rs, func(r workflow.Result) bool { return r != workflow.Result{} }) {
		return nil
	}
	return db.write(ctx, func(tx *sql.Tx) error {
		if !ofOneRun(ts) {
			return workflow.ErrNotHeld
		}
		list := make([][3]int64, len(ts))
		for i, t := range ts {
			list[i] = [3]int64{t.ID, rs[i].Bytes, rs[i].Rows}
		}
		return execAllHeld(ctx, hotTx{tx, db}, len(ts), stmt.CatalogRecordResults, ts[0].RunID, list)
	})
}
