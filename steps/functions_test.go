package steps

import (
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// TestFunctionsThatReadTables: functions that call themselves immutable read a table that would be copied late, for an index, its condition, an exclusion
// constraint, a generated column and a check. All are as on the source, since they wait for the rows of other tables.
func TestFunctionsThatReadTables(t *testing.T) {
	src, dst := pgtest.Pair(t)
	source, target := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, source, `CREATE TABLE rate (currency text, rate int, pad text);
		INSERT INTO rate SELECT 'c' || n, n, repeat('x', 400) FROM generate_series(1, 1000) n; CREATE INDEX ON rate (currency);
		CREATE FUNCTION rate_of(text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT rate FROM public.rate WHERE currency = $1); END $$;
		CREATE FUNCTION is_dear(text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.rate_of($1) > 900; END $$;
		CREATE TABLE orders (id int, currency text, pad text);
		INSERT INTO orders SELECT n, 'c' || 1 + n % 1000, repeat('y', 400) FROM generate_series(1, 5000) n;
		CREATE INDEX orders_rate ON orders (rate_of(currency)); CREATE INDEX orders_dear ON orders (id) WHERE is_dear(currency);
		CREATE TABLE priced (currency text CHECK (rate_of(currency) > 0), rate int GENERATED ALWAYS AS (rate_of(currency)) STORED, pad text);
		INSERT INTO priced (currency, pad) SELECT 'c' || 1 + n % 1000, repeat('p', 500) FROM generate_series(1, 6000) n;
		CREATE TABLE cut (currency text, rate int GENERATED ALWAYS AS (rate_of(currency)) STORED, pad text) PARTITION BY LIST (currency);
		CREATE TABLE cut_1 PARTITION OF cut DEFAULT; INSERT INTO cut (currency, pad) SELECT 'c' || 1 + n % 1000, repeat('p', 500) FROM generate_series(1, 9000) n;
		CREATE TABLE booked (currency text, pad text, EXCLUDE (rate_of(currency) WITH =));
		INSERT INTO booked SELECT 'c' || n, repeat('z', 600) FROM generate_series(1, 1000) n;
		CREATE TABLE parted (currency text, pad text) PARTITION BY LIST (currency); CREATE TABLE parted_1 PARTITION OF parted DEFAULT;
		INSERT INTO parted SELECT 'c' || n, repeat('z', 800) FROM generate_series(1, 1000) n; CREATE INDEX parted_rate ON parted (rate_of(currency)); ANALYZE`)
	o := testOptions(t, src.URI(source), dst.URI(target))
	o.SplitTablesLargerThan, o.TableJobs = 4<<20, 1 // the largest first
	if out, err := Clone(t.Context(), o); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	for _, query := range []string{
		"SELECT count(*) FROM orders WHERE rate_of(currency) = 7", "SELECT count(id) FROM orders WHERE is_dear(currency)",
		"SELECT count(*) FROM booked WHERE rate_of(currency) = 7", "SELECT count(*) FROM parted WHERE rate_of(currency) = 7",
		"SELECT sum(rate) FROM priced", "SELECT sum(rate) FROM cut",
	} {
		query = "SET enable_seqscan = off; SET enable_bitmapscan = off; " + query
		if want, got := src.Value(t, source, query), dst.Value(t, target, query); got != want || want == "0" {
			t.Errorf("%s: %s, and on the source %s", query, got, want)
		}
	}
}
