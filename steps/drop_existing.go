package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// dropsPerTransaction keeps a transaction's locks below the target's lock table.
const dropsPerTransaction = 100

// dropExisting clears the target of what the archive is about to make (--drop-if-exists). All of it is IF EXISTS and may be done twice;
// nothing has been copied yet when it runs.
type dropExisting struct{ base }

func newDropExisting(e *Env) *dropExisting {
	s := &dropExisting{base{env: e, name: "drop-existing", kind: "drop if exists", pool: "control"}}
	if e.Opts.DropIfExists {
		s.tasks = []planning{planned(sql.CatalogPlanDropExisting)}
	}
	return s
}

func (s *dropExisting) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	return workflow.Result{}, s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		if err := s.dropTables(ctx, conn); err != nil {
			return err
		}
		return s.dropRest(ctx, conn)
	})
}

// dropTables drops the source's tables first, with all that hangs on them: views and foreign keys that only the target has, too.
func (s *dropExisting) dropTables(ctx context.Context, conn *pgx.Conn) error {
	var names []pgschema.Name
	flush := func() error {
		if len(names) == 0 {
			return nil
		}
		err := pgtarget.DropTables(ctx, conn, names)
		names = names[:0]
		return err
	}
	if err := s.env.Catalog.TableNames(ctx, "rpm", func(n pgschema.Name) error {
		if names = append(names, n); len(names) < dropsPerTransaction {
			return nil
		}
		return flush()
	}); err != nil {
		return err
	}
	return flush()
}

// dropRest runs the archive's own DROP statements, one by one. Some are refused at first because another object still needs the thing
// (indexes and constraints of partitions go with their parents'); those are run again after the rest.
func (s *dropExisting) dropRest(ctx context.Context, conn *pgx.Conn) error {
	opts := s.env.restoreOptions()
	var err error
	if opts.UseList, err = s.env.useList(ctx); err != nil {
		return err
	}
	var refused []string
	if err := pgtarget.DropStatements(ctx, s.env.Tools, s.env.archivePath(), opts, func(stmt string) error {
		err := execScript(ctx, conn, stmt)
		if isNeeded(err) {
			refused = append(refused, stmt)
			return nil
		}
		return dropError(stmt, err)
	}); err != nil {
		return err
	}
	for _, stmt := range refused {
		if err := execScript(ctx, conn, stmt); err != nil {
			return dropError(stmt, err)
		}
	}
	return nil
}

// isNeeded: dependent_objects_still_exist, or invalid_table_definition for what belongs to a partitioned parent.
func isNeeded(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "2BP01" || pg.Code == "42P16")
}

func dropError(stmt string, err error) error {
	if err == nil {
		return nil
	}
	return &pgdb.UserError{Msg: fmt.Sprintf("clear the target: %s: %s", firstLine(stmt), reason(err)),
		Hint: "something on the target that is not part of the source depends on it; drop that first, or use an empty database", Err: err}
}

func firstLine(s string) string {
	for i, r := range s {
		if r == '\n' || i > 120 {
			return s[:i]
		}
	}
	return s
}
