package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// defaultSlot is the name of slot, publication and origin when nobody says another.
const defaultSlot = "pgcopy"

// prepareFollow makes what has to be there before the slot: the record of it all, and the publication. The slot decodes
// the source's catalogs as they were when it was made, so a publication made later would not be seen by it.
func (e *Env) prepareFollow(ctx context.Context) (catalogdb.Replication, error) {
	r, ok, err := e.Catalog.Replication(ctx)
	if err != nil || ok {
		return r, err
	}
	r = catalogdb.Replication{Slot: or(e.Opts.SlotName, defaultSlot), Plugin: or(e.Opts.Plugin, "pgoutput"), Origin: or(e.Opts.Origin, defaultSlot)}
	if r.Plugin == "pgoutput" {
		r.Publication, r.PublicationOurs = or(e.Opts.Publication, r.Slot), e.Opts.Publication == ""
	}
	err = e.from.with(ctx, func(conn *pgx.Conn) error {
		skip, err := e.publishable(ctx, conn)
		if err != nil {
			return err
		}
		if err := e.checkFollow(ctx, conn, r, skip); err != nil {
			return err
		}
		if err := e.Catalog.ForgetFollowed(ctx); err != nil { // what an earlier slot has sent is not continued by another
			return err
		}
		if err := e.Catalog.SetReplication(ctx, r); err != nil || !r.PublicationOurs {
			return err
		}
		return pgsource.CreatePublication(ctx, conn, r.Publication, e.SourceInfo.Superuser, skip)
	})
	return r, err
}

// checkFollow refuses names that are taken, before anything is made, and tells of tables whose updates cannot be followed.
func (e *Env) checkFollow(ctx context.Context, conn *pgx.Conn, r catalogdb.Replication, skip func(pgschema.Name) bool) error {
	if err := e.noRoutedRoots(ctx, conn, skip); err != nil {
		return err
	}
	slot, taken, err := pgsource.FindSlot(ctx, conn, r.Slot)
	if err != nil {
		return err
	}
	if taken {
		return &pgdb.UserError{Msg: fmt.Sprintf("the source has a replication slot %s already (plugin %s, database %s)", slot.Name, slot.Plugin, slot.Database),
			Hint: "name another with --slot-name; if it is from a run whose directory is gone: " + removeByHand(r.Slot, r.Origin)}
	}
	if r.Publication != "" {
		exists, err := pgsource.PublicationExists(ctx, conn, r.Publication)
		switch {
		case err != nil:
			return err
		case exists && r.PublicationOurs:
			return &pgdb.UserError{Msg: "the source has a publication " + r.Publication + " already",
				Hint: "use it with --publication " + r.Publication + ", or name another slot with --slot-name, or drop it"}
		case !exists && !r.PublicationOurs:
			return &pgdb.UserError{Msg: "the source has no publication " + r.Publication, Hint: "create it first, or leave --publication out"}
		}
	}
	if r.Publication != "" && !r.PublicationOurs {
		if err := e.checkPublication(ctx, conn, r.Publication, skip); err != nil {
			return err
		}
	}
	if err := e.warnIdentity(ctx, conn, r.Plugin, skip); err != nil {
		return err
	}
	return e.checkOrigin(ctx, r.Origin)
}

// removeByHand is how people remove what following has made when the catalog that knows of it is lost. The slot is what keeps the source's WAL.
func removeByHand(slot, origin string) string {
	return fmt.Sprintf("on the source SELECT pg_drop_replication_slot(%s) and DROP PUBLICATION IF EXISTS %s, on the target SELECT pg_replication_origin_drop(%s)",
		pgschema.QuoteLiteral(slot), pgschema.QuoteIdent(slot), pgschema.QuoteLiteral(origin))
}

