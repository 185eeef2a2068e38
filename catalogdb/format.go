package catalogdb

import (
	"context"
	"database/sql"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	stmt "github.com/pgcopy/pgcopy/sql"
)

// ColumnTypes are the types of all columns that travel, each once. How many there are does not grow with the number of tables.
func (l *Loader) ColumnTypes() (oids []uint32, err error) {
	err = each(l.ctx, l.tx, `SELECT DISTINCT type_oid FROM source_column WHERE generated = '' ORDER BY type_oid`, nil, func(rows *sql.Rows) error {
		var oid uint32
		err := rows.Scan(&oid)
		oids = append(oids, oid)
		return err
	})
	return oids, err
}

// TypeForm stores what a type is in binary COPY.
func (l *Loader) TypeForm(t pgdb.TypeForm) error {
	return l.exec(`INSERT INTO source_type (oid, name, form, verdict, reason) VALUES (?, ?, ?, ?, ?)`, t.OID, t.Name, t.Form, t.Verdict, t.Reason)
}

// ChooseFormats decides for each table with rows of its own whether they travel as text or in binary. why, when not "", is why all of them travel
// as text; bold takes types that are declined for caution only.
func (l *Loader) ChooseFormats(why string, bold bool) error {
	return l.exec(stmt.CatalogChooseFormat, why, bold)
}

// ColumnForm is a column with what it is in binary COPY.
type ColumnForm struct {
	pgschema.Column
	Form string
}

// ColumnForms reads the columns of a table that travel, in order.
func (db *DB) ColumnForms(ctx context.Context, table uint32) (cols []ColumnForm, err error) {
	err = each(ctx, db.r, `SELECT c.num, c.name, c.type_oid, coalesce(y.form, '') FROM source_column c LEFT JOIN source_type y ON y.oid = c.type_oid
		WHERE c.table_oid = ? AND c.generated = '' ORDER BY c.num`, []any{table}, func(rows *sql.Rows) error {
		c := ColumnForm{Column: pgschema.Column{TableOID: table}}
		err := rows.Scan(&c.Num, &c.Name, &c.TypeOID, &c.Form)
		cols = append(cols, c)
		return err
	})
	return cols, err
}

// CopyAsText notes that a table's rows travel as text after all, and why. It may be said again.
func (db *DB) CopyAsText(ctx context.Context, table uint32, why string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE source_table SET copy_format = 'text', format_reason = ? WHERE oid = ?`, why, table)
		return err
	})
}

// TablesAsText counts the tables to copy whose rows travel as text, and hands out the first few with the reason.
func (db *DB) TablesAsText(ctx context.Context, first int, fn func(table, why string)) (n int, err error) {
	err = each(ctx, db.r, `SELECT t.display, t.format_reason, count(*) OVER () FROM source_table t
		WHERE t.copy_format = 'text' AND EXISTS (SELECT 1 FROM task WHERE task.step = 'copy-table' AND task.oid = t.oid)
		ORDER BY t.bytes DESC, t.oid LIMIT ?`, []any{first}, func(rows *sql.Rows) error {
		var table, why string
		err := rows.Scan(&table, &why, &n)
		fn(table, why)
		return err
	})
	return n, err
}
