package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

const (
	// An epoch ends when one of these is reached: many small transactions share one commit of the target, and what has to be done again
	// after an error stays small. Rows that every transaction updates get slower the more of them share a commit (HOT chains).
	epochTransactions = 250
	epochChanges      = 10000
	epochBytes        = 8 << 20
	// applyPoll is how long apply waits for more to be received before it looks again.
	applyPoll = 50 * time.Millisecond
	// pruneEvery is how often applied files of the spool are removed.
	pruneEvery = 10 * time.Second
)

// applyChanges applies the spool to the target: in commit order, each transaction exactly once.
//
//	spool ──▶ epoch (boundaries recorded) ──▶ BEGIN, origin as expected? ──▶ changes ──▶ origin moved, COMMIT ──▶ ledger
//
// The origin's position on the target is the truth about what is applied; the catalog's epoch tells what to count when a crash
// came between the commit and the ledger.
type applyChanges struct{ base }

func newApplyChanges(e *Env) *applyChanges {
	return &applyChanges{base{env: e, name: "apply-changes", kind: "changes applied", pool: "apply",
		tasks: []planning{planned(sql.CatalogPlanFollow, "apply-changes", "from the spool to the target", "apply")},
		needs: []planning{planned(sql.CatalogPlanNeedsStep, "apply-changes", "allow-apply")}}}
}

// Run applies until endpos is reached and everything up to it is on the target.
func (s *applyChanges) Run(ctx context.Context, t workflow.Task) (res workflow.Result, err error) {
	e := s.env
	repl, ok, err := e.Catalog.Replication(ctx)
	if err != nil || !ok {
		return res, errors.Join(err, notSetUp(ok, e.Opts.Dir))
	}
	own, err := e.ownSettings(ctx)
	if err != nil {
		return res, err
	}
	session := pgdb.ApplySession().As("apply").Wishing(own)
	if repl.Plugin != "pgoutput" && e.SourceInfo.Encoding != "UTF8" { // these plugins send text in the database's own encoding
		session = session.Encoded(e.SourceInfo.Encoding)
	}
	a := &applier{env: e, repl: repl, task: t, spool: catalogdb.ReadSpool(e.Opts.Dir), rate: rateMeter{env: e, applied: true}, waiting: "?"}
	defer func() { err = errors.Join(err, a.spool.Close()) }()
	if err := a.wait(ctx); err != nil {
		return res, err
	}
	conn, err := e.Target.Connect(ctx, session) // now that the database has its settings
	if err != nil {
		return res, err
	}
	defer closeNow(conn)
	if a.to, err = pgtarget.NewApplier(ctx, conn, pgtarget.ApplyOptions{Origin: repl.Origin}); err != nil {
		return res, err
	}
	if err := errors.Join(a.recover(ctx), a.takeEmptied(ctx)); err != nil {
		return res, err
	}
	began := a.at
	if err := a.loop(ctx); err != nil {
		if a.at > began {
			err = &workflow.Progressed{Err: err}
		}
		return res, err
	}
	return workflow.Result{Bytes: t.Sent.Load(), Rows: a.rows}, a.balance(ctx)
}

// applier is one session's worth of applying. It is for one goroutine.
type applier struct {
	env     *Env
	repl    catalogdb.Replication
	task    workflow.Task
	spool   *catalogdb.SpoolReader
	to      *pgtarget.Applier
	decoder changes.Decoder
	at      pgschema.LSN // the origin: everything that ends at or before it is applied
	lastSeq int64
	rows    int64
	pruned  time.Time
	rate    rateMeter
	start   pgschema.LSN // what ends at or before it was on the target before following began
	before  bool         // the transaction at hand is one of those
	waiting string       // what was last said that apply waits for
	single  bool         // one transaction an epoch, to find the one that is refused

	seq     int64                      // of the transaction at hand
	attempt uint64                     // counts transactions, also those that are done again
	emptied map[pgschema.Name]*emptied // tables that were truncated before they were copied
	found   []*emptied                 // whose TRUNCATE was met in this epoch

	same    map[pgschema.Name]uint32          // tables that are those of the copy, by OID
	rules   map[pgschema.Name]string          // why a table's changes are not applied, "" when they are
	skipped map[string]catalogdb.ChangeCounts // the changes of this epoch that filters leave out
}

