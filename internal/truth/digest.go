package truth

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// TableDigest is what a table holds: how many rows, and a sum over all of them that does not depend on their order. Two
// tables with equal digests hold the same rows, each as often (md5 of each row as 128 bits, added in two halves).
type TableDigest struct {
	Rows string // count(*)
	Sum  string // the sums of the upper and of the lower 64 bits of the rows' md5
}

// column is one column of a table as the digest needs it.
type column struct {
	name string
	kind string // "t" text or varchar, "b" bytea, "d" float8, "f" float4, "" any other
}

// DataDigest computes the digest of every table with rows of its own: plain and unlogged tables, partitions, parents in
// inheritance (their own rows only), populated materialized views, configuration tables of extensions. Keys are quoted
// names. A row's digest is made of its columns in the order of their names, so two tables whose columns stand in
// another order are equal here (the schema tells them apart).
func DataDigest(ctx context.Context, uri string) (map[string]TableDigest, error) {
	c, err := connect(ctx, uri)
	if err != nil {
		return nil, fmt.Errorf("digest: %w", err)
	}
	defer c.Close(ctx)
	tables, err := tableColumns(ctx, c)
	if err != nil {
		return nil, fmt.Errorf("digest: list tables: %w", err)
	}
	// The digest is made of this encoding's bytes, whatever the encoding that the database stores.
	encoding, err := value(ctx, c, "SHOW client_encoding")
	if err != nil {
		return nil, fmt.Errorf("digest: %w", err)
	}
	digests := make(map[string]TableDigest, len(tables))
	for name, columns := range tables {
		d, err := digestTable(ctx, c, name, columns, encoding)
		if err != nil {
			return nil, fmt.Errorf("digest %s: %w", name, err)
		}
		digests[name] = d
	}
	return digests, nil
}

func tableColumns(ctx context.Context, c *pgconn.PgConn) (map[string][]column, error) {
	tables := map[string][]column{}
	err := each(ctx, c, query("table_columns"), func(_ []string, row [][]byte) error {
		t := string(row[0])
		if row[1] == nil {
			tables[t] = nil // a table without columns
			return nil
		}
		tables[t] = append(tables[t], column{name: string(row[1]), kind: string(row[2])})
		return nil
	})
	for _, columns := range tables {
		slices.SortFunc(columns, func(a, b column) int { return strings.Compare(a.name, b.name) })
	}
	return tables, err
}

// rowText is the SQL expression for a row's text. Long text and bytea are hashed on their own first: the text of a row
// must stay under 1 GB, and bytea's is twice as long as the value. Floats are taken as their bytes: servers before 12 print
// more digits of the same number.
func rowText(columns []column, encoding string) string {
	exprs := make([]string, len(columns))
	for i, col := range columns {
		switch col.kind {
		case "t":
			exprs[i] = fmt.Sprintf("CASE WHEN octet_length(t.%s) > 100000 THEN 'md5 ' || md5(convert_to(t.%[1]s, '%s')) ELSE t.%[1]s END", col.name, encoding)
		case "b":
			exprs[i] = fmt.Sprintf("CASE WHEN octet_length(t.%s) > 100000 THEN 'md5 ' || md5(t.%[1]s) ELSE t.%[1]s::text END", col.name)
		case "d":
			exprs[i] = "float8send(t." + col.name + ")"
		case "f":
			exprs[i] = "float4send(t." + col.name + ")"
		default:
			exprs[i] = "t." + col.name
		}
	}
	return "ROW(" + strings.Join(exprs, ", ") + ")::text"
}

// from is what a table's own rows are read from, or, of a root that stands for its partitions, theirs.
func from(table string) string {
	if strings.HasSuffix(table, " *") {
		return table
	}
	return "ONLY " + table
}

// digestTable asks the server for one table's digest.
func digestTable(ctx context.Context, c *pgconn.PgConn, table string, columns []column, encoding string) (TableDigest, error) {
	sql := fmt.Sprintf(`SELECT count(*),
		coalesce(sum(('x' || left(h, 16))::bit(64)::bigint), 0) || ' ' || coalesce(sum(('x' || right(h, 16))::bit(64)::bigint), 0)
		FROM (SELECT md5(convert_to(%s, '%s')) AS h FROM %s AS t) r`, rowText(columns, encoding), encoding, from(table))
	var d TableDigest
	err := each(ctx, c, sql, func(_ []string, row [][]byte) error {
		d = TableDigest{Rows: string(row[0]), Sum: string(row[1])}
		return nil
	})
	return d, err
}

// DiffData names every table that one side lacks or whose rows differ.
func DiffData(source, target map[string]TableDigest) []string {
	return diffKeys(source, target, func(name string, s, t TableDigest) string {
		if s.Rows != t.Rows {
			return fmt.Sprintf("table %s: %s rows on the source, %s on the target", name, s.Rows, t.Rows)
		}
		return fmt.Sprintf("table %s: contents differ (%s rows on both sides)", name, s.Rows)
	}, "table ")
}
