package steps

import (
	"context"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// dumpRoles has pg_dumpall write the source's roles into the work directory.
type dumpRoles struct{ base }

func newDumpRoles(e *Env) *dumpRoles {
	return &dumpRoles{base{env: e, name: "dump-roles", kind: "roles", pool: "control",
		tasks: []planning{planned(sql.CatalogPlanOne, "dump-roles", "roles of the source", "control")}}}
}

// rolesPath is where the roles lie. The file holds password hashes unless the user did not want any.
func (e *Env) rolesPath() string { return filepath.Join(e.Opts.Dir, "roles.sql") }

func (s *dumpRoles) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	e := s.env
	if err := e.Tools.Need("pg_dumpall", "reading the roles"); err != nil {
		return workflow.Result{}, err
	}
	return workflow.Result{}, pgsource.DumpRoles(ctx, e.Tools, e.Source.ToolDSN(), e.Source.ToolEnv(), e.SourceInfo.Database, e.rolesPath(),
		e.Opts.NoRolePasswords)
}

// restoreRoles makes the roles on the target, before anything that belongs to them. It may be done twice.
type restoreRoles struct{ base }

func newRestoreRoles(e *Env) *restoreRoles {
	return &restoreRoles{base{env: e, name: "restore-roles", kind: "roles", pool: "control",
		tasks: []planning{planned(sql.CatalogPlanOne, "restore-roles", "roles on the target", "control")},
		needs: []planning{planned(sql.CatalogPlanNeedsStep, "restore-roles", "dump-roles"), planned(sql.CatalogPlanNeedsStep, "restore-pre-data", "restore-roles"),
			planned(sql.CatalogPlanNeedsStep, "drop-existing", "restore-roles")}}}
}

func (s *restoreRoles) Run(ctx context.Context, t workflow.Task) (res workflow.Result, err error) {
	script, err := os.ReadFile(s.env.rolesPath())
	if err != nil {
		return res, err
	}
	return res, s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		defer closeNow(conn) // the script has its own settings
		res.Rows, err = pgtarget.RestoreRoles(ctx, conn, string(script))
		return err
	})
}