// wait rests until somebody allows applying: the clone when it is done, or a person.
func (a *applier) wait(ctx context.Context) error {
	for told := false; ; told = true {
		s, err := a.env.Catalog.Sentinel(ctx)
		if err != nil || s.Apply {
			return err
		}
		if !told {
			if err := a.env.Catalog.SetSentinel(ctx, catalogdb.WaitsFor, "sentinel: pgcopy stream sentinel set apply"); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(applyPoll * 4):
		}
	}
}

// recover asks the target where it stands and settles the epoch that a crash left open.
func (a *applier) recover(ctx context.Context) error {
	at, _, err := a.to.Progress(ctx)
	if err != nil {
		return err
	}
	a.at = max(at, a.repl.StartsAt)
	if n, err := a.env.Catalog.TakenBack(ctx, a.at); err != nil {
		return err
	} else if n > 0 {
		a.env.Log.Warn("the target has lost transactions that it had not flushed; they are applied again", "from", a.at.String(), "epochs", n)
	}
	open, ok, err := a.env.Catalog.OpenEpoch(ctx)
	if err != nil || !ok {
		return err
	}
	switch {
	case a.at == open.EndsAt:
		return a.env.Catalog.EpochApplied(ctx, &open, "")
	case a.at <= open.BeginsAt:
		return a.env.Catalog.DropEpoch(ctx, open.ID)
	}
	return &pgdb.UserError{Msg: fmt.Sprintf("the target's origin %s stands at %s, inside transactions %s to %s that were applied together", a.repl.Origin, a.at,
		open.BeginsAt, open.EndsAt), Hint: "somebody else has moved the origin: what is applied cannot be told; start over with --restart"}
}

// loop applies epoch after epoch until endpos.
func (a *applier) loop(ctx context.Context) error {
	for {
		s, err := a.env.Catalog.Sentinel(ctx)
		if err != nil {
			return err
		}
		if !s.Apply { // somebody holds it, in the middle of a run
			if err := a.hold(ctx); err != nil {
				return err
			}
			continue
		}
		a.start = s.StartPos
		txns, err := a.next(ctx, s.EndPos)
		if err != nil {
			return err
		}
		if len(txns) > 0 {
			if err := a.waitsFor(ctx, ""); err != nil {
				return err
			}
			if err := a.epoch(ctx, txns); err != nil {
				return err
			}
			continue
		}
		if a.env.drain || (s.EndPos != 0 && s.Flush >= s.EndPos) {
			// Everything up to endpos is in the spool: what was not there a moment ago may be by now, so look once more.
			if txns, err = a.next(ctx, s.EndPos); err != nil || len(txns) == 0 {
				return err
			}
			continue
		}
		if err := a.rest(ctx, s); err != nil {
			return err
		}
	}
}

// hold rests until applying is allowed again, while receive goes on.
func (a *applier) hold(ctx context.Context) error {
	a.env.Log.Info("applying is held; to go on: pgcopy stream sentinel set apply --dir "+a.env.Opts.Dir, "at", a.at.String())
	a.waiting = "?"
	if err := errors.Join(a.prune(ctx), a.wait(ctx)); err != nil {
		return err
	}
	a.env.Log.Info("applying goes on", "at", a.at.String())
	return nil
}

// sameStart makes sure that what is skipped is what was asked for: once an epoch is on record, nobody can change it any more.
func (a *applier) sameStart(ctx context.Context) (bool, error) {
	s, err := a.env.Catalog.Sentinel(ctx)
	return s.StartPos == a.start, err
}

