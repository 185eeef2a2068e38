package steps

import (
	"errors"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/workflow"
)

// judge tells the engine what an error of a step means. An ambiguous commit counts as transient: the next attempt asks the target
// what became of the transaction before it does anything.
func judge(err error) workflow.Judgement {
	j := workflow.Judgement{}
	j.Message, j.Hint = pgdb.Explain(err)
	if errors.Is(err, pgsource.ErrSnapshotGone) || errors.Is(err, catalogdb.ErrCannotStore) || errors.Is(err, errNobodyApplies) || errors.Is(err, errNobodyReceives) {
		j.Fatal = true // every other task would meet the same
		return j
	}
	switch pgdb.ClassOf(err) {
	case pgdb.Transient, pgdb.Ambiguous:
		j.Transient = true
	}
	j.Transient = j.Transient || errors.Is(err, errRedo) || errors.Is(err, errOtherViews)
	var te *pgdb.ToolError
	if errors.As(err, &te) && te.Transient {
		j.Transient = true
	}
	return j
}
