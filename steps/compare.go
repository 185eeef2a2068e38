package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/workflow"
)

// CompareOptions are the wishes for a comparison. Of Options it uses the connections, the directory, table jobs, splitting, what is left out,
// and how a run behaves. Restart compares everything anew although an earlier comparison was not finished.
type CompareOptions struct {
	Options
	Rows int `json:"rows"` // compare data: how many rows that differ are looked for in each table, 0: none
}

// CompareOutcome is what a comparison has come to. It is no pass unless both numbers are 0 and the error is nil.
type CompareOutcome struct {
	Dir         string // where the results are: a catalog of its own below the work directory
	Differences int64  // objects or tables that differ or that only one side has
	Unverified  int64  // what could not be compared
}

// ComparisonDir is where the results of a comparison ("schema" or "data") of a work directory are. They lie apart from the catalog of a
// clone in the same directory, which a comparison only reads.
func ComparisonDir(dir, what string) string { return filepath.Join(dir, "compare", what) }

// comparison is an Env whose two ends are both read, each under a snapshot of its own.
type comparison struct {
	*Env
	rows    int
	dialect pgsource.Dialect
	held    map[catalogdb.Side]heldSnapshot
	clone   clonedDir
	resumed bool // goes on with an earlier, unfinished comparison
}

// heldSnapshot is a transaction that is kept open for its snapshot.
type heldSnapshot struct {
	conn *pgx.Conn
	name string
}

// clonedDir is what the catalog of a clone in the work directory says.
type clonedDir struct {
	State   string // "" when there is none
	Options Options
}

// compare runs one kind of comparison.
func compare(ctx context.Context, o CompareOptions, what string, plan func(*comparison) ([]workflow.Step, []catalogdb.Opening),
	count func(context.Context, *catalogdb.DB) (differences, unverified int64, err error)) (out CompareOutcome, err error) {
	c := &comparison{Env: &Env{Opts: o.Options, Log: o.Log}, rows: o.Rows, held: map[catalogdb.Side]heldSnapshot{}}
	c.Opts.Dir = ComparisonDir(o.Dir, what)
	out.Dir = c.Opts.Dir
	if err := c.parse(); err != nil {
		return out, err
	}
	if err := c.readClone(ctx, o.Dir); err != nil {
		return out, err
	}
	if err := os.MkdirAll(c.Opts.Dir, 0o700); err != nil {
		return out, dirError(c.Opts.Dir, err)
	}
	lock, err := lockDir(c.Opts)
	if err != nil {
		return out, err
	}
	defer func() { _ = lock.Close() }()
	defer c.end()
	if err := c.begin(ctx, what); err != nil {
		return out, err
	}
	err = c.run(ctx, what, plan)
	rec, cancel := context.WithTimeout(context.WithoutCancel(ctx), verdictTimeout)
	defer cancel()
	var counted error
	out.Differences, out.Unverified, counted = count(rec, c.Catalog)
	return out, errors.Join(err, counted)
}

// readClone learns what a clone in the same directory was told to leave out: that is no difference.
func (c *comparison) readClone(ctx context.Context, dir string) error {
	db, err := catalogdb.Look(ctx, dir)
	if errors.Is(err, catalogdb.ErrNoCatalog) {
		return nil
	}
	if err != nil {
		return dirError(dir, err)
	}
	defer func() { _ = db.Close() }()
	setup, bound, err := db.Setup(ctx)
	if err != nil || !bound {
		return err
	}
	if c.clone.State, err = db.State(ctx); err != nil {
		return dirError(dir, err)
	}
	if err := json.Unmarshal([]byte(setup.Options), &c.clone.Options); err != nil {
		return fmt.Errorf("options recorded in %s: %w", filepath.Join(dir, catalogdb.FileName), err)
	}
	k := c.clone.Options
	for _, f := range []struct{ into, from *bool }{{&c.Opts.NoOwner, &k.NoOwner}, {&c.Opts.NoACL, &k.NoACL}, {&c.Opts.NoComments, &k.NoComments},
		{&c.Opts.NoTablespaces, &k.NoTablespaces}, {&c.Opts.SkipDBProperties, &k.SkipDBProperties}, {&c.Opts.SkipLargeObjects, &k.SkipLargeObjects}} {
		*f.into = *f.into || *f.from
	}
	if len(c.Opts.Tablespaces) == 0 && !c.Opts.NoTablespaces {
		c.Opts.Tablespaces = k.Tablespaces
	}
	return nil
}

