package catalogdb

import (
	"context"
	"database/sql"
	"fmt"

	stmt "github.com/pgcopy/pgcopy/sql"
)

// schemaSections are the parts of the schema's description, in order. one: a single object instead of a list.
var schemaSections = []struct {
	name, statement string
	one             bool
}{
	{"database", stmt.CatalogShowSchemaDatabase, true},
	{"extensions", stmt.CatalogShowSchemaExtensions, false},
	{"schemas", stmt.CatalogShowSchemaSchemas, false},
	{"tables", stmt.CatalogShowSchemaTables, false},
	{"indexes", stmt.CatalogShowSchemaIndexes, false},
	{"constraints", stmt.CatalogShowSchemaConstraints, false},
	{"sequences", stmt.CatalogShowSchemaSequences, false},
	{"large_objects", stmt.CatalogShowSchemaLargeObjects, false},
	{"entries", stmt.CatalogShowSchemaEntries, false},
	{"skipped", stmt.CatalogShowSchemaSkipped, false},
}

// DescribeSchema hands out all that was found on the source, as one look at the catalog sees it: section announces a part and whether it
// is a single object, object gives each of its objects as a text of JSON. Nothing is kept but the object at hand.
func (db *DB) DescribeSchema(ctx context.Context, section func(name string, one bool) error, object func(json string) error) error {
	return db.look(ctx, func(tx *sql.Tx) error {
		for _, s := range schemaSections {
			if err := section(s.name, s.one); err != nil {
				return err
			}
			if err := each(ctx, tx, s.statement, nil, func(rows *sql.Rows) error {
				var text string
				if err := rows.Scan(&text); err != nil {
					return err
				}
				return object(text)
			}); err != nil {
				return fmt.Errorf("%s: %w", s.name, err)
			}
		}
		return nil
	})
}

// EntryFate tells what becomes of an entry of the archive: the step that does it, "" when none does; whether the catalog knows the entry;
// and the rule that leaves it out, "" when none does.
func (db *DB) EntryFate(ctx context.Context, dumpID int) (step string, known bool, rule string, err error) {
	err = db.r.QueryRowContext(ctx, stmt.CatalogShowParseList, dumpID).Scan(&step, &known, &rule)
	return step, known, rule, err
}
