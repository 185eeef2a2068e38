package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/alecthomas/kong"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/steps"
	"github.com/pgcopy/pgcopy/workflow"
)

type compareCmd struct {
	Schema compareSchemaCmd `cmd:"" help:"Compare all that pg_dump shows of two databases, and the values of sequences."`
	Data   compareDataCmd   `cmd:"" help:"Compare the rows of all tables of two databases."`
}

// compareFlags are those of both comparisons.
type compareFlags struct {
	RetryFor string `placeholder:"TIME" default:"10m" env:"PGCOPY_RETRY_FOR" help:"How long to try again after a lost connection and its like (default ${default})."`
}

type compareSchemaCmd struct {
	connectionFlags  `embed:"" group:"Databases:"`
	dirFlag          `embed:"" group:"Databases:"`
	allDatabasesFlag `embed:"" group:"Databases:"`
	NoOwner          toggle `short:"O" group:"What is compared:" help:"Leave out who owns what."`
	NoACL            toggle `name:"no-acl" short:"x" group:"What is compared:" help:"Leave out privileges (GRANT and REVOKE)."`
	NoComments       toggle `short:"X" group:"What is compared:" help:"Leave out comments."`
	NoTablespaces    toggle `short:"y" group:"What is compared:" help:"Leave out tablespaces."`
	Tablespaces      string `placeholder:"FILE" group:"What is compared:" help:"Names of the target's tablespaces for those of the source, as for clone (default: those of the work directory's clone)."`
	SkipDBProperties toggle `name:"skip-db-properties" short:"g" group:"What is compared:" help:"Leave out settings, comment and privileges of the database itself."`
	compareFlags     `embed:"" group:"The run:"`
	PgBinDir         string `placeholder:"DIR" env:"PGCOPY_PG_BIN_DIR" group:"The run:" help:"Where pg_dump and pg_restore are, if not on PATH; several folders are separated by colons."`
	logFlags         `embed:"" group:"Output:"`
	jsonFlag         `embed:"" group:"Output:"`
}

type compareDataCmd struct {
	connectionFlags  `embed:"" group:"Databases:"`
	dirFlag          `embed:"" group:"Databases:"`
	allDatabasesFlag `embed:"" group:"Databases:"`
	TableJobs        string `aliases:"jobs" short:"J" placeholder:"N" default:"4" env:"PGCOPY_TABLE_JOBS,PGCOPYDB_TABLE_JOBS" group:"How many at once:" help:"Tables, or parts of tables, to compare at once (also --jobs; default ${default})."`
	compareSplit     `embed:"" group:"Big tables:"`
	Rows             rowLimit `group:"What is shown:" placeholder:"N" help:"Name the rows that differ, up to N for each table (100 when N is left out: --rows, --rows=1000)."`
	All              toggle   `group:"What is shown:" help:"Show the tables that are equal too."`
	SkipLargeObjects toggle   `aliases:"skip-blobs" short:"B" group:"What is compared:" help:"Leave out large objects (also --skip-blobs)."`
	Restart          toggle   `short:"r" group:"The run:" help:"Forget an earlier comparison that was not finished, instead of going on with it."`
	compareFlags     `embed:"" group:"The run:"`
	logFlags         `embed:"" group:"Output:"`
	jsonFlag         `embed:"" group:"Output:"`
}

// compareSplit says how big tables are cut for comparing.
type compareSplit struct {
	SplitTablesLargerThan string `aliases:"split-at" short:"L" placeholder:"SIZE" env:"PGCOPY_SPLIT_TABLES_LARGER_THAN,PGCOPYDB_SPLIT_TABLES_LARGER_THAN" help:"Compare tables larger than this in parts of that size, such as 10GB (also --split-at; default: never)."`
	cutFlags
}

// rowLimit is the optional value of --rows. Zero: not given.
type rowLimit int

const (
	defaultRows = 100
	maxRows     = 10_000
)

// IsBool tells kong that the value is optional.
func (r *rowLimit) IsBool() bool { return true }

// Decode reads --rows or --rows=N.
func (r *rowLimit) Decode(kctx *kong.DecodeContext) error {
	*r = defaultRows
	if kctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	n, err := number("it", kctx.Scan.Pop().String(), defaultRows, 1, maxRows)
	*r = rowLimit(n)
	return err
}

