package steps

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// vacuumTable gathers a table's statistics. It may be done twice, so nothing is asked about an earlier attempt.
//
// It vacuums only when told to: that is a third of the work on thousands of small tables. Every target (13 and newer) has an autovacuum that
// comes by itself for rows inserted, and what it will do costs nobody the night of the migration. Who cannot wait for index-only scans asks for
// it, and then what COPY FREEZE has done already is not done again.
type vacuumTable struct{ base }

func newVacuumTable(e *Env) *vacuumTable {
	s := &vacuumTable{base{env: e, name: "vacuum-table", kind: "statistics", pool: "vacuum",
		tasks: []planning{planned(sql.CatalogPlanVacuumTable, e.Opts.Vacuum)},
		needs: []planning{planned(sql.CatalogPlanVacuumTableNeeds)}}}
	if e.Opts.Vacuum {
		// A row is visible to all, and VACUUM can say so, when no transaction is left that is older than the one that wrote it: behind the last COPY.
		s.needs = append(s.needs, planned(sql.CatalogPlanNeedsMilestone, "vacuum-table", tablesComplete))
	}
	return s
}

func (s *vacuumTable) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	_, err := s.RunBatch(ctx, []workflow.Task{t})
	return workflow.Result{}, err
}

// RunBatch does small tables with one command for all that want the same.
func (s *vacuumTable) RunBatch(ctx context.Context, ts []workflow.Task) ([]workflow.Result, error) {
	names := map[pgtarget.Care][]pgschema.Name{}
	for _, t := range ts {
		name, how, err := s.wanted(ctx, t)
		if err != nil {
			return nil, err
		}
		names[how] = append(names[how], name)
	}
	return make([]workflow.Result, len(ts)), s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		for how, list := range names {
			if err := pgtarget.VacuumTables(ctx, conn, list, how); err != nil {
				return err
			}
		}
		return nil
	})
}

// wanted tells what a table wants: nothing for a frozen partition, whose root's ANALYZE is all that is left.
func (s *vacuumTable) wanted(ctx context.Context, t workflow.Task) (pgschema.Name, pgtarget.Care, error) {
	info, err := s.env.Catalog.TableInfo(ctx, t.OID)
	if err != nil {
		return info.Name, pgtarget.Care{}, err
	}
	// ANALYZE of a partitioned table analyzes its partitions too: the root does it for all of them, and for itself, which
	// autovacuum never does.
	how := pgtarget.Care{Vacuum: s.env.Opts.Vacuum, Analyze: !info.HasPartitionRoot}
	switch {
	case info.Kind == "p":
		how.Vacuum, how.Children = false, true
	case how.Vacuum && info.Kind == "r" && info.Bytes >= freezeFrom:
		table, err := s.env.Catalog.Table(ctx, t.OID)
		if err != nil {
			return info.Name, how, err
		}
		how.Vacuum = !frozen(table)
	}
	return info.Name, how, nil
}
