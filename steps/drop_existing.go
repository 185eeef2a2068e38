package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

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
		b := batcher{ctx: ctx, conn: conn}
		err := pgtarget.DropStatements(ctx, s.env.Tools, s.env.archivePath(), s.env.restoreOptions(), b.add)
		return errors.Join(err, b.end(err))
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

// batcher runs statements in transactions of a bounded length.
type batcher struct {
	ctx  context.Context
	conn *pgx.Conn
	n    int
}

func (b *batcher) add(stmt string) error {
	if b.n == 0 {
		if _, err := b.conn.Exec(b.ctx, "BEGIN"); err != nil {
			return err
		}
	}
	if err := execScript(b.ctx, b.conn, stmt); err != nil {
		return &pgdb.UserError{Msg: fmt.Sprintf("clear the target: %s: %s", firstLine(stmt), reason(err)),
			Hint: "something on the target that is not part of the source depends on it; drop that first, or use an empty database", Err: err}
	}
	if b.n++; b.n == dropsPerTransaction {
		return b.end(nil)
	}
	return nil
}

func (b *batcher) end(failed error) error {
	if failed != nil {
		return rollback(b.ctx, b.conn)
	}
	if b.n == 0 {
		return nil
	}
	b.n = 0
	_, err := b.conn.Exec(b.ctx, "COMMIT")
	return err
}

func firstLine(s string) string {
	for i, r := range s {
		if r == '\n' || i > 120 {
			return s[:i]
		}
	}
	return s
}
