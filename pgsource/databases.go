package pgsource

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// Databases hands over the cluster's databases, templates left out, biggest first.
func Databases(ctx context.Context, conn *pgx.Conn, yield func(pgschema.Database) error) error {
	return query(ctx, conn, "databases", "databases", nil, func(d *pgschema.Database) []any {
		return []any{&d.OID, &d.Name, &d.Owner, &d.Bytes, &d.Encoding, &d.Provider, &d.Collate, &d.Ctype, &d.Locale, &d.ICURules, &d.Tablespace,
			&d.ConnectionLimit}
	}, yield)
}
