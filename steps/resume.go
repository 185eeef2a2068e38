package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// Resume goes on with the workflow that a work directory was interrupted in. All it needs is in the catalog; of o it uses the
// directory, what is never kept (connection strings, since they may hold passwords; "" for those of the catalog), and what
// belongs to this process (log, command line). Jobs of o that are not zero replace the recorded ones.
//
// The same loop runs again: what is done stays done, what was running is asked for at the target, what failed is tried again.
func Resume(ctx context.Context, o Options) (Outcome, error) {
	e := &Env{Opts: o, Log: o.Log}
	out := Outcome{Dir: o.Dir}
	if err := resumable(ctx, o.Dir); err != nil {
		return out, err
	}
	lock, err := lockDir(o)
	if err != nil {
		return out, err
	}
	defer func() { _ = lock.Close() }()
	defer e.end()
	last, err := e.reopen(ctx)
	if err != nil {
		return out, err
	}
	out.Workflow = last
	if err := e.parse(); err != nil {
		return out, err
	}
	if o.Restart {
		if isStream(last) {
			return out, &pgdb.UserError{Msg: o.Dir + " was last used by " + last + ", which has no copy to start over with",
				Hint: "to follow anew: pgcopy stream cleanup --dir " + o.Dir + ", then pgcopy stream setup; to copy anew: pgcopy clone --restart --dir " + o.Dir}
		}
		err := e.again(ctx, lock, &out)
		return out, err
	}
	e.mayHoldObjects = e.Opts.AllDatabases
	if out.Tasks, err = e.Catalog.Outcome(ctx); err == nil && e.lastRunDone(ctx) && out.Tasks.Done == out.Tasks.Total {
		if o.Source != "" || o.Target != "" { // given again: they have to be the same, also when nothing is left to do
			if err := e.beginAgain(ctx); err != nil {
				return out, err
			}
		}
		e.Log.Info("nothing is left to do: every task of the directory is done", "dir", o.Dir)
		return out, nil
	}
	if err := e.beginAgain(ctx); err != nil {
		return out, err
	}
	w, err := workflowNamed(e, last)
	if err != nil {
		return out, err
	}
	return e.run(ctx, out, w)
}

// lastRunDone tells whether the last run came to its end. One that was killed behind its last task has not said so, and its snapshot may still
// be held.
func (e *Env) lastRunDone(ctx context.Context) bool {
	runs, err := e.Catalog.Runs(ctx)
	return err == nil && len(runs) > 0 && runs[len(runs)-1].Outcome == "done"
}

// resumable looks, without leaving a trace, whether a directory holds anything that could be gone on with.
func resumable(ctx context.Context, dir string) error {
	db, err := catalogdb.OpenReadOnly(ctx, dir)
	switch {
	case errors.Is(err, catalogdb.ErrNoCatalog):
		return &pgdb.UserError{Msg: dir + " holds no work that could be resumed: there is no " + catalogdb.FileName,
			Hint: "name the directory of the interrupted run with --dir, or begin with: pgcopy clone --dir " + dir}
	case err != nil:
		return dirError(dir, err)
	}
	return db.Close()
}

// again starts over: the same work, nothing kept.
func (e *Env) again(ctx context.Context, lock *catalogdb.Lock, out *Outcome) error {
	o := e.Opts
	o.Restart = true
	e.end()
	if err := lock.Close(); err != nil {
		return err
	}
	var err error
	*out, err = Clone(ctx, o)
	return err
}

// reopen opens the catalog of an interrupted run, takes the recorded options over, and tells which workflow it was.
func (e *Env) reopen(ctx context.Context) (workflowName string, err error) {
	if e.Catalog, err = catalogdb.Create(ctx, e.Opts.Dir); err != nil {
		return "", dirError(e.Opts.Dir, err)
	}
	setup, bound, err := e.Catalog.Setup(ctx)
	if err != nil {
		return "", dirError(e.Opts.Dir, err)
	}
	runs, err := e.Catalog.Runs(ctx)
	if err != nil {
		return "", dirError(e.Opts.Dir, err)
	}
	if !bound || len(runs) == 0 {
		return "", &pgdb.UserError{Msg: e.Opts.Dir + " was not begun: the first run ended before it knew source and target",
			Hint: "begin with: pgcopy clone --dir " + e.Opts.Dir}
	}
	if e.Opts, err = recorded(ctx, e.Opts, setup, e.Catalog); err != nil {
		return "", err
	}
	return runs[len(runs)-1].Workflow, e.filtersAgain(ctx, setup)
}

