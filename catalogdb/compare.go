package catalogdb

import (
	"context"
	"database/sql"
	"fmt"

	stmt "github.com/pgcopy/pgcopy/sql"
)

// PrepareComparison adds to a catalog what comparisons keep. It may be called again.
func (db *DB) PrepareComparison(ctx context.Context) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, stmt.CatalogCompareTables)
		return err
	})
}

// State tells one state of a work directory from another: when it was bound, how many runs it has seen, and how the last of them ended.
// It is "" for a directory that was never bound.
func (db *DB) State(ctx context.Context) (s string, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT s.created_at || ', ' || (SELECT count(*) || ' runs' || coalesce(max(', ' || ended_at), '') FROM run) FROM setup s`).Scan(&s)
	if IsNoRows(err) {
		return "", nil
	}
	return s, err
}

// LeftOut hands out what options and filters left out, and by which rule.
func (db *DB) LeftOut(ctx context.Context, fn func(kind, schema, name, rule string) error) error {
	return each(ctx, db.r, `SELECT kind, schema, name, rule FROM skipped_object`, nil, func(rows *sql.Rows) error {
		var kind, schema, name, rule string
		if err := rows.Scan(&kind, &schema, &name, &rule); err != nil {
			return err
		}
		return fn(kind, schema, name, rule)
	})
}

// ComparisonLoader writes what a comparison found, within one transaction.
type ComparisonLoader struct{ Loader }

// LoadComparison runs fn in one transaction, after which the catalog's comparison holds what fn wrote and nothing else.
func (db *DB) LoadComparison(ctx context.Context, fn func(*ComparisonLoader) error) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		for _, t := range []string{"compare_row", "compare_table", "compare_part", "compare_attribute", "compare_relation",
			"compare_object", "compare_entry", "compare_skip"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+t); err != nil {
				return err
			}
		}
		l := &ComparisonLoader{Loader{ctx: ctx, tx: tx, stmts: map[string]*sql.Stmt{}}}
		defer l.close()
		return fn(l)
	})
}

// Skip stores that something is left out.
func (l *ComparisonLoader) Skip(kind, schema, name, rule string) error {
	return l.exec(`INSERT INTO compare_skip (kind, schema, name, rule) VALUES (?, ?, ?, ?)`, kind, schema, name, rule)
}

// run executes a statement of sql/catalog once.
func (l *ComparisonLoader) run(what, statement string) error {
	if _, err := l.tx.ExecContext(l.ctx, statement); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// Entry stores one entry of a side's dump without its SQL. remark is what the dump says of it elsewhere.
func (l *ComparisonLoader) Entry(side Side, dumpID int, kind, schema, name, remark string) error {
	return l.exec(`INSERT INTO compare_entry (side, dump_id, kind, schema, name, remark) VALUES (?, ?, ?, ?, ?, ?)`, side, dumpID, kind, schema, name, remark)
}

// Definition stores the SQL of an entry.
func (l *ComparisonLoader) Definition(side Side, dumpID int, text string) error {
	return l.exec(`UPDATE compare_entry SET definition = ?3 || remark WHERE side = ?1 AND dump_id = ?2 AND ?3 <> ''`, side, dumpID, text)
}

// Fact stores what the dump does not tell: a sequence's value, a property of the database.
func (l *ComparisonLoader) Fact(side Side, kind, schema, name, definition string) error {
	return l.exec(`INSERT INTO compare_entry (side, dump_id, kind, schema, name, definition) VALUES (?, 0, ?, ?, ?, ?)`, side, kind, schema, name, definition)
}

// Match makes pairs of the entries of both sides. Entries without SQL say nothing and are dropped before.
func (l *ComparisonLoader) Match() error {
	for _, s := range []struct{ what, sql string }{
		{"drop empty entries", `DELETE FROM compare_entry WHERE definition = ''`},
		{"number entries", stmt.CatalogCompareNumberEntries}, {"match entries", stmt.CatalogCompareMatchEqual}, {"mark entries", stmt.CatalogCompareMarkMatched},
		{"number names", stmt.CatalogCompareNumberNames}, {"match names", stmt.CatalogCompareMatchNamed}, {"mark names", stmt.CatalogCompareMarkMatched},
		{"find single entries", stmt.CatalogCompareMatchAlone}, {"leave out", stmt.CatalogCompareSkipObjects},
	} {
		if err := l.run(s.what, s.sql); err != nil {
			return err
		}
	}
	return nil
}

// ObjectPair is an object that both sides have and define in other words.
type ObjectPair struct {
	ID             int64
	Kind           string
	Schema, Name   string
	Source, Target string
}

// DifferentObjects reads up to limit pairs of a kind that differ and whose id is greater than after, by id.
func (l *ComparisonLoader) DifferentObjects(kind string, after int64, limit int) (pairs []ObjectPair, err error) {
	err = each(l.ctx, l.tx, `SELECT o.id, o.kind, o.schema, o.name, s.definition, t.definition FROM compare_object o
		JOIN compare_entry s ON s.id = o.source_id JOIN compare_entry t ON t.id = o.target_id
		WHERE o.status = 'different' AND o.kind = ? AND o.id > ? ORDER BY o.id LIMIT ?`,
		[]any{kind, after, limit}, func(rows *sql.Rows) error {
			var p ObjectPair
			err := rows.Scan(&p.ID, &p.Kind, &p.Schema, &p.Name, &p.Source, &p.Target)
			pairs = append(pairs, p)
			return err
		})
	return pairs, err
}

// SetEqual records that a pair is equal in spite of its words, and why.
func (l *ComparisonLoader) SetEqual(object int64, note string) error {
	return l.exec(`UPDATE compare_object SET status = 'equal', note = ?2 WHERE id = ?1`, object, note)
}