// loadSkips copies what the clone has left out.
func (c *comparison) loadSkips(ctx context.Context, l *catalogdb.ComparisonLoader) error {
	if c.clone.State == "" {
		return nil
	}
	db, err := catalogdb.Look(ctx, filepath.Dir(filepath.Dir(c.Opts.Dir)))
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return db.LeftOut(ctx, l.Skip)
}

// begin learns who both servers are, and opens the comparison's catalog.
func (c *comparison) begin(ctx context.Context, what string) error {
	if err := c.connectBoth(ctx); err != nil {
		return err
	}
	s, t := c.SourceInfo, c.TargetInfo
	if s.SystemIdentifier != "" && s.SystemIdentifier == t.SystemIdentifier && s.DatabaseOID == t.DatabaseOID && s.InRecovery == t.InRecovery {
		return &pgdb.UserError{Msg: fmt.Sprintf("source and target are the same database (%s)", s.Database), Hint: "check --source and --target"}
	}
	c.dialect = pgsource.CommonDialect(s, t)
	c.from.Close()
	c.to.Close()
	c.from, c.to = newSessions(c.Source, c.dialect.Session()), newSessions(c.Target, c.dialect.Session())
	if what == "schema" { // one pg_dump for both, so that what it prints alike is alike
		newest := max(s.Major(), t.Major())
		var err error
		if c.Tools, err = pgdb.FindTools(c.Opts.PgBinDir, newest, newest); err != nil {
			return err
		}
	}
	if what == "schema" && len(c.Opts.Tablespaces) > 0 {
		if err := c.checkTablespaces(ctx, false); err != nil {
			return err
		}
	}
	if err := c.openCatalog(ctx, what); err != nil {
		return err
	}
	return c.takeSnapshots(ctx)
}

// terms are what a comparison depends on: one begun in other terms cannot be gone on with.
func (c *comparison) terms() (string, error) {
	o := c.Opts
	o.TableJobs, o.IndexJobs, o.RestoreJobs, o.LargeObjectsJobs, o.RetryFor, o.PgBinDir, o.FailFast = 0, 0, 0, 0, 0, "", false
	text, err := json.Marshal(struct {
		CompareOptions
		Clone string `json:"clone"`
	}{CompareOptions{o, c.rows}, c.clone.State})
	return string(text), err
}

// openCatalog opens the catalog of the comparison. A comparison of data that was interrupted, or that could not read everything, is gone on
// with; any other is forgotten.
func (c *comparison) openCatalog(ctx context.Context, what string) error {
	terms, err := c.terms()
	if err != nil {
		return err
	}
	setup := catalogdb.Setup{
		Source: c.Source.Redacted(), Target: c.Target.Redacted(),
		SourceSystem: c.SourceInfo.SystemIdentifier, TargetSystem: c.TargetInfo.SystemIdentifier,
		SourceDB: c.SourceInfo.Database, TargetDB: c.TargetInfo.Database,
		SourceDBOID: c.SourceInfo.DatabaseOID, TargetDBOID: c.TargetInfo.DatabaseOID,
		SourceVersion: c.SourceInfo.VersionNum, TargetVersion: c.TargetInfo.VersionNum,
		SourceEncoding: c.SourceInfo.Encoding, TargetEncoding: c.TargetInfo.Encoding, Options: terms,
	}
	c.resumed = what == "data" && !c.Opts.Restart && unfinished(ctx, c.Opts.Dir, setup)
	if !c.resumed {
		if err := forget(c.Opts.Dir); err != nil {
			return err
		}
	}
	if c.Catalog, err = catalogdb.Create(ctx, c.Opts.Dir); err != nil {
		return dirError(c.Opts.Dir, err)
	}
	if c.resumed {
		return nil
	}
	return errors.Join(c.Catalog.PrepareComparison(ctx), c.Catalog.Bind(ctx, setup))
}

// unfinished tells whether a directory holds a comparison of the same two databases in the same terms that has something left to do. One
// that cannot be read is as good as none.
func unfinished(ctx context.Context, dir string, now catalogdb.Setup) bool {
	db, err := catalogdb.Look(ctx, dir)
	if err != nil {
		return false
	}
	defer func() { _ = db.Close() }()
	was, bound, err := db.Setup(ctx)
	if err != nil || !bound || was.Options != now.Options || was.SourceSystem != now.SourceSystem || was.TargetSystem != now.TargetSystem ||
		was.SourceDBOID != now.SourceDBOID || was.TargetDBOID != now.TargetDBOID || was.SourceVersion != now.SourceVersion || was.TargetVersion != now.TargetVersion {
		return false
	}
	tasks, err := db.Outcome(ctx)
	return err == nil && tasks.Total > 2 && tasks.Done < tasks.Total // 2: it got beyond its openings
}

