package steps

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// Foreign keys are added NOT VALID, which takes a moment, and validated apart, which reads both tables and can be done for many of them at
// once. Which ones: see plan_foreign_keys.sql; that a validation is planned is what tells add-foreign-key to leave the check to it. All others
// (not valid on the source either, or of partitioned tables on targets that cannot) are added as the archive has them.

// addForeignKey adds one foreign key.
type addForeignKey struct{ base }

func newAddForeignKey(e *Env) *addForeignKey {
	return &addForeignKey{base{env: e, name: "add-foreign-key", kind: "foreign keys", pool: "restore",
		needs: []planning{planned(sql.CatalogPlanArchiveNeeds, "add-foreign-key"), planned(sql.CatalogPlanForeignKeyNeeds)}}}
}

// Tasks is planned when the target's version is known.
func (s *addForeignKey) Tasks(ctx context.Context, p workflow.Planner) error {
	return s.env.planForeignKeys(ctx, p, s.base, false)
}

func (e *Env) planForeignKeys(ctx context.Context, p workflow.Planner, b base, validations bool) error {
	return p.Exec(ctx, sql.CatalogPlanForeignKeys, b.name, b.pool, validations, e.TargetInfo.VersionNum)
}

func (s *addForeignKey) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	k, err := s.env.foreignKey(ctx, t)
	if err != nil {
		return workflow.Result{}, err
	}
	there := func(ctx context.Context, conn *pgx.Conn, _ uint64) (bool, error) {
		return pgtarget.ConstraintExists(ctx, conn, k.table.Name, k.Name)
	}
	res, err := s.env.once(ctx, t, there, func(ctx context.Context, conn *pgx.Conn) (workflow.Result, error) {
		if err := lockKeys(ctx, conn, k); err != nil {
			return workflow.Result{}, err
		}
		if err := execScript(ctx, conn, sessionOf(k.entry)+k.statement()); err != nil {
			return workflow.Result{}, entryError(k.entry, err)
		}
		return workflow.Result{}, nil
	})
	if isOrphan(err) {
		return res, s.env.orphan(ctx, "add", k, err)
	}
	return res, err
}

// RunBatch adds foreign keys that take a moment in one target transaction.
func (s *addForeignKey) RunBatch(ctx context.Context, ts []workflow.Task) ([]workflow.Result, error) {
	keys, err := s.env.foreignKeys(ctx, ts)
	if err != nil {
		return nil, err
	}
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = sessionOf(k.entry) + k.statement()
	}
	return s.env.together(ctx, ts, func(ctx context.Context, conn *pgx.Conn) ([]workflow.Result, error) {
		if err := lockKeys(ctx, conn, keys...); err != nil {
			return nil, err
		}
		return make([]workflow.Result, len(ts)), execScript(ctx, conn, strings.Join(texts, "\n"))
	})
}

// validateForeignKey checks that every row of a table has the row it refers to.
type validateForeignKey struct{ base }

func newValidateForeignKey(e *Env) *validateForeignKey {
	return &validateForeignKey{base{env: e, name: "validate-foreign-key", kind: "foreign keys", pool: "index",
		needs: []planning{planned(sql.CatalogPlanValidateForeignKeyNeeds)}}}
}

// Tasks is planned when the target's version is known.
func (s *validateForeignKey) Tasks(ctx context.Context, p workflow.Planner) error {
	return s.env.planForeignKeys(ctx, p, s.base, true)
}

// Run looks first: what is validated is done, by whomever.
func (s *validateForeignKey) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	k, err := s.env.foreignKey(ctx, t)
	if err != nil {
		return workflow.Result{}, err
	}
	there := func(ctx context.Context, conn *pgx.Conn, _ uint64) (bool, error) {
		c, err := pgtarget.ConstraintState(ctx, conn, k.table.Name, k.Name)
		return c.Validated, err
	}
	res, err := s.env.once(ctx, t, there, func(ctx context.Context, conn *pgx.Conn) (workflow.Result, error) {
		done, err := there(ctx, conn, 0)
		if err != nil || done {
			return workflow.Result{}, err
		}
		if err := pgtarget.MergeValidation(ctx, conn, k.table.Name, k.Name); err != nil {
			return workflow.Result{}, err
		}
		return workflow.Result{}, execScript(ctx, conn, s.env.buildMemory()+k.validation())
	})
	switch {
	case isOrphan(err):
		err = s.env.orphan(ctx, "validate", k, err)
	case isCode(err, "42704"): // undefined_object
		err = &pgdb.UserError{Msg: fmt.Sprintf("validate foreign key %s: it is not on the target any more", k), Err: err,
			Hint: "somebody has dropped it: add it again, as it was or NOT VALID, then: pgcopy resume --dir " + s.env.Opts.Dir}
	case err != nil:
		err = fmt.Errorf("validate foreign key %s: %w", k, err)
	}
	return res, err
}

// RunBatch validates foreign keys of small tables in one target transaction.
func (s *validateForeignKey) RunBatch(ctx context.Context, ts []workflow.Task) ([]workflow.Result, error) {
	keys, err := s.env.foreignKeys(ctx, ts)
	if err != nil {
		return nil, err
	}
	texts := []string{s.env.buildMemory()}
	for _, k := range keys {
		texts = append(texts, k.validation())
	}
	return s.env.together(ctx, ts, func(ctx context.Context, conn *pgx.Conn) ([]workflow.Result, error) {
		return make([]workflow.Result, len(ts)), execScript(ctx, conn, strings.Join(texts, "\n"))
	})
}

