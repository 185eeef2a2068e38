package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/steps"
)

// sourceListFlags are what the lists take that show the source: from a work directory, or from the source itself when there is none.
type sourceListFlags struct {
	Source string `short:"S" placeholder:"URI" env:"PGCOPY_SOURCE_PGURI,PGCOPYDB_SOURCE_PGURI" help:"The source to look at when the work directory holds no catalog."`
	dirFlag
	allDatabasesFlag
	filterFlag
	splitFlags
	formatFlag
	PgBinDir string `placeholder:"DIR" env:"PGCOPY_PG_BIN_DIR" help:"Where pg_dump and pg_restore are, if not on PATH."`
	jsonFlag
	logFlags
}

// show prints one of the catalog's lists, or those of all databases as one.
func (f *sourceListFlags) show(a *app, what string) error {
	var l catalogList = &textRows{w: a.stdout, what: what}
	if f.JSON {
		l = &jsonRows{w: a.stdout}
	}
	if !bool(f.AllDatabases) && !steps.IsOverview(a.ctx, f.path()) {
		if err := f.inspect(a, func(db *catalogdb.DB) error { return db.List(a.ctx, what, l.columns, l.row) }); err != nil {
			return err
		}
		return l.end()
	}
	o, err := f.options(a)
	if err != nil {
		return err
	}
	if o.Filters != "" {
		return usagef("--filters names objects of one database, and this lists all of them: give one database's own --dir or --source")
	}
	if err := steps.InspectAll(a.ctx, o, func(database string, db *catalogdb.DB) error {
		if db == nil {
			o.Log.Warn("nothing is known of the database yet: its clone has not begun", "database", database)
			return nil
		}
		return db.List(a.ctx, what, func(names []string) error { return l.columns(append([]string{"database"}, names...)) },
			func(values []any) error { return l.row(append([]any{database}, values...)) })
	}); err != nil {
		return err
	}
	return l.end()
}

// inspect gives the catalog to look at: that of the work directory, or one that was just read from the source.
func (f *sourceListFlags) inspect(a *app, show func(*catalogdb.DB) error) error {
	o, err := f.options(a)
	if err != nil {
		return err
	}
	return steps.Inspect(a.ctx, o, show)
}

func (f *sourceListFlags) options(a *app) (o steps.Options, err error) {
	o = steps.Options{Source: f.Source, Dir: f.path(), PgBinDir: f.PgBinDir, TableJobs: 4} // clone's default
	if err := f.splitFlags.apply(&o); err != nil {
		return o, err
	}
	if o.CopyFormat, err = f.wish(); err != nil {
		return o, err
	}
	f.filterFlag.apply(&o)
	o.Log, err = f.logger(a.stderr, false)
	return o, err
}

// catalogList prints a list of the catalog, whatever its columns are, of one database or of several.
type catalogList interface {
	columns(names []string) error // told anew with each database
	row(values []any) error
	end() error
}

// textRows is a table.
type textRows struct {
	w    io.Writer
	what string
	cols []column
	rows [][]string
}

func (l *textRows) columns(names []string) error {
	if l.cols != nil {
		return nil
	}
	for _, n := range names {
		l.cols = append(l.cols, left(strings.ToUpper(strings.ReplaceAll(n, "_", " "))))
	}
	return nil
}

func (l *textRows) row(values []any) error {
	row := make([]string, len(values))
	for i, v := range values {
		if _, text := v.(string); !text {
			l.cols[i].right = true
		}
		row[i] = fmt.Sprint(v)
	}
	l.rows = append(l.rows, row)
	return nil
}

func (l *textRows) end() error {
	if len(l.rows) == 0 {
		_, err := fmt.Fprintf(l.w, "no %s\n", strings.ReplaceAll(l.what, "-", " "))
		return err
	}
	return printTable(l.w, l.cols, l.rows)
}

// jsonRows is an array of objects, written row by row, with the columns in their order.
type jsonRows struct {
	w     io.Writer
	names []string
	any   bool
}

func (l *jsonRows) columns(names []string) error {
	l.names = names
	return nil
}

func (l *jsonRows) row(values []any) error {
	var b strings.Builder
	b.WriteString(map[bool]string{false: "[\n  {", true: ",\n  {"}[l.any])
	l.any = true
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		key, _ := json.Marshal(l.names[i])
		value, err := json.Marshal(v)
		if err != nil {
			return err
		}
		b.Write(key)
		b.WriteString(": ")
		b.Write(value)
	}
	b.WriteString("}")
	_, err := io.WriteString(l.w, b.String())
	return err
}

func (l *jsonRows) end() error {
	text := "[]\n"
	if l.any {
		text = "\n]\n"
	}
	_, err := io.WriteString(l.w, text)
	return err
}

type listTablesCmd struct{ sourceListFlags }
type listTablePartsCmd struct{ sourceListFlags }
type listSequencesCmd struct{ sourceListFlags }
type listIndexesCmd struct{ sourceListFlags }
type listConstraintsCmd struct{ sourceListFlags }
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

// Run lists collations.
func (c *listCollationsCmd) Run(a *app) error { return c.show(a, "collations") }

// Run lists what needs what.
func (c *listDependsCmd) Run(a *app) error { return c.show(a, "depends") }

// Run lists what is left out.
func (c *listSkippedCmd) Run(a *app) error { return c.show(a, "skipped") }