// recorded merges what a user says at resume into what the catalog knows.
func recorded(ctx context.Context, o Options, setup catalogdb.Setup, db *catalogdb.DB) (Options, error) {
	var kept Options
	if err := json.Unmarshal([]byte(setup.Options), &kept); err != nil {
		return o, fmt.Errorf("options recorded in %s: %w", filepath.Join(o.Dir, catalogdb.FileName), err)
	}
	if err := kept.sameCopy(o); err != nil {
		return o, err
	}
	if !o.Restart {
		done, _, err := db.SourceWork(ctx)
		if err != nil {
			return o, err
		}
		if err := sameFilters(o, setup, kept, done > 0); err != nil {
			return o, err
		}
	}
	kept.Filters = o.Filters
	kept.Source, kept.Target, kept.Dir = or(o.Source, setup.Source), or(o.Target, setup.Target), o.Dir
	kept.TableJobs, kept.IndexJobs = or(o.TableJobs, kept.TableJobs), or(o.IndexJobs, kept.IndexJobs)
	kept.RestoreJobs, kept.LargeObjectsJobs = or(o.RestoreJobs, kept.RestoreJobs), or(o.LargeObjectsJobs, kept.LargeObjectsJobs)
	kept.RetryFor, kept.PgBinDir = or(o.RetryFor, kept.RetryFor), or(o.PgBinDir, kept.PgBinDir)
	kept.SnapshotGrace = or(o.SnapshotGrace, kept.SnapshotGrace)
	kept.FailFast = o.FailFast || kept.FailFast
	kept.Restart, kept.NotConsistent, kept.Snapshot, kept.HolderCommand = o.Restart, o.NotConsistent, o.Snapshot, o.HolderCommand
	kept.SourceDB, kept.TargetDB, kept.gate, kept.wal = o.SourceDB, o.TargetDB, o.gate, o.wal
	kept.Command, kept.Version, kept.Log, kept.OnReady = o.Command, o.Version, o.Log, o.OnReady
	return kept, nil
}

// sameCopy refuses options that ask for another copy than the one that was begun. How fast it goes and how long it is tried may change.
func (o Options) sameCopy(now Options) error {
	if !(now.Whole || now.Part) || now.Restart {
		return nil
	}
	was, is := o.shape(), now.shape()
	names := maps.Clone(was)
	maps.Copy(names, is)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if now.Part && (is[name] == nil || reflect.ValueOf(is[name]).IsZero()) {
			continue
		}
		if !reflect.DeepEqual(was[name], is[name]) {
			return &pgdb.UserError{Msg: fmt.Sprintf("%s was begun %s, and this is %s", now.Dir, flagText(name, was[name]), flagText(name, is[name])),
				Hint: "go on as it was begun: pgcopy resume --dir " + now.Dir + "; or start over with the new options: --restart"}
		}
	}
	return nil
}

// shape is what is copied and how it is cut, by the name in the catalog.
func (o Options) shape() map[string]any {
	o.TableJobs, o.IndexJobs, o.RestoreJobs, o.LargeObjectsJobs = 0, 0, 0, 0
	o.DropIfExists = false // a restart sets it by itself
	o.SnapshotGrace, o.FailFast, o.RetryFor, o.PgBinDir = 0, false, 0, ""
	o.Filter, o.FiltersFile = nil, "" // sameFilters compares these
	text, _ := json.Marshal(o)
	fields := map[string]any{}
	_ = json.Unmarshal(text, &fields)
	return fields
}

// flagText is an option as a command line has it.
func flagText(name string, value any) string {
	flag := "--" + strings.ReplaceAll(name, "_", "-")
	switch v := value.(type) {
	case bool:
		if name == "never_split" {
			flag = "--split-tables-larger-than never"
		}
		if v {
			return "with " + flag
		}
	case float64:
		if v != 0 && name == "split_tables_larger_than" {
			return "with " + flag + " " + pgschema.ExactSize(int64(v))
		}
		if v != 0 {
			return fmt.Sprintf("with %s %.0f", flag, v)
		}
	case string:
		if v != "" {
			return fmt.Sprintf("with %s %s", flag, v)
		}
	case nil:
	case []any:
		text, _ := json.Marshal(v)
		return fmt.Sprintf("with %s %s", flag, text)
	default:
		return fmt.Sprintf("with %s %v", flag, v)
	}
	return "without " + flag
}

