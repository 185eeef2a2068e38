package pgtarget

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/sql"
)

// CreateDatabase makes a database like d, empty, unless one of its name is there. With an owner that the target does not have, or with
// noOwner, it belongs to the connected role. What a database has beyond that (settings, privileges, comment) comes with its contents.
//
// https://www.postgresql.org/docs/current/sql-createdatabase.html
func CreateDatabase(ctx context.Context, conn *pgx.Conn, d pgschema.Database, major int, noOwner, noTablespace bool) (created bool, err error) {
	var there, owner bool
	if err := conn.QueryRow(ctx, sql.Target("database_there"), d.Name, d.Owner).Scan(&there, &owner); err != nil || there {
		return false, err
	}
	if noOwner || !owner {
		d.Owner = ""
	}
	if noTablespace || d.Tablespace == "pg_default" {
		d.Tablespace = ""
	}
	if _, err := conn.Exec(ctx, createDatabase(d, major)); isThereNow(err) {
		return false, nil
	} else if err != nil {
		message, hint := pgdb.Explain(err)
		return false, &pgdb.UserError{Msg: fmt.Sprintf("create database %s: %s", d.Name, message), Err: err,
			Hint: strings.TrimPrefix(hint+"; or make the database on the target by hand, empty, and go on", "; ")}
	}
	return true, nil
}

// isThereNow: somebody else has made it between the look and the statement, which waited for the other to end. That may be the backend of a process
// of ours that was killed.
func isThereNow(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "42P04" || pg.Code == "23505" && pg.ConstraintName == "pg_database_datname_index") // duplicate_database, unique_violation
}

// createDatabase is the statement. A version that does not know a provider's clause is older than the source, and refused before.
func createDatabase(d pgschema.Database, major int) string {
	var b strings.Builder
	b.WriteString("CREATE DATABASE " + pgschema.QuoteIdent(d.Name) + " TEMPLATE template0 ENCODING " + pgschema.QuoteLiteral(d.Encoding))
	b.WriteString(" LC_COLLATE " + pgschema.QuoteLiteral(d.Collate) + " LC_CTYPE " + pgschema.QuoteLiteral(d.Ctype))
	switch {
	case d.Provider == "i":
		b.WriteString(" LOCALE_PROVIDER icu ICU_LOCALE " + pgschema.QuoteLiteral(d.Locale))
		if d.ICURules != "" {
			b.WriteString(" ICU_RULES " + pgschema.QuoteLiteral(d.ICURules))
		}
	case d.Provider == "b":
		b.WriteString(" LOCALE_PROVIDER builtin BUILTIN_LOCALE " + pgschema.QuoteLiteral(d.Locale))
	case major >= 15: // template0 of the target may have another one
		b.WriteString(" LOCALE_PROVIDER libc")
	}
	if d.Owner != "" {
		b.WriteString(" OWNER " + pgschema.QuoteIdent(d.Owner))
	}
	if d.Tablespace != "" {
		b.WriteString(" TABLESPACE " + pgschema.QuoteIdent(d.Tablespace))
	}
	if d.ConnectionLimit >= 0 {
		fmt.Fprintf(&b, " CONNECTION LIMIT %d", d.ConnectionLimit)
	}
	return b.String()
}
