package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/workflow"
)

// Outcome is what a run has come to.
type Outcome struct {
	Dir      string
	Workflow string
	RunID    int64
	Tasks    catalogdb.Outcome
}

// Clone copies the source database to the target. It returns nil only when every task is done; workflow.ErrFailed when some failed; the
// context's cause when it was interrupted; a *pgdb.UserError for what a person has to mend first.
func Clone(ctx context.Context, o Options) (Outcome, error) {
	e := &Env{Opts: o, Log: o.Log, mayHoldObjects: o.AllDatabases}
	out := Outcome{Dir: o.Dir, Workflow: "clone"}
	if err := e.parse(); err != nil {
		return out, err
	}
	if err := e.takeFilters(); err != nil {
		return out, err
	}
	lock, err := openDir(o)
	if err != nil {
		return out, err
	}
	defer func() { _ = lock.Close() }()
	defer e.end()
	if err := e.begin(ctx); err != nil {
		return out, err
	}
	w := cloneWorkflow(e)
	if o.AllDatabases {
		w = allDatabasesWorkflow(e)
		out.Workflow = w.Name
	}
	return e.run(ctx, out, w)
}

// parse understands both connection strings before anything is touched.
func (e *Env) parse() (err error) {
	if e.Source, err = pgdb.ParseConninfo("--source", e.Opts.Source); err != nil {
		return err
	}
	if e.Target, err = pgdb.ParseConninfo("--target", e.Opts.Target); err != nil {
		return err
	}
	if e.Opts.SourceDB != "" {
		if e.Source, err = e.Source.WithDatabase(e.Opts.SourceDB); err != nil {
			return err
		}
	}
	if e.Opts.TargetDB != "" {
		e.Target, err = e.Target.WithDatabase(e.Opts.TargetDB)
	}
	return err
}

// begin learns who both servers are, checks all that can be known before anything is made, and binds the directory.
func (e *Env) begin(ctx context.Context) error {
	if err := e.connectBoth(ctx); err != nil {
		return err
	}
	if err := e.checkServers(); err != nil {
		return err
	}
	var err error
	if e.Tools, err = pgdb.FindTools(e.Opts.PgBinDir, e.SourceInfo.Major(), e.TargetInfo.Major()); err != nil {
		return err
	}
	if e.Opts.Roles {
		if err := e.Tools.Need("pg_dumpall", "--roles"); err != nil {
			return err
		}
	}
	if e.Opts.Restart {
		if err := e.takeOver(ctx); err != nil {
			return err
		}
	}
	if err := e.checkTarget(ctx); err != nil {
		return err
	}
	if err := e.checkTablespaces(ctx, !e.mayHoldObjects); err != nil {
		return err
	}
	if e.Opts.Restart { // last: a directory that was refused is as it was
		if err := e.unfollow(ctx); err != nil {
			return err
		}
		if err := clearDir(ctx, e.Opts); err != nil {
			return err
		}
	}
	if e.Catalog, err = catalogdb.Create(ctx, e.Opts.Dir); err != nil {
		return dirError(e.Opts.Dir, err)
	}
	workflow.Boundary("created", atBegin)
	err = e.bind(ctx)
	workflow.Boundary("bound", atBegin)
	return err
}

// bind writes who both ends are: the directory is good for them only.
func (e *Env) bind(ctx context.Context) error {
	opts, err := json.Marshal(e.Opts)
	if err != nil {
		return err
	}
	return e.Catalog.Bind(ctx, catalogdb.Setup{
		Source: e.Source.Redacted(), Target: e.Target.Redacted(),
		SourceSystem: e.SourceInfo.SystemIdentifier, TargetSystem: e.TargetInfo.SystemIdentifier,
		SourceDB: e.SourceInfo.Database, TargetDB: e.TargetInfo.Database,
		SourceDBOID: e.SourceInfo.DatabaseOID, TargetDBOID: e.TargetInfo.DatabaseOID,
		SourceVersion: e.SourceInfo.VersionNum, TargetVersion: e.TargetInfo.VersionNum,
		SourceEncoding: e.SourceInfo.Encoding, TargetEncoding: e.TargetInfo.Encoding,
		FilterDigest: e.Opts.Filter.Digest(), Options: string(opts), TargetStartedAt: startedAt(e.TargetInfo),
	})
}