// checkPublication refuses a publication of somebody else's that does not have all changes of all tables: what is copied and not followed would be old in
// the end, without a word.
func (e *Env) checkPublication(ctx context.Context, conn *pgx.Conn, name string, skip func(pgschema.Name) bool) error {
	all, viaRoot, err := pgsource.PublicationActions(ctx, conn, name)
	quoted := pgschema.QuoteIdent(name)
	switch {
	case err != nil:
		return fmt.Errorf("publication %s: %w", name, err)
	case !all:
		return &pgdb.UserError{Msg: "publication " + name + " leaves out some kinds of changes",
			Hint: "ALTER PUBLICATION " + quoted + " SET (publish = 'insert, update, delete, truncate'), or leave --publication out"}
	case viaRoot:
		return &pgdb.UserError{Msg: "publication " + name + " has the changes of partitions as their root's, and with that no TRUNCATE of a partition",
			Hint: "ALTER PUBLICATION " + quoted + " SET (publish_via_partition_root = false), or leave --publication out"}
	}
	var gaps []string
	n := 0
	if err := pgsource.PublicationGaps(ctx, conn, name, func(g pgsource.PublicationGap) error {
		if skip != nil && skip(g.Name) {
			return nil
		}
		if n++; n <= 10 {
			gaps = append(gaps, g.Name.String()+" "+g.Why)
		}
		return nil
	}); err != nil || n == 0 {
		return err
	}
	list := strings.Join(gaps, ", ")
	if n > len(gaps) {
		list += fmt.Sprintf(" and %d more", n-len(gaps))
	}
	if !e.Opts.Follow { // no copy is made: what is followed is for the caller to say
		e.Log.Warn("publication " + name + " does not have all changes: " + list)
		return nil
	}
	return &pgdb.UserError{Msg: "publication " + name + " does not have all that is copied: " + list,
		Hint: "add the tables to it, leave them out with --filters, or leave --publication out"}
}

// warnIdentity lists the tables of which an UPDATE or DELETE could not be followed. With a publication the source itself refuses such
// a statement, so people have to know before.
func (e *Env) warnIdentity(ctx context.Context, conn *pgx.Conn, plugin string, skip func(pgschema.Name) bool) error {
	var names []string
	n := 0
	if err := pgsource.WithoutIdentity(ctx, conn, func(t pgschema.Name) error {
		if skip != nil && skip(t) {
			return nil
		}
		if n++; n <= 10 {
			names = append(names, t.String())
		}
		return nil
	}); err != nil || n == 0 {
		return err
	}
	list := strings.Join(names, ", ")
	if n > len(names) {
		list += fmt.Sprintf(" and %d more", n-len(names))
	}
	if plugin == "wal2json" {
		return &pgdb.UserError{Msg: fmt.Sprintf("%d tables have no replica identity, and wal2json leaves out their UPDATEs and DELETEs without a word: %s", n, list),
			Hint: "ALTER TABLE " + names[0] + " REPLICA IDENTITY FULL (likewise the others), or use --plugin pgoutput"}
	}
	what := "while the slot exists an UPDATE or DELETE of theirs is refused by the source"
	if plugin != "pgoutput" {
		what = "apply stops at an UPDATE or DELETE of theirs, for good"
	}
	e.Log.Warn(fmt.Sprintf("%d tables have no replica identity: INSERTs are followed, but %s: %s", n, what, list),
		"to_mend_it", "ALTER TABLE "+names[0]+" REPLICA IDENTITY FULL")
	return nil
}

// checkOrigin refuses an origin that somebody else uses, and a role that may not do what applying needs.
func (e *Env) checkOrigin(ctx context.Context, name string) error {
	return e.withTarget(ctx, func(conn *pgx.Conn) error {
		o, taken, err := pgtarget.FindOrigin(ctx, conn, name)
		if err != nil {
			return err
		}
		if taken {
			return &pgdb.UserError{Msg: fmt.Sprintf("the target has a replication origin %s already, at %s", name, o.Committed),
				Hint: "name another with --origin, or drop that one: SELECT pg_replication_origin_drop('" + name + "')"}
		}
		return pgtarget.CheckApply(ctx, conn)
	})
}

