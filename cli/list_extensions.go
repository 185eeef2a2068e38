package cli

import (
	"io"
	"slices"
	"strings"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/steps"
)

type listExtensionsCmd struct {
	sourceListFlags
	Target            string `short:"T" placeholder:"URI" env:"PGCOPY_TARGET_PGURI,PGCOPYDB_TARGET_PGURI" help:"With --available-versions: the server to ask (default: the source, or the target of the work directory)."`
	Requirements      toggle `help:"Print the extensions and their versions as JSON, as --requirements of clone reads it."`
	AvailableVersions toggle `help:"Print which extensions a server could install, in which versions."`
}

// Run lists extensions.
func (c *listExtensionsCmd) Run(a *app) error {
	switch {
	case bool(c.Requirements && c.AvailableVersions):
		return usagef("--requirements is about what the source has, --available-versions about what a server could have: give one of them")
	case bool(c.Requirements):
		return c.requirements(a)
	case bool(c.AvailableVersions):
		return c.versions(a)
	}
	return c.show(a, "extensions")
}

// requirements prints the versions that the source has, for a target that is to have the same.
func (c *listExtensionsCmd) requirements(a *app) error {
	if bool(c.AllDatabases) || steps.IsOverview(a.ctx, c.path()) {
		return usagef("--requirements are those of one database: name it with --source, or its own work directory with --dir")
	}
	all := []steps.Requirement{}
	if err := c.inspect(a, func(db *catalogdb.DB) error {
		return db.Extensions(a.ctx, func(x pgschema.Extension) error {
			all = append(all, steps.Requirement{Name: x.Name, Version: x.Version})
			return nil
		})
	}); err != nil {
		return err
	}
	slices.SortFunc(all, func(a, b steps.Requirement) int { return strings.Compare(a.Name, b.Name) })
	return printJSON(a.stdout, all)
}

// versions prints what a server could install.
func (c *listExtensionsCmd) versions(a *app) error {
	all := []pgtarget.ExtensionVersions{}
	if err := steps.ExtensionVersions(a.ctx, steps.Options{Source: c.Source, Target: c.Target, Dir: c.path()}, func(v pgtarget.ExtensionVersions) error {
		all = append(all, v)
		return nil
	}); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(a.stdout, all)
	}
	return printVersions(a.stdout, all)
}

func printVersions(w io.Writer, all []pgtarget.ExtensionVersions) error {
	if len(all) == 0 {
		_, err := io.WriteString(w, "no extensions\n")
		return err
	}
	rows := make([][]string, 0, len(all))
	for _, v := range all {
		rows = append(rows, []string{clean(v.Name), clean(v.Default), clean(strings.Join(v.Versions, ", "))})
	}
	return printTable(w, []column{left("NAME"), left("DEFAULT"), left("VERSIONS")}, rows)
}
