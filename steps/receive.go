package steps

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

const (
	// spoolFileBytes is when a file of the spool is closed; what is applied is removed file by file.
	spoolFileBytes = 256 << 20
	// flushBytes and flushEvery bound how much, and how long, what was received waits to be durable.
	flushBytes = 4 << 20
	flushEvery = 100 * time.Millisecond
	// statusEvery is how often the source is told how far this side is; its own limit (wal_sender_timeout) is a minute by default.
	statusEvery = time.Second
)

// errEndReached ends receive: everything up to endpos is in the spool.
var errEndReached = errors.New("endpos reached")

// receiveChanges reads the slot's stream into the spool: whole transactions in commit order, durable before they are confirmed.
//
//	stream ──▶ decode (boundaries, tables, counts) ──▶ spool ──flush──▶ confirm to the source
type receiveChanges struct{ base }

func newReceiveChanges(e *Env) *receiveChanges {
	return &receiveChanges{base{env: e, name: "receive-changes", kind: "changes received", pool: "receive",
		tasks: []planning{planned(sql.CatalogPlanFollow, "receive-changes", "from the slot into the spool", "receive")}}}
}

// Run receives until endpos is reached. A lost connection is an error like any other: the engine tries again, from the position that
// the spool has.
func (s *receiveChanges) Run(ctx context.Context, t workflow.Task) (res workflow.Result, err error) {
	e := s.env
	spool, err := catalogdb.OpenSpool(ctx, e.Opts.Dir, spoolFileBytes)
	if err != nil {
		return res, err
	}
	r := &receiver{env: e, spool: spool, task: t, streamed: map[uint32]*openTxn{}, rate: rateMeter{env: e}}
	defer func() { err = errors.Join(err, spool.Close()) }()
	if err := r.start(ctx); err != nil {
		return res, err
	}
	defer r.close()
	asking, stop := context.WithCancel(ctx)
	defer stop()
	go r.clock.run(asking, e)
	began := r.confirmed
	err = r.loop(ctx)
	if errors.Is(err, errEndReached) {
		// What ended it may be a transaction behind endpos: then the stream has passed endpos without a word of its own about it.
		r.received = max(r.received, r.endpos)
		if r.spool.Position() < r.endpos {
			r.spool.Advance(r.endpos)
		}
		err = r.flush(ctx)
	}
	if err != nil && r.confirmed > began {
		err = &workflow.Progressed{Err: err}
	}
	return workflow.Result{Bytes: t.Sent.Load(), Rows: r.rows}, err
}

// receiver is one connection's worth of receiving. It is for one goroutine.
type receiver struct {
	env      *Env
	spool    *catalogdb.SpoolWriter
	task     workflow.Task
	slot     catalogdb.Replication
	promoted int64 // the timeline that a failover has brought, 0 for none
	stream   *pgsource.Stream
	close    func()
	decoder  changes.Decoder

	current  *openTxn            // between Begin and Commit
	streamed map[uint32]*openTxn // pgoutput streaming: transactions in progress, by xid
	piece    *openTxn            // the one of them whose piece is being sent

	endpos    pgschema.LSN
	received  pgschema.LSN // how far the stream has come
	source    pgschema.LSN // how far the source says it is
	dirty     int64        // bytes since the last flush
	since     time.Time    // of the first of them
	told      time.Time    // when the source was last told
	asked     time.Time    // when the sentinel was last read
	nudged    time.Time    // when the source was last given a message to send
	confirmed pgschema.LSN
	rows      int64
	rate      rateMeter
	clock     sourceClock
}

// start connects and starts the stream where the spool ends.
func (r *receiver) start(ctx context.Context) error {
	var ok bool
	var err error
	if r.slot, ok, err = r.env.Catalog.Replication(ctx); err != nil || !ok {
		return errors.Join(err, notSetUp(ok, r.env.Opts.Dir))
	}
	session := pgsource.ReplicationSession("receive")
	if r.env.SourceInfo.Encoding == "SQL_ASCII" {
		session = session.Encoded("SQL_ASCII")
	}
	conn, err := r.env.Source.ConnectPgConn(ctx, session)
	if err != nil {
		return err
	}
	r.close = func() {
		c, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = conn.Close(c)
	}
	var args []string
	if r.decoder, args, err = r.env.plugin(ctx, r.slot); err != nil {
		r.close()
		return err
	}
	from := max(r.spool.Position(), r.slot.StartsAt)
	r.spool.Advance(from)
	r.received, r.confirmed = from, from
	if err = r.checkSource(ctx, conn, from); err == nil {
		r.stream, err = pgsource.StartStream(ctx, conn, r.slot.Slot, from, r.slot.Plugin, args)
	}
	if err == nil {
		err = r.checkSlot(ctx, from)
	}
	if err != nil {
		r.close()
		return err
	}
	r.env.Log.Info("receiving changes", "slot", r.slot.Slot, "plugin", r.slot.Plugin, "from", from.String())
	return nil
}

func notSetUp(ok bool, dir string) error {
	if ok {
		return nil
	}
	return &pgdb.UserError{Msg: dir + " has no replication slot set up", Hint: "make one with: pgcopy stream setup --dir " + dir}
}

func (r *receiver) loop(ctx context.Context) error {
	for {
		if err := r.housekeeping(ctx); err != nil {
			return err
		}
		m, err := r.stream.Next(ctx, flushEvery)
		switch {
		case errors.Is(err, pgsource.ErrQuiet):
			if r.dirty > 0 {
				err = r.flush(ctx)
			} else {
				err = nil
			}
		case err != nil && ctx.Err() != nil:
			return errors.Join(err, r.flush(context.WithoutCancel(ctx)))
		case err != nil:
		case m.Keepalive:
			err = r.keepalive(ctx, m)
		default:
			r.source = max(r.source, m.End)
			r.task.Sent.Add(int64(len(m.Data)))
			err = r.message(ctx, m)
		}
		if err != nil {
			return err
		}
	}
}

