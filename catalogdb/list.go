package catalogdb

import (
	"context"
	"database/sql"
	"fmt"

	stmt "github.com/pgcopy/pgcopy/sql"
)

// lists are the things that can be listed, and the statement that lists each.
var lists = map[string]string{
	"tables": stmt.CatalogShowListTables, "table-parts": stmt.CatalogShowListTableParts, "sequences": stmt.CatalogShowListSequences,
	"indexes": stmt.CatalogShowListIndexes, "constraints": stmt.CatalogShowListConstraints, "extensions": stmt.CatalogShowListExtensions,
	"collations": stmt.CatalogShowListCollations, "depends": stmt.CatalogShowListDepends, "skipped": stmt.CatalogShowListSkipped,
}

// List hands out the rows of a list one by one, after its column names. Values are int64, float64 or string.
func (db *DB) List(ctx context.Context, what string, columns func([]string) error, row func([]any) error) error {
	statement, ok := lists[what]
	if !ok {
		return fmt.Errorf("no list of %s", what)
	}
	first := true
	var values, targets []any
	return each(ctx, db.r, statement, nil, func(rows *sql.Rows) error {
		if first {
			first = false
			names, err := rows.Columns()
			if err != nil {
				return err
			}
			values, targets = make([]any, len(names)), make([]any, len(names))
			for i := range values {
				targets[i] = &values[i]
			}
			if err := columns(names); err != nil {
				return err
			}
		}
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		return row(values)
	})
}
