package steps

import (
	"context"
	"errors"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/workflow"
)

// The workflows that follow without a copy. Each is a list of the same steps; they share a directory with a clone and with each other,
// one after another, and may be run again.
func streamWorkflows() []func(*Env) Workflow {
	receive := func(e *Env) workflow.Step { return newReceiveChanges(e) }
	apply := func(e *Env) workflow.Step { return newApplyChanges(e) }
	sequences := func(e *Env) workflow.Step { return newSyncSequences(e) }
	check := func(e *Env) workflow.Step { return newCheckFollowed(e) }
	largeObjects := func(e *Env) workflow.Step { return newSyncLargeObjects(e) }
	return []func(*Env) Workflow{
		streamWorkflow("follow", 2, receive, apply, check, sequences, largeObjects),
		streamWorkflow("stream receive", 3, receive),
		streamWorkflow("stream prefetch", 4, receive),
		streamWorkflow("stream apply", 5, apply),
		streamWorkflow("stream catchup", 6, apply),
		streamWorkflow("stream replay", 7, receive, apply),
	}
}

// isStream tells whether a workflow follows without a copy.
func isStream(name string) bool { return name == "follow" || strings.HasPrefix(name, "stream ") }

func streamWorkflow(name string, number uint32, list ...func(*Env) workflow.Step) func(*Env) Workflow {
	return func(e *Env) Workflow {
		w := Workflow{Name: name, Number: number, NoSnapshot: true, Again: true}
		for _, s := range list {
			w.Steps = append(w.Steps, s(e))
		}
		w.Openings = []workflow.Step{newPlan(e, func() []workflow.Step { return w.Steps })}
		return w
	}
}

// Stream runs one of the workflows that follow without a copy, by its name: in the directory of a clone, or in a new one.
func Stream(ctx context.Context, o Options, name string) (Outcome, error) {
	e := &Env{Opts: o, Log: o.Log}
	out := Outcome{Dir: o.Dir, Workflow: name}
	lock, err := e.openStream(ctx)
	if err != nil {
		return out, err
	}
	defer func() { _ = lock.Close() }()
	defer e.end()
	if err := e.mustBeSetUp(ctx); err != nil {
		return out, err
	}
	if o.EndPos != 0 {
		if err := e.Catalog.SetSentinel(ctx, catalogdb.EndPos, o.EndPos); err != nil {
			return out, err
		}
	}
	if name != "stream receive" && name != "stream prefetch" {
		e.drain = name == "stream apply" || name == "stream catchup"
		// Whoever asks for applying allows it; a clone in the same directory that is not complete is another matter.
		if err := e.mayApply(ctx); err != nil {
			return out, err
		}
	}
	w, err := workflowNamed(e, name)
	if err != nil {
		return out, err
	}
	return e.run(ctx, out, w)
}

// mustBeSetUp refuses to follow without a slot. One that is made now begins now: what the source changed before, since a copy or since an earlier
// slot was removed, would be missing without a word.
func (e *Env) mustBeSetUp(ctx context.Context) error {
	if err := e.noGap(ctx); err != nil {
		return err
	}
	r, ok, err := e.Catalog.Replication(ctx)
	if err != nil || ok && r.StartsAt != 0 {
		return err
	}
	return notSetUp(false, e.Opts.Dir)
}

// noGap refuses a new slot for a copy that was made without one, or whose own was removed.
func (e *Env) noGap(ctx context.Context) error {
	_, ok, err := e.Catalog.Replication(ctx)
	if err != nil || ok {
		return err
	}
	copied, _, err := e.Catalog.SourceWork(ctx)
	if err == nil && copied > 0 {
		err = &pgdb.UserError{Msg: e.Opts.Dir + " holds a copy and no replication slot: what the source has changed since is not to be had any more",
			Hint: "start over with a copy that is followed: pgcopy clone --follow --restart --dir " + e.Opts.Dir}
	}
	return err
}