// followFrom records where the slot begins, and begins the origin there.
func (e *Env) followFrom(ctx context.Context, r catalogdb.Replication, at pgschema.LSN) error {
	if err := e.withTarget(ctx, func(conn *pgx.Conn) error {
		_, there, err := pgtarget.FindOrigin(ctx, conn, r.Origin)
		if err != nil || there {
			return err
		}
		return pgtarget.CreateOrigin(ctx, conn, r.Origin, at)
	}); err != nil {
		return err
	}
	r.StartsAt = at
	who, err := e.identifySource(ctx)
	if err != nil {
		return err
	}
	r.System, r.Timeline = who.Identifier, who.Timeline
	if err := e.Catalog.SetReplication(ctx, r); err != nil {
		return err
	}
	if e.Opts.EndPos != 0 {
		return e.Catalog.SetSentinel(ctx, catalogdb.EndPos, e.Opts.EndPos)
	}
	return nil
}

// identifySource asks the source who it is: whenever the stream is started, it has to be the same.
func (e *Env) identifySource(ctx context.Context) (who pgsource.System, err error) {
	err = e.withWalsender(ctx, func(conn *pgconn.PgConn) error {
		who, err = pgsource.IdentifySystem(ctx, conn)
		return err
	})
	return who, err
}

// withWalsender runs fn on a replication connection of its own.
func (e *Env) withWalsender(ctx context.Context, fn func(*pgconn.PgConn) error) error {
	conn, err := e.Source.ConnectPgConn(ctx, pgsource.ReplicationSession("setup"))
	if err != nil {
		return err
	}
	defer func() {
		ctx, done := pgdb.Afterwards(ctx)
		defer done()
		_ = conn.Close(ctx)
	}()
	return fn(conn)
}

// dropHalfSlot removes a slot that an interrupted run made and never learned the beginning of.
func (e *Env) dropHalfSlot(ctx context.Context, r catalogdb.Replication) error {
	return e.from.with(ctx, func(conn *pgx.Conn) error { return pgsource.DropSlot(ctx, conn, r.Slot) })
}

// setUpSlot makes the slot by itself, for following without a copy.
func (e *Env) setUpSlot(ctx context.Context) error {
	r, err := e.prepareFollow(ctx)
	if err != nil || r.StartsAt != 0 {
		return err
	}
	at, err := e.readableSlot(ctx, r, func() (at pgschema.LSN, err error) {
		err = e.withWalsender(ctx, func(conn *pgconn.PgConn) error {
			at, _, err = pgsource.CreateSlot(ctx, conn, r.Slot, r.Plugin)
			return err
		})
		return at, err
	})
	if err != nil {
		return err
	}
	return e.followFrom(ctx, r, at)
}

// allowApply is where the copy hands over: everything is on the target, so changes may be applied to it.
type allowApply struct{ base }

func newAllowApply(e *Env) *allowApply {
	return &allowApply{base{env: e, name: "allow-apply", kind: "changes applied", pool: "control",
		tasks: []planning{planned(sql.CatalogPlanFollow, "allow-apply", "when the copy is complete", "control")},
		needs: []planning{planned(sql.CatalogPlanNeedsMilestone, "allow-apply", schemaComplete), planned(sql.CatalogPlanNeedsStep, "allow-apply", "set-sequences")}}}
}

func (s *allowApply) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	return workflow.Result{}, s.env.Catalog.SetSentinel(ctx, catalogdb.ApplyOn, 1)
}

// syncSequences sets the target's sequences to what the source's have at the end: nextval() is not part of any stream.
type syncSequences struct{ base }

func newSyncSequences(e *Env) *syncSequences {
	return &syncSequences{base{env: e, name: "sync-sequences", kind: "sequences", pool: "control",
		tasks: []planning{planned(sql.CatalogPlanFollow, "sync-sequences", "as they are at the end", "control")},
		needs: []planning{planned(sql.CatalogPlanNeedsStep, "sync-sequences", "apply-changes")}}}
}

// sequencesPerStatement bounds what is in memory between the two servers.
const sequencesPerStatement = 500

