package steps

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/workflow"
)

// CompareSchema compares all that pg_dump shows of two databases, the values of their sequences and the properties of the databases
// themselves. Both are read by the same pg_dump, so that what one version of the server stores in another way than the next is printed alike.
// The results are in the catalog of ComparisonDir(o.Dir, "schema").
func CompareSchema(ctx context.Context, o CompareOptions) (CompareOutcome, error) {
	return compare(ctx, o, "schema", schemaComparison, func(ctx context.Context, db *catalogdb.DB) (int64, int64, error) {
		kinds, err := db.ComparedKinds(ctx)
		var n int64
		for _, k := range kinds {
			n += k.Different + k.OnlySource + k.OnlyTarget
		}
		tasks, err2 := db.Outcome(ctx)
		if err == nil {
			err = err2
		}
		return n, tasks.Total - tasks.Done, err
	})
}

// schemaComparison: both dumps at once, then one look at both.
func schemaComparison(c *comparison) ([]workflow.Step, []catalogdb.Opening) {
	source, target := newDumpSide(c, catalogdb.SourceSide), newDumpSide(c, catalogdb.TargetSide)
	objects := &compareObjects{base{env: c.Env, name: "compare-objects", kind: "comparison", pool: "control"}, c}
	return []workflow.Step{source, target, objects}, []catalogdb.Opening{
		{Step: source, Subject: "schema of the source"}, {Step: target, Subject: "schema of the target"},
		{Step: objects, Subject: "objects of both", Needs: []string{source.Name(), target.Name()}},
	}
}

// dumpSide has pg_dump write the schema of one side.
type dumpSide struct {
	base
	c    *comparison
	side catalogdb.Side
}

func newDumpSide(c *comparison, side catalogdb.Side) *dumpSide {
	return &dumpSide{base{env: c.Env, name: "dump-" + string(side) + "-schema", kind: "schema dump", pool: "control"}, c, side}
}

func (c *comparison) dumpFile(side catalogdb.Side) string {
	return filepath.Join(c.Catalog.Dir(), string(side)+".dump")
}

func (s *dumpSide) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	info := s.c.Source
	if s.side == catalogdb.TargetSide {
		info = s.c.Target
	}
	encoding := "UTF8"
	if s.c.dialect.Encoding == "SQL_ASCII" {
		encoding = "SQL_ASCII"
	}
	// A database or role that quotes all names would differ from one that does not in every line.
	env := append(info.ToolEnv(), "PGOPTIONS="+strings.TrimSpace(os.Getenv("PGOPTIONS")+" -c quote_all_identifiers=off"))
	err := pgsource.DumpSchema(ctx, s.c.Tools, info.ToolDSN(), env, s.c.held[s.side].name, s.c.dumpFile(s.side), pgsource.DumpOptions{
		Encoding: encoding, Warn: func(text string) { s.c.Log.Warn("pg_dump of the " + string(s.side) + ": " + text) }})
	if err != nil {
		return workflow.Result{}, fmt.Errorf("%s: %w", s.side, err)
	}
	return workflow.Result{}, nil
}

// compareObjects reads both dumps and what they do not hold, and matches the objects.
type compareObjects struct {
	base
	c *comparison
}

func (s *compareObjects) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	return workflow.Result{}, s.c.Catalog.LoadComparison(ctx, func(l *catalogdb.ComparisonLoader) error {
		if err := s.c.loadSkips(ctx, l); err != nil {
			return err
		}
		where, err := s.c.placing(ctx)
		if err != nil {
			return err
		}
		for _, side := range sides {
			if err := s.archive(ctx, l, side, where); err != nil {
				return err
			}
			if err := s.c.withSide(ctx, side, func(conn *pgx.Conn) error { return s.facts(ctx, l, side, conn, where) }); err != nil {
				return fmt.Errorf("%s: %w", side, err)
			}
		}
		if err := l.Match(); err != nil {
			return err
		}
		if s.c.SourceInfo.Major() == s.c.TargetInfo.Major() {
			return nil
		}
		return s.lookAgain(ctx, l)
	})
}

