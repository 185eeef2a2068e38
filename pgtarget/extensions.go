package pgtarget

import (
	"cmp"
	"context"
	"slices"
	"strings"

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

// SchemaExists tells whether a schema is there.
func SchemaExists(ctx context.Context, conn *pgx.Conn, name string) (there bool, err error) {
	err = queryRow(ctx, conn, "schema_there", name).Scan(&there)
	return there, err
}

// InstalledExtension is an extension that a database has.
type InstalledExtension struct {
	Name    string
	Schema  string
	Comment string // "" for none
}

// InstalledExtensions lists the extensions of the connected database.
func InstalledExtensions(ctx context.Context, conn *pgx.Conn) ([]InstalledExtension, error) {
	rows, err := conn.Query(ctx, statement(conn, "extensions_installed"))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[InstalledExtension])
}

// ExtensionVersions is what a server could install of an extension.
type ExtensionVersions struct {
	Name     string   `json:"name"`
	Default  string   `json:"default"` // what CREATE EXTENSION takes when no version is named; "" when it takes none
	Versions []string `json:"versions"`
}

// AvailableVersions hands over the extensions that a server could install by name, each with its versions from the oldest to the newest.
func AvailableVersions(ctx context.Context, conn *pgx.Conn, yield func(ExtensionVersions) error) error {
	rows, err := conn.Query(ctx, statement(conn, "extension_versions"))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var v ExtensionVersions
		if err := rows.Scan(&v.Name, &v.Default, &v.Versions); err != nil {
			return err
		}
		slices.SortStableFunc(v.Versions, compareVersions)
		if err := yield(v); err != nil {
			return err
		}
	}
	return rows.Err()
}

// compareVersions orders numbers within versions as numbers: 1.9 comes before 1.10. Postgres itself gives versions no order.
func compareVersions(a, b string) int {
	for a != "" && b != "" {
		x, y := versionWord(a), versionWord(b)
		a, b = a[len(x):], b[len(y):]
		if isDigit(x[0]) && isDigit(y[0]) {
			x, y = strings.TrimLeft(x, "0"), strings.TrimLeft(y, "0")
			if c := cmp.Compare(len(x), len(y)); c != 0 {
				return c
			}
		}
		if c := cmp.Compare(x, y); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

// versionWord is the digits, or what is none, at the beginning.
func versionWord(s string) string {
	n := 1
	for n < len(s) && isDigit(s[n]) == isDigit(s[0]) {
		n++
	}
	return s[:n]
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
