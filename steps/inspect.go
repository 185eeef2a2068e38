package steps

import (
	"context"
	"fmt"
	"os"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/workflow"
)

// Inspect shows what is known of the source: from the catalog of a work directory, without touching any server; or, where there is none
// yet, from the source itself, by the same steps that a clone begins with, in a directory that is gone afterwards.
func Inspect(ctx context.Context, o Options, show func(*catalogdb.DB) error) error {
	if catalogdb.Exists(o.Dir) {
		db, err := catalogdb.Look(ctx, o.Dir)
		if err != nil {
			return dirError(o.Dir, err)
		}
		defer func() { _ = db.Close() }()
		return show(db)
	}
	if o.Source == "" {
		return &pgdb.UserError{Msg: o.Dir + " holds no catalog, and no source is named to look at",
			Hint: "name a work directory with --dir, or the source with --source"}
	}
	dir, err := os.MkdirTemp("", "pgcopy-list-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	o.Dir = dir
	e := &Env{Opts: o, Log: o.Log}
	defer e.end()
	if err := e.inspect(ctx); err != nil {
		return err
	}
	return show(e.Catalog)
}

// inspect loads and dumps the source into the directory at hand.
func (e *Env) inspect(ctx context.Context) (err error) {
	if e.Source, err = pgdb.ParseConninfo("--source", e.Opts.Source); err != nil {
		return err
	}
	if e.Opts.SourceDB != "" {
		if e.Source, err = e.Source.WithDatabase(e.Opts.SourceDB); err != nil {
			return err
		}
	}
	if err := e.takeFilters(); err != nil {
		return err
	}
	conn, err := e.Source.Connect(ctx, pgdb.SourceSession().As("list"))
	if err != nil {
		return err
	}
	defer closeNow(conn)
	if e.SourceInfo, err = pgdb.ReadServerInfo(ctx, conn); err != nil {
		return err
	}
	e.TargetInfo = e.SourceInfo
	e.from = newSessions(e.Source, pgdb.SourceSession().As("list"))
	e.to = newSessions(e.Source, pgdb.SourceSession().As("list")) // nothing is written: no step that would is run
	if e.Tools, err = pgdb.FindTools(e.Opts.PgBinDir, e.SourceInfo.Major(), e.SourceInfo.Major()); err != nil {
		return err
	}
	if e.Catalog, err = catalogdb.Create(ctx, e.Opts.Dir); err != nil {
		return dirError(e.Opts.Dir, err)
	}
	if err := e.Catalog.Bind(ctx, catalogdb.Setup{Source: e.Source.Redacted(), SourceSystem: e.SourceInfo.SystemIdentifier, SourceDB: e.SourceInfo.Database,
		SourceDBOID: e.SourceInfo.DatabaseOID, SourceVersion: e.SourceInfo.VersionNum, SourceEncoding: e.SourceInfo.Encoding, Options: "null"}); err != nil {
		return err
	}
	name, err := pgsource.ExportSnapshot(ctx, conn)
	if err != nil {
		return err
	}
	e.Snapshot = &Snapshot{catalog: e.Catalog, name: name, foreign: true}
	for _, s := range []workflow.Step{newLoadSource(e), newDumpSchema(e)} {
		if _, err := s.Run(ctx, workflow.Task{Step: s.Name()}); err != nil {
			return fmt.Errorf("%s: %w", s.Name(), err)
		}
	}
	return e.inspectSplit(ctx)
}

// Databases hands out the databases of the source's cluster, biggest first.
func Databases(ctx context.Context, o Options, yield func(pgschema.Database) error) error {
	source, err := pgdb.ParseConninfo("--source", o.Source)
	if err != nil {
		return err
	}
	return eachDatabaseOf(ctx, source, yield)
}

func eachDatabaseOf(ctx context.Context, server *pgdb.Conninfo, yield func(pgschema.Database) error) error {
	conn, err := server.Connect(ctx, pgdb.SourceSession().As("list"))
	if err != nil {
		return err
	}
	defer closeNow(conn)
	return pgsource.Databases(ctx, conn, yield)
}