// waitsFor says what apply waits for, when that has changed.
func (a *applier) waitsFor(ctx context.Context, what string) error {
	if a.waiting == what {
		return nil
	}
	a.waiting = what
	return a.env.Catalog.SetSentinel(ctx, catalogdb.WaitsFor, what)
}

// caughtUp takes over how far receive was when there was nothing to apply: what the source writes for others moves no origin.
func (a *applier) caughtUp(ctx context.Context, s catalogdb.Sentinel) error {
	if at := max(a.at, s.Flush); (s.EndPos == 0 || s.Flush < s.EndPos) && (s.Replay < at || s.Replayed != s.Caught && s.Caught != "") {
		return a.env.Catalog.CaughtUp(ctx, at, s.Caught)
	}
	return nil
}

// rest waits for more to be received. s was read before the spool was found empty.
func (a *applier) rest(ctx context.Context, s catalogdb.Sentinel) error {
	if err := errors.Join(a.waitsFor(ctx, "more changes"), a.rate.store(ctx), a.caughtUp(ctx, s), a.prune(ctx)); err != nil {
		return err
	}
	if gone, err := a.env.Catalog.NobodyReceives(ctx); err != nil || gone {
		return errors.Join(err, errNobodyReceives)
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(applyPoll):
		return nil
	}
}

// next takes the transactions of the next epoch from the spool: consecutive ones, none behind endpos.
func (a *applier) next(ctx context.Context, endpos pgschema.LSN) ([]catalogdb.SpoolTxn, error) {
	limit := epochTransactions
	if a.single {
		limit = 1
	}
	txns, err := a.spool.Next(ctx, a.at, limit)
	if err != nil {
		return nil, err
	}
	var rows, bytes int64
	for i, t := range txns {
		if t.EndLSN <= a.at || (i > 0 && (t.EndLSN <= txns[i-1].EndLSN || t.Seq != txns[i-1].Seq+1)) || (a.lastSeq != 0 && t.Seq != a.lastSeq+1+int64(i)) {
			return nil, &pgdb.UserError{Msg: fmt.Sprintf("the spool is not in order: transaction %d ends at %s, behind %s", t.Seq, t.EndLSN, a.at),
				Hint: "a transaction is missing or there twice; nothing of it was applied. Start over with --restart"}
		}
		rows, bytes = rows+t.Changes, bytes+t.Bytes
		if (endpos != 0 && t.CommitLSN > endpos) || (i > 0 && (rows > epochChanges || bytes > epochBytes)) {
			return txns[:i], nil
		}
	}
	return txns, nil
}

// epoch applies consecutive transactions in one target transaction. When one of them is refused, they are done again one by one, so that
// everything before it is applied and the error names it.
func (a *applier) epoch(ctx context.Context, txns []catalogdb.SpoolTxn) error {
	first, last := txns[0], txns[len(txns)-1]
	e := catalogdb.Epoch{FirstSeq: first.Seq, LastSeq: last.Seq, BeginsAt: a.at, EndsAt: last.EndLSN, Transactions: int64(len(txns))}
	if err := a.env.Catalog.PlanEpoch(ctx, &e); err != nil {
		return err
	}
	if a.lastSeq == 0 {
		if same, err := a.sameStart(ctx); err != nil || !same {
			return errors.Join(err, a.env.Catalog.DropEpoch(ctx, e.ID))
		}
	}
	err := a.applyEpoch(ctx, txns, &e)
	if err == nil {
		a.at, a.lastSeq, a.single = last.EndLSN, last.Seq, false
		before := a.rows
		for _, c := range e.Counts {
			a.rows += c.Rows()
		}
		a.task.Sent.Add(sumBytes(txns))
		a.rate.add(a.rows-before, sumBytes(txns))
		return errors.Join(a.checkEmptied(false), a.env.Catalog.EpochApplied(ctx, &e, last.CommitTime), a.rate.store(ctx), a.pruneNow(ctx))
	}
	if pgdb.ClassOf(err) == pgdb.Ambiguous {
		return err // the next attempt asks the origin
	}
	a.decoder = nil
	err = errors.Join(err, a.to.Rollback(context.WithoutCancel(ctx)), a.env.Catalog.DropEpoch(context.WithoutCancel(ctx), e.ID))
	var conflict *pgtarget.ConflictError
	if errors.As(err, &conflict) && len(txns) > 1 {
		a.single = true
		return nil
	}
	if conflict != nil {
		return a.stopped(ctx, first, conflict)
	}
	return err
}

