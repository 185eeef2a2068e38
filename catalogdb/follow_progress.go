package catalogdb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/pgcopy/pgcopy/pgschema"
)

const (
	// rateSeconds is what rates are averaged over; rateKept is for how long the catalog keeps what they are made of.
	rateSeconds, rateKept = 10, 60
	// slowEpoch is after what time a transaction that the target has not committed is what apply waits for.
	slowEpoch = 3 * time.Second
	// caughtUpFor is for how long being caught up is believed without news: receive gives some every second.
	caughtUpFor = 5 * time.Second
)

// FollowProgress is how far receiving and applying are. Positions are pg_lsn text, "" when they are not known yet.
type FollowProgress struct {
	Slot     string `json:"slot"`
	Plugin   string `json:"plugin"`
	Received string `json:"received_lsn"`
	Flushed  string `json:"flushed_lsn"`  // durable in the spool, and confirmed to the source
	Replayed string `json:"replayed_lsn"` // everything that committed up to there is on the target
	Source   string `json:"source_lsn"`   // how far the source's own WAL was when it was last asked
	EndPos   string `json:"endpos"`

	LagBytes   int64    `json:"lag_bytes"`   // of WAL, whatever is in it: source_lsn minus replayed_lsn
	LagSeconds *float64 `json:"lag_seconds"` // since the last transaction applied was committed on the source; 0 when caught up; nil when nothing was applied yet

	// Averages of the last ten seconds.
	ReceivedRate FollowRate `json:"received"`
	AppliedRate  FollowRate `json:"applied"`

	WaitsFor string `json:"waits_for"` // what apply waits for; "" when it is at work or over
}

// FollowRate is how fast one side is.
type FollowRate struct {
	Changes float64 `json:"changes_per_second"`
	Bytes   float64 `json:"bytes_per_second"`
}

// Follow tells how far receiving and applying are; nil when nothing was set up.
func (db *DB) Follow(ctx context.Context) (f *FollowProgress, err error) {
	err = db.look(ctx, func(tx *sql.Tx) error {
		f, err = readFollow(ctx, tx, time.Now())
		return err
	})
	return f, err
}

func readFollow(ctx context.Context, tx *sql.Tx, now time.Time) (*FollowProgress, error) {
	var f FollowProgress
	var starts string
	err := tx.QueryRowContext(ctx, `SELECT slot, plugin, coalesce(starts_at, '') FROM replication`).Scan(&f.Slot, &f.Plugin, &starts)
	if IsNoRows(err) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var replayedAt, receivedAt, stored string
	var apply bool
	err = tx.QueryRowContext(ctx, `SELECT coalesce(write_lsn, ''), coalesce(flush_lsn, ''), coalesce(replay_lsn, ''), coalesce(source_lsn, ''),
		coalesce(endpos, ''), coalesce(replayed_at, ''), coalesce(received_at, ''), coalesce(waits_for, ''), apply FROM sentinel`).
		Scan(&f.Received, &f.Flushed, &f.Replayed, &f.Source, &f.EndPos, &replayedAt, &receivedAt, &stored, &apply)
	if err != nil && !IsNoRows(err) {
		return nil, err
	}
	from := f.Replayed
	if from == "" {
		from = starts
	}
	f.LagBytes = lsnDistance(from, f.Source)
	f.LagSeconds = lagSeconds(now, replayedAt, receivedAt)
	if f.ReceivedRate, f.AppliedRate, err = readRates(ctx, tx, now); err != nil {
		return nil, err
	}
	f.WaitsFor, err = waitsFor(ctx, tx, now, stored, apply)
	return &f, err
}

func lsnDistance(from, to string) int64 {
	a, err1 := pgschema.ParseLSN(from)
	b, err2 := pgschema.ParseLSN(to)
	if err1 != nil || err2 != nil || b < a {
		return 0
	}
	return int64(b - a)
}

