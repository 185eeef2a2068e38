package steps

import (
	"context"
	"errors"

	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// Milestones are barriers of the whole workflow: rows that only wait, so that the edges between many and many tasks stay linear.
const (
	schemaCreated  = 1 // pre-data is restored
	plainRows      = 2 // every table has its rows whose rows do not call functions
	rowsCopied     = 3 // every table has its rows
	tablesComplete = 4 // every table has its rows, indexes and constraints
	viewsReady     = 5 // all but materialized views, and what is behind them
	schemaComplete = 6 // all of post-data but event triggers and default privileges
)

type milestone struct{ base }

func newMilestones(e *Env) *milestone {
	return &milestone{base{env: e, name: "milestone", kind: "milestones", pool: "barrier",
		tasks: []planning{
			planned(sql.CatalogPlanMilestone, schemaCreated, "schema created"),
			planned(sql.CatalogPlanMilestone, plainRows, "plain rows copied"),
			planned(sql.CatalogPlanMilestone, rowsCopied, "rows copied"),
			planned(sql.CatalogPlanMilestone, tablesComplete, "tables complete"),
			planned(sql.CatalogPlanMilestone, viewsReady, "ready for views"),
			planned(sql.CatalogPlanMilestone, schemaComplete, "schema complete"),
		},
		needs: []planning{
			planned(sql.CatalogPlanMilestoneNeeds, schemaCreated, "restore-pre-data"),
			planned(sql.CatalogPlanLateMilestone, plainRows),
			planned(sql.CatalogPlanRowsMilestone, rowsCopied),
			planned(sql.CatalogPlanTablesMilestone, tablesComplete),
			planned(sql.CatalogPlanSchemaMilestone, schemaComplete),
		}}}
}

// errBarrier: the catalog settles barriers by itself; none is ever claimed.
var errBarrier = errors.New("a barrier was claimed as work")

func (s *milestone) Run(context.Context, workflow.Task) (workflow.Result, error) {
	return workflow.Result{}, errBarrier
}

// completeTable is the barrier between a table's own work and what needs the table: rows, indexes and constraints are there.
type completeTable struct{ base }

func newCompleteTable(e *Env) *completeTable {
	return &completeTable{base{env: e, name: "complete-table", kind: "complete tables", pool: "barrier",
		tasks: []planning{planned(sql.CatalogPlanCompleteTable)},
		needs: []planning{planned(sql.CatalogPlanCompleteTableNeeds), planned(sql.CatalogPlanRoutedNeeds, "complete-table", rowsCopied),
			planned(sql.CatalogPlanRowsMilestone, rowsCopied)}}}
}

func (s *completeTable) Run(context.Context, workflow.Task) (workflow.Result, error) {
	return workflow.Result{}, errBarrier
}
