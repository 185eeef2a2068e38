package steps

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// setDatabaseProperties sets what belongs to the database itself: ALTER DATABASE ... SET, role-in-database settings, comment, ACL. It comes
// last, since settings such as default_transaction_read_only are not for the copy.
type setDatabaseProperties struct{ base }

func newSetDatabaseProperties(e *Env) *setDatabaseProperties {
	return &setDatabaseProperties{base{env: e, name: "set-database-properties", kind: "database properties", pool: "control",
		tasks: []planning{planned(sql.CatalogPlanSetDatabaseProperties)},
		needs: []planning{planned(sql.CatalogPlanNeedsMilestone, "set-database-properties", schemaComplete)}}}
}

func (s *setDatabaseProperties) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	e := s.env
	props, err := e.Catalog.DatabaseProperties(ctx)
	if err != nil {
		return workflow.Result{}, err
	}
	where, err := e.placing(ctx)
	if err != nil {
		return workflow.Result{}, err
	}
	placed := props[:0]
	for _, p := range props {
		if p, keep := where.setting(p); keep {
			placed = append(placed, p)
		} else {
			e.Log.Info("a setting of the database is left out: it names tablespaces", "setting", p.Name)
		}
	}
	return workflow.Result{}, e.withTarget(ctx, func(conn *pgx.Conn) error {
		defer closeNow(conn) // settings may have loaded libraries into this session
		warnings, err := pgtarget.SetDatabaseProperties(ctx, conn, e.TargetInfo.Database, placed,
			pgtarget.PropertyOptions{NoACL: e.Opts.NoACL, NoComments: e.Opts.NoComments})
		for _, w := range warnings {
			e.Log.Warn(w)
		}
		return err
	})
}
