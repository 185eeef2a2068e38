package pgsource

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// Indexes hands over the indexes of the tables of Tables, those of one table together, by ascending OID: valid and
// invalid ones (Valid is false also while one is being built or dropped), partitioned ones and those attached to them.
// Def is complete SQL whose names are qualified when the session's search_path is empty.
func Indexes(ctx context.Context, conn *pgx.Conn, o TableOptions, yield func(pgschema.Index) error) error {
	return query(ctx, conn, "indexes", "indexes", []any{o.EstimateSizes}, func(i *pgschema.Index) []any {
		return []any{&i.OID, &i.TableOID, &i.Name.Schema, &i.Name.Rel, &i.Def, &i.Unique, &i.Primary, &i.Exclusion,
			&i.Partitioned, &i.Valid, &i.Bytes, &i.ConstraintOID}
	}, yield)
}

// Constraints hands over the constraints of the tables of Tables, those of one table together, by ascending OID. A foreign key
// that a partition got from its parent, or that the referenced side's partitions add, is left out: creating the
// parent's makes it. Def is what follows ADD CONSTRAINT name.
func Constraints(ctx context.Context, conn *pgx.Conn, yield func(pgschema.Constraint) error) error {
	return query(ctx, conn, "constraints", "constraints", nil, func(c *pgschema.Constraint) []any {
		return []any{&c.OID, &c.TableOID, &c.IndexOID, &c.RefTable, &c.Name, &c.Type, &c.Def, &c.Deferrable, &c.Deferred,
			&c.Validated, &c.Period}
	}, yield)
}
