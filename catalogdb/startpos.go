package catalogdb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pgcopy/pgcopy/pgschema"
)

// StartPosError says why a position cannot be where applying starts.
type StartPosError struct{ Why, Hint string }

func (e *StartPosError) Error() string { return "startpos: " + e.Why }

// SetStartPos says that the target has everything already that had ended on the source at or before a position: it was filled by other
// means, at a moment after the slot was made. Those transactions are skipped, and stand in the ledger as skipped. 0 takes it back. It is
// refused as a [*StartPosError] once anything was applied, and for a position outside of what the spool knows.
func (db *DB) SetStartPos(ctx context.Context, at pgschema.LSN) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if err := checkStartPos(ctx, tx, at); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO sentinel (id, startpos) VALUES (1, ?1) ON CONFLICT DO UPDATE SET startpos = ?1,
			updated_at = strftime('%Y-%m-%dT%H:%M:%fZ','now')`, sql.NullString{String: at.String(), Valid: at != 0})
		return err
	})
}

func checkStartPos(ctx context.Context, tx *sql.Tx, at pgschema.LSN) error {
	var starts, flush string
	var begun bool
	err := tx.QueryRowContext(ctx, `SELECT coalesce((SELECT starts_at FROM replication), ''), coalesce((SELECT flush_lsn FROM sentinel), ''),
		EXISTS (SELECT 1 FROM epoch) OR EXISTS (SELECT 1 FROM ledger_applied)`).Scan(&starts, &flush, &begun)
	if err != nil {
		return err
	}
	if starts == "" {
		return &StartPosError{"no replication slot is set up", "make one first: pgcopy stream setup"}
	}
	from, err := pgschema.ParseLSN(starts)
	if err != nil {
		return err
	}
	to := from
	if flush != "" {
		if to, err = pgschema.ParseLSN(flush); err != nil {
			return err
		}
	}
	switch {
	case at == 0 || at == from:
		if !begun {
			return nil
		}
		fallthrough
	case begun:
		return &StartPosError{"applying has begun already", "where it goes on is for the target's replication origin to say; nothing can be skipped any more"}
	case at < from:
		return &StartPosError{fmt.Sprintf("%s is before the slot begins, at %s", at, from), "what was changed before that was never received: take a position at or behind it"}
	case at > to:
		return &StartPosError{fmt.Sprintf("%s is beyond what was received, %s", at, to),
			"receive that far first: pgcopy stream receive --endpos " + at.String()}
	}
	return nil
}
