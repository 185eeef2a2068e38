package pgsource

import (
	"context"
	"fmt"
	"strings"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// mostMissing bounds how many entries one message tells about.
const mostMissing = 10

// absent is an entry that names nothing, and what may have been meant.
type absent struct {
	entry   pgschema.FilterEntry
	near    *pgschema.Closest
	because string // why what is there is not what the section can name
}

// missing says which literal entries name nothing, and what is nearest to them.
func (m *matcher) missing(ctx context.Context, section string, entries []pgschema.FilterEntry) error {
	all := make([]*absent, 0, mostMissing)
	for _, e := range entries[:min(len(entries), mostMissing)] {
		all = append(all, &absent{entry: e, near: pgschema.NewClosest(e.String(), 3)})
	}
	if err := m.candidates(ctx, section, all); err != nil {
		return err
	}
	lines := make([]string, 0, len(all)+1)
	for _, a := range all {
		line := fmt.Sprintf("%s: [%s] %s", m.f.Place(a.entry), section, a.entry)
		if a.because != "" {
			line += " " + a.because
		} else if line += " is not on the source"; len(a.near.Words()) > 0 {
			line += ": did you mean " + strings.Join(a.near.Words(), " or ") + "?"
		}
		lines = append(lines, line)
	}
	if more := len(entries) - len(all); more > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", more))
	}
	return &pgdb.UserError{Msg: strings.Join(lines, "\n"),
		Hint: "correct or remove the entries (unquoted names are folded to lower case); a regular expression such as ~/^name$/ may match nothing"}
}

// candidates offers everything that could be meant to each absent entry.
func (m *matcher) candidates(ctx context.Context, section string, all []*absent) error {
	statement := map[bool]string{true: "filter_schema_names", false: "filter_extension_names"}[strings.HasSuffix(section, "-schema")]
	if kinds := filterKinds[section]; kinds != nil {
		return m.relationNames(ctx, section, all)
	}
	return query(ctx, m.conn, "names", statement, nil, func(s *string) []any { return []any{s} }, func(name string) error {
		for _, a := range all {
			if name == a.entry.Name.Text {
				a.because = "is a schema of the system, which is never copied"
			}
			if !strings.HasPrefix(name, "pg_") {
				a.near.Offer(pgschema.DisplayIdent(name))
			}
		}
		return nil
	})
}

// kindNames is what pg_class.relkind means to people.
var kindNames = map[string]string{"r": "a table", "p": "a table", "m": "a materialized view", "v": "a view", "f": "a foreign table",
	"S": "a sequence", "i": "an index", "I": "an index"}

func (m *matcher) relationNames(ctx context.Context, section string, all []*absent) error {
	type row struct {
		name            pgschema.Name
		kind, extension string
	}
	return query(ctx, m.conn, "names", "filter_relation_names", nil, func(r *row) []any {
		return []any{&r.name.Schema, &r.name.Rel, &r.kind, &r.extension}
	}, func(r row) error {
		fits := r.extension == "" && strings.Contains(strings.Join(filterKinds[section], ""), r.kind)
		for _, a := range all {
			switch {
			case r.name.Schema == a.entry.Schema.Text && r.name.Rel == a.entry.Name.Text:
				a.because = unfit(section, r.name, r.kind, r.extension)
			case fits:
				a.near.Offer(r.name.String())
			}
		}
		return nil
	})
}

// unfit says why a relation of just that name is not what a section can name.
func unfit(section string, name pgschema.Name, kind, extension string) string {
	what := "is " + kindNames[kind]
	switch {
	case name.Schema == "information_schema" || strings.HasPrefix(name.Schema, "pg_"):
		return what + " of the system, which is never copied"
	case extension != "" && (kind == "r" || kind == "p"):
		return fmt.Sprintf("%s of extension %s, and is made by it: use [exclude-extension]; for the rows of its configuration tables, [exclude-table-data]",
			what, pgschema.DisplayIdent(extension))
	case extension != "":
		return fmt.Sprintf("%s of extension %s, and is made by it: use [exclude-extension]", what, pgschema.DisplayIdent(extension))
	case kind == "i" || kind == "I":
		return what + ", and [" + section + "] names tables: use [exclude-index]"
	case section == pgschema.ExcludeIndex:
		return what + ", and [exclude-index] names indexes: use [exclude-table]"
	case kind == "S":
		return what + ": it goes with the table that owns it, or with its schema"
	case section == pgschema.ExcludeTableData:
		return what + " and has no rows of its own: use [exclude-table]"
	default:
		return what + " that is not copied: it is temporary"
	}
}
