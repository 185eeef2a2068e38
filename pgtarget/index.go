package pgtarget

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// Index is what the target says of an index; the zero value when there is none of that name.
type Index struct {
	Exists      bool
	Valid       bool // complete and usable: false is what a concurrent build leaves that died, or a partitioned index that lacks parts
	Partitioned bool
	Def         string // pg_get_indexdef(), every name qualified when search_path is empty
	Table       pgschema.Name
	Constraint  string // the primary key, unique or exclusion constraint it backs, "" when none
}

// IndexState looks an index up.
func IndexState(ctx context.Context, conn *pgx.Conn, name pgschema.Name) (Index, error) {
	i := Index{Exists: true}
	err := queryRow(ctx, conn, "index_state", name.Schema, name.Rel).
		Scan(&i.Valid, &i.Partitioned, &i.Def, &i.Table.Schema, &i.Table.Rel, &i.Constraint)
	if errors.Is(err, pgx.ErrNoRows) {
		return Index{}, nil
	}
	if err != nil {
		return Index{}, fmt.Errorf("look up index %s: %w", name, err)
	}
	return i, nil
}

// sourceForms are the settings under which the source says what an index is: constants in its definition (WHERE at > '2024-01-01 00:00:00+00') have the
// forms that these give them.
const sourceForms = `SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL intervalstyle = 'postgres'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 3`

// IndexStateAsSource is [IndexState] with the definition in the forms of the source's sessions. The session, and a transaction that it is in, keep theirs.
func IndexStateAsSource(ctx context.Context, conn *pgx.Conn, name pgschema.Name) (i Index, err error) {
	begin, end := "BEGIN", "ROLLBACK"
	if conn.PgConn().TxStatus() != 'I' {
		begin, end = "SAVEPOINT source_forms", "ROLLBACK TO SAVEPOINT source_forms; RELEASE SAVEPOINT source_forms"
	}
	if _, err := conn.Exec(ctx, begin+"; "+sourceForms); err != nil {
		return i, fmt.Errorf("look up index %s: %w", name, err)
	}
	i, err = IndexState(ctx, conn, name)
	if _, e := conn.Exec(ctx, end); e != nil && err == nil {
		err = fmt.Errorf("look up index %s: %w", name, e)
	}
	return i, err
}

// Constraint is what the target says of a constraint; the zero value when there is none of that name.
type Constraint struct {
	Exists    bool
	Def       string // pg_get_constraintdef()
	Validated bool   // false for NOT VALID
}

// ConstraintState looks up a constraint of a table.
func ConstraintState(ctx context.Context, conn *pgx.Conn, table pgschema.Name, constraint string) (Constraint, error) {
	c := Constraint{Exists: true}
	err := queryRow(ctx, conn, "constraint_state", table.Schema, table.Rel, constraint).Scan(&c.Def, &c.Validated)
	if errors.Is(err, pgx.ErrNoRows) {
		return Constraint{}, nil
	}
	if err != nil {
		return Constraint{}, fmt.Errorf("look up constraint %s of %s: %w", pgschema.DisplayIdent(constraint), table, err)
	}
	return c, nil
}

// ConstraintExists reports whether a table has a constraint of that name.
func ConstraintExists(ctx context.Context, conn *pgx.Conn, table pgschema.Name, constraint string) (bool, error) {
	c, err := ConstraintState(ctx, conn, table, constraint)
	return c.Exists, err
}

// MergeValidation turns hash joins off in the current transaction where the check of a foreign key that is to be validated in it takes less
// without them, going by what the server knows of both tables.
func MergeValidation(ctx context.Context, conn *pgx.Conn, table pgschema.Name, constraint string) error {
	if _, err := conn.Exec(ctx, statement(conn, "merge_validation"), table.Schema, table.Rel, constraint); err != nil {
		return fmt.Errorf("look up the tables of constraint %s of %s: %w", pgschema.DisplayIdent(constraint), table, err)
	}
	return nil
}

// DropIndex drops an index if there is one. One that backs a constraint is refused by the server.
func DropIndex(ctx context.Context, conn *pgx.Conn, name pgschema.Name) error {
	if _, err := conn.Exec(ctx, "DROP INDEX IF EXISTS "+name.Quoted()); err != nil {
		return fmt.Errorf("drop index %s: %w", name, err)
	}
	return nil
}
