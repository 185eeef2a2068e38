package pgsource

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgschema"
)

// System is who a server is, as it says on a replication connection
// (https://www.postgresql.org/docs/current/protocol-replication.html, IDENTIFY_SYSTEM).
type System struct {
	Identifier string // the number that initdb gave the cluster; its standbys and its restored backups have the same
	Timeline   int64  // rises by each promotion of a standby and each recovery to a point in time
}

// IdentifySystem asks a server who it is. Unlike the system catalogs, it tells every role that may replicate.
func IdentifySystem(ctx context.Context, conn *pgconn.PgConn) (System, error) {
	r, err := pglogrepl.IdentifySystem(ctx, conn)
	if err != nil {
		return System{}, fmt.Errorf("identify system: %w", err)
	}
	return System{Identifier: r.SystemID, Timeline: int64(r.Timeline)}, nil
}

// TimelineLeft tells where the history of timeline now left timeline then: what then had written behind that is not in now. ok is false
// when then is no part of that history.
func TimelineLeft(ctx context.Context, conn *pgconn.PgConn, now, then int64) (at pgschema.LSN, ok bool, err error) {
	h, err := pglogrepl.TimelineHistory(ctx, conn, int32(now))
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == "58P01" { // it has no history file: the first timeline has none
		return 0, false, nil
	}
	if err != nil {
		return 0, false, fmt.Errorf("history of timeline %d: %w", now, err)
	}
	return leftAt(string(h.Content), then)
}

// leftAt reads a timeline history file: a line for each timeline before, with its number and where it was left
// (src/backend/access/transam/timeline.c).
func leftAt(history string, then int64) (at pgschema.LSN, ok bool, err error) {
	for line := range strings.Lines(history) {
		fields := strings.Fields(line)
		if len(fields) < 2 || strings.HasPrefix(fields[0], "#") {
			continue
		}
		if n, err := strconv.ParseInt(fields[0], 10, 64); err != nil || n != then {
			continue
		}
		at, err = pgschema.ParseLSN(fields[1])
		return at, err == nil, err
	}
	return 0, false, nil
}
