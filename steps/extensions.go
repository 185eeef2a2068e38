package steps

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// Requirement is a version of an extension that the target is to have, whatever the source has.
type Requirement struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// ReadRequirements reads a file of requirements: a JSON array of objects with a name and a version, as list extensions --requirements prints.
func ReadRequirements(file string) ([]Requirement, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, &pgdb.UserError{Msg: "--requirements: " + err.Error(), Hint: "name a file that list extensions --requirements --json has printed"}
	}
	var all []Requirement
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, &pgdb.UserError{Msg: fmt.Sprintf("--requirements: %s is not a JSON array of name and version: %v", file, err),
			Hint: `write it like this: [{"name": "postgis", "version": "3.4.2"}]`}
	}
	for i, r := range all {
		if r.Name == "" || r.Version == "" {
			return nil, &pgdb.UserError{Msg: fmt.Sprintf("--requirements: entry %d of %s lacks a name or a version", i+1, file),
				Hint: `write it like this: {"name": "postgis", "version": "3.4.2"}`}
		}
	}
	return all, nil
}

// version is what is required of an extension, "" for the target's default.
func (e *Env) version(extension string) string {
	for _, r := range e.Opts.Requirements {
		if r.Name == extension {
			return r.Version
		}
	}
	return ""
}

// checkExtensions finds out before anything is made whether the target can install what the source has, in the versions that are
// required.
func (e *Env) checkExtensions(ctx context.Context, wanted []pgschema.Extension) error {
	if e.Opts.SkipExtensions || len(wanted) == 0 {
		return nil
	}
	missing := map[string]bool{}
	for _, x := range wanted {
		missing[x.Name] = true
	}
	var have []string // versions of those that are there in other versions only
	if err := e.withTarget(ctx, func(conn *pgx.Conn) error {
		return pgtarget.AvailableExtensions(ctx, conn, func(name, version string) error {
			if !missing[name] {
				return nil
			}
			if want := e.version(name); want == "" || want == version {
				delete(missing, name)
			} else {
				have = append(have, name+" "+version)
			}
			return nil
		})
	}); err != nil || len(missing) == 0 {
		return err
	}
	var list []string
	for _, x := range wanted {
		if missing[x.Name] {
			list = append(list, strings.TrimSpace(pgschema.DisplayIdent(x.Name)+" "+e.version(x.Name)))
		}
	}
	hint := "install the package on the target server, or leave extensions out with --skip-extensions, or one with [exclude-extension] in --filters"
	if len(have) > 0 {
		hint = "the target has " + strings.Join(have, ", ") + ": name one of these in --requirements, or install the other"
	}
	return &pgdb.UserError{Msg: "the target server cannot install " + strings.Join(list, ", "), Hint: hint}
}

// createExtensions installs the source's extensions by themselves: the part of a migration that often needs another role. It may be
// done twice.
type createExtensions struct{ base }

func newCreateExtensions(e *Env) *createExtensions {
	return &createExtensions{base{env: e, name: "create-extensions", kind: "extensions", pool: "control",
		tasks: []planning{planned(sql.CatalogPlanOne, "create-extensions", "of the source", "control")},
		needs: []planning{planned(sql.CatalogPlanNeedsStep, "restore-pre-data", "create-extensions"),
			planned(sql.CatalogPlanNeedsStep, "copy-extension-data", "create-extensions")}}}
}

func (s *createExtensions) Run(ctx context.Context, t workflow.Task) (res workflow.Result, err error) {
	var all []pgschema.Extension
	if err := s.env.Catalog.Extensions(ctx, func(x pgschema.Extension) error {
		all = append(all, x)
		return nil
	}); err != nil {
		return res, err
	}
	var schemas, comments []pgschema.ArchiveEntry
	if err := s.env.Catalog.ExtensionEntries(ctx, func(a pgschema.ArchiveEntry) error {
		if a.Desc == "SCHEMA" {
			schemas = append(schemas, a)
		} else {
			comments = append(comments, a)
		}
		return nil
	}); err != nil {
		return res, err
	}
	return res, s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		if err := makeSchemas(ctx, conn, schemas); err != nil {
			return err
		}
		for _, x := range all {
			if x.Name == "plpgsql" {
				continue
			}
			if err := pgtarget.CreateExtension(ctx, conn, x.Name, x.Schema, s.env.version(x.Name)); err != nil {
				return &pgdb.UserError{Msg: fmt.Sprintf("create extension %s: %s", pgschema.DisplayIdent(x.Name), reason(err)), Err: err,
					Hint: "install its package on the target server, connect as a role that may create it, or leave it out"}
			}
			res.Rows++
		}
		return commentOnExtensions(ctx, conn, comments)
	})
}

// makeSchemas makes those that are not there, with their owners: who restores the rest may be that owner and nobody else.
func makeSchemas(ctx context.Context, conn *pgx.Conn, schemas []pgschema.ArchiveEntry) error {
	for _, a := range schemas {
		there, err := pgtarget.SchemaExists(ctx, conn, a.Name)
		if err == nil && !there {
			err = execEntry(ctx, conn, a)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// commentOnExtensions says what the source says of its extensions. Only who owns an extension may.
func commentOnExtensions(ctx context.Context, conn *pgx.Conn, comments []pgschema.ArchiveEntry) error {
	installed, err := pgtarget.InstalledExtensions(ctx, conn)
	if err != nil {
		return err
	}
	for _, a := range comments {
		if a.SQL = besideExtensions(a, installed); a.SQL != "" {
			if err := execEntry(ctx, conn, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// besideExtensions is what an entry still has to do in a database that has extensions already, because another role installed them. Their schemas
// are there. So may be the comments on them, which the role that restores the rest may not make, even if they say the same.
func besideExtensions(a pgschema.ArchiveEntry, installed []pgtarget.InstalledExtension) string {
	for _, x := range installed {
		switch {
		case a.Desc == "SCHEMA" && a.Name == x.Schema:
			all := pgtarget.SplitStatements(a.SQL)
			if len(all) > 0 && strings.HasPrefix(strings.TrimSpace(all[0]), "CREATE SCHEMA ") {
				all = all[1:]
			}
			return strings.Join(all, "\n")
		case a.Desc == "COMMENT" && (a.Name == "EXTENSION "+x.Name || a.Name == "EXTENSION "+pgschema.QuoteIdent(x.Name)):
			// as pg_dump writes it, for a session with standard_conforming_strings
			if strings.TrimSpace(a.SQL) == "COMMENT ON "+a.Name+" IS '"+strings.ReplaceAll(x.Comment, "'", "''")+"';" {
				return ""
			}
		}
	}
	return a.SQL
}
