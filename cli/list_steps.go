package cli

import (
	"fmt"

	"github.com/pgcopy/pgcopy/catalogdb"
)

type listStepsCmd struct {
	dirFlag
	jsonFlag
}

// Run prints what each step took.
func (c *listStepsCmd) Run(a *app) error {
	db, err := catalogdb.Look(a.ctx, c.path())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	s, err := db.Summary(a.ctx, 0)
	switch {
	case err != nil:
		return err
	case bool(c.JSON):
		return printJSON(a.stdout, s.Steps)
	case len(s.Steps) == 0:
		_, err = fmt.Fprintln(a.stdout, "nothing is planned yet")
		return err
	}
	return printSteps(a.stdout, s.Steps)
}