// end lets go of everything that begin and run took.
func (e *Env) end() {
	e.stopEarly()
	if e.from != nil {
		e.from.Close()
		e.to.Close()
	}
	if e.Catalog != nil {
		_ = e.Catalog.Close()
	}
}

// run executes a workflow and records how it ended. Success means that every task of the directory is done, nothing less.
func (e *Env) run(ctx context.Context, out Outcome, w Workflow) (Outcome, error) {
	host, _ := os.Hostname()
	var err error
	if out.RunID, err = e.Catalog.BeginRun(ctx, catalogdb.Run{Command: e.Opts.Command, Version: e.Opts.Version, Host: host, PID: os.Getpid(),
		Workflow: w.Name}); err != nil {
		return out, dirError(e.Opts.Dir, err)
	}
	workflow.Boundary("begun", atBegin)
	if e.Opts.OnReady != nil {
		e.Opts.OnReady(e.Opts.Dir)
	}
	err = e.execute(ctx, w)
	workflow.Boundary("over", atEnd)
	rec, cancel := context.WithTimeout(context.WithoutCancel(ctx), verdictTimeout)
	defer cancel()
	var counted error
	if out.Tasks, counted = e.Catalog.OutcomeOf(rec, w.all()); counted == nil && err == nil && out.Tasks.Done != out.Tasks.Total {
		err = workflow.ErrFailed
	}
	outcome, note := "done", ""
	switch {
	case err == nil:
		counted = errors.Join(counted, e.letGoWhenRead(rec, w))
	case ctx.Err() != nil:
		outcome, note = "interrupted", fmt.Sprint(context.Cause(ctx))
		e.tellHeld()
	default:
		outcome, note = "failed", reason(err)
		counted = errors.Join(counted, e.letGo(rec))
	}
	return out, errors.Join(err, counted, e.Catalog.EndRun(rec, outcome, note))
}

// letGo ends the snapshot of a run that failed before it had read anything: a resume takes a new one, and the remedy may be DDL on
// the source, which the holder's locks would keep waiting. Where something depends on the snapshot, people are told that it is held.
func (e *Env) letGo(ctx context.Context) error {
	if e.Snapshot == nil {
		return nil
	}
	if _, err := e.Snapshot.Name(); err != nil {
		return nil // none, or let go already
	}
	done, _, err := e.Catalog.SourceWork(ctx)
	if err != nil {
		return err
	}
	if done == 0 && !e.Opts.Follow { // no other snapshot fits the slot that the followed one was exported with
		return e.Snapshot.Release(ctx)
	}
	e.tellHeld()
	return nil
}

// letGoWhenRead ends the snapshot behind a command when nothing of the source's data is left to read, and otherwise says that it is held for
// the commands that follow. A clone has a step for it.
func (e *Env) letGoWhenRead(ctx context.Context, w Workflow) error {
	if !w.Command || e.Snapshot == nil {
		return nil
	}
	if _, err := e.Snapshot.Name(); err != nil {
		return nil // none was needed
	}
	left, err := e.Catalog.SourceLeft(ctx)
	if err != nil || left > 0 {
		e.tellHeld()
		return err
	}
	return e.Snapshot.Release(ctx)
}

// tellHeld says that the snapshot outlives this process, and what that means for the source.
func (e *Env) tellHeld() {
	if e.Snapshot == nil {
		return
	}
	if _, err := e.Snapshot.Name(); err != nil || !catalogdb.NamedLockHeld(e.Opts.Dir, holderLock) { // its holder may have ended: the error says so
		return
	}
	if e.Opts.Follow {
		e.Log.Warn("the snapshot is still held for a resume", "for_at_most", e.grace().String(), "to_end_it", "pgcopy snapshot --stop --dir "+e.Opts.Dir)
		return
	}
	e.Log.Warn("the snapshot is still held for a resume, and with it locks (ACCESS SHARE) on the source's tables: DDL there waits", "for_at_most",
		e.grace().String(), "to_end_it", "pgcopy snapshot --stop --dir "+e.Opts.Dir)
}