// lagSeconds: apply that has nothing left takes over the time at which receive had everything, so that both are equal then.
func lagSeconds(now time.Time, replayedAt, receivedAt string) *float64 {
	at, err := time.Parse(time.RFC3339Nano, replayedAt)
	if err != nil {
		return nil
	}
	lag := max(0, now.Sub(at)).Seconds()
	if replayedAt == receivedAt && now.Sub(at) < caughtUpFor {
		lag = 0
	}
	return &lag
}

func readRates(ctx context.Context, tx *sql.Tx, now time.Time) (received, applied FollowRate, err error) {
	var first sql.NullInt64
	err = tx.QueryRowContext(ctx, `SELECT (SELECT min(second) FROM follow_rate), coalesce(sum(received_changes), 0), coalesce(sum(received_bytes), 0),
		coalesce(sum(applied_changes), 0), coalesce(sum(applied_bytes), 0) FROM follow_rate WHERE second > ? AND second <= ?`, now.Unix()-rateSeconds, now.Unix()).
		Scan(&first, &received.Changes, &received.Bytes, &applied.Changes, &applied.Bytes)
	span := float64(min(rateSeconds, max(1, now.Unix()-first.Int64+1))) // less when following has only just begun
	for _, r := range []*FollowRate{&received, &applied} {
		r.Changes, r.Bytes = r.Changes/span, r.Bytes/span
	}
	return received, applied, err
}

// waitsFor says what apply waits for, from the state of its task, the sentinel, and the epoch at hand.
func waitsFor(ctx context.Context, tx *sql.Tx, now time.Time, stored string, apply bool) (string, error) {
	var state, why string
	var held, troubled bool
	err := tx.QueryRowContext(ctx, `SELECT t.state, coalesce(t.error, ''), t.blocked_by > 0, t.troubled_at IS NOT NULL FROM task t
		WHERE t.step = 'apply-changes' AND t.pool NOT LIKE 'parked:%'`).Scan(&state, &why, &held, &troubled)
	switch {
	case IsNoRows(err):
		return "", nil
	case err != nil:
		return "", err
	case state == "failed" || state == "skipped":
		return "a person: " + why, nil
	case state == "pending" && held:
		return "the copy", nil
	case state == "pending" && troubled:
		return "the target, and tries again: " + why, nil
	case state != "running":
		return "", nil
	case !apply:
		return "the sentinel: pgcopy stream sentinel set apply", nil
	}
	var planned sql.NullString
	err = tx.QueryRowContext(ctx, `SELECT max(planned_at) FROM epoch WHERE state = 'planned'`).Scan(&planned)
	if at, bad := time.Parse(time.RFC3339Nano, planned.String); err == nil && bad == nil && now.Sub(at) > slowEpoch {
		return "the target, which has a transaction at work since " + planned.String, nil
	}
	return stored, err
}

// AddRate counts what was received (or, with applied, applied) in this second.
func (db *DB) AddRate(ctx context.Context, applied bool, changes, bytes int64) error {
	column := "received"
	if applied {
		column = "applied"
	}
	return db.write(ctx, func(tx *sql.Tx) error {
		now := time.Now().Unix()
		_, err := tx.ExecContext(ctx, `INSERT INTO follow_rate (second, `+column+`_changes, `+column+`_bytes) VALUES (?1, ?2, ?3)
			ON CONFLICT DO UPDATE SET `+column+`_changes = `+column+`_changes + ?2, `+column+`_bytes = `+column+`_bytes + ?3`, now, changes, bytes)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM follow_rate WHERE second < ?`, now-rateKept)
		return err
	})
}

// CaughtUp records that everything which had committed on the source by a time is on the target, and up to where that is.
func (db *DB) CaughtUp(ctx context.Context, at pgschema.LSN, when string) error {
	if at == 0 {
		return errors.New("caught up at no position")
	}
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE sentinel SET replay_lsn = ?, replayed_at = coalesce(nullif(?, ''), replayed_at)`, at.String(), when)
		return err
	})
}
