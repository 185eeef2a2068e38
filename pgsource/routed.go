package pgsource

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// RoutedRoot is a partitioned table whose rows have to find their partitions anew on another server.
type RoutedRoot struct {
	OID  uint32
	Name pgschema.Name
	Why  string
}

// RoutedRoots hands over the roots of trees in which the same row may belong to another partition on another server. otherEncoding: the
// databases have different encodings.
func RoutedRoots(ctx context.Context, conn *pgx.Conn, otherEncoding bool, yield func(RoutedRoot) error) error {
	if ServerVersion(conn) < 110000 { // no hash partitioning
		return nil
	}
	return query(ctx, conn, "partitioned tables", "routed_roots", []any{otherEncoding}, func(r *RoutedRoot) []any {
		return []any{&r.OID, &r.Name.Schema, &r.Name.Rel, &r.Why}
	}, yield)
}
