package catalogdb

import (
	"context"
	"database/sql"
	"encoding/json"

	stmt "github.com/pgcopy/pgcopy/sql"
)

// ObjectKind counts the objects of one kind in a comparison of schemas.
type ObjectKind struct {
	Kind       string `json:"kind"`
	Equal      int64  `json:"equal"`
	Different  int64  `json:"different"`
	OnlySource int64  `json:"only_source"`
	OnlyTarget int64  `json:"only_target"`
	LeftOut    int64  `json:"left_out"`
}

// ComparedKinds counts the objects of a comparison kind by kind.
func (db *DB) ComparedKinds(ctx context.Context) (kinds []ObjectKind, err error) {
	err = each(ctx, db.r, stmt.CatalogShowCompareKinds, nil, func(rows *sql.Rows) error {
		var k ObjectKind
		err := rows.Scan(&k.Kind, &k.Equal, &k.Different, &k.OnlySource, &k.OnlyTarget, &k.LeftOut)
		kinds = append(kinds, k)
		return err
	})
	return kinds, err
}

// ObjectDifference is an object that differs. The definition of a side that lacks it is "".
type ObjectDifference struct {
	Kind, Schema, Name string
	Status             string // different, only source, only target
	Note               string
	Source, Target     string
}

// ObjectDifferences hands out the objects that differ, kind by kind.
func (db *DB) ObjectDifferences(ctx context.Context, fn func(ObjectDifference) error) error {
	return each(ctx, db.r, stmt.CatalogShowCompareObjects, nil, func(rows *sql.Rows) error {
		var d ObjectDifference
		if err := rows.Scan(&d.Kind, &d.Schema, &d.Name, &d.Status, &d.Note, &d.Source, &d.Target); err != nil {
			return err
		}
		return fn(d)
	})
}

// TableTotals counts the tables of a comparison of data.
type TableTotals struct {
	Tables     int64 `json:"tables"`
	Equal      int64 `json:"equal"`
	Different  int64 `json:"different"`
	OnlySource int64 `json:"only_source"`
	OnlyTarget int64 `json:"only_target"`
	LeftOut    int64 `json:"left_out"`
	Unverified int64 `json:"unverified"` // could not be compared
	SourceRows int64 `json:"source_rows"`
	TargetRows int64 `json:"target_rows"`
	Runs       int64 `json:"runs"` // more than one: tables were compared under snapshots of different moments
}

// ComparedTotals counts the tables of a comparison.
func (db *DB) ComparedTotals(ctx context.Context) (t TableTotals, err error) {
	err = db.r.QueryRowContext(ctx, stmt.CatalogShowCompareTotals).Scan(&t.Tables, &t.Equal, &t.Different, &t.OnlySource, &t.OnlyTarget, &t.LeftOut,
		&t.Unverified, &t.SourceRows, &t.TargetRows, &t.Runs)
	return t, err
}

// ComparedTable is how one table compares.
type ComparedTable struct {
	ID           int64  `json:"-"`
	Schema       string `json:"schema"`
	Name         string `json:"name"`
	Display      string `json:"-"`
	Status       string `json:"status"` // equal, different, only source, only target, left out, unverified
	Note         string `json:"note,omitempty"`
	SourceRows   *int64 `json:"source_rows"`
	TargetRows   *int64 `json:"target_rows"`
	SourceDigest string `json:"source_digest,omitempty"`
	TargetDigest string `json:"target_digest,omitempty"`
	RowsDiffer   int64  `json:"-"`
	RowsComplete bool   `json:"-"`
	Error        string `json:"error,omitempty"` // why it could not be compared
	Hint         string `json:"hint,omitempty"`
}

// ComparedTables hands out the tables that are not equal, by name; all of them when asked for.
func (db *DB) ComparedTables(ctx context.Context, everything bool, fn func(ComparedTable) error) error {
	return each(ctx, db.r, stmt.CatalogShowCompareTables, []any{everything}, func(rows *sql.Rows) error {
		var t ComparedTable
		if err := rows.Scan(&t.ID, &t.Schema, &t.Name, &t.Display, &t.Status, &t.Note, &t.SourceRows, &t.TargetRows, &t.SourceDigest, &t.TargetDigest,
			&t.RowsDiffer, &t.RowsComplete, &t.Error, &t.Hint); err != nil {
			return err
		}
		if t.Status == "pending" {
			t.Status = "unverified"
			if t.Error == "" {
				t.Error = "not compared: the run ended before"
			}
		}
		return fn(t)
	})
}

// ComparedRows reads the rows of a table that differ, as far as they were looked for.
func (db *DB) ComparedRows(ctx context.Context, table int64) (list []DifferentRow, err error) {
	err = each(ctx, db.r, `SELECT change, key, columns, copies FROM compare_row WHERE table_id = ? ORDER BY number`, []any{table}, func(rows *sql.Rows) error {
		var r DifferentRow
		var key, columns string
		if err := rows.Scan(&r.Change, &key, &columns, &r.Copies); err != nil {
			return err
		}
		r.Key = json.RawMessage(key)
		err := json.Unmarshal([]byte(columns), &r.Columns)
		list = append(list, r)
		return err
	})
	return list, err
}
