package steps

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// A stream that goes on behind a gap looks like any other. So each time it is started, receive makes sure that it is the slot's server, on
// the history that the spool was received from, and that the slot still has everything the spool does not have. What is wrong then stays
// wrong: these errors are not tried again.

// checkSource looks who the server is, before the stream is started. A new timeline of the same cluster is a standby that was promoted.
func (r *receiver) checkSource(ctx context.Context, conn *pgconn.PgConn, from pgschema.LSN) error {
	now, err := pgsource.IdentifySystem(ctx, conn)
	if err != nil || r.slot.System == "" {
		return err
	}
	if now.Identifier != r.slot.System {
		return r.gap(fmt.Sprintf("the source is another server than the one on which slot %s was made: its system identifier is %s, and was %s",
			r.slot.Slot, now.Identifier, r.slot.System), "if the old one is still there, name it with --source; if not, ", from)
	}
	if now.Timeline == r.slot.Timeline {
		return nil
	}
	left, ok, err := pgsource.TimelineLeft(ctx, conn, now.Timeline, r.slot.Timeline)
	if err != nil {
		return err
	}
	if !ok || left < from {
		where := "does not come from it"
		if ok {
			where = fmt.Sprintf("left it at %s, and changes up to %s were received", left, from)
		}
		return r.gap(fmt.Sprintf("the source was failed over: timeline %d, to which slot %s belongs, was replaced by %d, which %s",
			r.slot.Timeline, r.slot.Slot, now.Timeline, where), "what was received since then may never have happened on this server; ", from)
	}
	r.promoted = now.Timeline
	return nil
}

// checkSlot looks where the slot stands, after the stream was started: now nobody else can move it, and nothing was confirmed yet.
func (r *receiver) checkSlot(ctx context.Context, from pgschema.LSN) error {
	var slot pgsource.Slot
	var there bool
	if err := r.env.from.with(ctx, func(conn *pgx.Conn) (err error) {
		slot, there, err = pgsource.FindSlot(ctx, conn, r.slot.Slot)
		return err
	}); err != nil {
		return err
	}
	switch {
	case !there:
		return r.gap(fmt.Sprintf("the source has no replication slot %s", r.slot.Slot), "", from)
	case slot.Plugin != r.slot.Plugin || slot.Database != r.env.SourceInfo.Database:
		return r.gap(fmt.Sprintf("slot %s is another one than pgcopy has made: plugin %s, database %s", slot.Name, slot.Plugin, slot.Database), "", from)
	case slot.Confirmed > from:
		return r.gap(fmt.Sprintf("slot %s stands at %s, ahead of what was received (%s): somebody else has read from it, or it was dropped and made anew",
			slot.Name, slot.Confirmed, from), "", from)
	}
	if r.promoted == 0 {
		return nil
	}
	r.env.Log.Warn("the source was failed over to a server that has the slot and everything that was received: following goes on", "slot", slot.Name,
		"timeline", r.promoted, "from", from.String())
	r.slot.Timeline = r.promoted
	return r.env.Catalog.SetReplication(ctx, r.slot)
}

// gap is an error that ends following for good.
func (r *receiver) gap(what, but string, from pgschema.LSN) error {
	return &pgdb.UserError{Msg: what, Hint: but + "the changes behind " + from.String() + " are lost to this stream, so start over: pgcopy resume --restart --dir " +
		r.env.Opts.Dir + " (or, without a copy: pgcopy stream cleanup, then pgcopy stream setup)"}
}
