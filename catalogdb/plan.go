package catalogdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	stmt "github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// Opening is a task that is there before anything was planned.
type Opening struct {
	Step    workflow.Step
	Subject string
	OID     uint32   // tells the openings of one step apart: each workflow plans for itself
	Needs   []string // steps of earlier openings
	Again   bool     // do it again when it is done
}

// Open writes the steps of a workflow and its first tasks. What is there already stays as it is. It belongs to a run (BeginRun).
func (db *DB) Open(ctx context.Context, steps []workflow.Step, first []Opening) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		for i, s := range steps {
			if _, err := tx.ExecContext(ctx, `INSERT INTO step (name, position, kind, pool) VALUES (?, ?, ?, ?)
				ON CONFLICT (name) DO UPDATE SET position = excluded.position`, s.Name(), i+1, s.Kind(), s.Pool()); err != nil {
				return err
			}
		}
		names, err := stepNames(steps)
		if err != nil {
			return err
		}
		for _, statement := range []string{stmt.CatalogUnpark, stmt.CatalogTryAgain, stmt.CatalogPark} {
			if _, err := tx.ExecContext(ctx, statement, names); err != nil {
				return err
			}
		}
		for _, o := range first {
			if err := openTask(ctx, tx, o); err != nil {
				return err
			}
		}
		if err := recount(ctx, tx, db.runID); err != nil {
			return err
		}
		return skipBehind(ctx, tx, names)
	})
}

// TryAgain has what failed or was skipped of these steps done again by a run that opens nothing.
func (db *DB) TryAgain(ctx context.Context, steps []workflow.Step) error {
	names, err := stepNames(steps)
	if err != nil {
		return err
	}
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, stmt.CatalogTryAgain, names)
		return err
	})
}

// skipBehind skips what needs a task that failed in another command of the directory: nobody tries that again in this run.
func skipBehind(ctx context.Context, tx *sql.Tx, names string) error {
	var failed []workflow.Task
	if err := each(ctx, tx, stmt.CatalogFailedElsewhere, []any{names}, func(rows *sql.Rows) error {
		var t workflow.Task
		err := rows.Scan(&t.ID, &t.Step)
		failed = append(failed, t)
		return err
	}); err != nil {
		return err
	}
	for _, t := range failed {
		if err := skipDependents(ctx, tx, t.ID); err != nil {
			return err
		}
	}
	return nil
}

// recount counts anew what every pending task waits for, and settles the barriers that wait for nothing. Counts are kept by every verdict,
// but new edges, tasks done again, and a person who sets a task to done by hand change them otherwise.
func recount(ctx context.Context, tx *sql.Tx, run int64) error {
	for reopened := int64(1); reopened > 0; { // a barrier may wait for another
		res, err := tx.ExecContext(ctx, stmt.CatalogReopenBarriers)
		if err == nil {
			reopened, err = res.RowsAffected()
		}
		if err != nil {
			return err
		}
	}
	if _, err := tx.ExecContext(ctx, stmt.CatalogCountBlockers); err != nil {
		return err
	}
	fallen, err := settleBarriers(ctx, tx, run)
	if err != nil {
		return err
	}
	_, err = unblock(ctx, tx, fallen, run)
	return err
}

func openTask(ctx context.Context, tx *sql.Tx, o Opening) error {
	if _, err := tx.ExecContext(ctx, `INSERT INTO task (step, oid, subject, pool) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
		o.Step.Name(), o.OID, o.Subject, o.Step.Pool()); err != nil {
		return err
	}
	if o.Again {
		if _, err := tx.ExecContext(ctx, `UPDATE task SET state = 'pending', finished_at = NULL WHERE step = ? AND oid = ? AND state = 'done'`,
			o.Step.Name(), o.OID); err != nil {
			return err
		}
	}
	for _, n := range o.Needs {
		if _, err := tx.ExecContext(ctx, `INSERT INTO task_need (task_id, needs_id) SELECT t.id, n.id FROM task t, task n
			WHERE t.step = ? AND t.oid = ? AND n.step = ? AND n.oid = 0 ON CONFLICT DO NOTHING`, o.Step.Name(), o.OID, n); err != nil {
			return err
		}
	}
	return nil
}

// stepNames is a list of steps as the statements want it.
func stepNames(steps []workflow.Step) (string, error) {
	names := make([]string, 0, len(steps))
	for _, s := range steps {
		names = append(names, s.Name())
	}
	b, err := json.Marshal(names)
	return string(b), err
}

// Plan lets every step plan its tasks, in one transaction: a crash leaves either no plan or the whole plan. Then it says what each is
// expected to take (cost_model), and with that what goes first.
func (db *DB) Plan(ctx context.Context, steps []workflow.Step) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		for _, s := range steps {
			if err := s.Tasks(ctx, planner{tx}); err != nil {
				return fmt.Errorf("plan %s: %w", s.Name(), err)
			}
		}
		for _, s := range steps {
			if err := s.Needs(ctx, planner{tx}); err != nil {
				return fmt.Errorf("plan what %s needs: %w", s.Name(), err)
			}
		}
		for _, statement := range []string{stmt.CatalogPlanCosts, stmt.CatalogPlanPriorities, stmt.CatalogPlanValidationPriorities} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return fmt.Errorf("plan what goes first: %w", err)
			}
		}
		if err := recount(ctx, tx, db.runID); err != nil {
			return err
		}
		names, err := stepNames(steps)
		if err != nil {
			return err
		}
		return skipBehind(ctx, tx, names)
	})
}

// Planning runs planning statements in a transaction of their own.
func (db *DB) Planning(ctx context.Context, fn func(workflow.Planner) error) error {
	return db.write(ctx, func(tx *sql.Tx) error { return fn(planner{tx}) })
}

type planner struct{ tx *sql.Tx }

func (p planner) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := p.tx.ExecContext(ctx, statement, args...)
	return err
}
