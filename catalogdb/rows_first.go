package catalogdb

import (
	"context"

	stmt "github.com/pgcopy/pgcopy/sql"
)

// InTheWayOfRows names a trigger, a foreign key or a populated materialized view that is on the target already while rows are still to be
// copied; kind is "" when there is none.
func (db *DB) InTheWayOfRows(ctx context.Context) (kind, name string, err error) {
	if err = db.r.QueryRowContext(ctx, stmt.CatalogInTheWayOfRows).Scan(&kind, &name); IsNoRows(err) {
		return "", "", nil
	}
	return kind, name, err
}
