package steps

import (
	"context"
	"errors"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/workflow"
)

// Commands are the workflows that do a part of a clone. They are lists of the same steps; several of them in one work directory, in any
// sensible order, come to what a clone does. What an earlier one has done is not done again.
func commandWorkflows() []func(*Env) Workflow {
	return []func(*Env) Workflow{
		command("copy schema", 10, preData, postData),
		command("copy data", 11, tableData, largeObjectData, sequences, indexes, vacuum),
		command("copy table-data", 12, tableData),
		command("copy blobs", 13, largeObjectData),
		command("copy sequences", 14, currentSequences),
		command("copy indexes", 15, onlyIndexes),
		command("copy constraints", 16, indexes),
		command("dump schema", 17),
		command("restore schema", 18, preData, postData),
		command("restore pre-data", 19, preData),
		command("restore post-data", 20, postData),
		command("copy extensions", 24, func(e *Env) []workflow.Step {
			return []workflow.Step{newCreateExtensions(e), newCopyExtensionData(e)}
		}),
		alone("copy roles", 21, func(e *Env) []workflow.Step { return []workflow.Step{newDumpRoles(e), newRestoreRoles(e)} }),
		alone("dump roles", 22, func(e *Env) []workflow.Step { return []workflow.Step{newDumpRoles(e)} }),
		alone("copy tablespaces", 25, func(e *Env) []workflow.Step { return []workflow.Step{newCopyTablespaces(e)} }),
		alone("restore roles", 23, func(e *Env) []workflow.Step { return []workflow.Step{newRestoreRoles(e)} }),
	}
}

// part is a piece of a command's list.
type part func(e *Env) []workflow.Step

func preData(e *Env) []workflow.Step {
	return []workflow.Step{newDropExisting(e), newRestorePreData(e)}
}

func tableData(e *Env) []workflow.Step {
	part, table := newCopyPart(e), newCopyTable(e)
	part.quiet, table.quiet = true, true
	return []workflow.Step{newTruncateTable(e), part, table, newCopyExtensionData(e)}
}

func largeObjectData(e *Env) []workflow.Step { return []workflow.Step{newCopyLargeObjects(e)} }

func sequences(e *Env) []workflow.Step { return []workflow.Step{newSetSequences(e)} }

// currentSequences reads the sequences as they are when the command runs, each time.
func currentSequences(e *Env) []workflow.Step {
	s := newSyncSequences(e)
	s.needs = nil
	return []workflow.Step{s}
}

func onlyIndexes(e *Env) []workflow.Step { return []workflow.Step{newCreateIndex(e)} }

func indexes(e *Env) []workflow.Step {
	return []workflow.Step{newCreateIndex(e), newAddConstraint(e), newAlterIndex(e), newCompleteTable(e)}
}

func vacuum(e *Env) []workflow.Step {
	if !e.Opts.caresForTables() {
		return nil
	}
	return []workflow.Step{newVacuumTable(e)}
}

func postData(e *Env) []workflow.Step {
	return append(indexes(e), newAddForeignKey(e), newValidateForeignKey(e), newRestorePostData(e), newRefreshMaterializedView(e), newSetDatabaseProperties(e))
}

func command(name string, number uint32, parts ...part) func(*Env) Workflow {
	return func(e *Env) Workflow {
		w := Workflow{Name: name, Number: number, Again: name == "copy sequences", Command: true, Steps: []workflow.Step{newMilestones(e)}}
		for _, p := range parts {
			w.Steps = append(w.Steps, p(e)...)
		}
		w.Openings = []workflow.Step{newLoadSource(e), newDumpSchema(e), newPlan(e, func() []workflow.Step { return w.Steps })}
		if len(parts) == 0 { // only what the openings themselves leave behind
			w.Steps, w.Openings = nil, w.Openings[:2]
		}
		return w
	}
}

// alone is a command that needs neither the source's catalogs nor its schema. It is done again each time it is asked for.
func alone(name string, number uint32, list part) func(*Env) Workflow {
	return func(e *Env) Workflow {
		w := Workflow{Name: name, Number: number, NoSnapshot: true, Again: true, Command: true, Steps: list(e)}
		w.Openings = []workflow.Step{newPlan(e, func() []workflow.Step { return w.Steps })}
		return w
	}
}

