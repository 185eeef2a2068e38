package pgtarget

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// TablespaceState is a tablespace that the target has.
type TablespaceState struct {
	Name      string
	Default   bool // the database's own
	May       bool // the role may make things in it
	Commented bool
	Granted   bool // privileges were given or taken
}

// Tablespaces reads the target's tablespaces.
func Tablespaces(ctx context.Context, conn *pgx.Conn) ([]TablespaceState, error) {
	rows, err := conn.Query(ctx, statement(conn, "tablespaces"))
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t TablespaceState, err error) {
		err = row.Scan(&t.Name, &t.Default, &t.May, &t.Commented, &t.Granted)
		return t, err
	})
}

// SetTablespace is the statement that has what is made next come to be in a tablespace, "" for the database's default. The name is written
// as a string, which no folding and no line break in it can spoil.
func SetTablespace(name string) string {
	return "SET default_tablespace = " + strings.TrimSpace(pgschema.QuoteLiteral(name)) + ";"
}

// CreateTablespace makes a tablespace in a directory of the target's server. Owner "" is the role itself. It cannot be part of a transaction.
func CreateTablespace(ctx context.Context, conn *pgx.Conn, t pgschema.Tablespace) error {
	statement := "CREATE TABLESPACE " + pgschema.QuoteIdent(t.Name)
	if t.Owner != "" {
		statement += " OWNER " + pgschema.QuoteIdent(t.Owner)
	}
	statement += " LOCATION " + strings.TrimSpace(pgschema.QuoteLiteral(t.Location))
	var options []string
	for _, o := range t.Options {
		name, value, _ := strings.Cut(o, "=")
		options = append(options, pgschema.QuoteIdent(name)+" = "+strings.TrimSpace(pgschema.QuoteLiteral(value)))
	}
	if len(options) > 0 {
		statement += " WITH (" + strings.Join(options, ", ") + ")"
	}
	_, err := conn.Exec(ctx, statement)
	return err
}

// AdornTablespace gives a tablespace its comment and privileges, all in one transaction; "" and none change nothing.
func AdornTablespace(ctx context.Context, conn *pgx.Conn, name, comment string, grants []pgschema.TablespaceGrant) error {
	var statements []string
	if comment != "" {
		statements = append(statements, "COMMENT ON TABLESPACE "+pgschema.QuoteIdent(name)+" IS "+pgschema.QuoteLiteral(comment))
	}
	for _, g := range grants {
		role, option := "PUBLIC", ""
		if g.Role != "" {
			role = pgschema.QuoteIdent(g.Role)
		}
		if g.Option {
			option = " WITH GRANT OPTION"
		}
		statements = append(statements, "GRANT CREATE ON TABLESPACE "+pgschema.QuoteIdent(name)+" TO "+role+option)
	}
	if len(statements) == 0 {
		return nil
	}
	_, err := conn.PgConn().Exec(ctx, strings.Join(statements, ";\n")).ReadAll()
	return err
}

// MissingRoles tells which of some roles the server does not have.
func MissingRoles(ctx context.Context, conn *pgx.Conn, roles []string) ([]string, error) {
	rows, err := conn.Query(ctx, statement(conn, "roles_missing"), roles)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

// MapTablespaceNames replaces names in the value of a setting that lists tablespaces (temp_tablespaces), each quoted where it has to be.
// A text that is no list of names stays as it is.
func MapTablespaceNames(list string, to func(string) string) string {
	names, ok := splitNames(list)
	if !ok {
		return list
	}
	for i, n := range names {
		names[i] = `""` // the database's default
		if n = to(n); n != "" {
			names[i] = pgschema.QuoteIdent(n)
		}
	}
	return strings.Join(names, ", ")
}
