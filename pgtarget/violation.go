package pgtarget

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// ViolatingRow finds a row that violates a foreign key, and names it by the table's primary key, "(id)=(7)", or by its place, "at ctid (0,7)",
// where there is none. "" when none is found within the time given, or nothing tells what to look for. definition is the foreign key's, as
// pg_get_constraintdef() gives it, and detail that of the server's error: it holds the values of the key (ri_ReportViolation in
// ri_triggers.c), as the server prints them, unless the role may not read them; or it says that some are null and some are not, which MATCH FULL
// forbids.
func ViolatingRow(ctx context.Context, conn *pgx.Conn, table pgschema.Name, definition, detail string, within time.Duration) (row string, err error) {
	columns := keyColumns(definition)
	if columns == "" {
		return "", nil
	}
	names, quoted, err := primaryKey(ctx, conn, table)
	if err != nil {
		return "", err
	}
	var args []any
	param := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	var what, where string
	if len(names) > 0 {
		what = "pg_catalog.concat_ws(', ', " + strings.Join(quoted, ", ") + ")"
	} else {
		what = fmt.Sprintf("'at ctid ' || ctid::pg_catalog.text || CASE WHEN tableoid = %s::pg_catalog.regclass THEN '' ELSE ' of ' || tableoid::pg_catalog.regclass::pg_catalog.text END",
			param(table.Quoted()))
	}
	switch {
	case strings.Contains(detail, ")=("):
		where = fmt.Sprintf("pg_catalog.num_nulls(%[1]s) = 0 AND pg_catalog.strpos(%[2]s, ')=(' || pg_catalog.concat_ws(', ', %[1]s) || ')') > 0", columns, param(detail))
	case strings.Contains(definition, ") MATCH FULL"):
		where = fmt.Sprintf("pg_catalog.num_nulls(%[1]s) > 0 AND pg_catalog.num_nonnulls(%[1]s) > 0", columns)
	default:
		return "", nil
	}
	tx, err := conn.BeginTx(ctx, pgx.TxOptions{AccessMode: pgx.ReadOnly})
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, tx.Rollback(context.WithoutCancel(ctx))) }()
	if _, err := tx.Exec(ctx, "SET LOCAL statement_timeout = "+strconv.FormatInt(within.Milliseconds(), 10)); err != nil {
		return "", err
	}
	err = tx.QueryRow(ctx, fmt.Sprintf("SELECT %s FROM %s WHERE %s LIMIT 1", what, table.Quoted(), where), args...).Scan(&row)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("look for the row: %w", err)
	case len(names) > 0:
		return "(" + strings.Join(names, ", ") + ")=(" + row + ")", nil
	}
	return row, nil
}

// keyColumns is the list of the referencing columns, quoted where needed: "a, b" of "FOREIGN KEY (a, PERIOD b) REFERENCES ...".
func keyColumns(definition string) string {
	columns, ok := strings.CutPrefix(definition, "FOREIGN KEY (")
	columns, _, found := strings.Cut(columns, ") REFERENCES ")
	if !ok || !found {
		return ""
	}
	if strings.HasPrefix(columns, "PERIOD ") {
		return columns[len("PERIOD "):]
	}
	return strings.Replace(columns, ", PERIOD ", ", ", 1)
}

// primaryKey names the columns of a table's primary key, as they are and quoted; none when it has none.
func primaryKey(ctx context.Context, conn *pgx.Conn, table pgschema.Name) (names, quoted []string, err error) {
	rows, err := conn.Query(ctx, statement(conn, "primary_key"), table.Schema, table.Rel)
	if err != nil {
		return nil, nil, err
	}
	var name, q string
	_, err = pgx.ForEachRow(rows, []any{&name, &q}, func() error {
		names, quoted = append(names, name), append(quoted, q)
		return nil
	})
	return names, quoted, err
}
