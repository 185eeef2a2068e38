package catalogdb

import (
	"context"
	"database/sql"
	"errors"

	"github.com/pgcopy/pgcopy/pgschema"
	stmt "github.com/pgcopy/pgcopy/sql"
)

// ClusterDatabase is one database of the source's server and where its own catalog is.
type ClusterDatabase struct {
	pgschema.Database
	Dir string // relative to the directory of this catalog
}

const databaseColumns = `oid, name, owner, bytes, dir, encoding, provider, lc_collate, lc_ctype, locale, icu_rules, tablespace, connection_limit`

// LoadDatabases replaces the databases of the source's server by those that fn stores.
func (db *DB) LoadDatabases(ctx context.Context, fn func(store func(ClusterDatabase) error) error) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `DELETE FROM cluster_database`); err != nil {
			return err
		}
		return fn(func(d ClusterDatabase) error {
			_, err := tx.ExecContext(ctx, `INSERT INTO cluster_database (`+databaseColumns+`) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
				d.OID, d.Name, d.Owner, d.Bytes, d.Dir, d.Encoding, d.Provider, d.Collate, d.Ctype, d.Locale, d.ICURules, d.Tablespace, d.ConnectionLimit)
			return err
		})
	})
}

// ClusterDatabase reads one of them.
func (db *DB) ClusterDatabase(ctx context.Context, oid uint32) (d ClusterDatabase, err error) {
	err = eachDatabase(ctx, db.r, `WHERE oid = ?`, []any{oid}, func(one ClusterDatabase) error {
		d = one
		return nil
	})
	if err == nil && d.OID == 0 {
		err = sql.ErrNoRows
	}
	return d, err
}

// ClusterDatabases hands them out, biggest first. There are none in the directory of a single database.
func (db *DB) ClusterDatabases(ctx context.Context, fn func(ClusterDatabase) error) error {
	return db.look(ctx, func(tx *sql.Tx) error { return eachDatabase(ctx, tx, `ORDER BY bytes DESC, name`, nil, fn) })
}

func eachDatabase(ctx context.Context, q queryer, which string, args []any, fn func(ClusterDatabase) error) error {
	return each(ctx, q, `SELECT `+databaseColumns+` FROM cluster_database `+which, args, func(rows *sql.Rows) error {
		var d ClusterDatabase
		if err := rows.Scan(&d.OID, &d.Name, &d.Owner, &d.Bytes, &d.Dir, &d.Encoding, &d.Provider, &d.Collate, &d.Ctype, &d.Locale, &d.ICURules,
			&d.Tablespace, &d.ConnectionLimit); err != nil {
			return err
		}
		return fn(d)
	})
}

// Urgency implements workflow.UrgentQueue.
func (db *DB) Urgency(ctx context.Context, pool string) (urgency int64, ok bool, err error) {
	err = db.r.QueryRowContext(ctx, stmt.CatalogUrgency, pool).Scan(&urgency)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	return urgency, err == nil, err
}

// BoundAt is when the directory was bound, "" when it was not yet.
func (db *DB) BoundAt(ctx context.Context) (moment string, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT created_at FROM setup`).Scan(&moment)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return moment, err
}