// comparisons do the work; a test puts something else in their place.
var comparisons = map[string]func(context.Context, steps.CompareOptions) (steps.CompareOutcome, error){
	"schema": steps.CompareSchema, "data": steps.CompareData,
}

// Run compares two schemas.
func (c *compareSchemaCmd) Run(a *app) error {
	c.orOverview(a, &c.dirFlag)
	o, err := c.options(a, &c.connectionFlags, &c.dirFlag)
	if err != nil {
		return err
	}
	o.NoOwner, o.NoACL, o.NoComments, o.NoTablespaces = bool(c.NoOwner), bool(c.NoACL), bool(c.NoComments), bool(c.NoTablespaces)
	o.SkipDBProperties, o.PgBinDir = bool(c.SkipDBProperties), c.PgBinDir
	if err := takeTablespaces(&o.Options, c.Tablespaces); err != nil {
		return err
	}
	return a.compareWide("schema", c.allDatabasesFlag, c.logFlags, o, bool(c.JSON), func(ctx context.Context, db *catalogdb.DB) error {
		if c.JSON {
			return printSchemaJSON(ctx, a.stdout, db)
		}
		return printSchemaReport(ctx, a.stdout, db)
	})
}

// Run compares the data of two databases.
func (c *compareDataCmd) Run(a *app) error {
	c.orOverview(a, &c.dirFlag)
	o, err := c.options(a, &c.connectionFlags, &c.dirFlag)
	if err != nil {
		return err
	}
	if o.TableJobs, err = number("--table-jobs", c.TableJobs, 4, 1, maxJobs); err != nil {
		return err
	}
	if s := strings.ToLower(c.SplitTablesLargerThan); s != "never" && s != "auto" { // the second is clone's, and may come from the environment
		if o.SplitTablesLargerThan, err = size("--split-tables-larger-than", s); err != nil {
			return err
		}
	}
	if o.SplitMaxParts, err = c.parts(o.SplitTablesLargerThan > 0); err != nil {
		return err
	}
	o.SkipSplitByCTID, o.EstimateTableSizes, o.Restart, o.Rows = bool(c.SkipSplitByCTID), bool(c.EstimateTableSizes), bool(c.Restart), int(c.Rows)
	o.SkipLargeObjects = bool(c.SkipLargeObjects)
	return a.compareWide("data", c.allDatabasesFlag, c.logFlags, o, bool(c.JSON), func(ctx context.Context, db *catalogdb.DB) error {
		if c.JSON {
			return printDataJSON(ctx, a.stdout, db, bool(c.All))
		}
		return printDataReport(ctx, a.stdout, db, bool(c.All))
	})
}

func (f *compareFlags) options(a *app, connections *connectionFlags, dir *dirFlag) (o steps.CompareOptions, err error) {
	if err := connections.fromDirectory(a, dir.path()); err != nil {
		return o, err
	}
	if err := connections.check(); err != nil {
		return o, err
	}
	o.Source, o.Target, o.Dir, o.Version, o.Command = connections.Source, connections.Target, dir.path(), Version(), commandLine(a.args)
	o.RetryFor = 10 * time.Minute
	if f.RetryFor != "" {
		o.RetryFor, err = duration("--retry-for", f.RetryFor)
	}
	return o, err
}

