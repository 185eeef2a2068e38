package catalogdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pgcopy/pgcopy/pgschema"
	stmt "github.com/pgcopy/pgcopy/sql"
)

// Side names one of the two databases of a comparison.
type Side string

// The two sides.
const (
	SourceSide Side = "source"
	TargetSide Side = "target"
)

// LargeObjects is the kind of the one relation that stands for all large objects of a side.
const LargeObjects = "l"

// Relation stores a relation of one side. condition restricts the rows that count, "" for all.
func (l *ComparisonLoader) Relation(side Side, t pgschema.Table, condition string) error {
	display := displayName(t.Name)
	if t.Kind == LargeObjects {
		display = "large objects"
	}
	return l.exec(`INSERT INTO compare_relation (side, oid, schema, name, display, kind, bytes, populated, root_oid, condition) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO NOTHING`, side, t.OID, t.Name.Schema, t.Name.Rel, display, t.Kind, t.Bytes, t.Populated, t.RootOID, condition)
}

// RoutedRoot marks the root of a tree in which the same row may be in another partition on the other side, and all its partitions.
func (l *ComparisonLoader) RoutedRoot(side Side, oid uint32) error {
	return l.exec(`UPDATE compare_relation SET routed = 1 WHERE side = ?1 AND ?2 IN (oid, root_oid)`, side, oid)
}

// CompareColumn is a column as a comparison sees it.
type CompareColumn struct {
	TableOID uint32
	Num      int16
	Name     string
	Type     string // format_type()
	BaseOID  uint32 // of the type below all domains
	ElemOID  uint32 // of an array's elements, 0 for other types
	Domain   bool
}

// Attribute stores a column of one side. Those of relations that are not compared are ignored.
func (l *ComparisonLoader) Attribute(side Side, c CompareColumn) error {
	return l.exec(`INSERT INTO compare_attribute (side, oid, num, name, type, base_oid, elem_oid, domain)
		SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8 WHERE EXISTS (SELECT 1 FROM compare_relation WHERE side = ?1 AND oid = ?2)`,
		side, c.TableOID, c.Num, c.Name, c.Type, c.BaseOID, c.ElemOID, c.Domain)
}

// Key stores by which columns the rows of a relation are told apart.
func (l *ComparisonLoader) Key(side Side, table uint32, columns []string) error {
	text, err := json.Marshal(columns)
	if err != nil {
		return err
	}
	return l.exec(`UPDATE compare_relation SET key_columns = ?3 WHERE side = ?1 AND oid = ?2`, side, table, string(text))
}

// Part stores one part of a relation that is read in several.
func (l *ComparisonLoader) Part(side Side, p pgschema.Part) error {
	return l.exec(`INSERT INTO compare_part (side, oid, number, count, condition) VALUES (?, ?, ?, ?, ?)`, side, p.TableOID, p.Number, p.Count, p.Where)
}

// Pair makes pairs of the relations of both sides.
func (l *ComparisonLoader) Pair() error {
	for _, s := range []struct{ what, sql string }{
		{"pair tables", stmt.CatalogComparePairTables}, {"leave out", stmt.CatalogCompareSkipTables}, {"complete parts", stmt.CatalogCompareWholeParts},
	} {
		if err := l.run(s.what, s.sql); err != nil {
			return err
		}
	}
	return nil
}

// CompareAgain readies an unfinished comparison for going on: tables found equal stay so, all others are compared anew. kept is how many stay.
func (db *DB) CompareAgain(ctx context.Context) (kept int64, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, stmt.CatalogCompareAgain); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, stmt.CatalogCountBlockers); err != nil {
			return err
		}
		return tx.QueryRowContext(ctx, `SELECT count(*) FROM compare_table c JOIN task t ON t.step = 'compare-table' AND t.oid = c.id AND t.state = 'done'`).Scan(&kept)
	})
	return kept, err
}

// ComparePair is one table on both sides.
type ComparePair struct {
	ID      int64
	Name    pgschema.Name
	Sides   [2]CompareRelation // source, target
	Columns []ColumnPair       // in the source's order, those of the target only behind them
	Parts   int                // parts on the source, 0 when the table is read in one
	Digests [2]RowDigest       // once compared
}

// CompareRelation is what one side of a pair is.
type CompareRelation struct {
	OID       uint32
	Kind      string
	Bytes     int64
	Condition string
	Key       []string
}

// ColumnPair is a column by its name; the type of a side that lacks it is "".
type ColumnPair struct {
	Name                       string
	SourceType, TargetType     string
	BaseOID, ElemOID           uint32 // 0 where the two sides do not agree: types of the user's own
	SourceDomain, TargetDomain bool
}

// RowDigest is what the rows of a table, or of a part, come to: their number, and the sums of the two halves of their md5, in decimal.
type RowDigest struct {
	Rows      int64
	High, Low string
}

