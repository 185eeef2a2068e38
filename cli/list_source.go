package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/steps"
)

// sourceListFlags are what the lists take that show the source: from a work directory, or from the source itself when there is none.
type sourceListFlags struct {
	Source string `short:"S" placeholder:"URI" env:"PGCOPY_SOURCE_PGURI,PGCOPYDB_SOURCE_PGURI" help:"The source to look at when the work directory holds no catalog."`
	dirFlag
	filterFlag
	splitFlags
	PgBinDir string `placeholder:"DIR" env:"PGCOPY_PG_BIN_DIR" help:"Where pg_dump and pg_restore are, if not on PATH."`
	jsonFlag
	logFlags
}

// show prints one of the catalog's lists.
func (f *sourceListFlags) show(a *app, what string) error {
	return f.inspect(a, func(db *catalogdb.DB) error {
		if f.JSON {
			return printListJSON(a.stdout, db, a, what)
		}
		return printList(a.stdout, db, a, what)
	})
}

// inspect gives the catalog to look at: that of the work directory, or one that was just read from the source.
func (f *sourceListFlags) inspect(a *app, show func(*catalogdb.DB) error) error {
	larger, parts, err := f.splitFlags.numbers()
	if err != nil {
		return err
	}
	o := steps.Options{Source: f.Source, Dir: f.path(), PgBinDir: f.PgBinDir, SplitTablesLargerThan: larger, SplitMaxParts: parts,
		SkipSplitByCTID: bool(f.SkipSplitByCTID), EstimateTableSizes: bool(f.EstimateTableSizes)}
	f.filterFlag.apply(&o)
	if o.Log, err = f.logger(a.stderr, false); err != nil {
		return err
	}
	return steps.Inspect(a.ctx, o, show)
}

func printList(w io.Writer, db *catalogdb.DB, a *app, what string) error {
	var columns []column
	var rows [][]string
	if err := db.List(a.ctx, what, func(names []string) error {
		for _, n := range names {
			columns = append(columns, left(strings.ToUpper(strings.ReplaceAll(n, "_", " "))))
		}
		return nil
	}, func(values []any) error {
		row := make([]string, len(values))
		for i, v := range values {
			if _, text := v.(string); !text {
				columns[i].right = true
			}
			row[i] = fmt.Sprint(v)
		}
		rows = append(rows, row)
		return nil
	}); err != nil {
		return err
	}
	if len(rows) == 0 {
		_, err := fmt.Fprintf(w, "no %s\n", strings.ReplaceAll(what, "-", " "))
		return err
	}
	return printTable(w, columns, rows)
}

// printListJSON prints an array of objects, row by row, with the columns in their order.
func printListJSON(w io.Writer, db *catalogdb.DB, a *app, what string) error {
	var names []string
	sep := "["
	if err := db.List(a.ctx, what, func(n []string) error { names = n; return nil }, func(values []any) error {
		var b strings.Builder
		b.WriteString(sep + "\n  {")
		for i, v := range values {
			if i > 0 {
				b.WriteString(", ")
			}
			key, _ := json.Marshal(names[i])
			value, err := json.Marshal(v)
			if err != nil {
				return err
			}
			b.Write(key)
			b.WriteString(": ")
			b.Write(value)
		}
		b.WriteString("}")
		sep = ","
		_, err := io.WriteString(w, b.String())
		return err
	}); err != nil {
		return err
	}
	if sep == "[" {
		_, err := io.WriteString(w, "[]\n")
		return err
	}
	_, err := io.WriteString(w, "\n]\n")
	return err
}

type listTablesCmd struct{ sourceListFlags }
type listTablePartsCmd struct{ sourceListFlags }
type listSequencesCmd struct{ sourceListFlags }
type listIndexesCmd struct{ sourceListFlags }
type listConstraintsCmd struct{ sourceListFlags }
type listExtensionsCmd struct{ sourceListFlags }
type listCollationsCmd struct{ sourceListFlags }
type listDependsCmd struct{ sourceListFlags }
type listSkippedCmd struct{ sourceListFlags }

// Run lists tables.
func (c *listTablesCmd) Run(a *app) error { return c.show(a, "tables") }

// Run lists the parts that tables are cut into.
func (c *listTablePartsCmd) Run(a *app) error { return c.show(a, "table-parts") }

// Run lists sequences.
func (c *listSequencesCmd) Run(a *app) error { return c.show(a, "sequences") }

// Run lists indexes.
func (c *listIndexesCmd) Run(a *app) error { return c.show(a, "indexes") }

// Run lists constraints.
func (c *listConstraintsCmd) Run(a *app) error { return c.show(a, "constraints") }

// Run lists extensions.
func (c *listExtensionsCmd) Run(a *app) error { return c.show(a, "extensions") }

// Run lists collations.
func (c *listCollationsCmd) Run(a *app) error { return c.show(a, "collations") }

// Run lists what needs what.
func (c *listDependsCmd) Run(a *app) error { return c.show(a, "depends") }

// Run lists what is left out.
func (c *listSkippedCmd) Run(a *app) error { return c.show(a, "skipped") }

type listDatabasesCmd struct {
	Source string `short:"S" placeholder:"URI" env:"PGCOPY_SOURCE_PGURI,PGCOPYDB_SOURCE_PGURI" help:"The server to look at."`
	jsonFlag
}

// Run lists the databases of the source's cluster.
func (c *listDatabasesCmd) Run(a *app) error {
	if err := connection("--source", c.Source, sourceEnvs...); err != nil {
		return err
	}
	all := []pgsource.Database{}
	if err := steps.Databases(a.ctx, steps.Options{Source: c.Source}, func(d pgsource.Database) error {
		all = append(all, d)
		return nil
	}); err != nil {
		return err
	}
	if c.JSON {
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
