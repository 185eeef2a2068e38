package pgsource

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/sql"
)

// query sends the named statement and hands each row to yield as a T, whose fields are listed by fields in the order
// of the statement's columns. what names the objects in errors.
func query[T any](ctx context.Context, conn *pgx.Conn, what, name string, args []any,
	fields func(*T) []any, yield func(T) error) error {
	rows, err := conn.Query(ctx, statementFor(name, ServerVersion(conn)), args...)
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return each(rows, what, fields, yield)
}

// each drains rows into yield and closes them.
func each[T any](rows pgx.Rows, what string, fields func(*T) []any, yield func(T) error) error {
	defer rows.Close()
	for rows.Next() {
		var v T
		if err := rows.Scan(fields(&v)...); err != nil {
			return fmt.Errorf("read %s: %w", what, err)
		}
		if err := yield(v); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// inTransaction runs do inside the transaction that conn is in, or in a read-only one of its own when it is in none.
func inTransaction(ctx context.Context, conn *pgx.Conn, do func() error) error {
	if conn.PgConn().TxStatus() != 'I' {
		return do()
	}
	if _, err := conn.Exec(ctx, sql.Source("begin_read")); err != nil {
		return err
	}
	defer rollback(ctx, conn)
	return do()
}

// rollback ends a transaction that only read. It runs also when ctx is over, so that the connection is usable; when it
// cannot, the connection is broken and whoever uses it next is told.
func rollback(ctx context.Context, conn *pgx.Conn) {
	ctx, done := pgdb.Afterwards(ctx)
	defer done()
	_, _ = conn.Exec(ctx, "ROLLBACK")
}
