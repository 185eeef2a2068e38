package pgsource

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/sql"
)

// LargeObjectsSize is how many bytes all large objects take on disk, and how many there are: enough for an estimate of a batch's size
// without reading any.
func LargeObjectsSize(ctx context.Context, conn *pgx.Conn) (bytes, count int64, err error) {
	err = conn.QueryRow(ctx, sql.Source("large_objects_size")).Scan(&bytes, &count)
	return bytes, count, err
}
