package pgtarget

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// dropWords are the words of DROP for each pg_class.relkind.
var dropWords = map[string]string{
	"r": "TABLE", "p": "TABLE", "m": "MATERIALIZED VIEW", "v": "VIEW", "f": "FOREIGN TABLE", "S": "SEQUENCE",
}

// DropTables drops the relations of these names, with all that depends on them, whatever kind they are on the target:
// tables, views, materialized views, foreign tables, sequences. Those that are not there are left out. Each one is a
// lock that is held until the transaction ends, so callers choose batches by max_locks_per_transaction.
func DropTables(ctx context.Context, conn *pgx.Conn, names []pgschema.Name) error {
	byWord, err := dropList(ctx, conn, names)
	if err != nil {
		return fmt.Errorf("look up %d relations: %w", len(names), err)
	}
	for _, kind := range []string{"v", "m", "f", "r", "S"} {
		word := dropWords[kind]
		if len(byWord[word]) == 0 {
			continue
		}
		// IF EXISTS, because a view is gone by now when CASCADE has taken it.
		if _, err := conn.Exec(ctx, "DROP "+word+" IF EXISTS "+strings.Join(byWord[word], ", ")+" CASCADE"); err != nil {
			return fmt.Errorf("drop %d of kind %s: %w", len(byWord[word]), strings.ToLower(word), err)
		}
	}
	return nil
}

// dropList sorts those of the names that exist by the words of DROP.
func dropList(ctx context.Context, conn *pgx.Conn, names []pgschema.Name) (map[string][]string, error) {
	schemas, rels := make([]string, len(names)), make([]string, len(names))
	for i, n := range names {
		schemas[i], rels[i] = n.Schema, n.Rel
	}
	rows, err := conn.Query(ctx, statement(conn, "rel_kinds"), schemas, rels)
	if err != nil {
		return nil, err
	}
	var n pgschema.Name
	var kind string
	list := map[string][]string{}
	_, err = pgx.ForEachRow(rows, []any{&n.Schema, &n.Rel, &kind}, func() error {
		if word := dropWords[kind]; word != "" {
			list[word] = append(list[word], n.Quoted())
		}
		return nil
	})
	return list, err
}
