package cli

import (
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/steps"
)

type snapshotCmd struct {
	Source string `short:"S" placeholder:"URI" env:"PGCOPY_SOURCE_PGURI,PGCOPYDB_SOURCE_PGURI" help:"Database whose snapshot is exported."`
	dirFlag
	SlotName string `short:"s" placeholder:"NAME" help:"Make this logical replication slot and hold the snapshot that fits it: the copy then ends where the slot's changes begin."`
	Plugin   string `short:"p" placeholder:"PLUGIN" default:"pgoutput" enum:"pgoutput,test_decoding,wal2json" help:"Output plugin of the slot (default ${default})."`
	Grace    string `placeholder:"TIME" default:"1h" env:"PGCOPY_SNAPSHOT_GRACE" help:"How long to go on while nobody works in the directory (default ${default})."`
	Stop     toggle `help:"End the snapshot that is held for the directory."`
	Report   toggle `hidden:"" help:"Print the name, or what went wrong, as a line of JSON for the process that waits for it."`
	logFlags
}

// Run exports a snapshot, prints its name, and holds it until it is not wanted any more.
func (c *snapshotCmd) Run(a *app) error {
	if c.Stop {
		return c.stop(a)
	}
	if err := connection("--source", c.Source, sourceEnvs...); err != nil {
		return err
	}
	o := steps.HoldOptions{Source: c.Source, Dir: c.path(), Grace: time.Hour, Slot: c.SlotName, Plugin: c.Plugin}
	var err error
	if c.Grace != "" {
		if o.Grace, err = duration("--grace", c.Grace); err != nil {
			return err
		}
	}
	if o.Log, err = c.logger(a.stderr, false); err != nil {
		return err
	}
	if c.Report {
		o.Parent = os.Stdin
	}
	return c.hold(a, o)
}

func (c *snapshotCmd) stop(a *app) error {
	log, err := c.logger(a.stderr, false)
	if err != nil {
		return err
	}
	ended, err := steps.StopSnapshot(a.ctx, c.path())
	switch {
	case err != nil:
		return err
	case ended:
		log.Info("the snapshot is ended", "dir", c.path())
	default:
		log.Info("no snapshot is held: there is nothing to end", "dir", c.path())
	}
	return nil
}

func (c *snapshotCmd) hold(a *app, o steps.HoldOptions) error {
	told := false
	err := steps.HoldSnapshot(a.ctx, o, func(name string, slotAt pgschema.LSN) error {
		told = true
		line := name
		if c.Report {
			line = steps.ReportSnapshot(name, slotAt, nil)
		} else {
			o.Log.Info("the snapshot is held until nobody has worked in the directory for the grace time",
				slog.String("grace", seconds(o.Grace.Seconds())), slog.String("dir", o.Dir), slog.String("to_end_it", "pgcopy snapshot --stop --dir "+o.Dir))
		}
		_, err := fmt.Fprintln(a.stdout, line)
		return err
	})
	if err != nil && bool(c.Report) && !told {
		fmt.Fprintln(a.stdout, steps.ReportSnapshot("", 0, err))
	}
	return err
}
