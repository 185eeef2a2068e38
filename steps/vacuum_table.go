package steps

import (
	"context"

	"github.com/jackc/pgx/v5"

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
	info, err := s.env.Catalog.TableInfo(ctx, t.OID)
	if err != nil {
		return workflow.Result{}, err
	}
	// ANALYZE of a partitioned table analyzes its partitions too: the root does it for all of them, and for itself, which
	// autovacuum never does.
	vacuum, analyze := true, !info.HasPartitionRoot
	switch info.Kind {
	case "p":
		vacuum = false
	case "r":
		table, err := s.env.Catalog.Table(ctx, t.OID)
		if err != nil {
			return workflow.Result{}, err
		}
		vacuum = !frozen(table)
	}
	if !vacuum && !analyze { // a frozen partition: its root's ANALYZE is all that is left
		return workflow.Result{}, nil
	}
	return workflow.Result{}, s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		return pgtarget.VacuumTable(ctx, conn, info.Name, vacuum, analyze)
	})
}
