package pgsource

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/sql"
)

// Database is one database of the cluster.
type Database struct {
	OID   uint32 `json:"oid"`
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"` // -1 when the role may not ask
}

// Databases hands over the cluster's databases, templates left out, biggest first.
func Databases(ctx context.Context, conn *pgx.Conn, yield func(Database) error) error {
	rows, err := conn.Query(ctx, sql.Source("databases"))
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var d Database
		if err := rows.Scan(&d.OID, &d.Name, &d.Bytes); err != nil {
			return err
		}
		if err := yield(d); err != nil {
			return err
		}
	}
	return rows.Err()
}
