package pgsource

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/sql"
)

// Rewritten tells whether a table has been truncated or rewritten since conn's snapshot, whether the snapshot sees no row of it, and where
// the WAL is. The caller holds a lock on the table, so that it stays so.
//
// TRUNCATE and the forms of ALTER TABLE that rewrite are not safe for snapshots: an older one sees an empty table. VACUUM FULL and CLUSTER keep
// what it sees, and move it (https://www.postgresql.org/docs/current/mvcc-caveats.html).
func Rewritten(ctx context.Context, conn *pgx.Conn, table uint32, name pgschema.Name) (rewritten, empty bool, at pgschema.LSN, err error) {
	var lsn string
	if err := conn.QueryRow(ctx, sql.Source("rewritten"), table).Scan(&rewritten, &lsn); err != nil {
		return false, false, 0, fmt.Errorf("look whether %s was rewritten: %w", name, err)
	}
	if at, err = pgschema.ParseLSN(lsn); err != nil || !rewritten {
		return rewritten, false, at, err
	}
	err = conn.QueryRow(ctx, "SELECT NOT EXISTS (SELECT FROM ONLY "+name.Quoted()+")").Scan(&empty)
	return true, empty, at, err
}

// Waiter is a session that has a table for itself, or wants it.
type Waiter struct {
	PID                      int
	User, Application, Query string
}

// WantsTable tells who has or wants a table for itself; ok is false when nobody does.
func WantsTable(ctx context.Context, conn *pgx.Conn, table uint32) (w Waiter, ok bool, err error) {
	err = conn.QueryRow(ctx, sql.Source("wants_table"), table).Scan(&w.PID, &w.User, &w.Application, &w.Query)
	if errors.Is(err, pgx.ErrNoRows) {
		return w, false, nil
	}
	return w, err == nil, err
}
