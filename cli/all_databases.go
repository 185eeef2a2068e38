package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/steps"
)

// allDatabasesFlag widens a command from one database to all of a server.
type allDatabasesFlag struct {
	AllDatabases toggle `help:"Every database of the server, templates left out. The connection strings name a database to connect to; --dir gets an overview, and below it a work directory for each database."`
}

// orOverview means all databases where the directory is the overview of them: one that is equal would say nothing of the others. Each has a directory
// of its own for who wants only that.
func (f *allDatabasesFlag) orOverview(a *app, dir *dirFlag) {
	if steps.IsOverview(a.ctx, dir.path()) {
		f.AllDatabases = true
	}
}

// widen makes the options of a clone those of all databases.
func (f allDatabasesFlag) widen(o *steps.Options) error {
	if !f.AllDatabases {
		return nil
	}
	switch {
	case o.Filters != "":
		return usagef("--filters names objects of one database, and --all-databases copies all of them: clone the databases with filters by themselves")
	case o.Snapshot != "":
		return usagef("--snapshot is of one database, and --all-databases copies all of them: give one of them")
	case o.Follow:
		return usagef("--follow follows one database, and --all-databases copies all of them: give one of them")
	}
	o.AllDatabases, o.Roles = true, true
	return nil
}

// printDatabases shows how each database of an overview stands.
func printDatabases(w io.Writer, all []catalogdb.DatabaseProgress) error {
	rows := make([][]string, 0, len(all))
	for _, d := range all {
		size, bytes, took := "not known", "", ""
		if d.Size >= 0 {
			size = pgschema.PrettySize(d.Size)
		}
		if d.Bytes > 0 {
			bytes = pgschema.PrettySize(d.Bytes)
		}
		if d.Total > 0 {
			took = seconds(d.Seconds)
		}
		rows = append(rows, []string{clean(d.Database), string(d.State), size, fmt.Sprintf("%s of %s", count(d.TablesDone), count(d.Tables)),
			bytes, count(d.Failed), took, fmt.Sprintf("%.1f", d.Percent), clean(d.Dir)})
	}
	return section(w, []column{left("DATABASE"), left("STATE"), right("SIZE"), right("TABLES"), right("BYTES"), right("FAILED"), right("TIME"), right("%"),
		left("DIRECTORY")}, rows)
}

// summarizeDatabases is printDatabases with an empty line below.
func summarizeDatabases(w io.Writer, all []catalogdb.DatabaseProgress) error {
	if len(all) == 0 {
		return nil
	}
	if err := printDatabases(w, all); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}

// databasesLine counts them.
func databasesLine(all []catalogdb.DatabaseProgress) string {
	done, tables, of := int64(0), int64(0), int64(0)
	for _, d := range all {
		if d.State == "done" {
			done++
		}
		tables += d.TablesDone
		of += d.Tables
	}
	return fmt.Sprintf("%s of %s, %s of %s", count(done), plural(int64(len(all)), "database", "databases"), count(tables), plural(of, "table", "tables"))
}

// eachCatalog calls fn for the catalog of a directory, and for those of the databases below it where it is an overview; database is ""
// for the first.
func (a *app) eachCatalog(dir string, fn func(database string, db *catalogdb.DB) error) error {
	db, err := catalogdb.Look(a.ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := fn("", db); err != nil {
		return err
	}
	return steps.EachDatabase(a.ctx, dir, func(name, dir string) error {
		db, err := catalogdb.Look(a.ctx, dir)
		if errors.Is(err, catalogdb.ErrNoCatalog) {
			return nil // its turn has not come
		} else if err != nil {
			return err
		}
		defer func() { _ = db.Close() }()
		return fn(name, db)
	})
}

// compareAll compares database by database, and says of all what verdict says of one.
func (a *app) compareAll(what string, f logFlags, o steps.CompareOptions, asJSON bool, print func(context.Context, *catalogdb.DB) error) error {
	pairs, err := steps.PairsOfDatabases(a.ctx, o.Options)
	if err != nil {
		return a.verdict(what, steps.CompareOutcome{}, err)
	}
	say := func(format string, args ...any) {
		if !asJSON {
			fmt.Fprintf(a.stdout, format, args...)
		}
	}
	differ, unverified := []string{}, []string{}
	sep := "["
	for i, p := range pairs {
		if i > 0 {
			say("\n")
		}
		say("== database %s\n", clean(p.Name))
		if asJSON {
			name, _ := json.Marshal(p.Name)
			fmt.Fprintf(a.stdout, "%s\n{\"database\": %s, \"on_source\": %v, \"on_target\": %v, \"report\": ", sep, name, p.OnSource, p.OnTarget)
			sep = ","
		}
		out := &written{Writer: a.stdout}
		err := a.comparePair(what, f, o, p, out, print)
		if asJSON && !out.any {
			fmt.Fprint(a.stdout, "null")
		}
		if asJSON {
			fmt.Fprint(a.stdout, "}")
		}
		var c *comparisonError
		switch {
		case a.ctx.Err() != nil:
			if asJSON {
				fmt.Fprint(a.stdout, "\n]\n")
			}
			return err
		case errors.As(err, &c) && c.status == ExitDifferences:
			differ = append(differ, p.Name)
			say("%s\n", c.msg)
		case err != nil:
			unverified = append(unverified, p.Name)
			message, hint := explain(err)
			fmt.Fprintf(a.stderr, "pgcopy: database %s: %s\n", clean(p.Name), message)
			if hint != "" {
				fmt.Fprintf(a.stderr, "hint: %s\n", hint)
			}
		}
	}
	if asJSON {
		fmt.Fprint(a.stdout, "\n]\n")
	}
	return allVerdict(what, len(pairs), differ, unverified)
}

// written tells whether anything was.
type written struct {
	io.Writer
	any bool
}

func (w *written) Write(b []byte) (int, error) {
	w.any = w.any || len(b) > 0
	return w.Writer.Write(b)
}

func (a *app) comparePair(what string, f logFlags, o steps.CompareOptions, p steps.PairOfDatabases, out io.Writer, print func(context.Context, *catalogdb.DB) error) error {
	switch {
	case !p.OnTarget:
		return &comparisonError{status: ExitDifferences, msg: "the target has no database " + p.Name}
	case !p.OnSource:
		return &comparisonError{status: ExitDifferences, msg: "only the target has a database " + p.Name}
	}
	o.SourceDB, o.TargetDB, o.Dir = p.Name, p.Name, p.Dir
	one := *a
	one.stdout = out
	return one.compare(what, f, o, func(ctx context.Context, db *catalogdb.DB) error {
		kept := a.stdout
		a.stdout = out // print was made for a
		defer func() { a.stdout = kept }()
		return print(ctx, db)
	})
}

func allVerdict(what string, of int, differ, unverified []string) error {
	msg := ""
	if len(differ) > 0 {
		msg = fmt.Sprintf("%s of %s: %s", plural(int64(len(differ)), "database differs", "databases differ"), count(int64(of)), strings.Join(differ, ", "))
	}
	switch {
	case len(unverified) > 0:
		text := fmt.Sprintf("the %s of %s could not be compared: %s", what, plural(int64(len(unverified)), "database", "databases"), strings.Join(unverified, ", "))
		if msg != "" {
			text += "; " + msg
		}
		return &comparisonError{ExitUnverified, text, "run the same command again when the cause is removed", nil}
	case msg != "":
		return &comparisonError{ExitDifferences, msg, "", nil}
	}
	return nil
}
