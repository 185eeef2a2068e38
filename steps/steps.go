package steps

import (
	"github.com/pgcopy/pgcopy/workflow"
)

// Workflow is a list of steps under a name. Its openings are the steps that run before anything is planned, each after the one before.
type Workflow struct {
	Name       string
	Number     uint32 // tells the plans of different workflows in one directory apart; never changes once released
	NoSnapshot bool   // reads nothing that has to be one picture
	Command    bool   // a part of a clone: the snapshot stays for the parts that follow
	Again      bool   // may be run again after it is done, and then plans anew
	Openings   []workflow.Step
	Steps      []workflow.Step // without the openings
}

// all is every step in the order that people see.
func (w Workflow) all() []workflow.Step {
	return append(append([]workflow.Step{}, w.Openings...), w.Steps...)
}

// cloneWorkflow copies a whole database.
func cloneWorkflow(e *Env) Workflow {
	w := Workflow{Name: "clone", Steps: []workflow.Step{
		newDropExisting(e),
		newRestorePreData(e),
		newMilestones(e),
		newTruncateTable(e),
		newCopyPart(e),
		newCopyTable(e),
		newCopyLargeObjects(e),
		newCopyExtensionData(e),
		newReleaseSnapshot(e),
		newSetSequences(e),
		newCreateIndex(e),
		newAddConstraint(e),
		newAlterIndex(e),
		newCompleteTable(e),
	}}
	if len(e.Opts.Requirements) > 0 { // in the versions required, before the archive's own CREATE EXTENSION IF NOT EXISTS
		w.Steps = append([]workflow.Step{newCreateExtensions(e)}, w.Steps...)
	}
	if e.Opts.Roles {
		w.Steps = append([]workflow.Step{newDumpRoles(e), newRestoreRoles(e)}, w.Steps...)
	}
	if e.Opts.caresForTables() {
		w.Steps = append(w.Steps, newVacuumTable(e).besideForeignKeys())
	}
	w.Steps = append(w.Steps,
		newAddForeignKey(e),
		newValidateForeignKey(e),
		newRestorePostData(e),
		newRefreshMaterializedView(e),
		newSetDatabaseProperties(e),
		newCheckUnlogged(e),
	)
	if e.Opts.Follow {
		w.Steps = append(w.Steps, followSteps(e)...)
	}
	w.Openings = []workflow.Step{newLoadSource(e), newDumpSchema(e), newPlan(e, func() []workflow.Step { return w.Steps })}
	return w
}

// followSteps receive what the source changes from the snapshot on, apply it once the copy is complete, and set the sequences at the end.
func followSteps(e *Env) []workflow.Step {
	return []workflow.Step{newReceiveChanges(e), newAllowApply(e), newApplyChanges(e), newCheckFollowed(e), newSyncSequences(e), newSyncLargeObjects(e)}
}