func or[T comparable](a, b T) T {
	var zero T
	if a != zero {
		return a
	}
	return b
}

// beginAgain makes sure that both ends are the ones that the directory is bound to.
func (e *Env) beginAgain(ctx context.Context) error {
	if err := e.connectBoth(ctx); err != nil {
		return err
	}
	setup, _, err := e.Catalog.Setup(ctx)
	if err != nil {
		return err
	}
	if err := e.sameServers(setup); err != nil {
		return err
	}
	if e.Tools, err = pgdb.FindTools(e.Opts.PgBinDir, e.SourceInfo.Major(), e.TargetInfo.Major()); err != nil {
		return err
	}
	return e.afterTargetCrash(ctx, setup)
}

// end is one of the two databases: what the directory was bound to, and what is there now.
type end struct {
	what, system, database, where string
	oid                           uint32
	now                           *pgdb.ServerInfo
}

func (e *Env) ends(s catalogdb.Setup) []end {
	return []end{
		{"source", s.SourceSystem, s.SourceDB, s.Source, s.SourceDBOID, e.SourceInfo},
		{"target", s.TargetSystem, s.TargetDB, s.Target, s.TargetDBOID, e.TargetInfo},
	}
}

// sameServers refuses to go on with other databases than those the directory was bound to, by name.
func (e *Env) sameServers(s catalogdb.Setup) error {
	if err := e.sameDatabases(s); err != nil {
		return err
	}
	for _, side := range e.ends(s) {
		if side.oid != side.now.DatabaseOID {
			gone := map[string]string{"source": "what was copied is of the old one", "target": "what was copied is gone with the old one"}[side.what]
			return &pgdb.UserError{Msg: fmt.Sprintf("the %s database %s has been dropped and created anew since %s was begun", side.what, side.database, e.Opts.Dir),
				Hint: gone + "; start over: pgcopy resume --restart --dir " + e.Opts.Dir}
		}
	}
	return nil
}

// sameDatabases is sameServers for a run that starts over: a database may be another one of the same name.
func (e *Env) sameDatabases(s catalogdb.Setup) error {
	for _, side := range e.ends(s) {
		known := side.system != "" && side.now.SystemIdentifier != "" // another role may not be allowed to read it
		if known && side.system != side.now.SystemIdentifier || side.database != side.now.Database {
			return &pgdb.UserError{Msg: fmt.Sprintf("%s was begun with another %s: database %s at %s", e.Opts.Dir, side.what, side.database, side.where),
				Hint: "give that one with --" + side.what + ", or use another --dir for this one"}
		}
	}
	return nil
}

// afterTargetCrash has the unlogged tables copied again when the target's postmaster has been started since: after a crash they are
// empty, and a clean restart cannot be told from one.
func (e *Env) afterTargetCrash(ctx context.Context, s catalogdb.Setup) error {
	now := startedAt(e.TargetInfo)
	if now == s.TargetStartedAt {
		return nil
	}
	n, err := e.Catalog.RedoUnlogged(ctx, now)
	if err == nil && n > 0 {
		e.Log.Warn("the target was restarted: unlogged tables are copied again", "tasks", n)
	}
	return err
}

// startedAt is a server's start time as the catalog keeps it.
func startedAt(i *pgdb.ServerInfo) string {
	return i.PostmasterStart.UTC().Format("2006-01-02T15:04:05.000000Z")
}

// workflowNamed finds the list of steps that a run was executing.
func workflowNamed(e *Env, name string) (Workflow, error) {
	for _, w := range slices.Concat([]func(*Env) Workflow{cloneWorkflow, allDatabasesWorkflow}, streamWorkflows(), commandWorkflows()) {
		if w := w(e); w.Name == name {
			return w, nil
		}
	}
	return Workflow{}, errors.New("no workflow is named " + name)
}