// archive reads one side's dump.
func (s *compareObjects) archive(ctx context.Context, l *catalogdb.ComparisonLoader, side catalogdb.Side, where placing) error {
	if side == catalogdb.TargetSide { // its names are the target's already
		where.to = nil
	}
	file := s.c.dumpFile(side)
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := pgsource.ReadTOC(f, func(e pgschema.ArchiveEntry) error {
		if e.IsSetting() || e.IsLargeObject() {
			return nil
		}
		return l.Entry(side, e.DumpID, e.Desc, e.Schema, e.Name, s.remark(e, where.of(e)))
	}); err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	_, err = pgtarget.RestoreScript(ctx, s.c.Tools, file, s.c.restoreOptions(), func(e pgtarget.ScriptEntry) error {
		return l.Definition(side, e.DumpID, sortedRoles(e.SQL))
	})
	return err
}

// remark is what the archive says of an entry outside its SQL. Servers before 12 have no access methods for tables, which is heap.
// tablespace is the one of the target that the entry belongs into.
func (s *compareObjects) remark(e pgschema.ArchiveEntry, tablespace string) string {
	text := ""
	if tablespace != "" {
		text += "\n-- tablespace " + pgschema.DisplayIdent(tablespace)
	}
	if e.AccessMethod != "" && e.AccessMethod != "heap" {
		text += "\n-- access method " + pgschema.DisplayIdent(e.AccessMethod)
	}
	return text
}

// facts are what no schema dump shows.
func (s *compareObjects) facts(ctx context.Context, l *catalogdb.ComparisonLoader, side catalogdb.Side, conn *pgx.Conn, where placing) error {
	if err := pgsource.Sequences(ctx, conn, func(q pgschema.Sequence) error {
		if q.Extension != "" {
			return nil
		}
		if !q.CanSelect { // never a pass
			return &pgdb.UserError{Msg: "the value of sequence " + q.Name.String() + " cannot be read", Hint: "grant SELECT on it, or connect as its owner"}
		}
		return l.Fact(side, "SEQUENCE VALUE", q.Name.Schema, q.Name.Rel, fmt.Sprintf("last_value %d, is_called %t", q.LastValue, q.IsCalled))
	}); err != nil || s.c.Opts.SkipDBProperties {
		return err
	}
	granted := false
	if err := pgsource.DatabaseProperties(ctx, conn, func(p pgschema.DatabaseProperty) error {
		granted = granted || p.Kind == "acl"
		if side == catalogdb.TargetSide {
			where.to = nil
		}
		p, keep := where.setting(p)
		if !keep {
			return nil
		}
		return s.property(l, side, p)
	}); err != nil || granted || s.c.Opts.NoACL {
		return err
	}
	for _, privilege := range []string{"CONNECT", "TEMPORARY"} { // what a database has while nothing is granted or revoked
		if err := l.Fact(side, "DATABASE PRIVILEGE", "", privilege+" to PUBLIC", "granted"); err != nil {
			return err
		}
	}
	return nil
}

func (s *compareObjects) property(l *catalogdb.ComparisonLoader, side catalogdb.Side, p pgschema.DatabaseProperty) error {
	switch {
	case p.Kind == "setting":
		return l.Fact(side, "DATABASE SETTING", "", p.Name, p.Value)
	case p.Kind == "role-setting":
		return l.Fact(side, "DATABASE SETTING", "", p.Name+" of role "+p.Role, p.Value)
	case p.Kind == "comment" && !s.c.Opts.NoComments:
		return l.Fact(side, "COMMENT", "", "DATABASE", p.Value)
	case p.Kind == "acl" && p.Name != "" && p.Role != p.By && !s.c.Opts.NoACL: // what an owner has by itself depends on who that is
		to := p.Role
		if to == "" {
			to = "PUBLIC"
		}
		return l.Fact(side, "DATABASE PRIVILEGE", "", p.Name+" to "+to, strings.TrimSpace("granted "+p.Value))
	}
	return nil
}
