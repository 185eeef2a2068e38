package pgsource

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// TableOptions says how Tables and Indexes measure.
type TableOptions struct {
	// EstimateSizes takes sizes from pg_class.relpages wherever VACUUM or ANALYZE has left one, instead of asking the file system for
	// each fork: quicker where stat() is slow, as old as the last VACUUM or ANALYZE. What was never analyzed is measured.
	EstimateSizes bool
}

// Tables hands over every permanent and unlogged table, partitioned table and materialized view outside the system
// schemas, by ascending OID. Members of extensions are left out: their definitions come with CREATE EXTENSION, and the
// rows of their configuration tables are told by ExtensionConfigs. Foreign and temporary tables are never reported.
// Columns stays nil; Columns is a stream of its own.
//
// Pages and Bytes cost one system call per fork and segment and one index look-up each, whatever the number of tables
// (0.04 ms a table with cached inodes); no lock outlives the call. ParentOID and RootOID are set for partitions only, not
// for inheritance children and not for the topmost table itself. Rows is pg_class.reltuples, -1 when never counted.
func Tables(ctx context.Context, conn *pgx.Conn, o TableOptions, yield func(pgschema.Table) error) error {
	return query(ctx, conn, "tables", "tables", []any{o.EstimateSizes}, func(t *pgschema.Table) []any {
		return []any{&t.OID, &t.Name.Schema, &t.Name.Rel, &t.Kind, &t.Persist, &t.AM, &t.Pages, &t.Bytes, &t.Rows, &t.ParentOID,
			&t.RootOID, &t.Populated, &t.KeyColumn, &t.KeyNotNull, &t.CanSelect, &t.RLSActive, &t.Owner}
	}, yield)
}

// Columns hands over the columns of every table of Tables and of every configuration table of an extension, a table
// at a time, in the order of their numbers.
func Columns(ctx context.Context, conn *pgx.Conn, yield func(pgschema.Column) error) error {
	return query(ctx, conn, "columns", "columns", nil, func(c *pgschema.Column) []any {
		return []any{&c.TableOID, &c.Num, &c.Name, &c.TypeOID, &c.Type, &c.Generated, &c.Identity, &c.NotNull}
	}, yield)
}

// TableKeyRange is the smallest and the largest value of an integer column of a table itself, without its children,
// as the connection's snapshot sees them. found is false when no row has a value there. With an index on the column it
// costs two index probes.
func TableKeyRange(ctx context.Context, conn *pgx.Conn, table pgschema.Name, key string) (min, max int64, found bool, err error) {
	col := pgschema.QuoteIdent(key)
	stmt := fmt.Sprintf("SELECT pg_catalog.min(%s)::pg_catalog.int8, pg_catalog.max(%s)::pg_catalog.int8 FROM ONLY %s",
		col, col, table.Quoted())
	var lo, hi *int64
	if err := conn.QueryRow(ctx, stmt, pgx.QueryExecModeExec).Scan(&lo, &hi); err != nil {
		return 0, 0, false, fmt.Errorf("read range of %s of %s: %w", pgschema.DisplayIdent(key), table, err)
	}
	if lo == nil || hi == nil {
		return 0, 0, false, nil
	}
	return *lo, *hi, true, nil
}