func (s *syncSequences) Run(ctx context.Context, t workflow.Task) (res workflow.Result, err error) {
	err = s.env.from.with(ctx, func(src *pgx.Conn) error {
		return s.env.withTarget(ctx, func(dst *pgx.Conn) error {
			var batch []pgschema.Sequence
			flush := func() error {
				err := pgtarget.SetSequences(ctx, dst, batch)
				res.Rows += int64(len(batch))
				batch = batch[:0]
				return err
			}
			if err := pgsource.Sequences(ctx, src, func(q pgschema.Sequence) error {
				if q.Extension != "" || !q.CanSelect {
					return nil
				}
				if out, err := s.env.Catalog.SequenceLeftOut(ctx, q.OID); err != nil || out {
					return err
				}
				if batch = append(batch, q); len(batch) < sequencesPerStatement {
					return nil
				}
				return flush()
			}); err != nil {
				return err
			}
			return flush()
		})
	})
	return res, err
}

// errNobodyApplies ends receive when apply has failed and nothing else is at work: a run that only receives would look healthy for ever.
var errNobodyApplies = errors.New("changes are received, but nothing applies them")

// errNobodyReceives ends apply when receive has failed and everything that was received is applied.
var errNobodyReceives = errors.New("what was received is applied, but receiving has failed")

// cleanupTimeout bounds the removal of what following has made.
const cleanupTimeout = time.Minute

// Cleanup removes slot, publication and origin, on both sides, whatever of them is left.
func Cleanup(ctx context.Context, o Options) error {
	e := &Env{Opts: o, Log: o.Log}
	if !catalogdb.Exists(o.Dir) {
		return &pgdb.UserError{Msg: o.Dir + " holds no catalog, so what was made for following is not known", Hint: "name the directory of the run with --dir; if that is gone: " +
			removeByHand(or(o.SlotName, defaultSlot), or(o.Origin, defaultSlot))}
	}
	lock, err := lockDir(o)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	defer e.end()
	if err := e.reopenDir(ctx); err != nil {
		return err
	}
	if err := e.parse(); err != nil {
		return err
	}
	if err := e.connectBoth(ctx); err != nil {
		return err
	}
	return e.cleanup(ctx)
}

func (e *Env) cleanup(ctx context.Context) error {
	r, ok, err := e.Catalog.Replication(ctx)
	if err != nil || !ok {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, cleanupTimeout)
	defer cancel()
	if _, err := StopSnapshot(ctx, e.Opts.Dir); err != nil {
		return err
	}
	if err := e.removeFollow(ctx, r); err != nil {
		return err
	}
	return e.Catalog.ForgetReplication(ctx)
}

// removeFollow removes what following has made on both sides, whatever of it is left. The backends of a process that was killed may hold slot
// and origin for a moment longer.
func (e *Env) removeFollow(ctx context.Context, r catalogdb.Replication) error {
	source := func(ctx context.Context) error {
		return e.from.with(ctx, func(conn *pgx.Conn) error {
			if err := pgsource.DropSlot(ctx, conn, r.Slot); err != nil || !r.PublicationOurs {
				return err
			}
			return pgsource.DropPublication(ctx, conn, r.Publication)
		})
	}
	target := func(ctx context.Context) error {
		return e.withTarget(ctx, func(conn *pgx.Conn) error { return pgtarget.DropOrigin(ctx, conn, r.Origin) })
	}
	if err := errors.Join(pgdb.Retry(ctx, cleanupTimeout/2, e.tryingAgain, source), pgdb.Retry(ctx, cleanupTimeout/2, e.tryingAgain, target)); err != nil {
		return err
	}
	e.Log.Info("removed", "slot", r.Slot, "publication", r.Publication, "origin", r.Origin)
	return nil
}

// unfollow is cleanup for a run that starts over: the old catalog is only read, since it is about to go.
func (e *Env) unfollow(ctx context.Context) error {
	old, err := catalogdb.OpenReadOnly(ctx, e.Opts.Dir)
	if errors.Is(err, catalogdb.ErrNoCatalog) || errors.Is(err, catalogdb.ErrDamaged) {
		return nil
	} else if err != nil {
		return dirError(e.Opts.Dir, err)
	}
	r, ok, err := old.Replication(ctx)
	if err = errors.Join(err, old.Close()); err != nil || !ok {
		return err
	}
	if err := endHolder(ctx, e.Opts.Dir); err != nil { // its locks would keep the publication from being dropped
		return err
	}
	return e.removeFollow(ctx, r)
}
