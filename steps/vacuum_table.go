package steps

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// vacuumTable gathers a table's statistics, and vacuums it where COPY FREEZE has not done that work already. It may be done
// twice, so nothing is asked about an earlier attempt.
type vacuumTable struct{ base }

func newVacuumTable(e *Env) *vacuumTable {
	return &vacuumTable{base{env: e, name: "vacuum-table", kind: "vacuum and analyze", pool: "vacuum",
		tasks: []planning{planned(sql.CatalogPlanVacuumTable)},
		needs: []planning{planned(sql.CatalogPlanVacuumTableNeeds)}}}
}

func (s *vacuumTable) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	name, how, err := s.wanted(ctx, t)
	if err != nil {
		return workflow.Result{}, err
	}
	return workflow.Result{}, s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		return pgtarget.VacuumTable(ctx, conn, name, how.vacuum, how.analyze)
	})
}

// RunBatch does small tables with one command for all that want the same.
func (s *vacuumTable) RunBatch(ctx context.Context, ts []workflow.Task) ([]workflow.Result, error) {
	names := map[care][]pgschema.Name{}
	for _, t := range ts {
		name, how, err := s.wanted(ctx, t)
		if err != nil {
			return nil, err
		}
		names[how] = append(names[how], name)
	}
	return make([]workflow.Result, len(ts)), s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		for how, list := range names {
			if err := pgtarget.VacuumTables(ctx, conn, list, how.vacuum, how.analyze); err != nil {
				return err
			}
		}
		return nil
	})
}

// care is what a table wants.
type care struct{ vacuum, analyze bool }

// wanted tells what a table wants: nothing for a frozen partition, whose root's ANALYZE is all that is left.
func (s *vacuumTable) wanted(ctx context.Context, t workflow.Task) (pgschema.Name, care, error) {
	info, err := s.env.Catalog.TableInfo(ctx, t.OID)
	if err != nil {
		return info.Name, care{}, err
	}
	// ANALYZE of a partitioned table analyzes its partitions too: the root does it for all of them, and for itself, which
	// autovacuum never does.
	how := care{vacuum: true, analyze: !info.HasPartitionRoot}
	switch info.Kind {
	case "p":
		how.vacuum = false
	case "r":
		if info.Bytes < freezeFrom {
			break
		}
		table, err := s.env.Catalog.Table(ctx, t.OID)
		if err != nil {
			return info.Name, how, err
		}
		how.vacuum = !frozen(table)
	}
	return info.Name, how, nil
}
