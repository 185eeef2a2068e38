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

// FirstNotEmpty is [IsEmpty] for many tables in one round trip: it gives the first of them that has a row.
func FirstNotEmpty(ctx context.Context, conn *pgx.Conn, names []pgschema.Name) (first pgschema.Name, found bool, err error) {
	var b strings.Builder
	for i, n := range names {
		if i > 0 {
			b.WriteString("\nUNION ALL ")
		}
		// A partitioned table has its rows in its partitions: it is looked at by itself.
		fmt.Fprintf(&b, "SELECT %d::pg_catalog.int4 WHERE EXISTS (SELECT FROM ONLY %s) OR (SELECT c.relkind = 'p' FROM pg_catalog.pg_class c WHERE c.oid = %s::pg_catalog.regclass)",
			i, n.Quoted(), pgschema.QuoteLiteral(n.Quoted()))
	}
	if len(names) == 0 {
		return first, false, nil
	}
	rows, err := conn.Query(ctx, b.String(), pgx.QueryExecModeExec)
	if err != nil {
		return first, false, fmt.Errorf("look into %d tables: %w", len(names), err)
	}
	at, err := pgx.CollectRows(rows, pgx.RowTo[int32])
	if err != nil {
		return first, false, fmt.Errorf("look into %d tables: %w", len(names), err)
	}
	for _, i := range at {
		if empty, err := IsEmpty(ctx, conn, names[i]); err != nil || !empty {
			return names[i], !empty && err == nil, err
		}
	}
	return first, false, nil
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

// Care is what [VacuumTables] does: VACUUM, ANALYZE, both, or nothing.
type Care struct {
	Vacuum, Analyze bool
	// Children lets it go on from a table to its partitions, and from 18 on to its inheritance children too.
	Children bool
}

// VacuumTables runs VACUUM, ANALYZE or both on tables, or nothing. It must not be called in a transaction. After an error, the tables before
// the one to blame are done.
//
// Many in one command cost less than one by one: before 16 each command ends with a search for the database's oldest transaction,
// which reads all of pg_class, so that the time for n tables grows with n squared. From 16 on that is left to autovacuum.
// Before 18 a partitioned table is always done with its partitions, and an inheritance parent never with its children.
func VacuumTables(ctx context.Context, conn *pgx.Conn, names []pgschema.Name, how Care) error {
	if len(names) == 0 || !how.Vacuum && !how.Analyze {
		return nil
	}
	major := serverMajor(conn)
	var options []string
	word := "ANALYZE"
	if how.Vacuum {
		word = "VACUUM"
		if how.Analyze {
			options = append(options, "ANALYZE")
		}
		if major >= 16 {
			options = append(options, "SKIP_DATABASE_STATS")
		}
	}
	text := word
	if len(options) > 0 {
		text += " (" + strings.Join(options, ", ") + ")"
	}
	sep := " "
	for _, n := range names {
		text += sep
		if major >= 18 && !how.Children {
			text += "ONLY "
		}
		text += n.Quoted()
		sep = ", "
	}
	if _, err := conn.Exec(ctx, text); err != nil {
		if len(names) > 1 {
			return fmt.Errorf("%s %d tables from %s: %w", strings.ToLower(word), len(names), names[0], err)
		}
		return fmt.Errorf("%s %s: %w", strings.ToLower(word), names[0], err)
	}
	return nil
}
