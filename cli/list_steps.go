package cli

import (
	"errors"
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
	if err := printSteps(a.stdout, s.Steps); err != nil {
		return err
	}
	for _, d := range s.Databases {
		if err := c.ofDatabase(a, d); err != nil {
			return err
		}
	}
	return nil
}

// ofDatabase prints the steps of one database of an overview.
func (c *listStepsCmd) ofDatabase(a *app, d catalogdb.DatabaseProgress) error {
	db, err := catalogdb.Look(a.ctx, d.Dir)
	if errors.Is(err, catalogdb.ErrNoCatalog) {
		return nil // its turn has not come
	} else if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	s, err := db.Summary(a.ctx, 0)
	if err != nil || len(s.Steps) == 0 {
		return err
	}
	if _, err := fmt.Fprintf(a.stdout, "\ndatabase %s\n", clean(d.Database)); err != nil {
		return err
	}
	return printSteps(a.stdout, s.Steps)
}
