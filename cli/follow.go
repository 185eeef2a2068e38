package cli

import (
	"context"
	"log/slog"
	"time"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/steps"
)

// followFlags say how changes are followed.
type followFlags struct {
	Plugin      string `short:"p" placeholder:"PLUGIN" env:"PGCOPY_OUTPUT_PLUGIN,PGCOPYDB_OUTPUT_PLUGIN" help:"Logical decoding plugin: pgoutput (default), test_decoding or wal2json."`
	Numeric     toggle `name:"wal2json-numeric-as-string" short:"w" env:"PGCOPY_WAL2JSON_NUMERIC_AS_STRING,PGCOPYDB_WAL2JSON_NUMERIC_AS_STRING" help:"With wal2json 2.6 and newer: have numbers sent as strings, so that NaN and infinities are not lost."`
	SlotName    string `short:"s" placeholder:"NAME" help:"Replication slot to make on the source (default pgcopy)."`
	Publication string `placeholder:"NAME" help:"Publication that is there already (default: one is made, named like the slot, and removed by stream cleanup)."`
	Origin      string `short:"o" placeholder:"NAME" help:"Replication origin to make on the target (default pgcopy)."`
	EndPos      string `name:"endpos" short:"E" placeholder:"LSN" help:"Stop when everything that committed at or before this position is applied (default: when the sentinel says)."`
}

func (f *followFlags) apply(o *steps.Options) (err error) {
	switch f.Plugin {
	case "", "pgoutput", "test_decoding", "wal2json":
	default:
		return usagef("--plugin must be pgoutput, test_decoding or wal2json, not %s", f.Plugin)
	}
	if f.Publication != "" && f.Plugin != "" && f.Plugin != "pgoutput" {
		return usagef("--publication goes with --plugin pgoutput only")
	}
	if bool(f.Numeric) && f.Plugin != "wal2json" {
		return usagef("--wal2json-numeric-as-string goes with --plugin wal2json only")
	}
	o.NumericAsString = bool(f.Numeric)
	o.Plugin, o.SlotName, o.Publication, o.Origin = f.Plugin, f.SlotName, f.Publication, f.Origin
	if f.EndPos != "" {
		if o.EndPos, err = pgschema.ParseLSN(f.EndPos); err != nil {
			return usagef("--endpos: %v", err)
		}
	}
	return nil
}

// streamFlags are what every command that follows without a copy takes.
type streamFlags struct {
	resumeConnection `embed:"" group:"Databases:"`
	dirFlag          `embed:"" group:"Databases:"`
	followFlags      `embed:"" group:"Following:"`
	RetryFor         string `placeholder:"TIME" default:"10m" env:"PGCOPY_RETRY_FOR" group:"The run:" help:"How long to try again after a lost connection and its like (default ${default})."`
	logFlags         `embed:"" group:"Output:"`
	jsonFlag         `embed:"" group:"Output:"`
}

func (f *streamFlags) options(a *app) (o steps.Options, err error) {
	o = steps.Options{Source: f.Source, Target: f.Target, Dir: f.path(), Version: Version(), Command: commandLine(a.args),
		TableJobs: 1, IndexJobs: 1, RestoreJobs: 1, LargeObjectsJobs: 1, RetryFor: 10 * time.Minute, Follow: true}
	if err = f.followFlags.apply(&o); err != nil {
		return o, err
	}
	if f.RetryFor != "" {
		if o.RetryFor, err = duration("--retry-for", f.RetryFor); err != nil {
			return o, err
		}
	}
	o.HolderCommand, err = holderCommand()
	return o, err
}

// stream does the work; a test puts something else in its place.
var stream = func(ctx context.Context, o steps.Options, name string) error {
	_, err := steps.Stream(ctx, o, name)
	return err
}

func (f *streamFlags) run(a *app, name string) error {
	o, err := f.options(a)
	if err != nil {
		return err
	}
	return a.supervise(o.Dir, f.logFlags, bool(f.JSON), func(log *slog.Logger, ready func(dir string)) error {
		o.Log, o.OnReady = log, ready
		return stream(a.ctx, o, name)
	})
}

type followCmd struct{ streamFlags }

// Run receives and applies changes.
func (c *followCmd) Run(a *app) error { return c.run(a, "follow") }