// foreignKey is a foreign key with its table and its entry in the archive.
type foreignKey struct {
	pgschema.Constraint
	table catalogdb.TableInfo
	refTo pgschema.Name // zero when it refers to an extension's table
	entry pgschema.ArchiveEntry
	apart bool // validated by a task of its own
}

// String is for messages: name and table.
func (k foreignKey) String() string {
	return pgschema.DisplayIdent(k.Name) + " of " + k.table.Name.String()
}

// statement is the archive's own, NOT VALID if it is validated apart.
func (k foreignKey) statement() string {
	if !k.apart {
		return k.entry.SQL
	}
	all := pgtarget.SplitStatements(k.entry.SQL)
	all[0] = strings.TrimRight(all[0], "; \n") + " NOT VALID;"
	return strings.Join(all, "\n")
}

func (k foreignKey) validation() string {
	return fmt.Sprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s;", k.table.Name.Quoted(), pgschema.QuoteIdent(k.Name))
}

// foreignKey reads what a task of either step is about.
func (e *Env) foreignKey(ctx context.Context, t workflow.Task) (k foreignKey, err error) {
	if k.entry, err = e.Catalog.ArchiveEntry(ctx, t.OID); err != nil {
		return k, err
	}
	if k.Constraint, err = e.Catalog.Constraint(ctx, k.entry.OID); err != nil {
		return k, err
	}
	if k.table, err = e.Catalog.TableInfo(ctx, k.TableOID); err != nil {
		return k, err
	}
	ref, err := e.Catalog.TableInfo(ctx, k.RefTable)
	if err != nil && !catalogdb.IsNoRows(err) {
		return k, err
	}
	k.refTo = ref.Name
	k.apart, err = e.Catalog.HasTask(ctx, "validate-foreign-key", t.OID)
	return k, err
}

// foreignKeys reads several, by ascending OID of their tables: whoever locks several tables does it in that order, so that no two of them wait
// for each other.
func (e *Env) foreignKeys(ctx context.Context, ts []workflow.Task) ([]foreignKey, error) {
	keys := make([]foreignKey, len(ts))
	for i, t := range ts {
		var err error
		if keys[i], err = e.foreignKey(ctx, t); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(keys, func(a, b foreignKey) int { return cmp.Compare(a.TableOID, b.TableOID) })
	return keys, nil
}

// lockKeys takes the locks that adding the keys will take, by ascending OID: each statement by itself would take that on its own table first, and
// two transactions with keys in opposite directions would wait for each other until the server ends one of them. A role may not be allowed to
// lock the table it refers to; then it is left at that.
func lockKeys(ctx context.Context, conn *pgx.Conn, keys ...foreignKey) error {
	tables := map[uint32]pgschema.Name{}
	for _, k := range keys {
		tables[k.TableOID] = k.table.Name
		if k.refTo.Rel != "" {
			tables[k.RefTable] = k.refTo
		}
	}
	var names []string
	for _, oid := range slices.Sorted(maps.Keys(tables)) {
		names = append(names, tables[oid].Quoted())
	}
	err := execScript(ctx, conn, "SAVEPOINT locks; LOCK TABLE "+strings.Join(names, ", ")+" IN SHARE ROW EXCLUSIVE MODE; RELEASE locks")
	if isCode(err, "42501") { // insufficient_privilege
		err = execScript(ctx, conn, "ROLLBACK TO locks; RELEASE locks")
	}
	return err
}

func isCode(err error, code string) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == code
}

// isOrphan: a row has no row to refer to.
func isOrphan(err error) bool { return isCode(err, "23503") }

// lookForOrphan bounds the search for the row that violates a foreign key. The error says which key is missing in any case.
const lookForOrphan = 10 * time.Second

// orphan names the row that violates a foreign key.
func (e *Env) orphan(ctx context.Context, doing string, k foreignKey, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	row := "a row"
	if found, searchErr := e.orphanRow(ctx, k, pg.Detail); searchErr != nil {
		e.Log.Debug("the row that violates a foreign key was not found", "key", k.String(), "error", searchErr)
	} else if found != "" {
		row = "the row " + found
	}
	return &pgdb.UserError{Msg: fmt.Sprintf("%s foreign key %s: %s violates it: %s", doing, k, row, strings.TrimSuffix(pg.Detail, ".")),
		Hint: e.orphanHint(ctx, k), Err: err}
}

func (e *Env) orphanRow(ctx context.Context, k foreignKey, detail string) (row string, err error) {
	err = e.withTarget(ctx, func(conn *pgx.Conn) error {
		row, err = pgtarget.ViolatingRow(ctx, conn, k.table.Name, k.Def, detail, lookForOrphan)
		return err
	})
	return row, err
}

// orphanHint says where such rows come from, and what to do.
func (e *Env) orphanHint(ctx context.Context, k foreignKey) string {
	resume := "pgcopy resume --dir " + e.Opts.Dir
	if rule, err := e.Catalog.RowsLeftOut(ctx, k.refTo); err == nil && rule != "" {
		return fmt.Sprintf("the rows of %s are left out by %s: delete or mend those that refer to them on the target, then: %s; or start over with another filter",
			k.refTo, rule, resume)
	}
	there := ""
	if k.apart {
		there = " (the foreign key is there, not validated)"
	}
	return fmt.Sprintf("the source has such rows, too: they come about while triggers are disabled. Delete or mend them on the target%s, then: %s; "+
		"or mend them on the source and start over with --restart", there, resume)
}
