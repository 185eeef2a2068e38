package steps

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// A slot that is made while a table is truncated or altered may be one that the server itself cannot read (pgsource.IsUndecodable says why), and
// stays so: hours later everything is copied and nothing can be followed. Which transactions that concerns is known: those that were at work when
// the slot was made. So the stream is read up to their end before anything hangs on the slot, and thrown away; nothing is confirmed.

const (
	// slotTries is how many slots are made for one that can be read. On a source that truncates all the time, one in some dozens cannot.
	slotTries = 10
	// rehearsalPatience bounds a rehearsal: one that waits longer for a transaction's end, or reads so much, goes without, and receive will say it.
	rehearsalPatience = 5 * time.Second
)

// readableSlot makes a slot, and makes it anew when it cannot be read.
func (e *Env) readableSlot(ctx context.Context, r catalogdb.Replication, create func() (pgschema.LSN, error)) (pgschema.LSN, error) {
	for tries := 1; ; tries++ {
		if err := e.dropHalfSlot(ctx, r); err != nil {
			return 0, err
		}
		at, err := create()
		if err != nil {
			return 0, err
		}
		err = e.rehearse(ctx, r, at)
		if !pgsource.IsUndecodable(err) || tries == slotTries {
			return at, err
		}
		e.Log.Info("a table was truncated or altered while the slot was made, and the source cannot read the slot for that: it is made anew", "slot", r.Slot)
	}
}

// rehearse reads the stream of a new slot until the transactions that were at work when it was made are over. Its only error, but for the
// context's, is of a slot that cannot be read: whatever else is wrong is met again by who needs the slot, and said there.
func (e *Env) rehearse(ctx context.Context, r catalogdb.Replication, at pgschema.LSN) error {
	patience, done := context.WithTimeout(ctx, rehearsalPatience)
	defer done()
	err := e.tryStream(patience, r, at)
	switch {
	case pgsource.IsUndecodable(err):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case err != nil:
		e.Log.Debug("the slot's stream was not tried", "error", err)
	}
	return nil
}

func (e *Env) tryStream(ctx context.Context, r catalogdb.Replication, at pgschema.LSN) error {
	upTo, err := e.runningNowEnd(ctx)
	if err != nil || upTo <= at {
		return err
	}
	err = e.withWalsender(ctx, func(conn *pgconn.PgConn) error {
		_, args, err := e.plugin(ctx, r)
		if err != nil {
			return err
		}
		stream, err := pgsource.StartStream(ctx, conn, r.Slot, at, r.Plugin, args)
		for err == nil {
			var m pgsource.StreamMessage
			m, err = stream.Next(ctx, flushEvery)
			if errors.Is(err, pgsource.ErrQuiet) {
				err = nil
			}
			if m.Keepalive && m.End >= upTo || m.Start >= upTo {
				return nil
			}
		}
		return err
	})
	return errors.Join(err, e.slotAtRest(ctx, r))
}

// runningNowEnd waits until the transactions that are at work now are over, and tells up to where the WAL has their ends.
func (e *Env) runningNowEnd(ctx context.Context) (at pgschema.LSN, err error) {
	err = e.from.with(ctx, func(conn *pgx.Conn) error {
		running, err := pgsource.AtWork(ctx, conn, nil)
		for err == nil && len(running) > 0 {
			if !sleep(ctx, 10*time.Millisecond) {
				return ctx.Err()
			}
			running, err = pgsource.AtWork(ctx, conn, running)
		}
		if err == nil {
			at, err = pgsource.CurrentLSN(ctx, conn)
		}
		return err
	})
	return at, err
}

// slotAtRest waits until the server has seen that nobody reads the slot any more: receive would have to try again.
func (e *Env) slotAtRest(ctx context.Context, r catalogdb.Replication) error {
	return e.from.with(ctx, func(conn *pgx.Conn) error {
		for {
			if slot, _, err := pgsource.FindSlot(ctx, conn, r.Slot); err != nil || !slot.Active {
				return err
			}
			if !sleep(ctx, 10*time.Millisecond) {
				return ctx.Err()
			}
		}
	})
}
