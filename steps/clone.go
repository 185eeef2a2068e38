package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

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
	e := &Env{Opts: o, Log: o.Log}
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
	return e.run(ctx, out, cloneWorkflow(e))
}

// parse understands both connection strings before anything is touched.
func (e *Env) parse() (err error) {
	if e.Source, err = pgdb.ParseConninfo("--source", e.Opts.Source); err != nil {
		return err
	}
	e.Target, err = pgdb.ParseConninfo("--target", e.Opts.Target)
	return err
}

// openDir makes the work directory and takes its lock. A directory that was used is refused unless the user wants to start over.
func openDir(o Options) (*catalogdb.Lock, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, dirError(o.Dir, err)
	}
	lock, err := lockDir(o)
	if err != nil {
		return nil, err
	}
	switch {
	case !catalogdb.Exists(o.Dir):
		err = refuseForeign(o.Dir)
	case !o.Restart && begun(o.Dir):
		err = usedError(o.Dir)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// begun tells whether a run has ever begun in a directory. One that was killed before has left a catalog that knows nothing yet: the next clone
// just begins. A catalog that cannot be read may hold anything.
func begun(dir string) bool {
	db, err := catalogdb.OpenReadOnly(context.Background(), dir)
	if err != nil {
		return true
	}
	defer func() { _ = db.Close() }()
	runs, err := db.Runs(context.Background())
	return err != nil || len(runs) > 0
}

func lockDir(o Options) (*catalogdb.Lock, error) {
	host, _ := os.Hostname()
	lock, err := catalogdb.TakeLock(o.Dir, fmt.Sprintf("process %d on %s: %s", os.Getpid(), host, o.Command))
	if err != nil {
		return nil, dirError(o.Dir, err)
	}
	return lock, nil
}

// ours are the files that pgcopy itself puts into a work directory.
var ours = []string{"lock", holderLock, "snapshot.log", "schema", catalogdb.FileName, catalogdb.FileName + "-wal", catalogdb.FileName + "-shm"}

// refuseForeign keeps pgcopy from spreading over a directory that holds something else.
func refuseForeign(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return dirError(dir, err)
	}
	for _, f := range entries {
		if !slices.Contains(ours, f.Name()) {
			return &pgdb.UserError{Msg: fmt.Sprintf("%s is not a pgcopy work directory: it holds %s", dir, f.Name()),
				Hint: "name an empty or new directory with --dir"}
		}
	}
	return nil
}

func usedError(dir string) error {
	return &pgdb.UserError{Msg: dir + " holds the work of an earlier run",
		Hint: "to go on with it: pgcopy resume --dir " + dir + "; to see how it stands: pgcopy list progress --dir " + dir +
			"; to start over: add --restart, or name another --dir"}
}

// dirError says what is wrong with a work directory.
func dirError(dir string, err error) error {
	u := &pgdb.UserError{Err: err, Msg: fmt.Sprintf("work directory %s: %v", dir, err)}
	switch {
	case errors.Is(err, catalogdb.ErrLocked):
		u.Hint = "wait for that run to end, or watch it: pgcopy list progress --dir " + dir
	case errors.Is(err, os.ErrPermission):
		u.Msg = fmt.Sprintf("work directory %s cannot be written by this user", dir)
		u.Hint = "change its permissions, or name another with --dir"
	case errors.Is(err, catalogdb.ErrForeign), errors.Is(err, catalogdb.ErrDamaged):
		u.Hint = "name another directory with --dir, or restore catalog.db from where it was kept"
	case errors.Is(err, catalogdb.ErrNewer):
		u.Hint = "use the pgcopy that wrote it, or a newer one"
	case errors.Is(err, catalogdb.ErrCannotStore):
		u.Hint = "make room or make the directory writable, then: pgcopy resume --dir " + dir
	default:
		u.Hint = "name another directory with --dir"
	}
	return u
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
	if e.Opts.Restart {
		if err := e.restart(ctx); err != nil {
			return err
		}
	}
	if err := e.checkTarget(ctx); err != nil {
		return err
	}
	if e.Catalog, err = catalogdb.Create(ctx, e.Opts.Dir); err != nil {
		return dirError(e.Opts.Dir, err)
	}
	workflow.Boundary("created", atBegin)
	err = e.bind(ctx)
	workflow.Boundary("bound", atBegin)
	return err
}

