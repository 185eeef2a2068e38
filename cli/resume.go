package cli

import (
	"context"
	"errors"
	"log/slog"

	"github.com/pgcopy/pgcopy/steps"
)

type resumeCmd struct {
	dirFlag          `embed:"" group:"Databases:"`
	resumeFlags      `embed:"" group:"The run:"`
	resumeConnection `embed:"" group:"Databases:"`
	resumeJobs       `embed:"" group:"How many at once:"`
	logFlags         `embed:"" group:"Output:"`
	jsonFlag         `embed:"" group:"Output:"`
}

// resumeConnection is for what the catalog does not keep: passwords.
type resumeConnection struct {
	Source string `short:"S" placeholder:"URI" env:"PGCOPY_SOURCE_PGURI,PGCOPYDB_SOURCE_PGURI" help:"The same source again, with its password (default: what the catalog knows, password from .pgpass or PGPASSWORD)."`
	Target string `short:"T" placeholder:"URI" env:"PGCOPY_TARGET_PGURI,PGCOPYDB_TARGET_PGURI" help:"The same target again, likewise."`
}

// resumeFlags say how to go on.
type resumeFlags struct {
	NotConsistent toggle `short:"C" help:"When the snapshot is gone: take a new one and keep what is done. The copy is then not one consistent picture."`
	Restart       toggle `short:"r" help:"Forget what the work directory knows, remove what it created on the target, and start over."`
	Snapshot      string `short:"N" placeholder:"NAME" env:"PGCOPY_SNAPSHOT,PGCOPYDB_SNAPSHOT" help:"Read under this snapshot, which somebody else holds."`
	FailFast      toggle `short:"i" env:"PGCOPY_FAIL_FAST,PGCOPYDB_FAIL_FAST" help:"Stop at the first failure instead of doing all that can be done."`
	RetryFor      string `placeholder:"TIME" env:"PGCOPY_RETRY_FOR" help:"How long to try again after a lost connection and its like (default: as before)."`
	PgBinDir      string `placeholder:"DIR" env:"PGCOPY_PG_BIN_DIR" help:"Where pg_dump and pg_restore are, if not on PATH (default: as before)."`
}

// resumeJobs are jobFlags without defaults: what is not given stays as it was.
type resumeJobs struct {
	TableJobs        string `aliases:"jobs" short:"J" placeholder:"N" env:"PGCOPY_TABLE_JOBS,PGCOPYDB_TABLE_JOBS" help:"Tables, or parts of tables, to copy at once (default: as before)."`
	IndexJobs        string `short:"I" placeholder:"N" env:"PGCOPY_INDEX_JOBS,PGCOPYDB_INDEX_JOBS" help:"Indexes to build at once (default: as before)."`
	RestoreJobs      string `short:"j" placeholder:"N" env:"PGCOPY_RESTORE_JOBS,PGCOPYDB_RESTORE_JOBS" help:"Schema objects to restore at once (default: as before)."`
	LargeObjectsJobs string `short:"b" placeholder:"N" env:"PGCOPY_LARGE_OBJECTS_JOBS,PGCOPYDB_LARGE_OBJECTS_JOBS" help:"Workers for large objects (default: as before)."`
}

// resume does the work; a test puts something else in its place.
var resume = func(ctx context.Context, o steps.Options) error {
	_, err := steps.Resume(ctx, o)
	return err
}

// Run goes on with an interrupted run.
func (c *resumeCmd) Run(a *app) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	o.Command = commandLine(a.args)
	return a.supervise(o.Dir, c.logFlags, bool(c.JSON), func(log *slog.Logger, ready func(dir string)) error {
		o.Log, o.OnReady = log, ready
		return resume(a.ctx, o)
	})
}

func (c *resumeCmd) options() (o steps.Options, err error) {
	if c.NotConsistent && c.Restart {
		return o, usagef("--not-consistent keeps what is done and --restart forgets it: give one of them")
	}
	o = steps.Options{Source: c.Source, Target: c.Target, Dir: c.path(), Version: Version(), NotConsistent: bool(c.NotConsistent),
		Restart: bool(c.Restart), Snapshot: c.Snapshot, FailFast: bool(c.FailFast), PgBinDir: c.PgBinDir}
	var errs []error
	for _, j := range []struct {
		flag, text string
		n          *int
	}{{"--table-jobs", c.TableJobs, &o.TableJobs}, {"--index-jobs", c.IndexJobs, &o.IndexJobs},
		{"--restore-jobs", c.RestoreJobs, &o.RestoreJobs}, {"--large-objects-jobs", c.LargeObjectsJobs, &o.LargeObjectsJobs}} {
		n, err := number(j.flag, j.text, 0, 1, maxJobs)
		*j.n = n
		errs = append(errs, err)
	}
	if c.RetryFor != "" {
		o.RetryFor, err = duration("--retry-for", c.RetryFor)
		errs = append(errs, err)
	}
	o.HolderCommand, err = holderCommand()
	return o, errors.Join(append(errs, err)...)
}
