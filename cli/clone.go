package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/steps"
	"github.com/pgcopy/pgcopy/workflow"
)

type cloneCmd struct {
	connectionFlags `embed:"" group:"Databases:"`
	dirFlag         `embed:"" group:"Databases:"`

	allDatabasesFlag `embed:"" group:"Databases:"`
	jobFlags         `embed:"" group:"How many at once:"`
	splitFlags       `embed:"" group:"Big tables:"`
	formatFlag       `embed:"" group:"How rows travel:"`
	contentFlags     `embed:"" group:"What is copied:"`
	runFlags         `embed:"" group:"The run:"`
	followFlags      `embed:"" group:"Following:"`
	Follow           toggle `short:"f" group:"Following:" help:"Receive the changes made meanwhile and apply them after the copy, until endpos."`
	logFlags         `embed:"" group:"Output:"`
	jsonFlag         `embed:"" group:"Output:"`
}

// clone does the work; a test puts something else in its place.
var clone = func(ctx context.Context, o steps.Options) error {
	_, err := steps.Clone(ctx, o)
	return err
}

// Run clones the source to the target.
func (c *cloneCmd) Run(a *app) error {
	o, err := c.options()
	if err != nil {
		return err
	}
	o.Command = commandLine(a.args)
	return a.supervise(o.Dir, c.logFlags, bool(c.JSON), func(log *slog.Logger, ready func(dir string)) error {
		o.Log, o.OnReady = log, ready
		if c.Resume {
			o.Whole = true
			return resume(a.ctx, o)
		}
		return clone(a.ctx, o)
	})
}

// options checks every flag and turns them into what package steps understands.
func (c *cloneCmd) options() (o steps.Options, err error) {
	if err = c.connectionFlags.check(); err != nil {
		return o, err
	}
	return c.wishes()
}

// wishes are the options without the two databases, which a directory in use knows.
func (c *cloneCmd) wishes() (o steps.Options, err error) {
	if err = c.runFlags.check(); err != nil {
		return o, err
	}
	o = steps.Options{Source: c.Source, Target: c.Target, Dir: c.path(), Version: Version(),
		Roles: bool(c.Roles), NoRolePasswords: bool(c.NoRolePasswords),
		DropIfExists: bool(c.DropIfExists), NoOwner: bool(c.NoOwner), NoACL: bool(c.NoACL), NoComments: bool(c.NoComments),
		NoTablespaces: bool(c.NoTablespaces), SkipLargeObjects: bool(c.SkipLargeObjects), SkipExtensions: bool(c.SkipExtensions),
		SkipExtComments: bool(c.SkipExtComments), SkipCollations: bool(c.SkipCollations),
		SkipDBProperties: bool(c.SkipDBProperties), FailFast: bool(c.FailFast), Restart: bool(c.Restart), PgBinDir: c.PgBinDir,
		Snapshot: c.Snapshot, NotConsistent: bool(c.NotConsistent)}
	c.filterFlag.apply(&o)
	if err := takeTablespaces(&o, c.Tablespaces); err != nil {
		return o, err
	}
	if err := c.careFlags(&o); err != nil {
		return o, err
	}
	if c.Requirements != "" {
		if c.SkipExtensions {
			return o, usagef("--requirements says which extensions to install, and --skip-extensions to install none: give one of them")
		}
		if o.Requirements, err = steps.ReadRequirements(c.Requirements); err != nil {
			return o, err
		}
	}
	o.Follow = bool(c.Follow)
	if err := c.followFlags.apply(&o); err != nil {
		return o, err
	}
	if err := c.widen(&o); err != nil {
		return o, err
	}
	if o.HolderCommand, err = holderCommand(); err != nil {
		return o, err
	}
	j, err := c.jobFlags.numbers()
	if err != nil {
		return o, err
	}
	o.TableJobs, o.IndexJobs, o.RestoreJobs, o.LargeObjectsJobs = j.table, j.index, j.restore, j.largeObjects
	if err = c.splitFlags.apply(&o); err != nil {
		return o, err
	}
	if o.CopyFormat, err = c.wish(); err != nil {
		return o, err
	}
	if c.RetryFor != "" {
		o.RetryFor, err = duration("--retry-for", c.RetryFor)
	} else {
		o.RetryFor = 10 * time.Minute
	}
	return o, err
}

// holderCommand is how this program is started to hold a snapshot.
func holderCommand() ([]string, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find the program itself, to hold the snapshot: %w", err)
	}
	return []string{self, "snapshot"}, nil
}

