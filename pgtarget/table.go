package pgtarget

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// RelKind is the pg_class.relkind of a relation.
func RelKind(ctx context.Context, conn *pgx.Conn, name pgschema.Name) (kind string, exists bool, err error) {
	err = queryRow(ctx, conn, "rel_kind", name.Schema, name.Rel).Scan(&kind)
	if errors.Is(err, pgx.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("look up %s: %w", name, err)
	}
	return kind, true, nil
}

// CanTruncate reports whether the connected role may truncate a table. It may not truncate one that does not exist.
func CanTruncate(ctx context.Context, conn *pgx.Conn, name pgschema.Name) (may bool, err error) {
	err = queryRow(ctx, conn, "can_truncate", name.Schema, name.Rel).Scan(&may)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("privileges on %s: %w", name, err)
	}
	return may, nil
}

// TruncateOnly empties a table and leaves its inheritance children alone. A partitioned table, which has no rows of its
// own, is emptied with its partitions.
func TruncateOnly(ctx context.Context, conn *pgx.Conn, name pgschema.Name) error {
	kind, _, err := RelKind(ctx, conn, name)
	if err != nil {
		return err
	}
	if _, err := conn.Exec(ctx, "TRUNCATE TABLE "+only(kind)+name.Quoted()); err != nil {
		return fmt.Errorf("truncate %s: %w", name, err)
	}
	return nil
}

// only is the word that leaves out inheritance children. Partitions hold the rows of their parent, so they are never left out.
func only(kind string) string {
	if kind == "p" {
		return ""
	}
	return "ONLY "
}

// IsEmpty reports whether a table has no row that this transaction can see. Inheritance children do not count, partitions do.
func IsEmpty(ctx context.Context, conn *pgx.Conn, name pgschema.Name) (bool, error) {
	found, err := existsIn(ctx, conn, name, "")
	if err != nil {
		return false, fmt.Errorf("look into %s: %w", name, err)
	}
	return !found, nil
}

// existsIn reports whether a table has a row that fits a condition, whose parameters start at $2. It takes one round trip
// where the table is not partitioned.
func existsIn(ctx context.Context, conn *pgx.Conn, table pgschema.Name, where string, args ...any) (found bool, err error) {
	const frame = "SELECT EXISTS (SELECT FROM %s%s), c.relkind::pg_catalog.text FROM pg_catalog.pg_class c" +
		" WHERE c.oid = $1::pg_catalog.text::pg_catalog.regclass"
	ask := func(only string) (kind string, err error) {
		all := append([]any{table.Quoted()}, args...)
		if len(args) == 0 { // a statement of its own for every table is not worth being prepared
			all = append([]any{pgx.QueryExecModeExec}, all...)
		}
		err = conn.QueryRow(ctx, fmt.Sprintf(frame, only+table.Quoted(), where), all...).Scan(&found, &kind)
		return kind, err
	}
	kind, err := ask(only(""))
	if err == nil && kind == "p" {
		_, err = ask(only(kind))
	}
	return found, err
}

// VacuumTable runs VACUUM, ANALYZE or both on a table, or nothing. It must not be called in a transaction.
//
// From 18 on an inheritance parent would be done with its children, which are tables of the copy themselves: ONLY keeps what
// older versions do. From 16 on the search for the database's oldest transaction, which reads all of pg_class, is left
// to autovacuum; it would make the time for n tables grow with n squared.
func VacuumTable(ctx context.Context, conn *pgx.Conn, name pgschema.Name, vacuum, analyze bool) error {
	var options []string
	major := serverMajor(conn)
	word := "ANALYZE"
	if vacuum {
		word = "VACUUM"
		if analyze {
			options = append(options, "ANALYZE")
		}
		if major >= 16 {
			options = append(options, "SKIP_DATABASE_STATS")
		}
	} else if !analyze {
		return nil
	}
	text := word + " "
	if len(options) > 0 {
		text += "(" + strings.Join(options, ", ") + ") "
	}
	if major >= 18 {
		text += "ONLY "
	}
	if _, err := conn.Exec(ctx, text+name.Quoted()); err != nil {
		return fmt.Errorf("%s %s: %w", strings.ToLower(word), name, err)
	}
	return nil
}