// execute takes the snapshot, opens the workflow, and runs its tasks.
func (e *Env) execute(ctx context.Context, w Workflow) error {
	if err := e.snapshotFor(ctx, w); err != nil {
		return err
	}
	if err := e.takeOwnSettings(ctx); err != nil { // what an earlier run has found
		return err
	}
	var first []catalogdb.Opening
	for i, s := range w.Openings {
		o := catalogdb.Opening{Step: s, Subject: w.Name}
		if s.Name() == "plan" { // each workflow plans for itself; what is loaded and dumped is shared
			o.OID, o.Again = w.Number, w.Again
		}
		if i > 0 {
			o.Needs = []string{w.Openings[i-1].Name()}
		}
		first = append(first, o)
	}
	if err := e.Catalog.Open(ctx, w.all(), first); err != nil {
		return err
	}
	workflow.Boundary("opened", atBegin)
	gate := e.Opts.gate
	if gate == nil {
		gate = newGate(e.Opts)
	}
	pools := map[string]int{"control": 1, "receive": 1, "apply": 1, "database": e.Opts.TableJobs}
	maps.Copy(pools, sharedPools(e.Opts))
	r := &workflow.Runner{Queue: e.Catalog, Steps: w.all(), Judge: func(err error) workflow.Judgement { return judge(e.blame(ctx, err)) }, RetryFor: e.Opts.RetryFor, FailFast: e.Opts.FailFast, Log: e.Log,
		OnSettle: e.report, Gate: gate, Pools: pools}
	e.planned = make(chan struct{}, 1)
	defer e.keepWALFlowing(ctx, w, e.planned)()
	err := r.Run(ctx)
	if errors.Is(err, errNobodyApplies) || errors.Is(err, errNobodyReceives) {
		return workflow.ErrFailed // by what the other task says
	}
	return err
}

// sharedPools are the workers that load both servers: so many of each kind at most.
func sharedPools(o Options) map[string]int {
	return map[string]int{"copy": o.TableJobs, "index": o.IndexJobs, "restore": o.RestoreJobs, "blob": o.LargeObjectsJobs, "vacuum": o.TableJobs}
}

// newGate lets as many of them work at once as the largest of these numbers says. While tables are copied, four copies are at work; when
// there is but one left, three indexes are built beside it.
func newGate(o Options) *workflow.Gate {
	return workflow.NewGate(budget(o), sharedPools(o))
}

// budget is how many tasks run at once, whatever they are.
func budget(o Options) int {
	return max(o.TableJobs, o.IndexJobs, o.RestoreJobs, o.LargeObjectsJobs)
}

// atBegin and atEnd are what a crash test names for the moments before the first task and behind the last one: PGCOPY_CRASH_AT=bound:begin.
var atBegin, atEnd = workflow.Task{Step: "begin"}, workflow.Task{Step: "end"}

func (e *Env) snapshotFor(ctx context.Context, w Workflow) error {
	if w.NoSnapshot {
		return nil
	}
	if err := e.checkLockTable(ctx); err != nil {
		return err
	}
	if w.Command {
		return e.takeCommandSnapshot(ctx, w)
	}
	return e.takeSnapshot(ctx)
}

// report logs verdicts: what went wrong for everybody, what went well for those who want to see all.
func (e *Env) report(t workflow.Task, v workflow.Verdict) {
	if t.Step == "plan" && v.State == workflow.Done {
		select {
		case e.planned <- struct{}{}:
		default:
		}
	}
	switch {
	case v.State == workflow.Failed:
		e.Log.Error(v.Error, "task", t.ID, "hint", v.Hint)
	case v.Trouble:
		e.Log.Warn(v.Error, "task", t.ID, "again_in", v.Delay.String(), "attempt", t.Attempt)
	case v.State == workflow.Done:
		e.Log.Debug("done", "step", t.Step, "subject", t.Subject, "bytes", v.Result.Bytes, "rows", v.Result.Rows)
	}
}
