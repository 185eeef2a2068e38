package cli

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/steps"
)

type streamCmd struct {
	Setup    streamSetupCmd   `cmd:"" help:"Make the replication slot, the publication and the origin."`
	Receive  streamReceiveCmd `cmd:"" help:"Receive changes into the spool until endpos."`
	Prefetch streamReceiveCmd `cmd:"" help:"The same as receive."`
	Apply    streamApplyCmd   `cmd:"" help:"Apply the changes that the spool holds, until endpos."`
	Catchup  streamApplyCmd   `cmd:"" help:"The same as apply."`
	Replay   streamReplayCmd  `cmd:"" help:"Receive and apply changes until endpos."`
	Prune    streamPruneCmd   `cmd:"" help:"Remove the files of the spool that are applied."`
	Cleanup  streamCleanupCmd `cmd:"" help:"Remove slot, publication and origin from both sides."`
	Sentinel sentinelCmd      `cmd:"" help:"Show and set the positions that steer receiving and applying."`
}

type streamSetupCmd struct{ streamFlags }

// Run makes what following needs on both sides.
func (c *streamSetupCmd) Run(a *app) error {
	o, err := c.options(a)
	if err != nil {
		return err
	}
	if o.Log, err = c.logger(a.stderr, false); err != nil {
		return err
	}
	return steps.StreamSetup(a.ctx, o)
}

type streamReceiveCmd struct{ streamFlags }

// Run receives.
func (c *streamReceiveCmd) Run(a *app) error { return c.run(a, "stream receive") }

type streamApplyCmd struct{ streamFlags }

// Run applies.
func (c *streamApplyCmd) Run(a *app) error { return c.run(a, "stream apply") }

type streamReplayCmd struct{ streamFlags }

// Run does both.
func (c *streamReplayCmd) Run(a *app) error { return c.run(a, "stream replay") }

type streamPruneCmd struct {
	streamFlags
	DryRun toggle `help:"Only name the files."`
}

// Run removes applied files.
func (c *streamPruneCmd) Run(a *app) error {
	o, err := c.options(a)
	if err != nil {
		return err
	}
	if o.Log, err = c.logger(a.stderr, false); err != nil {
		return err
	}
	files, err := steps.Prune(a.ctx, o, bool(c.DryRun))
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(a.stdout).Encode(map[string]any{"files": append([]string{}, files...), "removed": !bool(c.DryRun)})
	}
	for _, f := range files {
		fmt.Fprintln(a.stdout, f)
	}
	return nil
}

type streamCleanupCmd struct{ streamFlags }

// Run removes what following has made.
func (c *streamCleanupCmd) Run(a *app) error {
	o, err := c.options(a)
	if err != nil {
		return err
	}
	if o.Log, err = c.logger(a.stderr, false); err != nil {
		return err
	}
	return steps.Cleanup(a.ctx, o)
}

type sentinelCmd struct {
	Setup sentinelSetupCmd `cmd:"" help:"Set startpos and endpos."`
	Get   sentinelGetCmd   `cmd:"" help:"Show the sentinel."`
	Set   sentinelSetCmd   `cmd:"" help:"Set one of: startpos, endpos, apply, prefetch."`
}

// control opens the catalog for the small writes that steer a run from another terminal.
func (a *app) control(dir string, fn func(db *catalogdb.DB) error) error {
	db, err := catalogdb.OpenForControl(a.ctx, dir)
	if err != nil {
		return &pgdb.UserError{Msg: err.Error(), Hint: "name the work directory of the run with --dir", Err: err}
	}
	defer func() { _ = db.Close() }()
	return fn(db)
}

func position(what, text string) (pgschema.LSN, error) {
	at, err := pgschema.ParseLSN(text)
	if err != nil {
		return 0, usagef("%s: %v", what, err)
	}
	return at, nil
}

type sentinelSetupCmd struct {
	dirFlag
	Start string `arg:"" help:"Position from which changes are applied."`
	End   string `arg:"" help:"Position up to which changes are applied."`
}

// Run sets both positions.
func (c *sentinelSetupCmd) Run(a *app) error {
	start, err := position("startpos", c.Start)
	if err != nil {
		return err
	}
	end, err := position("endpos", c.End)
	if err != nil {
		return err
	}
	return a.control(c.path(), func(db *catalogdb.DB) error {
		if err := setStartPos(a, db, start); err != nil {
			return err
		}
		return db.SetSentinel(a.ctx, catalogdb.EndPos, end)
	})
}

type sentinelGetCmd struct {
	dirFlag
	jsonFlag
}

