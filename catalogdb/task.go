package catalogdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	stmt "github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

var _ workflow.Queue = (*DB)(nil)

// Claim implements workflow.Queue. It is not cancelled half-way: a row that was marked as held while the caller heard of an error would be
// held by nobody until the next run. SQLite's busy timeout bounds it.
func (db *DB) Claim(ctx context.Context, pool, worker string) (t workflow.Task, ok bool, err error) {
	if err := ctx.Err(); err != nil {
		return t, false, err
	}
	ctx = context.WithoutCancel(ctx)
	db.mu.Lock()
	defer db.mu.Unlock()
	row := db.hot[stmt.CatalogClaim].QueryRowContext(ctx, db.runID, worker, pool)
	err = row.Scan(&t.ID, &t.Step, &t.OID, &t.Part, &t.Subject, &t.Pool, &t.Size, &t.Attempt, &t.TargetXID, &t.Bytes, &t.Rows)
	if errors.Is(err, sql.ErrNoRows) {
		return t, false, nil
	}
	t.RunID, t.Worker = db.runID, worker
	return t, err == nil, storeError(err)
}

// Settle implements workflow.Queue.
func (db *DB) Settle(ctx context.Context, t workflow.Task, v workflow.Verdict) (unblocked []string, err error) {
	return db.SettleAll(ctx, []workflow.Task{t}, []workflow.Verdict{v})
}

// writeVerdict writes the verdict of a task that is not done, and what follows from it. See settleDone for the others.
func writeVerdict(ctx context.Context, tx hotTx, t workflow.Task, v workflow.Verdict) error {
	switch v.State {
	case workflow.Failed:
		if err := execHeld(ctx, tx, stmt.CatalogSettleFailed, t.ID, t.RunID, v.Result.Bytes, v.Result.Rows, v.Error, v.Hint); err != nil {
			return err
		}
		return skipDependents(ctx, tx, t.ID)
	case workflow.Pending:
		return execHeld(ctx, tx, stmt.CatalogSettlePutBack, t.ID, t.RunID, v.Result.Bytes, v.Result.Rows, v.Error, v.Hint,
			v.Delay.Seconds(), v.Trouble)
	}
	return fmt.Errorf("no task can become %q by a verdict", v.State)
}

// skipDependents skips what needs a task that failed, and frees what was only to come behind that or behind what is skipped with it.
func skipDependents(ctx context.Context, tx interface {
	queryer
	execer
}, failed int64) error {
	gone := []int64{failed}
	if err := each(ctx, tx, stmt.CatalogSkipDependents, []any{failed}, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		gone = append(gone, id)
		return err
	}); err != nil {
		return err
	}
	list, err := json.Marshal(gone)
	if err != nil {
		return err
	}
	for _, statement := range []string{stmt.CatalogFreeOrdered, stmt.CatalogForgetOrdered} {
		if _, err := tx.ExecContext(ctx, statement, string(list)); err != nil {
			return err
		}
	}
	return nil
}

// execHeld runs a verdict. Zero rows mean that the task is not this run's any more.
func execHeld(ctx context.Context, tx execer, statement string, args ...any) error {
	res, err := tx.ExecContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n != 1 {
		return errors.Join(err, workflow.ErrNotHeld)
	}
	return nil
}

// unblock lets go of what needs tasks that are done, and settles the barriers that fall with it, and what needs those, and so on. It tells the
// pools of what became claimable.
func unblock(ctx context.Context, tx queryer, ids []int64, run int64) (pools []string, err error) {
	for len(ids) > 0 {
		list, err := json.Marshal(ids)
		if err != nil {
			return nil, err
		}
		barrier := false
		ids = nil
		if err := each(ctx, tx, stmt.CatalogUnblock, []any{string(list)}, func(rows *sql.Rows) error {
			var left int
			var pool string
			var state workflow.State
			if err := rows.Scan(&left, &pool, &state); err != nil {
				return err
			}
			switch {
			case left > 0 || state != workflow.Pending:
			case pool == workflow.Barrier:
				barrier = true
			case !slices.Contains(pools, pool):
				pools = append(pools, pool)
			}
			return nil
		}); err != nil {
			return nil, err
		}
		if !barrier {
			continue
		}
		if ids, err = settleBarriers(ctx, tx, run); err != nil {
			return nil, err
		}
	}
	return pools, nil
}

func settleBarriers(ctx context.Context, tx queryer, run int64) (fallen []int64, err error) {
	err = each(ctx, tx, stmt.CatalogSettleBarriers, []any{run}, func(rows *sql.Rows) error {
		var id int64
		err := rows.Scan(&id)
		fallen = append(fallen, id)
		return err
	})
	return fallen, err
}

// queryer is a transaction or a handle.
type queryer interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// each runs a query and hands out its rows one by one.
func each(ctx context.Context, q queryer, statement string, args []any, fn func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		if err := fn(rows); err != nil {
			return errors.Join(err, rows.Close())
		}
	}
	return errors.Join(rows.Err(), rows.Close())
}

const storeSent = `UPDATE task SET bytes = ?2 WHERE id = ?1 AND state = 'running'`

// Sent implements workflow.Queue.
func (db *DB) Sent(ctx context.Context, bytes map[int64]int64) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		for id, n := range bytes {
			if _, err := (hotTx{tx, db}).ExecContext(ctx, storeSent, id, n); err != nil {
				return err
			}
		}
		return nil
	})
}

// Outlook implements workflow.Queue.
func (db *DB) Outlook(ctx context.Context, pools []string) (o workflow.Outlook, err error) {
	list, err := json.Marshal(pools)
	if err != nil {
		return o, err
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	err = each(ctx, db.w, stmt.CatalogOutlook, []any{string(list)}, func(rows *sql.Rows) error {
		var pool sql.NullString
		var wait sql.NullFloat64
		if err := rows.Scan(&pool, &wait); err != nil {
			return err
		}
		if pool.Valid {
			o.Claimable = append(o.Claimable, pool.String)
		}
		if wait.Valid {
			o.Delayed, o.Wait = true, time.Duration(wait.Float64*float64(time.Second))
		}
		return nil
	})
	return o, storeError(err)
}

// Outcome is how the tasks of a directory stand.
type Outcome struct{ Total, Done, Failed, Skipped int64 }

// Outcome counts all tasks.
func (db *DB) Outcome(ctx context.Context) (o Outcome, err error) {
	err = db.r.QueryRowContext(ctx, stmt.CatalogOutcome, nil).Scan(&o.Total, &o.Done, &o.Failed, &o.Skipped)
	return o, err
}

// OutcomeOf counts the tasks of some steps: a run is a success only when all tasks of its steps are done.
func (db *DB) OutcomeOf(ctx context.Context, steps []workflow.Step) (o Outcome, err error) {
	names, err := stepNames(steps)
	if err != nil {
		return o, err
	}
	err = db.r.QueryRowContext(ctx, stmt.CatalogOutcome, names).Scan(&o.Total, &o.Done, &o.Failed, &o.Skipped)
	return o, err
}
