package steps

import (
	"context"
	"slices"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/workflow"
)

// rowsComeFirst refuses to copy rows into tables on which an earlier command of this directory has made what rows must not meet: triggers would
// fire for the copy and change it without a word, foreign keys would refuse tables that come before those they refer to, and a materialized view that
// is populated already would stay as it is. Rows that are copied, all of them, are nothing to refuse: the command finds nothing to do.
func (e *Env) rowsComeFirst(ctx context.Context, w Workflow) error {
	if !slices.ContainsFunc(w.Steps, func(s workflow.Step) bool { return s.Name() == "copy-table" }) {
		return nil
	}
	kind, name, err := e.Catalog.InTheWayOfRows(ctx)
	if err != nil || kind == "" {
		return err
	}
	return &pgdb.UserError{Msg: "the rows have to come before " + kind + " " + name + ", which an earlier command of " + e.Opts.Dir + " has made on the target",
		Hint: "empty the target, and begin anew with --restart: restore pre-data, then " + w.Name + ", then restore post-data; or clone, which does all of it"}
}
