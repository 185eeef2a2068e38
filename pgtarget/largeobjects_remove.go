package pgtarget

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// RemoveLargeObjects drops those of the named large objects that exist.
func RemoveLargeObjects(ctx context.Context, conn *pgx.Conn, oids []uint32) error {
	if len(oids) == 0 {
		return nil
	}
	_, err := conn.Exec(ctx, statement(conn, "large_objects_unlink"), oids)
	return err
}
