package pgsource

import (
	"context"
	"fmt"
	"iter"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/sql"
)

// Shape is a table and its columns by name.
type Shape struct {
	Name    pgschema.Name
	OID     uint32
	Columns map[string]string // name: type, with its modifier
}

// Shapes gives every permanent table that is no extension's, by schema and name in byte order. It works on either server. After an error it ends.
func Shapes(ctx context.Context, conn *pgx.Conn) iter.Seq2[Shape, error] {
	return func(yield func(Shape, error) bool) {
		rows, err := conn.Query(ctx, sql.Source("shapes"))
		if err != nil {
			yield(Shape{}, fmt.Errorf("read tables and columns: %w", err))
			return
		}
		defer rows.Close()
		var now Shape
		for rows.Next() {
			var next Shape
			var column, typ string
			if err := rows.Scan(&next.Name.Schema, &next.Name.Rel, &next.OID, &column, &typ); err != nil {
				yield(Shape{}, err)
				return
			}
			if next.OID != now.OID {
				if now.OID != 0 && !yield(now, nil) {
					return
				}
				now = next
				now.Columns = map[string]string{}
			}
			if column != "" {
				now.Columns[column] = typ
			}
		}
		if err := rows.Err(); err != nil {
			yield(Shape{}, fmt.Errorf("read tables and columns: %w", err))
		} else if now.OID != 0 {
			yield(now, nil)
		}
	}
}

// PublicationActions tells whether a publication has inserts, updates, deletes and truncates, and whether it has those of partitions as
// their root's (publish_via_partition_root).
func PublicationActions(ctx context.Context, conn *pgx.Conn, name string) (all, viaRoot bool, err error) {
	err = conn.QueryRow(ctx, sql.Source("publication_actions"), name).Scan(&all, &viaRoot)
	return all, viaRoot, err
}

// PublicationGap is a table that a publication does not have as a whole, and why.
type PublicationGap struct {
	Name pgschema.Name
	Why  string
}

// PublicationGaps hands over the tables whose changes a publication does not have, or not all of them.
func PublicationGaps(ctx context.Context, conn *pgx.Conn, name string, yield func(PublicationGap) error) error {
	return query(ctx, conn, "publication "+name, "publication_gaps", []any{name}, func(g *PublicationGap) []any {
		return []any{&g.Name.Schema, &g.Name.Rel, &g.Why}
	}, yield)
}
