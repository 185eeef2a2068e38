package steps

import (
	"context"
	"slices"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/workflow"
)

// plan turns what was found into tasks: every other step of the workflow plans its rows, in one transaction.
type plan struct {
	base
	steps func() []workflow.Step
}

func newPlan(e *Env, steps func() []workflow.Step) *plan {
	return &plan{base{env: e, name: "plan", kind: "planning", pool: "control"}, steps}
}

func (s *plan) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	var extensions []pgschema.Extension
	if err := s.env.Catalog.Extensions(ctx, func(x pgschema.Extension) error {
		extensions = append(extensions, x)
		return nil
	}); err != nil {
		return workflow.Result{}, err
	}
	if err := s.env.checkExtensions(ctx, extensions); err != nil {
		return workflow.Result{}, err
	}
	var names []string
	for _, step := range s.steps() {
		names = append(names, step.Name())
	}
	if err := s.env.checkPlanned(ctx, names); err != nil {
		return workflow.Result{}, err
	}
	if err := s.env.Catalog.Plan(ctx, s.steps()); err != nil {
		return workflow.Result{}, err
	}
	if !slices.Contains(names, "copy-table") {
		return workflow.Result{}, nil
	}
	return workflow.Result{}, s.env.tellText(ctx)
}
