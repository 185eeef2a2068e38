package pgsource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// Kinds of relations (pg_class.relkind) that sections may name, and those that partitioned tables have.
var filterKinds = map[string][]string{
	pgschema.IncludeOnlyTable: {"r", "p", "m", "v", "f"},
	pgschema.ExcludeTable:     {"r", "p", "m", "v", "f"},
	pgschema.ExcludeTableData: {"r", "p", "m"},
	pgschema.ExcludeIndex:     {"i", "I"},
}

// FilterMatches finds what the entries of a filter mean in the database, by the server's own regular expressions, and hands it over, what
// an entry names before what is part of that. A literal entry that means nothing is a *pgdb.UserError which names the nearest objects, as is
// a regular expression that the server does not understand, a section that includes nothing at all, and what contradicts
// another section. A regular expression that matches nothing is told to warn. An error leaves the transaction of conn aborted or not.
//
// It takes one query a section, and one more where partitioned tables stand in a section's schemas.
func FilterMatches(ctx context.Context, conn *pgx.Conn, f *pgschema.Filter, warn func(string), yield func(pgschema.FilterMatch) error) error {
	if f.IsZero() {
		return nil
	}
	if err := checkRegexes(ctx, conn, f); err != nil {
		return err
	}
	m := &matcher{conn: conn, f: f, warn: warn, yield: yield}
	for _, section := range pgschema.FilterSections {
		if entries := f.Of(section); len(entries) > 0 {
			if err := m.section(ctx, section, entries); err != nil {
				return err
			}
		}
	}
	return nil
}

// ExtensionGrants hands over the members of extensions that have privileges of their own.
func ExtensionGrants(ctx context.Context, conn *pgx.Conn, yield func(pgschema.ExtensionGrant) error) error {
	return query(ctx, conn, "privileges of extensions", "extension_grants", nil, func(g *pgschema.ExtensionGrant) []any {
		return []any{&g.ExtensionOID, &g.Schema, &g.Tag}
	}, yield)
}

// Dependents hands over what needs one of the relations.
func Dependents(ctx context.Context, conn *pgx.Conn, relations []uint32, yield func(pgschema.Dependent) error) error {
	return query(ctx, conn, "what needs unreadable tables", "dependents", []any{relations}, func(d *pgschema.Dependent) []any {
		return []any{&d.Catalog, &d.OID, &d.Owned, &d.Needs}
	}, yield)
}

// ConstraintNeeds hands over what the indexes of constraints need beside their tables.
func ConstraintNeeds(ctx context.Context, conn *pgx.Conn, yield func(pgschema.ConstraintNeed) error) error {
	return query(ctx, conn, "what constraints need", "constraint_needs", nil, func(n *pgschema.ConstraintNeed) []any {
		return []any{&n.ConstraintOID, &n.Catalog, &n.OID}
	}, yield)
}

// checkRegexes has the server compile every expression, so that the error says which line of the file is wrong.
func checkRegexes(ctx context.Context, conn *pgx.Conn, f *pgschema.Filter) error {
	var batch pgx.Batch
	var of []pgschema.FilterEntry
	for _, e := range f.Entries {
		for _, p := range []pgschema.Pattern{e.Schema, e.Name} {
			if p.Regex {
				batch.Queue("SELECT ''::pg_catalog.text ~ $1::pg_catalog.text", p.Text)
				of = append(of, e)
			}
		}
	}
	if len(of) == 0 {
		return nil
	}
	results := conn.SendBatch(ctx, &batch)
	for _, e := range of {
		if _, err := results.Exec(); err != nil {
			_ = results.Close()
			var pg *pgconn.PgError
			if errors.As(err, &pg) && pg.Code == "2201B" { // invalid_regular_expression
				return &pgdb.UserError{Msg: fmt.Sprintf("%s: [%s] %s: %s", f.Place(e), e.Section, e, pg.Message),
					Hint: "regular expressions are PostgreSQL's: https://www.postgresql.org/docs/current/functions-matching.html#POSIX-SYNTAX-DETAILS", Err: err}
			}
			return fmt.Errorf("check regular expressions: %w", err)
		}
	}
	return results.Close()
}

// matcher resolves section after section.
type matcher struct {
	conn  *pgx.Conn
	f     *pgschema.Filter
	warn  func(string)
	yield func(pgschema.FilterMatch) error

	included map[string]bool // schemas of include-only-schema, nil when there is no such section
	excluded map[string]bool // schemas of exclude-schema
}

// section resolves the entries of one section.
func (m *matcher) section(ctx context.Context, section string, entries []pgschema.FilterEntry) error {
	met := make([]bool, len(entries))
	note := func(n int, match pgschema.FilterMatch) error {
		met[n-1] = true
		match.Entry = entries[n-1]
		return m.yield(match)
	}
	var err error
	switch section {
	case pgschema.IncludeOnlySchema, pgschema.ExcludeSchema:
		err = m.schemas(ctx, section, entries, note)
	case pgschema.IncludeOnlyExtension, pgschema.ExcludeExtension:
		err = m.names(ctx, "filter_extensions", entries, func(n int, oid uint32, name string) error {
			return note(n, pgschema.FilterMatch{Catalog: pgschema.ExtensionCatalog, OID: oid, Name: pgschema.Name{Rel: name}})
		})
	default:
		err = m.relations(ctx, section, entries, note)
	}
	if err != nil {
		return err
	}
	return m.unmet(ctx, section, entries, met)
}