func sumBytes(txns []catalogdb.SpoolTxn) (n int64) {
	for _, t := range txns {
		n += t.Bytes
	}
	return n
}

// stopped says everything a person needs about the change that the target refused. Nothing of its transaction, and nothing after it,
// is applied.
func (a *applier) stopped(ctx context.Context, t catalogdb.SpoolTxn, c *pgtarget.ConflictError) error {
	_ = a.env.Catalog.SetSentinel(context.WithoutCancel(ctx), catalogdb.WaitsFor, "a person: "+c.Error())
	return &pgdb.UserError{Err: c,
		Msg:  fmt.Sprintf("apply stopped at transaction %d, committed at %s on the source: %s", t.XID, t.CommitLSN, c.Error()),
		Hint: c.Hint + "; nothing of this transaction or after it is applied"}
}

func (a *applier) applyEpoch(ctx context.Context, txns []catalogdb.SpoolTxn, e *catalogdb.Epoch) error {
	if err := a.prime(ctx, txns[0].Seq); err != nil {
		return err
	}
	if err := a.to.Begin(ctx, a.at); err != nil {
		return err
	}
	a.skipped, a.found = map[string]catalogdb.ChangeCounts{}, nil
	for _, t := range txns {
		if err := a.transaction(ctx, t); err != nil {
			return err
		}
	}
	last := txns[len(txns)-1]
	at, _ := time.Parse(time.RFC3339Nano, last.CommitTime)
	if err := a.to.Settle(ctx); err != nil {
		return err
	}
	e.Counts = map[string]catalogdb.ChangeCounts{}
	for name, c := range a.to.Counts() {
		e.Counts[name.String()] = catalogdb.ChangeCounts{Inserts: c.Inserted, Updates: c.Updated, Deletes: c.Deleted, Truncates: c.Truncated}
		if c.Skipped > 0 { // all of them, then
			e.Counts[name.String()] = catalogdb.ChangeCounts{Updates: c.Skipped, LeftOut: "a materialized view on the target: REFRESH it"}
		}
	}
	for name, c := range a.skipped {
		if _, both := e.Counts[name]; both {
			name += catalogdb.AlsoSkipped
		}
		e.Counts[name] = c
	}
	if err := a.storeTruncated(ctx); err != nil {
		return err
	}
	if err := a.env.Catalog.CountEpoch(ctx, e); err != nil {
		return err
	}
	return a.to.Commit(ctx, last.EndLSN, at)
}

// prime gives a new decoder what the source had said before.
func (a *applier) prime(ctx context.Context, seq int64) (err error) {
	if a.decoder != nil {
		return nil
	}
	d, _, err := a.env.plugin(ctx, a.repl)
	if err != nil {
		return err
	}
	if err := a.spool.Relations(ctx, seq, func(m []byte) error {
		_, err := d.Decode(0, m)
		return err
	}); err != nil {
		return err
	}
	a.decoder = d
	return nil
}

