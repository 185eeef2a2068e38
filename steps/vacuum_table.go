package steps

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// vacuumTable sees to it that the planner knows a table: its statistics are carried over from the source, or gathered. It may be done twice, so
// nothing is asked about an earlier attempt.
//
// It vacuums only when told to: that is a third of the work on thousands of small tables. Every target (13 and newer) has an autovacuum that
// comes by itself for rows inserted, and what it will do costs nobody the night of the migration. Who cannot wait for index-only scans asks for
// it, and then what COPY FREEZE has done already is not done again.
type vacuumTable struct{ base }

func newVacuumTable(e *Env) *vacuumTable {
	s := &vacuumTable{base{env: e, name: "vacuum-table", kind: "statistics", pool: "vacuum",
		needs: []planning{planned(sql.CatalogPlanVacuumTableNeeds)}}}
	if e.Opts.Vacuum {
		// A row is visible to all, and VACUUM can say so, when no transaction is left that is older than the one that wrote it: behind the last COPY.
		s.needs = append(s.needs, planned(sql.CatalogPlanNeedsMilestone, "vacuum-table", tablesComplete))
	}
	return s
}

// besideForeignKeys is the step in a workflow that adds foreign keys as well.
func (s *vacuumTable) besideForeignKeys() *vacuumTable {
	s.needs = append(s.needs, planned(sql.CatalogPlanVacuumTableForeignKeys))
	return s
}

// Tasks plans the step's rows, when it is known who the target is.
func (s *vacuumTable) Tasks(ctx context.Context, p workflow.Planner) error {
	carries := s.env.carriesStatistics()
	return p.Exec(ctx, sql.CatalogPlanVacuumTable, s.env.Opts.Vacuum || carries, carries)
}

func (s *vacuumTable) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	_, err := s.RunBatch(ctx, []workflow.Task{t})
	return workflow.Result{}, err
}

// RunBatch does small tables with one command for all that want the same.
func (s *vacuumTable) RunBatch(ctx context.Context, ts []workflow.Task) ([]workflow.Result, error) {
	names := map[pgtarget.Care][]pgschema.Name{}
	var carried []carriedTable
	for _, t := range ts {
		table, how, err := s.wanted(ctx, t)
		if err != nil {
			return nil, err
		}
		if table.carry {
			carried = append(carried, table)
			how.Analyze = false
		}
		names[how] = append(names[how], table.Name)
	}
	return make([]workflow.Result, len(ts)), s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		for how, list := range names {
			if err := pgtarget.VacuumTables(ctx, conn, list, how); err != nil {
				return err
			}
		}
		left, err := s.env.carryStatistics(ctx, conn, carried)
		if err != nil {
			return err
		}
		return pgtarget.VacuumTables(ctx, conn, left, pgtarget.Care{Analyze: true})
	})
}

// wanted tells what a table wants: nothing for a frozen partition, whose root's ANALYZE is all that is left.
func (s *vacuumTable) wanted(ctx context.Context, t workflow.Task) (table carriedTable, how pgtarget.Care, err error) {
	e := s.env
	if table.TableInfo, err = e.Catalog.TableInfo(ctx, t.OID); err != nil {
		return table, how, err
	}
	if table.Kind == "r" && table.Bytes >= freezeFrom {
		copied, err := e.Catalog.Table(ctx, t.OID)
		if err != nil {
			return table, how, err
		}
		table.frozen = frozen(copied)
	}
	how = pgtarget.Care{Vacuum: e.Opts.Vacuum && table.Kind != "p" && !table.frozen, Analyze: e.Opts.Statistics != NoStatistics}
	switch {
	case e.carriesStatistics():
		table.carry = table.Kind != "m" && !table.Routed // a view is computed anew, and need not come to what it was; such a partition has other rows
	case table.Kind == "p":
		// ANALYZE of a partitioned table analyzes its partitions too: the root does it for all of them, and for itself, which
		// autovacuum never does.
		how.Children = true
	case table.HasPartitionRoot:
		how.Analyze = false
	}
	return table, how, nil
}