// housekeeping reads the sentinel, flushes what has waited, and tells the source, each now and then.
func (r *receiver) housekeeping(ctx context.Context) error {
	now := time.Now()
	if now.Sub(r.asked) > statusEvery/2 {
		s, err := r.env.Catalog.Sentinel(ctx)
		if err != nil {
			return err
		}
		r.asked, r.endpos = now, s.EndPos
		if gone, err := r.env.Catalog.NobodyApplies(ctx); err != nil || gone {
			return errors.Join(err, r.flush(ctx), errNobodyApplies)
		}
	}
	if r.dirty > flushBytes || (r.dirty > 0 && now.Sub(r.since) > flushEvery) {
		if err := r.flush(ctx); err != nil {
			return err
		}
	}
	if r.endpos != 0 && r.atRest() && r.received >= r.endpos {
		return errEndReached
	}
	every := statusEvery
	if r.endpos != 0 { // somebody waits for the end
		every = statusEvery / 5
	}
	if now.Sub(r.told) > every {
		if r.dirty == 0 { // otherwise it is stored with what is flushed
			if err := r.stand(ctx); err != nil {
				return err
			}
		}
		return errors.Join(r.nudge(ctx, now), r.tell(ctx))
	}
	return nil
}

// nudge writes a logical message to the source when its WAL has passed endpos and its walsender does not say so: on an idle source
// there may be no record to carry the position.
func (r *receiver) nudge(ctx context.Context, now time.Time) error {
	if r.endpos == 0 || r.received >= r.endpos || now.Sub(r.nudged) < statusEvery || r.env.SourceInfo.InRecovery {
		return nil
	}
	r.nudged = now
	return r.env.from.with(ctx, func(conn *pgx.Conn) error {
		at, err := pgsource.CurrentLSN(ctx, conn)
		if err != nil || at < r.endpos {
			return err
		}
		return pgsource.EmitMessage(ctx, conn)
	})
}

// atRest: no transaction is half received.
func (r *receiver) atRest() bool { return r.current == nil && r.piece == nil }

// keepalive says how far the source has sent its WAL. With nothing half received, everything up to there is here, or is of no
// concern: the position moves on an idle database, and when only other databases write.
func (r *receiver) keepalive(ctx context.Context, m pgsource.StreamMessage) error {
	r.source = max(r.source, m.End)
	if r.atRest() {
		r.received = max(r.received, m.End)
		if len(r.streamed) == 0 && m.End > r.spool.Position() {
			r.spool.Advance(m.End)
			r.mark(1)
		}
	}
	if m.Reply {
		if err := r.flush(ctx); err != nil {
			return err
		}
		return r.tell(ctx)
	}
	return nil
}

// mark notes that something waits to be flushed.
func (r *receiver) mark(bytes int64) {
	if r.dirty == 0 {
		r.since = time.Now()
	}
	r.dirty += bytes
}

// flush makes durable what was received.
func (r *receiver) flush(ctx context.Context) error {
	pos, err := r.spool.Flush(ctx)
	if err != nil {
		return err
	}
	r.confirmed, r.dirty = pos, 0
	return r.stand(ctx)
}

// stand stores how far receive is.
func (r *receiver) stand(ctx context.Context) error {
	source, when := r.clock.reached(r.received)
	r.source = max(r.source, source)
	return errors.Join(r.rate.store(ctx), r.env.Catalog.Received(ctx, max(r.received, r.confirmed), r.confirmed, max(r.source, r.received), stamp(when)))
}

// tell confirms what is durable, never more. It asks for an answer while endpos is waited for: the source says where it is.
func (r *receiver) tell(ctx context.Context) error {
	r.told = time.Now()
	if err := r.stream.Confirm(ctx, max(r.received, r.confirmed), r.confirmed, r.confirmed, true); err != nil {
		return err
	}
	return nil
}

// message takes one message of the plugin.
func (r *receiver) message(ctx context.Context, m pgsource.StreamMessage) error {
	ev, err := r.decoder.Decode(m.Start, m.Data)
	if ev, err = unlocated(ev, err); err != nil {
		return &pgdb.UserError{Msg: fmt.Sprintf("the source sent a change that is not understood: %v", err), Err: err,
			Hint: "nothing after it was confirmed; report this with the source's version and the plugin"}
	}
	if ev == nil {
		return nil
	}
	switch ev.Kind {
	case changes.Begin:
		r.current = newOpenTxn(ev.XID, ev.CommitTime)
	case changes.Commit:
		return r.commit(ctx, r.current, ev, m)
	case changes.StreamOpen:
		if r.piece = r.streamed[ev.XID]; r.piece == nil {
			r.piece = newOpenTxn(ev.XID, ev.CommitTime)
			r.streamed[ev.XID] = r.piece
		}
		return r.keep(ctx, r.piece, m)
	case changes.StreamEnd:
		err := r.keep(ctx, r.piece, m)
		r.piece = nil
		return err
	case changes.StreamDone:
		t := r.streamed[ev.XID]
		delete(r.streamed, ev.XID)
		return r.commit(ctx, t, ev, m)
	case changes.StreamGone:
		return r.rolledBack(ctx, ev)
	default:
		return r.change(ctx, ev, m)
	}
	return nil
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format(time.RFC3339Nano)
}