// forget removes the files of an earlier comparison, all but the lock, which this process holds.
func forget(dir string) error {
	for _, name := range []string{catalogdb.FileName, catalogdb.FileName + "-wal", catalogdb.FileName + "-shm", "source.dump", "target.dump"} {
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return dirError(dir, err)
		}
	}
	return nil
}

// takeSnapshots opens one picture of each side, which all workers see.
func (c *comparison) takeSnapshots(ctx context.Context) error {
	for side, info := range map[catalogdb.Side]*pgdb.Conninfo{catalogdb.SourceSide: c.Source, catalogdb.TargetSide: c.Target} {
		conn, err := info.Connect(ctx, c.dialect.Session().As("snapshot"))
		if err != nil {
			return err
		}
		name, err := pgsource.ExportSnapshot(ctx, conn)
		c.held[side] = heldSnapshot{conn, name}
		if err != nil {
			return fmt.Errorf("%s: %w", side, err)
		}
	}
	return nil
}

// end lets go of everything, the snapshots too.
func (c *comparison) end() {
	for _, h := range c.held {
		closeNow(h.conn)
	}
	c.Env.end()
}

// withSide runs fn on a session of one side that sees its snapshot.
func (c *comparison) withSide(ctx context.Context, side catalogdb.Side, fn func(*pgx.Conn) error) error {
	pool := c.from
	if side == catalogdb.TargetSide {
		pool = c.to
	}
	return pool.with(ctx, func(conn *pgx.Conn) error {
		if err := pgsource.AdoptSnapshot(ctx, conn, c.held[side].name); err != nil {
			return c.lost(side, err)
		}
		return errors.Join(fn(conn), rollback(ctx, conn))
	})
}

// lost words the loss of a snapshot: a comparison goes on under new ones when it is started again.
func (c *comparison) lost(side catalogdb.Side, err error) error {
	if !errors.Is(err, pgsource.ErrSnapshotGone) {
		return err
	}
	return &pgdb.UserError{Msg: fmt.Sprintf("the session that held the snapshot of the %s has ended", side), Err: pgsource.ErrSnapshotGone,
		Hint: "run the same command again: what was found equal is kept, the rest is compared under new snapshots"}
}

// run executes the comparison's tasks and records how that ended.
func (c *comparison) run(ctx context.Context, what string, plan func(*comparison) ([]workflow.Step, []catalogdb.Opening)) error {
	host, _ := os.Hostname()
	if _, err := c.Catalog.BeginRun(ctx, catalogdb.Run{Command: c.Opts.Command, Version: c.Opts.Version, Host: host, PID: os.Getpid(),
		Workflow: "compare " + what}); err != nil {
		return dirError(c.Opts.Dir, err)
	}
	if c.Opts.OnReady != nil {
		c.Opts.OnReady(c.Opts.Dir)
	}
	err := c.execute(ctx, plan)
	rec, cancel := context.WithTimeout(context.WithoutCancel(ctx), verdictTimeout)
	defer cancel()
	outcome, note := "done", ""
	switch {
	case err == nil:
	case ctx.Err() != nil:
		outcome, note = "interrupted", fmt.Sprint(context.Cause(ctx))
	default:
		outcome, note = "failed", reason(err)
	}
	return errors.Join(err, c.Catalog.EndRun(rec, outcome, note))
}

func (c *comparison) execute(ctx context.Context, plan func(*comparison) ([]workflow.Step, []catalogdb.Opening)) error {
	steps, first := plan(c)
	if c.resumed {
		if err := c.Catalog.TryAgain(ctx, steps); err != nil {
			return err
		}
		kept, err := c.Catalog.CompareAgain(ctx)
		if err != nil {
			return err
		}
		c.Log.Info("going on with a comparison that was not finished; --restart begins anew", "tables_found_equal_before", kept)
	} else if err := c.Catalog.Open(ctx, steps, first); err != nil {
		return err
	}
	pools := map[string]int{"control": 2, "copy": max(c.Opts.TableJobs, 1)}
	r := &workflow.Runner{Queue: c.Catalog, Steps: steps, Judge: judge, RetryFor: c.Opts.RetryFor, FailFast: c.Opts.FailFast, Log: c.Log,
		OnSettle: c.report, Pools: pools}
	return r.Run(ctx)
}

// sides are both sides in their order.
var sides = [2]catalogdb.Side{catalogdb.SourceSide, catalogdb.TargetSide}