// schemas resolves entries that name schemas. Partitions that live elsewhere go with the tables they are part of.
func (m *matcher) schemas(ctx context.Context, section string, entries []pgschema.FilterEntry, note func(int, pgschema.FilterMatch) error) error {
	found := map[string]bool{}
	var within []pgschema.FilterEntry
	var by []int
	if err := m.names(ctx, "filter_schemas", entries, func(n int, oid uint32, name string) error {
		if !found[name] {
			found[name] = true
			within = append(within, pgschema.FilterEntry{Schema: pgschema.Pattern{Text: name}, Name: pgschema.Pattern{Text: "", Regex: true}})
			by = append(by, n)
		}
		return note(n, pgschema.FilterMatch{Catalog: pgschema.NamespaceCatalog, OID: oid, Name: pgschema.Name{Schema: name}})
	}); err != nil {
		return err
	}
	if section == pgschema.IncludeOnlySchema {
		m.included = found
	} else {
		m.excluded = found
	}
	return m.relationRows(ctx, within, []string{"p"}, false, func(r relationRow) error {
		if !r.IsPart || found[r.Name.Schema] {
			return nil
		}
		return note(by[r.n-1], r.FilterMatch)
	})
}

// relations resolves entries that name tables or indexes.
func (m *matcher) relations(ctx context.Context, section string, entries []pgschema.FilterEntry, note func(int, pgschema.FilterMatch) error) error {
	return m.relationRows(ctx, entries, filterKinds[section], section == pgschema.ExcludeTableData, func(r relationRow) error {
		e := entries[r.n-1]
		if section == pgschema.ExcludeIndex && r.Incomplete {
			return &pgdb.UserError{Msg: fmt.Sprintf("%s: %s is the part of %s on one partition, and cannot be left out alone", m.f.Rule(e), r.Name, r.PartOf),
				Hint: fmt.Sprintf("name %s, which leaves out the indexes of all partitions, or let the entry not match it", r.PartOf)}
		}
		if section == pgschema.IncludeOnlyTable && !r.IsPart {
			if why := m.outside(r.Name.Schema); why != "" {
				if e.Literal() {
					return &pgdb.UserError{Msg: fmt.Sprintf("%s: %s schema %s out", m.f.Rule(e), why, pgschema.DisplayIdent(r.Name.Schema)),
						Hint: "remove one of the two entries"}
				}
				return nil
			}
		}
		if err := note(r.n, r.FilterMatch); err != nil || r.constraint == 0 || section != pgschema.ExcludeIndex {
			return err
		}
		r.Catalog, r.OID, r.Kind = pgschema.ConstraintCatalog, r.constraint, ""
		return note(r.n, r.FilterMatch)
	})
}

// outside tells which section leaves a schema out, "" when none does.
func (m *matcher) outside(schema string) string {
	switch {
	case m.excluded[schema]:
		return "[exclude-schema] leaves"
	case m.included != nil && !m.included[schema]:
		return "[include-only-schema] leaves"
	}
	return ""
}

// relationRow is one row of filter_relations.
type relationRow struct {
	n int
	pgschema.FilterMatch
	constraint uint32
}

func (m *matcher) relationRows(ctx context.Context, entries []pgschema.FilterEntry, kinds []string, config bool, yield func(relationRow) error) error {
	if len(entries) == 0 {
		return nil
	}
	schemas, schemaRE, names, nameRE := make([]string, len(entries)), make([]bool, len(entries)), make([]string, len(entries)), make([]bool, len(entries))
	for i, e := range entries {
		schemas[i], schemaRE[i], names[i], nameRE[i] = e.Schema.Text, e.Schema.Regex, e.Name.Text, e.Name.Regex
	}
	return query(ctx, m.conn, "what the filters mean", "filter_relations", []any{schemas, schemaRE, names, nameRE, kinds, config}, func(r *relationRow) []any {
		r.Catalog = pgschema.ClassCatalog
		return []any{&r.n, &r.OID, &r.Kind, &r.Name.Schema, &r.Name.Rel, &r.constraint, &r.IsPart, &r.PartOf.Schema, &r.PartOf.Rel, &r.Incomplete}
	}, yield)
}

// names resolves entries of one part.
func (m *matcher) names(ctx context.Context, statement string, entries []pgschema.FilterEntry, yield func(n int, oid uint32, name string) error) error {
	names, re := make([]string, len(entries)), make([]bool, len(entries))
	for i, e := range entries {
		names[i], re[i] = e.Name.Text, e.Name.Regex
	}
	type row struct {
		n    int
		oid  uint32
		name string
	}
	return query(ctx, m.conn, "what the filters mean", statement, []any{names, re}, func(r *row) []any {
		return []any{&r.n, &r.oid, &r.name}
	}, func(r row) error { return yield(r.n, r.oid, r.name) })
}

// unmet looks at the entries of a section that mean nothing.
func (m *matcher) unmet(ctx context.Context, section string, entries []pgschema.FilterEntry, met []bool) error {
	var missing []pgschema.FilterEntry
	any := false
	for i, e := range entries {
		switch {
		case met[i]:
			any = true
		case e.Literal():
			missing = append(missing, e)
		default:
			m.warn(m.f.Rule(e) + " matches nothing on the source")
		}
	}
	if len(missing) > 0 {
		return m.missing(ctx, section, missing)
	}
	if !any && strings.HasPrefix(section, "include-only-") && section != pgschema.IncludeOnlyExtension {
		return &pgdb.UserError{Msg: fmt.Sprintf("%s: nothing of [%s] is on the source: nothing would be copied", m.f.Place(entries[0]), section),
			Hint: "correct the expressions, or remove the section"}
	}
	return nil
}
