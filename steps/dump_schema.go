package steps

import (
	"context"
	"strings"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/workflow"
)

// dumpSchema has pg_dump write the schema, under the snapshot, and reads the archive's entries into the catalog, each with its SQL.
type dumpSchema struct{ base }

func newDumpSchema(e *Env) *dumpSchema {
	return &dumpSchema{base{env: e, name: "dump-schema", kind: "schema dump", pool: "control"}}
}

func (s *dumpSchema) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	e := s.env
	hidden, err := s.hidden(ctx)
	if err != nil {
		return workflow.Result{}, err
	}
	if err := e.takeDump(ctx, hidden); err != nil {
		return workflow.Result{}, err
	}
	file := e.archivePath()
	return workflow.Result{}, e.Catalog.LoadArchive(ctx, func(l *catalogdb.ArchiveLoader) error { return s.load(ctx, l, file) })
}

// dumpWarning passes on what pg_dump warns of, but for circular foreign keys: rows are copied before there are any.
func (e *Env) dumpWarning(text string) {
	if strings.Contains(text, "circular foreign-key") {
		e.Log.Debug("pg_dump: " + text)
		return
	}
	e.Log.Warn("pg_dump: " + text)
}

// archiveEncoding is that of the archive's names and definitions. A SQL_ASCII database cannot convert what it does not know; without being
// told, pg_dump would follow the database's own client_encoding.
func (e *Env) archiveEncoding() string {
	if e.SourceInfo.Encoding == "SQL_ASCII" {
		return "SQL_ASCII"
	}
	return "UTF8"
}

func (s *dumpSchema) load(ctx context.Context, l *catalogdb.ArchiveLoader, file string) error {
	where, err := s.env.placing(ctx)
	if err != nil {
		return err
	}
	archive, err := s.env.openArchive(ctx, file)
	if err != nil {
		return err
	}
	defer archive.close()
	if err := archive.entries(func(e pgschema.ArchiveEntry, script *catalogdb.Script) error {
		if e.IsSetting() || e.IsLargeObject() {
			return nil
		}
		e.Tablespace = where.of(e)
		return l.Entry(e, script)
	}); err != nil {
		return err
	}
	if err := s.filter(l); err != nil {
		return err
	}
	if err := s.skip(l); err != nil {
		return err
	}
	r, follows, err := s.env.Catalog.Replication(ctx)
	if err != nil {
		return err
	}
	if follows && r.PublicationOurs { // ours, and not the user's: it would stay on the target for good
		if err := l.SkipByName("PUBLICATION", r.Publication, "--follow"); err != nil {
			return err
		}
	}
	return archive.rest(l.Script)
}

// skip leaves out what the options say, and keeps a record of it.
func (s *dumpSchema) skip(l *catalogdb.ArchiveLoader) error {
	o := s.env.Opts
	if o.SkipExtensions {
		if err := l.SkipByDescription("EXTENSION", "--skip-extensions"); err != nil {
			return err
		}
	}
	if o.SkipExtComments {
		if err := l.SkipCommentsOn("EXTENSION", "--skip-ext-comments"); err != nil {
			return err
		}
	}
	if o.SkipCollations {
		return l.SkipByDescription("COLLATION", "--skip-collations")
	}
	return nil
}

// restoreOptions are what the user wants left out of every entry's SQL.
func (e *Env) restoreOptions() pgtarget.RestoreOptions {
	return pgtarget.RestoreOptions{NoOwner: e.Opts.NoOwner, NoACL: e.Opts.NoACL, NoComments: e.Opts.NoComments, NoTablespaces: e.Opts.NoTablespaces,
		Warn: func(text string) { e.Log.Warn("pg_restore: " + text) }}
}