// Command runs a part of a clone by its name, in a new directory or in that of other commands.
func Command(ctx context.Context, o Options, name string) (Outcome, error) {
	e := &Env{Opts: o, Log: o.Log}
	out := Outcome{Dir: o.Dir, Workflow: name}
	if !catalogdb.Exists(o.Dir) || o.Restart {
		return e.firstCommand(ctx, out, name)
	}
	lock, err := lockDir(o)
	if err != nil {
		return out, err
	}
	defer func() { _ = lock.Close() }()
	defer e.end()
	if err := e.reopenDir(ctx); err != nil {
		return out, err
	}
	if err := e.parse(); err != nil {
		return out, err
	}
	if err := e.beginAgain(ctx); err != nil {
		return out, err
	}
	w, err := workflowNamed(e, name)
	if err != nil {
		return out, err
	}
	if err := e.checkTargetOnce(ctx, w); err != nil {
		return out, err
	}
	if err := e.rowsComeFirst(ctx, w); err != nil {
		return out, err
	}
	return e.run(ctx, out, w)
}

// firstCommand is Command in a directory that is new.
func (e *Env) firstCommand(ctx context.Context, out Outcome, name string) (Outcome, error) {
	if err := e.parse(); err != nil {
		return out, err
	}
	if err := e.takeFilters(); err != nil {
		return out, err
	}
	lock, err := openDir(e.Opts)
	if err != nil {
		return out, err
	}
	defer func() { _ = lock.Close() }()
	defer e.end()
	w, err := workflowNamed(e, name)
	if err != nil {
		return out, err
	}
	e.mayHoldObjects = !w.creates()
	if err := e.begin(ctx); err != nil {
		return out, err
	}
	return e.run(ctx, out, w)
}

// creates tells whether a workflow makes the target's objects, and so wants an empty database.
func (w Workflow) creates() bool {
	for _, s := range w.Steps {
		if s.Name() == "restore-pre-data" {
			return true
		}
	}
	return false
}

// checkTargetOnce looks at the target before the first command that makes objects there.
func (e *Env) checkTargetOnce(ctx context.Context, w Workflow) error {
	if !w.creates() {
		return nil
	}
	planned, err := e.Catalog.HasTasks(ctx, "restore-pre-data")
	if err != nil || planned {
		return err
	}
	if err := e.checkTarget(ctx); err != nil {
		return err
	}
	return e.checkTablespaces(ctx, true)
}

// reopenDir opens the catalog of a directory that is in use and takes the recorded options over.
func (e *Env) reopenDir(ctx context.Context) (err error) {
	if e.Catalog, err = catalogdb.Create(ctx, e.Opts.Dir); err != nil {
		return dirError(e.Opts.Dir, err)
	}
	setup, bound, err := e.Catalog.Setup(ctx)
	if err != nil {
		return dirError(e.Opts.Dir, err)
	}
	if !bound {
		return &pgdb.UserError{Msg: e.Opts.Dir + " was not begun: the first run ended before it knew source and target",
			Hint: "begin again with --restart, or in another --dir"}
	}
	if e.Opts, err = recorded(ctx, e.Opts, setup, e.Catalog); err != nil {
		return err
	}
	if err := e.filtersAgain(ctx, setup); err != nil {
		return err
	}
	return e.Opts.notOverview()
}

// readsSource tells whether a command has to read the source: for its own steps, or because nobody has loaded or dumped it yet.
func (e *Env) readsSource(ctx context.Context, w Workflow) (bool, error) {
	for _, s := range w.Steps {
		switch s.Name() {
		case "copy-table", "copy-large-objects", "copy-extension-data":
			left, err := e.Catalog.SourceLeft(ctx)
			if err != nil || left > 0 {
				return true, err
			}
		}
	}
	done, _, err := e.Catalog.SourceWork(ctx)
	return done < 2, err
}

// takeCommandSnapshot gives a command its picture of the source: that of the directory's earlier commands, as long as it is held.
func (e *Env) takeCommandSnapshot(ctx context.Context, w Workflow) error {
	e.Snapshot = &Snapshot{catalog: e.Catalog}
	setup, _, err := e.Catalog.Setup(ctx)
	if err != nil {
		return err
	}
	reads, err := e.readsSource(ctx, w)
	if err != nil || !reads {
		return err
	}
	done, _, err := e.Catalog.SourceWork(ctx)
	if err != nil {
		return err
	}
	switch name := or(e.Opts.Snapshot, setup.Snapshot); {
	case name != "":
		return e.adoptSnapshot(ctx, name, done > 0)
	case done > 0 && !e.Opts.NotConsistent:
		return e.snapshotGone("", errors.New("no snapshot is held for the directory"))
	}
	return e.newSnapshot(ctx, done == 0)
}