// Run shows the sentinel.
func (c *sentinelGetCmd) Run(a *app) error {
	db, err := catalogdb.Look(a.ctx, c.path())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	s, err := db.Sentinel(a.ctx)
	if err != nil {
		return err
	}
	f, err := db.Follow(a.ctx)
	if err != nil {
		return err
	}
	if f != nil { // of the task as well, not only what apply itself says
		s.WaitsFor = f.WaitsFor
	}
	if c.JSON {
		return json.NewEncoder(a.stdout).Encode(sentinelJSON(s))
	}
	for _, row := range []struct {
		name  string
		value any
	}{{"startpos", s.StartPos}, {"endpos", s.EndPos}, {"prefetch", s.Prefetch}, {"apply", s.Apply}, {"write_lsn", s.Write}, {"flush_lsn", s.Flush},
		{"replay_lsn", s.Replay}, {"source_lsn", s.Source}, {"waits_for", s.WaitsFor}} {
		fmt.Fprintf(a.stdout, "%-11s %v\n", row.name, row.value)
	}
	return nil
}

func sentinelJSON(s catalogdb.Sentinel) map[string]any {
	return map[string]any{"startpos": s.StartPos.String(), "endpos": s.EndPos.String(), "prefetch": s.Prefetch, "apply": s.Apply,
		"write_lsn": s.Write.String(), "flush_lsn": s.Flush.String(), "replay_lsn": s.Replay.String(), "source_lsn": s.Source.String(),
		"replayed_at": s.Replayed, "waits_for": s.WaitsFor}
}

type sentinelSetCmd struct {
	StartPos sentinelPosCmd   `cmd:"" name:"startpos" help:"Say up to where the target has everything already, before anything is applied: changes up to there are skipped."`
	EndPos   sentinelEndCmd   `cmd:"" name:"endpos" help:"Set the position at which following ends."`
	Apply    sentinelApplyCmd `cmd:"" help:"Allow applying."`
	Prefetch sentinelFetchCmd `cmd:"" help:"Do not apply for now: only receive."`
}

type sentinelPosCmd struct {
	dirFlag
	LSN string `arg:"" help:"Position."`
}

// Run sets startpos.
func (c *sentinelPosCmd) Run(a *app) error {
	at, err := position("startpos", c.LSN)
	if err != nil {
		return err
	}
	return a.control(c.path(), func(db *catalogdb.DB) error { return setStartPos(a, db, at) })
}

func setStartPos(a *app, db *catalogdb.DB, at pgschema.LSN) error {
	err := db.SetStartPos(a.ctx, at)
	var refused *catalogdb.StartPosError
	if errors.As(err, &refused) {
		return &pgdb.UserError{Msg: err.Error(), Hint: refused.Hint, Err: err}
	}
	return err
}

type sentinelEndCmd struct {
	dirFlag
	Source  string `short:"S" placeholder:"URI" env:"PGCOPY_SOURCE_PGURI,PGCOPYDB_SOURCE_PGURI" help:"With --current: the source (default: what the catalog knows)."`
	Current toggle `help:"The position that the source has flushed by now."`
	LSN     string `arg:"" optional:"" help:"Position."`
}

// Run sets endpos.
func (c *sentinelEndCmd) Run(a *app) error {
	if bool(c.Current) == (c.LSN != "") {
		return usagef("give a position, or --current for that of the source")
	}
	return a.control(c.path(), func(db *catalogdb.DB) (err error) {
		var at pgschema.LSN
		if c.LSN != "" {
			at, err = position("endpos", c.LSN)
		} else {
			at, err = c.current(a, db)
		}
		if err != nil {
			return err
		}
		if err := db.SetSentinel(a.ctx, catalogdb.EndPos, at); err != nil {
			return err
		}
		fmt.Fprintln(a.stdout, at)
		return nil
	})
}

func (c *sentinelEndCmd) current(a *app, db *catalogdb.DB) (pgschema.LSN, error) {
	source := c.Source
	if source == "" {
		setup, _, err := db.Setup(a.ctx)
		if err != nil {
			return 0, err
		}
		source = setup.Source
	}
	return steps.SourceLSN(a.ctx, steps.Options{Source: source})
}

type sentinelApplyCmd struct{ dirFlag }

// Run allows applying.
func (c *sentinelApplyCmd) Run(a *app) error {
	return a.control(c.path(), func(db *catalogdb.DB) error { return db.SetSentinel(a.ctx, catalogdb.ApplyOn, 1) })
}

type sentinelFetchCmd struct{ dirFlag }

// Run holds applying.
func (c *sentinelFetchCmd) Run(a *app) error {
	return a.control(c.path(), func(db *catalogdb.DB) error { return db.SetSentinel(a.ctx, catalogdb.ApplyOn, 0) })
}
