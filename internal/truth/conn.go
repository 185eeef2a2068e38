package truth

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// session makes the text of every value independent of the settings of role, database and server, and the session
// independent of their timeouts. JIT is off because it would compile the rows of tables with 1,500 columns.
const session = `
SET search_path = '';
SET standard_conforming_strings = on;
SET "DateStyle" = 'ISO, YMD';
SET "IntervalStyle" = 'postgres';
SET "TimeZone" = 'UTC';
SET bytea_output = 'hex';
SET extra_float_digits = 3;
SET lc_monetary = 'C';
SET xmloption = 'content';
SET quote_all_identifiers = off;
SET row_security = off;
SELECT pg_catalog.set_config(name, 'off', false) FROM pg_catalog.pg_settings WHERE name = 'jit'; -- new in 11
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET default_transaction_isolation = 'read committed';
SELECT pg_catalog.set_config('client_encoding', CASE pg_catalog.getdatabaseencoding() WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END, false);
`

// connect opens a session that reads values in one fixed form. Text arrives as UTF-8, or as the bytes that are stored
// when the database's encoding is SQL_ASCII.
func connect(ctx context.Context, uri string) (*pgconn.PgConn, error) {
	c, err := pgconn.Connect(ctx, uri)
	if err != nil {
		return nil, err
	}
	if _, err := c.Exec(ctx, session).ReadAll(); err != nil {
		c.Close(ctx)
		return nil, fmt.Errorf("prepare session: %w", err)
	}
	return c, nil
}

// each runs one statement and calls f with the column names and values of every row, as text. NULL is nil. The
// values are valid only during the call.
func each(ctx context.Context, c *pgconn.PgConn, sql string, f func(columns []string, row [][]byte) error) error {
	mrr := c.Exec(ctx, sql)
	var failed error
	for mrr.NextResult() {
		rr := mrr.ResultReader()
		var columns []string
		for _, d := range rr.FieldDescriptions() {
			columns = append(columns, d.Name)
		}
		for rr.NextRow() {
			if failed == nil {
				failed = f(columns, rr.Values())
			}
		}
		rr.Close()
	}
	if err := mrr.Close(); err != nil {
		return err
	}
	return failed
}

// value runs a statement that gives one value.
func value(ctx context.Context, c *pgconn.PgConn, sql string) (string, error) {
	var v string
	err := each(ctx, c, sql, func(_ []string, row [][]byte) error {
		v = string(row[0])
		return nil
	})
	return v, err
}
