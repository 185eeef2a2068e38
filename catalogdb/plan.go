package catalogdb

import (
	"context"
	"database/sql"
	"fmt"

	stmt "github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// Opening is a task that is there before anything was planned.
type Opening struct {
	Step    workflow.Step
	Subject string
	Needs   []string // steps of earlier openings
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
		for _, o := range first {
			if _, err := tx.ExecContext(ctx, `INSERT INTO task (step, oid, subject, pool) VALUES (?, 0, ?, ?) ON CONFLICT DO NOTHING`,
				o.Step.Name(), o.Subject, o.Step.Pool()); err != nil {
				return err
			}
			for _, n := range o.Needs {
				if _, err := tx.ExecContext(ctx, `INSERT INTO task_need (task_id, needs_id) SELECT t.id, n.id FROM task t, task n
					WHERE t.step = ? AND n.step = ? ON CONFLICT DO NOTHING`, o.Step.Name(), n); err != nil {
					return err
				}
			}
		}
		return recount(ctx, tx, db.runID)
	})
}

// recount counts anew what every pending task waits for, and settles the barriers that wait for nothing. Counts are kept by every verdict,
// but new edges, tasks done again, and a person who sets a task to done by hand change them otherwise.
func recount(ctx context.Context, tx *sql.Tx, run int64) error {
	if _, err := tx.ExecContext(ctx, stmt.CatalogCountBlockers); err != nil {
		return err
	}
	fallen, err := settleBarriers(ctx, tx, run)
	if err != nil {
		return err
	}
	for _, id := range fallen {
		if _, err := unblock(ctx, tx, id, run); err != nil {
			return err
		}
	}
	return nil
}

// Plan lets every step plan its tasks, in one transaction: a crash leaves either no plan or the whole plan.
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
		return recount(ctx, tx, db.runID)
	})
}

type planner struct{ tx *sql.Tx }

func (p planner) Exec(ctx context.Context, statement string, args ...any) error {
	_, err := p.tx.ExecContext(ctx, statement, args...)
	return err
}