// ComparePair reads a pair of tables.
func (db *DB) ComparePair(ctx context.Context, id int64) (p ComparePair, err error) {
	p.ID = id
	var digests [2]string
	if err = db.r.QueryRowContext(ctx, `SELECT c.schema, c.name, c.source_oid, c.target_oid,
		(SELECT count(*) FROM compare_part p WHERE p.side = 'source' AND p.oid = c.source_oid), coalesce(c.source_rows, 0), coalesce(c.target_rows, 0),
		coalesce(c.source_digest, ''), coalesce(c.target_digest, '') FROM compare_table c WHERE c.id = ?`, id).
		Scan(&p.Name.Schema, &p.Name.Rel, &p.Sides[0].OID, &p.Sides[1].OID, &p.Parts, &p.Digests[0].Rows, &p.Digests[1].Rows,
			&digests[0], &digests[1]); err != nil {
		return p, err
	}
	for i, d := range digests {
		p.Digests[i].High, p.Digests[i].Low, _ = strings.Cut(d, "/")
	}
	for i, side := range []Side{SourceSide, TargetSide} {
		r, key := &p.Sides[i], ""
		if err = db.r.QueryRowContext(ctx, `SELECT kind, bytes, condition, key_columns FROM compare_relation WHERE side = ? AND oid = ?`, side, r.OID).
			Scan(&r.Kind, &r.Bytes, &r.Condition, &key); err != nil {
			return p, err
		}
		if err = json.Unmarshal([]byte(key), &r.Key); err != nil {
			return p, fmt.Errorf("key of %s: %w", p.Name, err)
		}
	}
	err = each(ctx, db.r, stmt.CatalogComparePairColumns, []any{id}, func(rows *sql.Rows) error {
		var c ColumnPair
		err := rows.Scan(&c.Name, &c.SourceType, &c.TargetType, &c.BaseOID, &c.ElemOID, &c.SourceDomain, &c.TargetDomain)
		p.Columns = append(p.Columns, c)
		return err
	})
	return p, err
}

// ComparePart reads one part of a relation of a side.
func (db *DB) ComparePart(ctx context.Context, side Side, table uint32, number int) (p pgschema.Part, err error) {
	p.TableOID, p.Number = table, number
	err = db.r.QueryRowContext(ctx, `SELECT count, condition FROM compare_part WHERE side = ? AND oid = ? AND number = ?`, side, table, number).
		Scan(&p.Count, &p.Where)
	return p, err
}

// RecordPart stores what the rows of a part come to.
func (db *DB) RecordPart(ctx context.Context, side Side, p pgschema.Part, d RowDigest) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE compare_part SET rows = ?, sum_high = ?, sum_low = ? WHERE side = ? AND oid = ? AND number = ?`,
			d.Rows, d.High, d.Low, side, p.TableOID, p.Number)
		return err
	})
}

// PartDigests hands out what the parts of a relation came to.
func (db *DB) PartDigests(ctx context.Context, side Side, table uint32, fn func(RowDigest) error) error {
	return each(ctx, db.r, `SELECT rows, sum_high, sum_low FROM compare_part WHERE side = ? AND oid = ? ORDER BY number`, []any{side, table}, func(rows *sql.Rows) error {
		var d RowDigest
		if err := rows.Scan(&d.Rows, &d.High, &d.Low); err != nil {
			return err
		}
		return fn(d)
	})
}

// RecordTable stores how a pair of tables compares.
func (db *DB) RecordTable(ctx context.Context, id int64, status, note string, source, target RowDigest) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE compare_table SET status = ?2, note = ?3, source_rows = ?4, target_rows = ?5, source_digest = ?6, target_digest = ?7,
			run_id = ?8, compared_at = strftime('%Y-%m-%dT%H:%M:%fZ','now') WHERE id = ?1`,
			id, status, note, source.Rows, target.Rows, source.High+"/"+source.Low, target.High+"/"+target.Low, db.runID)
		return err
	})
}

// DifferentRow is a row that one side lacks or has otherwise.
type DifferentRow struct {
	Change  string          `json:"change"` // missing on the target, extra there, or changed
	Key     json.RawMessage `json:"key"`
	Columns []string        `json:"columns,omitempty"`
	Copies  int64           `json:"copies"`
}

// RecordRows stores the rows of a table that differ. complete: there are no others.
func (db *DB) RecordRows(ctx context.Context, id int64, list []DifferentRow, complete bool) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM compare_row WHERE table_id = ?`, id); err != nil {
			return err
		}
		for i, r := range list {
			columns, err := json.Marshal(append([]string{}, r.Columns...))
			if err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO compare_row (table_id, number, change, key, columns, copies) VALUES (?, ?, ?, ?, ?, ?)`,
				id, i+1, r.Change, string(r.Key), string(columns), r.Copies); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `UPDATE compare_table SET rows_differ = ?2, rows_complete = ?3 WHERE id = ?1`, id, len(list), complete)
		return err
	})
}
