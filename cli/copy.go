package cli

import (
	"context"
	"log/slog"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/steps"
)

// commandFlags are what every command takes that does a part of a clone.
type commandFlags struct {
	resumeConnection `embed:"" group:"Databases:"`
	dirFlag          `embed:"" group:"Databases:"`
	jobFlags         `embed:"" group:"How many at once:"`
	splitFlags       `embed:"" group:"Big tables:"`
	formatFlag       `embed:"" group:"How rows travel:"`
	contentFlags     `embed:"" group:"What is copied:"`
	runFlags         `embed:"" group:"The run:"`
	logFlags         `embed:"" group:"Output:"`
	jsonFlag         `embed:"" group:"Output:"`
}

// command does the work; a test puts something else in its place.
var command = func(ctx context.Context, o steps.Options, name string) error {
	_, err := steps.Command(ctx, o, name)
	return err
}

func (f *commandFlags) run(a *app, name string) error {
	c := cloneCmd{connectionFlags: connectionFlags(f.resumeConnection), dirFlag: f.dirFlag, jobFlags: f.jobFlags, splitFlags: f.splitFlags, formatFlag: f.formatFlag,
		contentFlags: f.contentFlags, runFlags: f.runFlags}
	wishes := c.wishes
	if !catalogdb.Exists(f.path()) {
		wishes = c.options // the first command in a directory says which databases
	}
	o, err := wishes()
	if err != nil {
		return err
	}
	o.Part = true
	o.Command = commandLine(a.args)
	return a.supervise(o.Dir, f.logFlags, bool(f.JSON), func(log *slog.Logger, ready func(dir string)) error {
		o.Log, o.OnReady = log, ready
		return command(a.ctx, o, name)
	})
}

// copyCmd are parts of a clone that move something.
type copyCmd struct {
	DB          cloneCmd           `cmd:"" name:"db" help:"Copy a whole database to another server (the same as clone)."`
	Roles       copyRolesCmd       `cmd:"" help:"Copy the roles of the whole cluster, with settings and memberships."`
	Tablespaces copyTablespacesCmd `cmd:"" help:"Make the tablespaces of the source's server on the target, with owner, options, privileges and comment."`
	Extensions  copyExtensionsCmd  `cmd:"" help:"Install the source's extensions on the target and copy their configuration."`
	Schema      copySchemaCmd      `cmd:"" help:"Make all of the source's objects on the target, without rows."`
	Data        copyDataCmd        `cmd:"" help:"Copy rows, large objects and sequences, and build indexes and constraints: the tables must be there."`
	TableData   copyTableDataCmd   `cmd:"" name:"table-data" help:"Copy the rows of the tables, nothing else."`
	Blobs       copyBlobsCmd       `cmd:"" help:"Copy large objects."`
	Sequences   copySequencesCmd   `cmd:"" help:"Set the target's sequences to what the source's have now."`
	Indexes     copyIndexesCmd     `cmd:"" help:"Build the indexes."`
	Constraints copyConstraintsCmd `cmd:"" help:"Add primary keys, unique and exclusion constraints, with their indexes."`
}

type copyRolesCmd struct{ commandFlags }
type copyTablespacesCmd struct{ commandFlags }
type copyExtensionsCmd struct{ commandFlags }
type copySchemaCmd struct{ commandFlags }
type copyDataCmd struct{ commandFlags }
type copyTableDataCmd struct{ commandFlags }
type copyBlobsCmd struct{ commandFlags }
type copySequencesCmd struct{ commandFlags }
type copyIndexesCmd struct{ commandFlags }
type copyConstraintsCmd struct{ commandFlags }

// Run copies roles.
func (c *copyRolesCmd) Run(a *app) error { return c.run(a, "copy roles") }

// Run makes tablespaces.
func (c *copyTablespacesCmd) Run(a *app) error { return c.run(a, "copy tablespaces") }

// Run copies extensions.
func (c *copyExtensionsCmd) Run(a *app) error { return c.run(a, "copy extensions") }

// Run copies the schema.
func (c *copySchemaCmd) Run(a *app) error { return c.run(a, "copy schema") }

// Run copies everything that is not schema before data.
func (c *copyDataCmd) Run(a *app) error { return c.run(a, "copy data") }

// Run copies rows.
func (c *copyTableDataCmd) Run(a *app) error { return c.run(a, "copy table-data") }

// Run copies large objects.
func (c *copyBlobsCmd) Run(a *app) error { return c.run(a, "copy blobs") }

// Run sets sequences.
func (c *copySequencesCmd) Run(a *app) error { return c.run(a, "copy sequences") }

// Run builds indexes.
func (c *copyIndexesCmd) Run(a *app) error { return c.run(a, "copy indexes") }

// Run adds constraints.
func (c *copyConstraintsCmd) Run(a *app) error { return c.run(a, "copy constraints") }

// dumpCmd writes into the work directory.
type dumpCmd struct {
	Roles  dumpRolesCmd  `cmd:"" help:"Write the cluster's roles into the work directory (roles.sql)."`
	Schema dumpSchemaCmd `cmd:"" help:"Write the source's schema into the work directory (schema/schema.dump)."`
}

type dumpRolesCmd struct{ commandFlags }
type dumpSchemaCmd struct{ commandFlags }

// Run dumps roles.
func (c *dumpRolesCmd) Run(a *app) error { return c.run(a, "dump roles") }

// Run dumps the schema.
func (c *dumpSchemaCmd) Run(a *app) error { return c.run(a, "dump schema") }

// restoreCmd makes what was dumped.
type restoreCmd struct {
	Schema   restoreSchemaCmd   `cmd:"" help:"Make all that was dumped."`
	PreData  restorePreDataCmd  `cmd:"" name:"pre-data" help:"Make what tables' rows need: schemas, types, functions, tables."`
	Roles    restoreRolesCmd    `cmd:"" help:"Make the roles that were dumped."`
	PostData restorePostDataCmd `cmd:"" name:"post-data" help:"Make what comes after the rows: indexes, constraints, triggers, policies, ..."`
	List     parseListCmd       `cmd:"" name:"parse-list" help:"Show the entries of a pg_restore list, and what becomes of each."`
}

type restoreSchemaCmd struct{ commandFlags }
type restorePreDataCmd struct{ commandFlags }
type restoreRolesCmd struct{ commandFlags }
type restorePostDataCmd struct{ commandFlags }

// Run restores all of the schema.
func (c *restoreSchemaCmd) Run(a *app) error { return c.run(a, "restore schema") }

// Run restores roles.
func (c *restoreRolesCmd) Run(a *app) error { return c.run(a, "restore roles") }

// Run restores what rows need.
func (c *restorePreDataCmd) Run(a *app) error { return c.run(a, "restore pre-data") }

// Run restores what comes after the rows.
func (c *restorePostDataCmd) Run(a *app) error { return c.run(a, "restore post-data") }
