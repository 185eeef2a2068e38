package cli

import (
	"fmt"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/steps"
)

type listDatabasesCmd struct {
	Source string `short:"S" placeholder:"URI" env:"PGCOPY_SOURCE_PGURI,PGCOPYDB_SOURCE_PGURI" help:"The server to look at (default: what the work directory knows, which is its own databases)."`
	dirFlag
	jsonFlag
}

// Run lists the databases of the source's cluster. A work directory knows all of them only after --all-databases, so a server that is named is asked
// even where there is a directory.
func (c *listDatabasesCmd) Run(a *app) error {
	all := []pgschema.Database{}
	keep := func(d pgschema.Database) error {
		all = append(all, d)
		return nil
	}
	var err error
	if c.Source == "" && catalogdb.Exists(c.path()) {
		err = c.recorded(a, keep)
	} else if err = connection("--source", c.Source, sourceEnvs...); err == nil {
		err = steps.Databases(a.ctx, steps.Options{Source: c.Source}, keep)
	}
	switch {
	case err != nil:
		return err
	case bool(c.JSON):
		return printJSON(a.stdout, all)
	}
	var rows [][]string
	for _, d := range all {
		size := "not known"
		if d.Bytes >= 0 {
			size = pgschema.PrettySize(d.Bytes)
		}
		rows = append(rows, []string{fmt.Sprint(d.OID), d.Name, size})
	}
	return printTable(a.stdout, []column{right("OID"), left("NAME"), right("SIZE")}, rows)
}

// recorded hands out the databases that a work directory is about: all of an overview, or its own.
func (c *listDatabasesCmd) recorded(a *app, fn func(pgschema.Database) error) error {
	db, err := catalogdb.Look(a.ctx, c.path())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	any := false
	if err := db.ClusterDatabases(a.ctx, func(d catalogdb.ClusterDatabase) error {
		any = true
		return fn(d.Database)
	}); err != nil || any {
		return err
	}
	setup, bound, err := db.Setup(a.ctx)
	if err != nil || !bound {
		return err
	}
	return fn(pgschema.Database{OID: setup.SourceDBOID, Name: setup.SourceDB, Bytes: -1, Encoding: setup.SourceEncoding, ConnectionLimit: -1})
}