// supervise runs work and shows how it goes: a live display on a terminal, lines in the log elsewhere, and a summary at the end.
func (a *app) supervise(dir string, f logFlags, json bool, work func(log *slog.Logger, ready func(dir string)) error) error {
	var live *screen
	logTo := a.stderr
	size, onTerminal := terminal(a.stderr)
	if onTerminal && !f.json() && !bool(f.Quiet) {
		live = &screen{w: a.stderr, size: size}
		logTo = live
	}
	log, err := f.logger(logTo, onTerminal && wantsColor())
	if err != nil {
		return err
	}
	if f.json() {
		a.logErr = func(message, hint string) { log.Error(message, "hint", hint) }
	}
	stopNote := context.AfterFunc(a.ctx, func() { log.Warn(context.Cause(a.ctx).Error() + ": stopping; once more ends pgcopy at once") })
	defer stopNote()

	var w *watcher
	begun := false
	err = work(log, func(dir string) {
		begun = true
		switch {
		case live != nil:
			w = watch(a.ctx, dir, &display{screen: live, colored: wantsColor(), unicode: wantsUnicode(), now: time.Now}, screenPause)
		case !bool(f.Quiet):
			w = watch(a.ctx, dir, newReporter(log, time.Now), logPause)
		}
	})
	w.stop()
	if !begun {
		return err
	}
	if json || !bool(f.Quiet) {
		if shown := a.summarize(dir, json); shown != nil {
			err = errors.Join(err, fmt.Errorf("summary: %w", shown))
		}
	}
	return a.howToGoOn(dir, err)
}

// howToGoOn says what is to be done after a run that did not finish. Errors that name a remedy already keep theirs.
func (a *app) howToGoOn(dir string, err error) error {
	resume := resumeCommand(dir)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, workflow.ErrFailed):
		message, hint := a.failed(dir)
		if !strings.Contains(hint, "pgcopy resume") { // some say so themselves
			hint += resume
		}
		return &pgdb.UserError{Msg: message, Hint: strings.TrimSuffix(hint, "; then: "), Err: err}
	case errors.Is(err, catalogdb.ErrCannotStore):
		return &pgdb.UserError{Msg: fmt.Sprintf("progress could not be recorded in %s: %s", dir, cause(err)), Err: err,
			Hint: "make room for the directory, or allow this user to write it, then: " + resume}
	case a.ctx.Err() != nil && isInterruption(a.ctx, err):
		return &pgdb.UserError{Msg: context.Cause(a.ctx).Error(), Hint: "what was done is recorded; go on with: " + resume, Err: err}
	}
	if message, hint := explain(err); hint == "" {
		return &pgdb.UserError{Msg: message, Hint: "what was done is recorded; when the cause is fixed: " + resume, Err: err}
	}
	return err
}

// cause is the part of a chain of errors behind the catalog's own words.
func cause(err error) string {
	text := err.Error()
	if i := strings.Index(text, catalogdb.ErrCannotStore.Error()); i >= 0 {
		text = text[i:]
	}
	line, _, _ := strings.Cut(text, "\n") // what came after it is of the same kind
	return line
}

// resumeCommand is what goes on where a run has ended.
func resumeCommand(dir string) string { return "pgcopy resume --dir " + shellWord(dir) }

// failed says what failed: the one thing that did, or how many. The hint ends where the command that goes on is to follow.
func (a *app) failed(dir string) (message, hint string) {
	hint = "fix the cause, then: "
	p, err := progressOf(context.WithoutCancel(a.ctx), dir)
	if err != nil || p.Overall == nil {
		return workflow.ErrFailed.Error(), hint
	}
	if p.Overall.Failed == 1 && len(p.Failures) == 1 {
		if f := p.Failures[0]; f.Hint != "" {
			return f.Error, strings.TrimSuffix(f.Hint, ".") + "; then: "
		}
		return p.Failures[0].Error, hint
	}
	if p.Overall.Failed == 0 {
		return plural(p.Overall.Total-p.Overall.Done, "task is", "tasks are") + " not done: they wait for what other commands of this directory do",
			"see which (pgcopy list steps --dir " + shellWord(dir) + "); to go on with this one: "
	}
	message = plural(p.Overall.Failed, "task", "tasks") + " failed"
	if n := p.Overall.Skipped; n > 0 {
		message += ", and " + plural(n, "task that needs", "tasks that need") + " them could not be done"
	}
	return message, "fix the causes (pgcopy list failures --dir " + shellWord(dir) + "), then: "
}

// summarize prints what was done, from the catalog.
func (a *app) summarize(dir string, json bool) error {
	ctx := context.WithoutCancel(a.ctx)
	db, err := catalogdb.Look(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	s, err := db.Summary(ctx, summaryTables)
	if err != nil {
		return err
	}
	if json {
		return printJSON(a.stdout, s)
	}
	return printSummary(a.stdout, s)
}
