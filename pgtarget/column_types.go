package pgtarget

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// ColumnType is the type of a column.
type ColumnType struct {
	Table   int // position among the tables
	Name    string
	TypeOID uint32 // 0: there is no such column
}

// OtherTypes finds, in one round trip, the columns whose type on the target has another OID than told: it gives their positions in columns, and
// the OIDs that they have, 0 for a column or table that is not there.
func OtherTypes(ctx context.Context, conn *pgx.Conn, tables []pgschema.Name, columns []ColumnType, yield func(at int, has uint32)) error {
	schemas, names := make([]string, len(tables)), make([]string, len(tables))
	for i, t := range tables {
		schemas[i], names[i] = t.Schema, t.Rel
	}
	rels, cols, types := make([]int32, len(columns)), make([]string, len(columns)), make([]uint32, len(columns))
	for i, c := range columns {
		rels[i], cols[i], types[i] = int32(c.Table+1), c.Name, c.TypeOID
	}
	rows, err := conn.Query(ctx, statement(conn, "other_types"), schemas, names, rels, cols, types)
	if err != nil {
		return fmt.Errorf("read the types of %d columns: %w", len(columns), err)
	}
	var at int32
	var has uint32
	if _, err := pgx.ForEachRow(rows, []any{&at, &has}, func() error {
		yield(int(at)-1, has)
		return nil
	}); err != nil {
		return fmt.Errorf("read the types of %d columns: %w", len(columns), err)
	}
	return nil
}

// HoldShape keeps a table's columns as they are until the transaction ends, without reading a row.
func HoldShape(ctx context.Context, conn *pgx.Conn, name pgschema.Name) error {
	if _, err := conn.Exec(ctx, "SELECT FROM ONLY "+name.Quoted()+" LIMIT 0"); err != nil {
		return fmt.Errorf("lock %s: %w", name, err)
	}
	return nil
}
