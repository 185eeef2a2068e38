package catalogdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"

	stmt "github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

var _ workflow.BatchQueue = (*DB)(nil)

const (
	// batchTasks is how many tasks share an attempt at most, beside the first, and batchShare the part of those pending: the last of a few must
	// not all be one worker's. Each has its locks on the target until the batch commits.
	batchTasks = 63
	batchShare = 16
	// batchCost is how many microseconds a small task is expected to take at most: beyond, what sharing saves is little beside the work itself.
	batchCost = 5000
)

// ClaimMore implements workflow.BatchQueue.
func (db *DB) ClaimMore(ctx context.Context, first workflow.Task) (ts []workflow.Task, err error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx = context.WithoutCancel(ctx) // as Claim
	err = db.write(ctx, func(tx *sql.Tx) error {
		return each(ctx, hotTx{tx, db}, stmt.CatalogClaimMore, []any{first.RunID, first.Worker, first.Pool, first.Step, batchCost, batchTasks, first.ID, batchShare},
			func(rows *sql.Rows) error {
				t := workflow.Task{RunID: first.RunID, Worker: first.Worker}
				err := rows.Scan(&t.ID, &t.Step, &t.OID, &t.Part, &t.Subject, &t.Pool, &t.Size, &t.Attempt, &t.TargetXID, &t.Bytes, &t.Rows)
				ts = append(ts, t)
				return err
			})
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(ts, func(a, b workflow.Task) int { return int(a.ID - b.ID) })
	return ts, nil
}

// settleDone writes that tasks are done, and lets go of what needs them. One statement for all costs a fraction of one for each.
func settleDone(ctx context.Context, tx hotTx, ts []workflow.Task, vs []workflow.Verdict) (unblocked []string, err error) {
	if !ofOneRun(ts) {
		return nil, workflow.ErrNotHeld
	}
	ids, done := make([]int64, len(ts)), make([][4]any, len(ts))
	for i, t := range ts {
		ids[i], done[i] = t.ID, [4]any{t.ID, vs[i].Result.Bytes, vs[i].Result.Rows, vs[i].Took.Seconds()}
	}
	if err := execAllHeld(ctx, tx, len(ts), stmt.CatalogSettleDone, ts[0].RunID, done); err != nil {
		return nil, err
	}
	return unblock(ctx, tx, ids, ts[0].RunID)
}

// ofOneRun tells whether one run claimed the tasks of a batch, as it should be.
func ofOneRun(ts []workflow.Task) bool {
	return !slices.ContainsFunc(ts, func(t workflow.Task) bool { return t.RunID != ts[0].RunID })
}

// execAllHeld runs a statement on n tasks that this run holds, with a list as its last parameter but one given, as JSON.
func execAllHeld(ctx context.Context, tx execer, n int, statement string, run int64, list any, more ...any) error {
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, statement, append([]any{run, string(text)}, more...)...)
	if err != nil {
		return err
	}
	if held, err := res.RowsAffected(); err != nil || held != int64(n) {
		return errors.Join(err, workflow.ErrNotHeld)
	}
	return nil
}

// SettleAll implements workflow.BatchQueue.
func (db *DB) SettleAll(ctx context.Context, ts []workflow.Task, vs []workflow.Verdict) (unblocked []string, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		var done []workflow.Task
		var how []workflow.Verdict
		for i, t := range ts {
			if vs[i].State == workflow.Done {
				done, how = append(done, t), append(how, vs[i])
				continue
			}
			if err := writeVerdict(ctx, hotTx{tx, db}, t, vs[i]); err != nil {
				return err
			}
		}
		if len(done) > 0 {
			unblocked, err = settleDone(ctx, hotTx{tx, db}, done, how)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return unblocked, nil
}