// fromDirectory takes what is not given from the clone of the work directory. Passwords are not kept there.
func (f *connectionFlags) fromDirectory(a *app, dir string) error {
	if f.Source != "" && f.Target != "" || !catalogdb.Exists(dir) {
		return nil
	}
	db, err := catalogdb.Look(a.ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	setup, bound, err := db.Setup(a.ctx)
	if err != nil || !bound {
		return err
	}
	f.Source, f.Target = cmp.Or(f.Source, setup.Source), cmp.Or(f.Target, setup.Target)
	return nil
}

// compareWide compares one database, or all of two servers.
func (a *app) compareWide(what string, wide allDatabasesFlag, f logFlags, o steps.CompareOptions, asJSON bool, print func(context.Context, *catalogdb.DB) error) error {
	if wide.AllDatabases {
		return a.compareAll(what, f, o, asJSON, print)
	}
	return a.compare(what, f, o, print)
}

// compare runs a comparison, shows how it goes, and prints what it found.
func (a *app) compare(what string, f logFlags, o steps.CompareOptions, print func(context.Context, *catalogdb.DB) error) error {
	view := &comparisonView{app: a, flags: f}
	var err error
	if o.Log, err = view.log(); err != nil {
		return err
	}
	begun := false
	o.OnReady = func(dir string) {
		begun = true
		view.watch(dir)
	}
	out, err := comparisons[what](a.ctx, o)
	view.stop()
	var printed error
	if begun {
		printed = showResults(context.WithoutCancel(a.ctx), out.Dir, print)
	}
	return a.verdict(what, out, errors.Join(err, printed))
}

func showResults(ctx context.Context, dir string, print func(context.Context, *catalogdb.DB) error) error {
	db, err := catalogdb.OpenReadOnly(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	return print(ctx, db)
}

// comparisonView is the log and the progress display of a comparison.
type comparisonView struct {
	*app
	flags   logFlags
	logger  *slog.Logger
	live    *screen
	watcher *watcher
	unnote  func() bool
}

func (v *comparisonView) log() (log *slog.Logger, err error) {
	size, onTerminal := terminal(v.stderr)
	if onTerminal && !v.flags.json() && !bool(v.flags.Quiet) {
		v.live = &screen{w: v.stderr, size: size}
		log, err = v.flags.logger(v.live, wantsColor())
	} else {
		log, err = v.flags.logger(v.stderr, onTerminal && wantsColor())
	}
	if err != nil {
		return nil, err
	}
	if v.flags.json() {
		v.logErr = func(message, hint string) { log.Error(message, "hint", hint) }
	}
	v.logger = log
	v.unnote = context.AfterFunc(v.ctx, func() { log.Warn(context.Cause(v.ctx).Error() + ": stopping; once more ends pgcopy at once") })
	return log, nil
}

func (v *comparisonView) watch(dir string) {
	switch {
	case v.live != nil:
		v.watcher = watch(v.ctx, dir, &display{screen: v.live, colored: wantsColor(), unicode: wantsUnicode(), now: time.Now}, screenPause)
	case !bool(v.flags.Quiet):
		v.watcher = watch(v.ctx, dir, newReporter(v.logger, time.Now), logPause)
	}
}

func (v *comparisonView) stop() {
	v.watcher.stop()
	v.unnote()
}

// comparisonError is a comparison that is no pass.
type comparisonError struct {
	status    int
	msg, hint string
	err       error
}

func (e *comparisonError) Error() string { return e.msg }
func (e *comparisonError) Unwrap() error { return e.err }

// verdict turns what a comparison found into the error that makes the exit status. What could not be verified outweighs what differs: the
// status for differences says that all was compared.
func (a *app) verdict(what string, out steps.CompareOutcome, err error) error {
	again := "what was found equal is kept; to go on: run the same command again"
	if what == "schema" {
		again = "run the same command again"
	}
	things := map[string][2]string{"schema": {"object", "objects"}, "data": {"table", "tables"}}[what]
	var usage *usageError
	switch {
	case errors.As(err, &usage):
		return err
	case err != nil && a.ctx.Err() != nil && isInterruption(a.ctx, err):
		return &comparisonError{ExitInterrupted, context.Cause(a.ctx).Error(), again, err}
	case err != nil && !errors.Is(err, workflow.ErrFailed):
		message, hint := explain(err)
		return &comparisonError{ExitUnverified, "compare " + what + ": " + message, hint, err}
	case out.Unverified > 0 || err != nil:
		msg := "the comparison is not complete"
		if what == "data" && out.Unverified > 0 {
			msg = plural(out.Unverified, "table", "tables") + " could not be compared"
		}
		if out.Differences > 0 {
			msg += ", and " + plural(out.Differences, things[0]+" differs", things[1]+" differ")
		}
		return &comparisonError{ExitUnverified, msg, strings.Replace(again, "to go on", "to go on when the cause is removed", 1), err}
	case out.Differences > 0:
		return &comparisonError{ExitDifferences, fmt.Sprintf("the databases differ: %s", plural(out.Differences, things[0], things[1])), "", nil}
	}
	return nil
}
