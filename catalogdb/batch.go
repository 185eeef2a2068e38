package catalogdb

import (
	"context"
	"database/sql"
	"slices"

	stmt "github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

var _ workflow.BatchQueue = (*DB)(nil)

const (
	// batchTasks is how many tasks share an attempt at most, beside the first. Each has its locks on the target until the batch commits.
	batchTasks = 23
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
		return each(ctx, hotTx{tx, db}, stmt.CatalogClaimMore, []any{first.RunID, first.Worker, first.Pool, first.Step, batchCost, batchTasks, first.ID},
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

// SettleAll implements workflow.BatchQueue.
func (db *DB) SettleAll(ctx context.Context, ts []workflow.Task, vs []workflow.Verdict) (unblocked []string, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		for i, t := range ts {
			pools, err := writeVerdict(ctx, hotTx{tx, db}, t, vs[i])
			if err != nil {
				return err
			}
			for _, p := range pools {
				if !slices.Contains(unblocked, p) {
					unblocked = append(unblocked, p)
				}
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return unblocked, nil
}
