package catalogdb

import (
	"context"
	"database/sql"

	"github.com/pgcopy/pgcopy/pgschema"
)

// FoundEmpty is a table that was truncated between the snapshot and its copy.
type FoundEmpty struct {
	OID    uint32
	Name   pgschema.Name
	ReadAt pgschema.LSN // the source's WAL when it was copied: its TRUNCATE is before that
	Seq    int64        // the spool's transaction of that TRUNCATE, 0 while it has not been met
}

// TableFoundEmpty notes such a table.
func (db *DB) TableFoundEmpty(ctx context.Context, oid uint32, name pgschema.Name, at pgschema.LSN) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO found_empty (oid, schema, name, read_at) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET read_at = excluded.read_at`, oid, name.Schema, name.Rel, at.String())
		return err
	})
}

// TableTruncated notes where its TRUNCATE is, durably: the target's transaction with it commits next.
func (db *DB) TableTruncated(ctx context.Context, oid uint32, seq int64) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.durably(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE found_empty SET truncated_seq = ? WHERE oid = ?`, seq, oid)
		return err
	})
}

// TablesFoundEmpty hands them out.
func (db *DB) TablesFoundEmpty(ctx context.Context, fn func(FoundEmpty) error) error {
	return each(ctx, db.r, `SELECT oid, schema, name, read_at, coalesce(truncated_seq, 0) FROM found_empty`, nil, func(rows *sql.Rows) error {
		var f FoundEmpty
		var at string
		if err := rows.Scan(&f.OID, &f.Name.Schema, &f.Name.Rel, &at, &f.Seq); err != nil {
			return err
		}
		var err error
		if f.ReadAt, err = pgschema.ParseLSN(at); err != nil {
			return err
		}
		return fn(f)
	})
}