// restart forgets what the directory knows. What an earlier run may have made on the target is dropped by name later.
func (e *Env) restart(ctx context.Context) error {
	if !catalogdb.Exists(e.Opts.Dir) {
		return nil
	}
	if old, err := catalogdb.OpenReadOnly(ctx, e.Opts.Dir); err == nil {
		s, bound, err := old.Setup(ctx)
		_ = old.Close()
		if err == nil && bound && (s.TargetSystem != e.TargetInfo.SystemIdentifier || s.TargetDBOID != e.TargetInfo.DatabaseOID) {
			return &pgdb.UserError{Msg: fmt.Sprintf("%s belongs to another target: %s", e.Opts.Dir, s.Target),
				Hint: "name another directory with --dir, or remove this one by hand"}
		}
		e.Opts.DropIfExists = e.Opts.DropIfExists || bound
	}
	if err := endHolder(ctx, e.Opts.Dir); err != nil {
		return err
	}
	for _, name := range ours {
		if name == "lock" { // held by this process
			continue
		}
		if err := os.RemoveAll(filepath.Join(e.Opts.Dir, name)); err != nil {
			return dirError(e.Opts.Dir, err)
		}
	}
	return nil
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
	case ctx.Err() != nil:
		outcome, note = "interrupted", fmt.Sprint(context.Cause(ctx))
	default:
		outcome, note = "failed", reason(err)
	}
	return out, errors.Join(err, counted, e.Catalog.EndRun(rec, outcome, note))
}

// execute takes the snapshot, opens the workflow, and runs its tasks.
func (e *Env) execute(ctx context.Context, w Workflow) error {
	if !w.NoSnapshot {
		if err := e.takeSnapshot(ctx); err != nil {
			return err
		}
	}
	var first []catalogdb.Opening
	for i, s := range w.Openings {
		o := catalogdb.Opening{Step: s, Subject: w.Name, Again: w.Again}
		if s.Name() == "plan" { // each workflow plans for itself; what is loaded and dumped is shared
			o.OID = w.Number
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
	r := &workflow.Runner{Queue: e.Catalog, Steps: w.all(), Judge: judge, RetryFor: e.Opts.RetryFor, FailFast: e.Opts.FailFast, Log: e.Log,
		OnSettle: e.report,
		Pools: map[string]int{"control": 1, "copy": e.Opts.TableJobs, "index": e.Opts.IndexJobs, "restore": e.Opts.RestoreJobs,
			"blob": e.Opts.LargeObjectsJobs, "vacuum": e.Opts.TableJobs, "receive": 1, "apply": 1}}
	err := r.Run(ctx)
	if errors.Is(err, errNobodyApplies) {
		return workflow.ErrFailed // by what the apply task says
	}
	return err
}

// atBegin and atEnd are what a crash test names for the moments before the first task and behind the last one: PGCOPY_CRASH_AT=bound:begin.
var atBegin, atEnd = workflow.Task{Step: "begin"}, workflow.Task{Step: "end"}

// report logs verdicts: what went wrong for everybody, what went well for those who want to see all.
func (e *Env) report(t workflow.Task, v workflow.Verdict) {
	switch {
	case v.State == workflow.Failed:
		e.Log.Error(v.Error, "task", t.ID, "hint", v.Hint)
	case v.Trouble:
		e.Log.Warn(v.Error, "task", t.ID, "again_in", v.Delay.String(), "attempt", t.Attempt)
	case v.State == workflow.Done:
		e.Log.Debug("done", "step", t.Step, "subject", t.Subject, "bytes", v.Result.Bytes, "rows", v.Result.Rows)
	}
}
