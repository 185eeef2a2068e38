package catalogdb

import (
	"context"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pgcopy/pgcopy/pgschema"
	stmt "github.com/pgcopy/pgcopy/sql"
)

// Sentinel is the row through which people and processes steer change data capture. A position of 0 is one that is not set.
type Sentinel struct {
	StartPos pgschema.LSN `json:"startpos"`
	EndPos   pgschema.LSN `json:"endpos"`
	Prefetch bool         `json:"prefetch"`
	Apply    bool         `json:"apply"`
	Write    pgschema.LSN `json:"write_lsn"`
	Flush    pgschema.LSN `json:"flush_lsn"`
	Replay   pgschema.LSN `json:"replay_lsn"`
	Source   pgschema.LSN `json:"source_lsn"`
	Replayed string       `json:"replayed_at"`
	Caught   string       `json:"received_at"`
	WaitsFor string       `json:"waits_for"`
}

// Sentinel reads the row; all is zero when nobody has set anything yet.
func (db *DB) Sentinel(ctx context.Context) (s Sentinel, err error) {
	var start, end, write, flush, replay, source, replayed, waits, caught sql.NullString
	err = db.r.QueryRowContext(ctx, `SELECT startpos, endpos, prefetch, apply, write_lsn, flush_lsn, replay_lsn, source_lsn, replayed_at, waits_for, received_at
		FROM sentinel`).Scan(&start, &end, &s.Prefetch, &s.Apply, &write, &flush, &replay, &source, &replayed, &waits, &caught)
	if IsNoRows(err) {
		return Sentinel{Prefetch: true}, nil
	}
	s.Replayed, s.WaitsFor, s.Caught = replayed.String, waits.String, caught.String
	for _, p := range []struct {
		text sql.NullString
		lsn  *pgschema.LSN
	}{{start, &s.StartPos}, {end, &s.EndPos}, {write, &s.Write}, {flush, &s.Flush}, {replay, &s.Replay}, {source, &s.Source}} {
		if err == nil && p.text.Valid {
			*p.lsn, err = pgschema.ParseLSN(p.text.String)
		}
	}
	return s, err
}

// SetSentinel changes one column of the row, which is made when there is none. It takes no lock of the directory: people may steer a
// run from another terminal.
func (db *DB) SetSentinel(ctx context.Context, set SentinelColumn, value any) error {
	if l, ok := value.(pgschema.LSN); ok {
		value = sql.NullString{String: l.String(), Valid: l != 0}
	}
	return db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `INSERT INTO sentinel (id) VALUES (1) ON CONFLICT DO NOTHING`); err != nil {
			return err
		}
		// The column is one of the constants below, never a caller's text.
		_, err := tx.ExecContext(ctx, `UPDATE sentinel SET `+string(set)+` = ?, updated_at = strftime('%Y-%m-%dT%H:%M:%fZ','now')`, value)
		return err
	})
}

// SentinelColumn names what SetSentinel may set.
type SentinelColumn string

// What can be set.
const (
	EndPos      SentinelColumn = "endpos"
	PrefetchOn  SentinelColumn = "prefetch"
	ApplyOn     SentinelColumn = "apply"
	ReplayedPos SentinelColumn = "replay_lsn"
	WaitsFor    SentinelColumn = "waits_for"
)

// Received stores how far receive is: received, durable, and the source's own position. when, unless it is "", is a time by which everything that
// was committed on the source is durable here.
func (db *DB) Received(ctx context.Context, write, flush, source pgschema.LSN, when string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO sentinel (id, write_lsn, flush_lsn, source_lsn, received_at, updated_at)
			VALUES (1, ?1, ?2, ?3, nullif(?4, ''), strftime('%Y-%m-%dT%H:%M:%fZ','now'))
			ON CONFLICT DO UPDATE SET write_lsn = ?1, flush_lsn = ?2, source_lsn = ?3, received_at = coalesce(excluded.received_at, received_at),
			updated_at = excluded.updated_at`, write.String(), flush.String(), source.String(), when)
		return err
	})
}

// Replication is what was made on both sides for following.
type Replication struct {
	Slot            string
	Plugin          string
	Publication     string
	PublicationOurs bool
	Origin          string
	StartsAt        pgschema.LSN // 0 until the slot is there
	System          string       // the source's system identifier then, "" until the slot is there
	Timeline        int64        // and its timeline
}

// Replication reads it; ok is false when nothing was set up.
func (db *DB) Replication(ctx context.Context) (r Replication, ok bool, err error) {
	var starts sql.NullString
	err = db.r.QueryRowContext(ctx, `SELECT slot, plugin, publication, publication_ours, origin, starts_at, system_identifier, timeline FROM replication`).
		Scan(&r.Slot, &r.Plugin, &r.Publication, &r.PublicationOurs, &r.Origin, &starts, &r.System, &r.Timeline)
	if IsNoRows(err) {
		return r, false, nil
	}
	if err == nil && starts.Valid {
		r.StartsAt, err = pgschema.ParseLSN(starts.String)
	}
	return r, err == nil, err
}

// SetReplication records what is about to be made, before it is: a crash in between leaves nothing that cleanup does not know.
func (db *DB) SetReplication(ctx context.Context, r Replication) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO replication (id, slot, plugin, publication, publication_ours, origin, starts_at, system_identifier, timeline)
			VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
			ON CONFLICT DO UPDATE SET slot = ?1, plugin = ?2, publication = ?3, publication_ours = ?4, origin = ?5, starts_at = ?6,
			system_identifier = ?7, timeline = ?8`,
			r.Slot, r.Plugin, r.Publication, r.PublicationOurs, r.Origin, sql.NullString{String: r.StartsAt.String(), Valid: r.StartsAt != 0},
			r.System, r.Timeline)
		if err != nil {
			return fmt.Errorf("record what is made for following: %w", err)
		}
		return nil
	})
}

// ForgetReplication is for cleanup, when everything is removed: positions go with it.
func (db *DB) ForgetReplication(ctx context.Context) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM replication; DELETE FROM sentinel`)
		return err
	})
}

// ForgetFollowed removes what is left of an earlier slot: the spool, and the accounts of what was received and applied.
func (db *DB) ForgetFollowed(ctx context.Context) error {
	if err := os.RemoveAll(filepath.Join(db.dir, spoolDir)); err != nil {
		return storeError(err)
	}
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM epoch; DELETE FROM ledger_received; DELETE FROM ledger_applied; DELETE FROM follow_rate; DELETE FROM found_empty`)
		return err
	})
}

// NobodyApplies tells that changes are only received, and will never be applied in this run.
func (db *DB) NobodyApplies(ctx context.Context) (gone bool, err error) {
	err = db.r.QueryRowContext(ctx, stmt.CatalogNobodyApplies).Scan(&gone)
	return gone, err
}

// NobodyReceives tells that receiving has failed in this run: what the spool holds is all there will be.
func (db *DB) NobodyReceives(ctx context.Context) (gone bool, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM task WHERE step = 'receive-changes' AND state = 'failed' AND pool NOT LIKE 'parked:%')`).Scan(&gone)
	return gone, err
}
