package cli

import (
	"fmt"

	"github.com/pgcopy/pgcopy/catalogdb"
)

type listFailuresCmd struct {
	dirFlag
	JSON toggle `name:"json" help:"Print JSON, one line a task."`
}

// Run prints each task that failed, and each that was skipped because of one, as they come: there may be many.
func (c *listFailuresCmd) Run(a *app) error {
	db, err := catalogdb.Look(a.ctx, c.path())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	any := false
	err = db.Failures(a.ctx, func(f catalogdb.Failure) error {
		any = true
		if c.JSON {
			return printJSONLine(a.stdout, f)
		}
		return printFailure(a.stdout, f)
	})
	if err == nil && !any && !bool(c.JSON) {
		_, err = fmt.Fprintln(a.stdout, "nothing has failed")
	}
	return err
}
