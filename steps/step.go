package steps

import (
	"context"

	"github.com/pgcopy/pgcopy/workflow"
)

// base carries what every step has: its name, what people call its work, its workers, the statements that plan it, and the
// environment.
type base struct {
	env   *Env
	name  string
	kind  string
	pool  string
	tasks []planning
	needs []planning
}

// planning is one statement of sql/catalog with its parameters.
type planning struct {
	sql  string
	args []any
}

func planned(sql string, args ...any) planning { return planning{sql, args} }

func (b base) Name() string { return b.name }
func (b base) Kind() string { return b.kind }
func (b base) Pool() string { return b.pool }

// Tasks plans the step's rows; an opening has none to plan, its row is written when the workflow is opened.
func (b base) Tasks(ctx context.Context, p workflow.Planner) error { return execAll(ctx, p, b.tasks) }

// Needs plans what the rows need.
func (b base) Needs(ctx context.Context, p workflow.Planner) error { return execAll(ctx, p, b.needs) }

func execAll(ctx context.Context, p workflow.Planner, all []planning) error {
	for _, s := range all {
		if err := p.Exec(ctx, s.sql, s.args...); err != nil {
			return err
		}
	}
	return nil
}
