package pgsource

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/sql"
)

// DescribeRelation reads what a table is now: its columns in their order, dropped ones left out, and those that the server logs of an old row.
// identity is pg_class.relreplident: d, n, f or i. With f all columns are the key; d without a usable primary key has none, as n. Types are
// named without their modifiers. oid is 0 when there is no relation of that name.
func DescribeRelation(ctx context.Context, conn *pgx.Conn, name pgschema.Name) (oid uint32, identity byte, columns []pgschema.Column, key []string, err error) {
	rows, err := conn.Query(ctx, sql.Source("describe"), name.Schema, name.Rel)
	if err != nil {
		return 0, 0, nil, nil, fmt.Errorf("read table %s: %w", name, err)
	}
	type row struct {
		pgschema.Column
		identity string
		isKey    bool
	}
	err = each(rows, "table "+name.String(), func(r *row) []any {
		return []any{&r.TableOID, &r.identity, &r.Num, &r.Name, &r.TypeOID, &r.Type, &r.Generated, &r.Identity, &r.NotNull, &r.isKey}
	}, func(r row) error {
		oid, identity = r.TableOID, r.identity[0]
		if r.Num != 0 { // a table may have no columns
			columns = append(columns, r.Column)
		}
		if r.isKey {
			key = append(key, r.Name)
		}
		return nil
	})
	return oid, identity, columns, key, err
}
