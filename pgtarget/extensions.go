package pgtarget

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// AvailableExtensions hands over every version of every extension that the server could install, by name.
func AvailableExtensions(ctx context.Context, conn *pgx.Conn, yield func(name, version string) error) error {
	rows, err := conn.Query(ctx, statement(conn, "extensions_available"))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var name, version string
		if err := rows.Scan(&name, &version); err != nil {
			return err
		}
		if err := yield(name, version); err != nil {
			return err
		}
	}
	return rows.Err()
}

// CreateExtension installs an extension, and those it needs, unless it is there. version "" is the server's default. The schema is made
// when there is none of the name.
func CreateExtension(ctx context.Context, conn *pgx.Conn, name, schema, version string) error {
	if schema != "" && schema != "pg_catalog" {
		if _, err := conn.Exec(ctx, "CREATE SCHEMA IF NOT EXISTS "+pgschema.QuoteIdent(schema)); err != nil {
			return err
		}
	}
	statement := "CREATE EXTENSION IF NOT EXISTS " + pgschema.QuoteIdent(name)
	if schema != "" {
		statement += " WITH SCHEMA " + pgschema.QuoteIdent(schema)
	}
	if version != "" {
		statement += " VERSION " + pgschema.QuoteLiteral(version)
	}
	_, err := conn.Exec(ctx, statement+" CASCADE")
	return err
}
