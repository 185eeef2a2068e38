package pgsource

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// maxKeyShown is how many columns of a row are shown to tell it from others; json_build_object() takes 100 arguments at most.
const maxKeyShown = 40

// RowSearch finds rows that differ by narrowing down: all rows fall into 1<<Bits buckets by a hash of their key; buckets whose digests differ
// hold rows that differ. Both sides must search with the same one.
type RowSearch struct {
	Table DigestTable
	Key   []DigestColumn // what tells rows apart; none: all columns, so that a changed row is one missing and one extra
	Bits  int
}

func (s RowSearch) key() []DigestColumn {
	if len(s.Key) > 0 {
		return s.Key
	}
	return s.Table.Columns
}

// bucket is the SQL expression for the number of a row's bucket.
func (s RowSearch) bucket(d Dialect) string {
	return fmt.Sprintf("(('x' || left(%s, 8))::pg_catalog.bit(32)::pg_catalog.int8 & %d)", d.rowHash(s.key()), int64(1)<<s.Bits-1)
}

// RowBucket is what the rows of a bucket come to.
type RowBucket struct {
	Number int64
	Digest RowDigest
}

// Buckets hands over the buckets that have rows, by number.
func (s RowSearch) Buckets(ctx context.Context, conn *pgx.Conn, d Dialect, yield func(RowBucket) error) error {
	text := "SELECT b, count(*), " + sumOf("left(h, 16)") + ", " + sumOf("right(h, 16)") + " FROM (SELECT " + s.bucket(d) + " AS b, " +
		d.rowHash(s.Table.Columns) + " AS h FROM " + s.Table.from("") + " OFFSET 0) r GROUP BY b ORDER BY b"
	rows, err := conn.Query(ctx, text, pgx.QueryExecModeExec)
	if err != nil {
		return fmt.Errorf("read buckets of %s: %w", s.Table.Name, err)
	}
	return each(rows, "buckets of "+s.Table.Name.String(), func(b *RowBucket) []any {
		return []any{&b.Number, &b.Digest.Rows, &b.Digest.High, &b.Digest.Low}
	}, yield)
}

// RowImage is a row, or several with the same key, by hashes.
type RowImage struct {
	KeyHash     string
	Copies      int64
	First, Last string // the smallest and the largest hash of the rows with this key
	Columns     string // 8 hexadecimal digits for each column, in order
	Key         string // JSON object
}

// Rows hands over the rows of some buckets, by the hash of their key.
func (s RowSearch) Rows(ctx context.Context, conn *pgx.Conn, d Dialect, buckets []int64, yield func(RowImage) error) error {
	numbers := make([]string, len(buckets))
	for i, b := range buckets {
		numbers[i] = strconv.FormatInt(b, 10)
	}
	text := `SELECT k, count(*), min(h COLLATE "C"), max(h COLLATE "C"), min(c COLLATE "C"), min(key COLLATE "C") FROM (SELECT ` +
		d.rowHash(s.key()) + " AS k, " + d.rowHash(s.Table.Columns) + " AS h, " + d.columnHashes(s.Table.Columns) + " AS c, " + s.shown() + " AS key FROM " +
		s.Table.from(s.bucket(d)+" = ANY ('{"+strings.Join(numbers, ",")+"}'::pg_catalog.int8[])") + ` OFFSET 0) r GROUP BY k ORDER BY k COLLATE "C"`
	rows, err := conn.Query(ctx, text, pgx.QueryExecModeExec)
	if err != nil {
		return fmt.Errorf("read rows of %s: %w", s.Table.Name, err)
	}
	return each(rows, "rows of "+s.Table.Name.String(), func(r *RowImage) []any {
		return []any{&r.KeyHash, &r.Copies, &r.First, &r.Last, &r.Columns, &r.Key}
	}, yield)
}

// columnHashes is the SQL expression for the first digits of each column's hash, so that the columns that differ can be named.
func (d Dialect) columnHashes(columns []DigestColumn) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = "left(" + d.rowHash([]DigestColumn{c}) + ", 8)"
	}
	return "array_to_string(ARRAY[" + strings.Join(list, ", ") + "]::pg_catalog.text[], '')"
}

// shown is the SQL expression for the key as people see it.
func (s RowSearch) shown() string {
	var list []string
	for i, c := range s.key() {
		if i == maxKeyShown {
			break
		}
		v := "t." + pgschema.QuoteIdent(c.Name)
		if len(s.Key) == 0 || sameEverywhere[c.BaseOID] == "" {
			v = "left(" + v + "::pg_catalog.text, 200)"
		}
		list = append(list, pgschema.QuoteLiteral(c.Name)+"::pg_catalog.text, "+v)
	}
	return "json_build_object(" + strings.Join(list, ", ") + ")::pg_catalog.text"
}
