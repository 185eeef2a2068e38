package pgsource

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/sql"
)

// DatabaseProperties hands over what ALTER DATABASE ... SET, ALTER ROLE ... IN DATABASE ... SET, COMMENT ON DATABASE and
// GRANT ... ON DATABASE have left on the connected database: settings, role settings, comment, privileges, in this order.
//
// Value of a setting is the stored text. For list parameters such as search_path that text is already a list of quoted
// identifiers ("$user", public) and each element must be quoted by itself when it is set again, as pg_dump does
// (makeAlterConfigCommand in src/bin/pg_dump/dumputils.c). A database with default privileges has no acl row; one
// whose every privilege was revoked has a single acl row with an empty Name.
func DatabaseProperties(ctx context.Context, conn *pgx.Conn, yield func(pgschema.DatabaseProperty) error) error {
	return query(ctx, conn, "database properties", "database_properties", nil, func(p *pgschema.DatabaseProperty) []any {
		return []any{&p.Kind, &p.Role, &p.Name, &p.Value, &p.By}
	}, yield)
}

// Unreadable hands over, by name, the tables and sequences that the connected role may not read in full: no USAGE on
// the schema ("schema"), no SELECT ("privilege"), or a row-level-security policy that applies to the role
// ("row-security"). Each relation is told once, with the first of these reasons, so that callers can leave out what
// their filters leave out.
func Unreadable(ctx context.Context, conn *pgx.Conn, yield func(pgschema.Unreadable) error) error {
	return query(ctx, conn, "privileges", "unreadable", nil, func(u *pgschema.Unreadable) []any {
		return []any{&u.OID, &u.Kind, &u.Owner, &u.Name.Schema, &u.Name.Rel, &u.Why}
	}, yield)
}

// TablesToLock counts the tables that pg_dump locks, and the sequences that it reads, each of which takes an entry of the lock table as well.
func TablesToLock(ctx context.Context, conn *pgx.Conn) (tables, sequences int64, err error) {
	if err := conn.QueryRow(ctx, sql.Source("tables_to_lock")).Scan(&tables, &sequences); err != nil {
		return 0, 0, fmt.Errorf("count tables: %w", err)
	}
	return tables, sequences, nil
}

// UnreadableLargeObjects counts the large objects that the connected role may not read, and names the first of them.
func UnreadableLargeObjects(ctx context.Context, conn *pgx.Conn) (count int64, first uint32, err error) {
	err = conn.QueryRow(ctx, sql.Source("unreadable_large_objects")).Scan(&count, &first)
	if err != nil {
		return 0, 0, fmt.Errorf("read privileges of large objects: %w", err)
	}
	return count, first, nil
}
