package catalogdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/pgcopy/pgcopy/pgschema"
	stmt "github.com/pgcopy/pgcopy/sql"
)

// FilterMatch stores what an entry of the filters means on the source, with the rule as people will read it. The first entry that means
// an object is the one that is told.
func (l *Loader) FilterMatch(m pgschema.FilterMatch, rule string) error {
	partOf := ""
	if m.IsPart {
		partOf = m.PartOf.String()
	}
	return l.exec(`INSERT INTO filter_match (section, catalog_oid, object_oid, kind, schema, name, rule, is_literal, part_of)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`, m.Entry.Section, m.Catalog, m.OID, m.Kind, m.Name.Schema, m.Name.Rel, rule,
		m.Entry.Literal(), partOf)
}

// ExtensionGrant stores a member of an extension that has privileges of its own.
func (l *Loader) ExtensionGrant(g pgschema.ExtensionGrant) error {
	return l.exec(`INSERT INTO extension_grant (extension_oid, schema, tag) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`, g.ExtensionOID, g.Schema, g.Tag)
}

// ConstraintNeed stores what the index of a constraint needs.
func (l *Loader) ConstraintNeed(n pgschema.ConstraintNeed) error {
	return l.exec(`INSERT INTO constraint_need (constraint_oid, catalog_oid, object_oid) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		n.ConstraintOID, n.Catalog, n.OID)
}

// DirectRule is the rule by which the filters leave a relation out by itself, or, if rowsToo, its rows; "" when none does. What is left
// out because of what it needs is not known before the archive is.
func (l *Loader) DirectRule(oid uint32, schema string, rowsToo bool) (rule string, err error) {
	s, err := l.prepare(stmt.CatalogFilterDirect)
	if err != nil {
		return "", err
	}
	err = s.QueryRowContext(l.ctx, oid, schema, rowsToo).Scan(&rule)
	if IsNoRows(err) {
		return "", nil
	}
	return rule, err
}

// Hidden stores a table or sequence that pg_dump must not be shown, since it may not be read.
func (l *Loader) Hidden(u pgschema.Unreadable, rule string) error {
	return l.exec(`INSERT INTO hidden_relation (oid, kind, schema, name, rule) VALUES (?, CASE ? WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, ?, ?, ?)`,
		u.OID, u.Kind, u.Name.Schema, u.Name.Rel, rule)
}

// HiddenNeed stores what needs such a relation.
func (l *Loader) HiddenNeed(d pgschema.Dependent) error {
	return l.exec(`INSERT INTO hidden_need (catalog_oid, object_oid, is_owned, needs_oid) VALUES (?, ?, ?, ?)`, d.Catalog, d.OID, d.Owned, d.Needs)
}

// HiddenRelations hands out the tables and sequences that pg_dump must not be shown.
func (db *DB) HiddenRelations(ctx context.Context, fn func(pgschema.Name) error) error {
	return each(ctx, db.r, `SELECT schema, name FROM hidden_relation ORDER BY oid`, nil, func(rows *sql.Rows) error {
		var n pgschema.Name
		if err := rows.Scan(&n.Schema, &n.Rel); err != nil {
			return err
		}
		return fn(n)
	})
}

// LostError says that something which a filter names by itself cannot be copied, because it needs what the filter leaves out.
type LostError struct {
	Rule string // the entry that names it
	Kind string // what it is, in the archive's words
	Name string
	Via  string // what it needs
	Why  string // the rule that leaves that out
}

func (e *LostError) Error() string {
	return fmt.Sprintf("%s: %s %s %s: %s", e.Rule, strings.ToLower(e.Kind), e.Name, e.Via, e.Why)
}

// Filter decides, when all entries of the archive are stored, which of them are left out: what the filter's entries mean, and what
// cannot be without that. What is left out is recorded in skipped_object and is no longer among the objects found. The error is a
// *LostError when an entry of an include-only section would be left out all the same.
func (l *ArchiveLoader) Filter(f *pgschema.Filter) error {
	if f.IsZero() {
		return nil
	}
	c := &filtering{l: l}
	c.run(stmt.CatalogFilterBegin)
	c.close(stmt.CatalogFilterExtensions, f.Has(pgschema.IncludeOnlyExtension))
	c.run(stmt.CatalogFilterSchemas)
	c.run(stmt.CatalogFilterHidden)
	c.close(stmt.CatalogFilterRelations)
	switch {
	case f.Has(pgschema.IncludeOnlyTable):
		c.include(stmt.CatalogFilterSelectTables, pgschema.IncludeOnlyTable)
	case f.Has(pgschema.IncludeOnlySchema):
		c.include(stmt.CatalogFilterSelectSchemas, pgschema.IncludeOnlySchema)
	}
	c.close(stmt.CatalogFilterSkipSequences)
	c.run(stmt.CatalogFilterSkipMappings)
	c.close(stmt.CatalogFilterSkipLeftovers)
	c.run(stmt.CatalogFilterSkipData)
	c.close(stmt.CatalogFilterSkipRefreshes)
	if c.err == nil {
		c.err = l.lost()
	}
	c.run(stmt.CatalogFilterPrune)
	return c.err
}

// filtering runs the statements of a filter one after the other, none after the first error.
type filtering struct {
	l      *ArchiveLoader
	closed int64 // skipped_object is complete up to this row: what needs one of these is in it
	err    error
}

func (c *filtering) run(statement string, args ...any) {
	if c.err == nil {
		_, c.err = c.l.tx.ExecContext(c.l.ctx, statement, args...)
	}
}

// close runs a statement and then adds what needs what it has left out, until nothing more does. Every row is gone on from once.
func (c *filtering) close(statement string, args ...any) {
	c.run(statement, args...)
	for c.err == nil {
		var last int64
		if c.err = c.l.tx.QueryRowContext(c.l.ctx, `SELECT coalesce(max(id), 0) FROM skipped_object`).Scan(&last); c.err != nil || last == c.closed {
			return
		}
		c.run(stmt.CatalogFilterClose, c.closed, last)
		c.closed = last
	}
}

// include leaves out all that a section does not name and nothing that it names needs.
func (c *filtering) include(selection, section string) {
	c.run(selection)
	c.close(stmt.CatalogFilterNotIncluded, section)
	c.run(stmt.CatalogFilterKeep)
	c.run(stmt.CatalogFilterKeepMappings)
	c.run(stmt.CatalogFilterKeepRiders)
	c.run(stmt.CatalogFilterSkipRest, section)
	c.run(stmt.CatalogFilterSkipDefinitions, section)
}

// lost finds what is included by name and left out all the same.
func (l *ArchiveLoader) lost() error {
	var e LostError
	err := l.tx.QueryRowContext(l.ctx, stmt.CatalogFilterLost).Scan(&e.Rule, &e.Kind, &e.Name, &e.Via, &e.Why)
	switch {
	case err == nil:
		return &e
	case IsNoRows(err):
		return nil
	default:
		return err
	}
}

// Skipped is an object that options or filters left out.
type Skipped struct {
	Kind   string `json:"kind"` // as the archive calls it; TABLE DATA when only the rows are left out
	OID    uint32 `json:"oid"`
	Schema string `json:"schema"`
	Name   string `json:"name"`
	Rule   string `json:"rule"`
	Via    string `json:"via"` // what it needs that is left out, "" when the rule means it by itself
}

// unforeseen are tables that the rules do not mean, but that need something they leave out: people may not expect these.
const unforeseen = ` FROM skipped_object WHERE kind IN ('TABLE', 'FOREIGN TABLE') AND via LIKE 'needs %'`

// SkippedCounts counts what was left out, by kind.
func (l *ArchiveLoader) SkippedCounts() (counts map[string]int64, err error) {
	counts = map[string]int64{}
	return counts, each(l.ctx, l.tx, `SELECT kind, count(*) FROM skipped_object GROUP BY kind`, nil, func(rows *sql.Rows) error {
		var kind string
		var n int64
		err := rows.Scan(&kind, &n)
		counts[kind] = n
		return err
	})
}

// UnforeseenTables lists the first of the tables that are left out only because of what they need, and counts all.
func (l *ArchiveLoader) UnforeseenTables(most int) (first []Skipped, all int64, err error) {
	if err = l.tx.QueryRowContext(l.ctx, `SELECT count(*)`+unforeseen).Scan(&all); err != nil || all == 0 {
		return nil, all, err
	}
	return first, all, each(l.ctx, l.tx, `SELECT kind, oid, schema, name, rule, via`+unforeseen+` ORDER BY id LIMIT ?`, []any{most}, func(rows *sql.Rows) error {
		var s Skipped
		err := rows.Scan(&s.Kind, &s.OID, &s.Schema, &s.Name, &s.Rule, &s.Via)
		first = append(first, s)
		return err
	})
}

// SkippedObjects hands out what options and filters left out, in the order in which it was found.
func (db *DB) SkippedObjects(ctx context.Context, fn func(Skipped) error) error {
	return each(ctx, db.r, `SELECT kind, oid, schema, name, rule, via FROM skipped_object ORDER BY id`, nil, func(rows *sql.Rows) error {
		var s Skipped
		if err := rows.Scan(&s.Kind, &s.OID, &s.Schema, &s.Name, &s.Rule, &s.Via); err != nil {
			return err
		}
		return fn(s)
	})
}

// RowsLeftOut is the rule that leaves a table or its rows out, "" when they are copied. A table that was made after the source was looked at
// is left out only with its schema: what else it may be a part of is not known.
func (db *DB) RowsLeftOut(ctx context.Context, name pgschema.Name) (rule string, err error) {
	err = db.r.QueryRowContext(ctx, stmt.CatalogFilterLeftOut, name.Schema, name.Rel).Scan(&rule)
	if IsNoRows(err) {
		return "", nil
	}
	return rule, err
}

// TableOID is the OID of a copied table, 0 when the copy knows none of the name.
func (db *DB) TableOID(ctx context.Context, name pgschema.Name) (oid uint32, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT oid FROM source_table WHERE schema = ? AND name = ?`, name.Schema, name.Rel).Scan(&oid)
	if IsNoRows(err) {
		return 0, nil
	}
	return oid, err
}

// SequenceLeftOut tells whether a sequence is not copied.
func (db *DB) SequenceLeftOut(ctx context.Context, oid uint32) (out bool, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM skipped_object WHERE kind = 'SEQUENCE' AND oid = ?)`, oid).Scan(&out)
	return out, err
}

// AnySkipped tells whether options or filters left out some entry of the archive.
func (db *DB) AnySkipped(ctx context.Context) (any bool, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM skipped_object WHERE dump_id IS NOT NULL)`).Scan(&any)
	return any, err
}

// KeptEntries hands out the dump ids of the archive's entries that are not left out, in the order in which they can be made.
func (db *DB) KeptEntries(ctx context.Context, fn func(dumpID int) error) error {
	return each(ctx, db.r, `SELECT dump_id FROM archive_entry WHERE done_by <> '' ORDER BY position`, nil, func(rows *sql.Rows) error {
		var id int
		if err := rows.Scan(&id); err != nil {
			return err
		}
		return fn(id)
	})
}
