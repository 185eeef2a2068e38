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
	any := false
	err := a.eachCatalog(c.path(), func(database string, db *catalogdb.DB) error {
		first := true
		return db.Failures(a.ctx, func(f catalogdb.Failure) error {
			any = true
			switch {
			case bool(c.JSON) && database != "":
				return printJSONLine(a.stdout, struct {
					Database string `json:"database"`
					catalogdb.Failure
				}{database, f})
			case bool(c.JSON):
				return printJSONLine(a.stdout, f)
			case first && database != "":
				fmt.Fprintf(a.stdout, "database %s\n", clean(database))
			}
			first = false
			return printFailure(a.stdout, f)
		})
	})
	if err == nil && !any && !bool(c.JSON) {
		_, err = fmt.Fprintln(a.stdout, "nothing has failed")
	}
	return err
}
