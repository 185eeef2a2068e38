package pgtarget

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgdb"
)

// Other is a session of another pgcopy that writes to the database.
type Other struct {
	PID         int32
	Application string // as pg_stat_activity has it
	Address     string // of its client; "": a socket, or not for this role to see
	Since       string // "2026-01-02 03:04:05 UTC"; "": not for this role to see
	Earlier     bool   // it was there before the session that asks, as far as that may be seen
}

func (o Other) String() string {
	text := fmt.Sprintf("application %s, pid %d", o.Application, o.PID)
	if o.Address != "" {
		text += ", from " + o.Address
	}
	if o.Since != "" {
		text += ", since " + o.Since
	}
	return text
}

// Others finds the sessions of other pgcopy processes in the database, the oldest first and 100 at most. It knows them by their application's name:
// where a connection string gives another one, they are not found.
func Others(ctx context.Context, conn *pgx.Conn) ([]Other, error) {
	rows, err := conn.Query(ctx, statement(conn, "others"), pgdb.OwnTargetBackends())
	if err == nil {
		var all []Other
		if all, err = pgx.CollectRows(rows, pgx.RowToStructByPos[Other]); err == nil {
			return all, nil
		}
	}
	return nil, fmt.Errorf("look who else works in the database: %w", err)
}
