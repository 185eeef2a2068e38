package pgsource

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/sql"
)

// LargeObjectDigests hands over the MD5 digest of each large object in a range of OIDs, both ends included, by ascending OID. It may be
// asked of either side. An object has to fit a bytea value (1 GB) for it.
func LargeObjectDigests(ctx context.Context, conn *pgx.Conn, first, last uint32, yield func(oid uint32, digest string) error) error {
	rows, err := conn.Query(ctx, sql.Source("large_object_digests"), first, last)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var oid uint32
		var digest string
		if err := rows.Scan(&oid, &digest); err != nil {
			return err
		}
		if err := yield(oid, digest); err != nil {
			return err
		}
	}
	return rows.Err()
}
