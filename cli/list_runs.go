package cli

import (
	"strconv"

	"github.com/pgcopy/pgcopy/catalogdb"
)

type listRunsCmd struct {
	dirFlag
	jsonFlag
}

// Run prints each attempt: when, from where, and how it ended.
func (c *listRunsCmd) Run(a *app) error {
	db, err := catalogdb.Look(a.ctx, c.path())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	runs, err := db.Runs(a.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		if runs == nil {
			runs = []catalogdb.Run{}
		}
		return printJSON(a.stdout, runs)
	}
	rows := make([][]string, 0, len(runs))
	for _, r := range runs {
		rows = append(rows, []string{strconv.FormatInt(r.ID, 10), clock(r.StartedAt), clock(r.EndedAt), r.Outcome, r.Workflow, r.Host,
			strconv.Itoa(r.PID), r.Version, r.Command, r.Note})
	}
	if err := printTable(a.stdout, []column{right("RUN"), left("BEGAN"), left("ENDED"), left("OUTCOME"), left("WORKFLOW"), left("HOST"), right("PID"),
		left("VERSION"), left("COMMAND"), left("NOTE")}, rows); err != nil || len(runs) == 0 {
		return err
	}
	setup, bound, err := db.Setup(a.ctx)
	if err != nil || !bound || setup.Consistent {
		return err
	}
	return printInconsistent(a.stdout)
}