// StreamSetup makes slot, publication and origin, and nothing else.
func StreamSetup(ctx context.Context, o Options) error {
	e := &Env{Opts: o, Log: o.Log}
	lock, err := e.openStream(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	defer e.end()
	if err := e.noGap(ctx); err != nil {
		return err
	}
	return e.setUpSlot(ctx)
}

// openStream opens the directory of a clone or a new one, and meets both servers.
func (e *Env) openStream(ctx context.Context) (lock *catalogdb.Lock, err error) {
	fresh := !catalogdb.Exists(e.Opts.Dir)
	if fresh {
		if err := e.parse(); err != nil {
			return nil, err
		}
		if lock, err = openDir(e.Opts); err != nil {
			return nil, err
		}
	} else if lock, err = lockDir(e.Opts); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			e.end()
			err = errors.Join(err, lock.Close())
		}
	}()
	if fresh {
		if err := e.connectBoth(ctx); err != nil {
			return lock, err
		}
		if err := e.checkServers(); err != nil {
			return lock, err
		}
		if e.Catalog, err = catalogdb.Create(ctx, e.Opts.Dir); err != nil {
			return lock, dirError(e.Opts.Dir, err)
		}
		return lock, e.bind(ctx)
	}
	wish := e.Opts
	if err := e.reopenDir(ctx); err != nil {
		return lock, err
	}
	e.Opts.Plugin, e.Opts.SlotName = or(wish.Plugin, e.Opts.Plugin), or(wish.SlotName, e.Opts.SlotName)
	e.Opts.Publication, e.Opts.Origin, e.Opts.EndPos = or(wish.Publication, e.Opts.Publication), or(wish.Origin, e.Opts.Origin), wish.EndPos
	if err := e.parse(); err != nil {
		return lock, err
	}
	if err := e.connectBoth(ctx); err != nil {
		return lock, err
	}
	setup, _, err := e.Catalog.Setup(ctx)
	if err != nil {
		return lock, err
	}
	return lock, e.sameServers(setup)
}

// mayApply refuses to apply changes to a copy that is not complete.
func (e *Env) mayApply(ctx context.Context) error {
	_, left, err := e.Catalog.SourceWork(ctx)
	if err != nil {
		return err
	}
	if left > 0 {
		return &pgdb.UserError{Msg: "the copy in " + e.Opts.Dir + " is not complete, so there is nothing that changes could be applied to",
			Hint: "finish it first: pgcopy resume --dir " + e.Opts.Dir}
	}
	return e.Catalog.SetSentinel(ctx, catalogdb.ApplyOn, 1)
}

// SourceLSN asks the source where its WAL ends: the end for a cutover that begins now.
func SourceLSN(ctx context.Context, o Options) (at pgschema.LSN, err error) {
	source, err := pgdb.ParseConninfo("--source", o.Source)
	if err != nil {
		return 0, err
	}
	conn, err := source.Connect(ctx, pgdb.SourceSession().As("sentinel"))
	if err != nil {
		return 0, err
	}
	defer closeNow(conn)
	return pgsource.CurrentLSN(ctx, conn)
}

// Prune removes the files of the spool that the target has flushed everything of. dryRun only names them.
func Prune(ctx context.Context, o Options, dryRun bool) (files []string, err error) {
	e := &Env{Opts: o, Log: o.Log}
	lock, err := e.openStream(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = lock.Close() }()
	defer e.end()
	r, ok, err := e.Catalog.Replication(ctx)
	if err != nil || !ok {
		return nil, errors.Join(err, notSetUp(ok, o.Dir))
	}
	err = e.withTarget(ctx, func(conn *pgx.Conn) error {
		origin, _, err := pgtarget.FindOrigin(ctx, conn, r.Origin)
		if err == nil {
			files, err = e.Catalog.PruneSpool(ctx, origin.Flushed, dryRun)
		}
		return err
	})
	return files, err
}