func (a *applier) transaction(ctx context.Context, t catalogdb.SpoolTxn) error {
	a.seq, a.before = t.Seq, t.EndLSN <= a.start
	a.attempt++
	var aborted []uint32
	if t.Aborted != "" {
		for _, x := range strings.Split(t.Aborted, ",") {
			n, err := strconv.ParseUint(x, 10, 32)
			if err != nil {
				return fmt.Errorf("spool: transaction %d: %w", t.Seq, err)
			}
			aborted = append(aborted, uint32(n))
		}
	}
	var truncate *changes.Event
	if err := a.spool.Messages(ctx, t, func(lsn pgschema.LSN, message []byte) error {
		ev, err := a.decoder.Decode(lsn, message)
		if lost, ok := asUnlocated(err); ok {
			return a.unlocated(ctx, lost, err)
		}
		if err != nil || ev == nil {
			return err
		}
		if len(aborted) > 0 && slices.Contains(aborted, ev.XID) && ev.Kind != changes.Describe {
			return nil
		}
		if a.repl.Plugin == "wal2json" {
			if ev, err = a.joinTruncates(ctx, &truncate, ev); err != nil || ev == nil {
				return err
			}
		}
		return a.change(ctx, ev)
	}); err != nil || truncate == nil {
		return err
	}
	return a.change(ctx, truncate)
}

// joinTruncates puts the tables of one TRUNCATE together again, which wal2json sends one by one: tables that reference each other can only be
// truncated together. What comes back is to be applied now; nil when the event waits for more.
func (a *applier) joinTruncates(ctx context.Context, pending **changes.Event, ev *changes.Event) (*changes.Event, error) {
	if ev.Kind == changes.Truncate {
		if *pending == nil {
			*pending = &changes.Event{Kind: changes.Truncate, XID: ev.XID}
		}
		(*pending).Truncated = append((*pending).Truncated, ev.Truncated...)
		return nil, nil
	}
	if *pending != nil {
		held := *pending
		*pending = nil
		if err := a.change(ctx, held); err != nil {
			return nil, err
		}
	}
	return ev, nil
}

func (a *applier) pruneNow(ctx context.Context) error {
	if time.Since(a.pruned) < pruneEvery {
		return nil
	}
	return a.prune(ctx)
}

// prune removes what the target has flushed: what it has only committed, a crash of the target may still take back.
func (a *applier) prune(ctx context.Context) error {
	if time.Since(a.pruned) < pruneEvery {
		return nil
	}
	a.pruned = time.Now()
	_, flushed, err := a.to.Progress(ctx)
	if err != nil || flushed == 0 {
		return err
	}
	if err := a.env.Catalog.FlushedEpochs(ctx, flushed); err != nil {
		return err
	}
	_, err = a.env.Catalog.PruneSpool(ctx, flushed, false)
	return err
}

// balance holds the ledger's sides against each other: received, less what is behind endpos and so not applied, less what was skipped, is
// what was applied. A run that does not balance is not a success.
func (a *applier) balance(ctx context.Context) error {
	if err := a.checkEmptied(true); err != nil {
		return err
	}
	if err := a.env.Catalog.GatherReceived(ctx); err != nil {
		return err
	}
	var received, applied, skipped int64
	var worst catalogdb.LedgerLine
	if err := a.env.Catalog.Ledger(ctx, true, func(l catalogdb.LedgerLine) error {
		received, applied, skipped = received+l.Received, applied+l.Applied, skipped+l.Skipped
		if l.Open != 0 {
			worst = l
		}
		return nil
	}); err != nil {
		return err
	}
	behind, err := a.spool.ChangesAfter(ctx, a.at)
	if err != nil {
		return err
	}
	if received-behind == applied+skipped {
		return nil
	}
	return &pgdb.UserError{Msg: fmt.Sprintf("the ledger does not balance: %d changes received, %d of them behind endpos, %d applied, %d skipped (%s: %d open)",
		received, behind, applied, skipped, worst.Table, worst.Open),
		Hint: "the target is not what it should be: compare both sides (pgcopy compare data), and start over with --restart"}
}
