package pgsource

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

// WithoutIdentity hands over the tables of which an UPDATE or DELETE cannot be followed: no primary key and no other replica identity.
func WithoutIdentity(ctx context.Context, conn *pgx.Conn, yield func(pgschema.Name) error) error {
	return streamNames(ctx, conn, "without_identity", yield)
}

func streamNames(ctx context.Context, conn *pgx.Conn, statement string, yield func(pgschema.Name) error) error {
	rows, err := conn.Query(ctx, sql.Source(statement))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var n pgschema.Name
		if err := rows.Scan(&n.Schema, &n.Rel); err != nil {
			return err
		}
		if err := yield(n); err != nil {
			return err
		}
	}
	return rows.Err()
}

// PublicationExists tells whether the database has a publication of a name.
func PublicationExists(ctx context.Context, conn *pgx.Conn, name string) (exists bool, err error) {
	err = conn.QueryRow(ctx, sql.Source("publication"), name).Scan(&exists)
	return exists, err
}

// CreatePublication makes a publication of every table of the database. A superuser's covers tables that are created later, too, so that
// apply stops at the first change of a table the target does not have; another role's names the tables it owns. skip leaves tables
// out, nil none.
func CreatePublication(ctx context.Context, conn *pgx.Conn, name string, superuser bool, skip func(pgschema.Name) bool) error {
	statement := "CREATE PUBLICATION " + pgschema.QuoteIdent(name) + " FOR ALL TABLES"
	if !superuser || skip != nil {
		var list strings.Builder
		if err := streamNames(ctx, conn, "publishable", func(n pgschema.Name) error {
			if skip != nil && skip(n) {
				return nil
			}
			if list.Len() > 0 {
				list.WriteString(", ")
			}
			list.WriteString(n.Quoted())
			return nil
		}); err != nil {
			return err
		}
		statement = "CREATE PUBLICATION " + pgschema.QuoteIdent(name)
		if list.Len() > 0 {
			statement += " FOR TABLE " + list.String()
		}
	}
	_, err := conn.Exec(ctx, statement)
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "42501" {
		return &pgdb.UserError{Msg: "create publication " + name + ": " + pg.Message, Err: err,
			Hint: "connect to the source as the owner of all tables or a superuser, or have one made by them and name it with --publication"}
	}
	if err != nil {
		return fmt.Errorf("create publication %s: %w", name, err)
	}
	return nil
}

// DropPublication drops a publication, when there is one.
func DropPublication(ctx context.Context, conn *pgx.Conn, name string) error {
	_, err := conn.Exec(ctx, "DROP PUBLICATION IF EXISTS "+pgschema.QuoteIdent(name))
	return err
}

// ReexportSnapshot gives the picture that conn has adopted a name of its own: it then stands as long as conn's transaction, whatever
// becomes of the session that exported it first.
func ReexportSnapshot(ctx context.Context, conn *pgx.Conn) (name string, err error) {
	err = conn.QueryRow(ctx, "SELECT pg_catalog.pg_export_snapshot()").Scan(&name)
	return name, err
}
