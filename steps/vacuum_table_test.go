package steps

import (
	"context"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// TestVacuumTable: every table has its statistics after a copy, and is vacuumed only when that was asked for: then the pages that COPY has filled are
// known to be visible to all. Those of a frozen table are so in any case.
func TestVacuumTable(t *testing.T) {
	src, dst := pgtest.Pair(t)
	source := src.FreshDB(t)
	src.Exec(t, source, `CREATE TABLE "Odd t" (id int PRIMARY KEY, v text) WITH (autovacuum_enabled = off); INSERT INTO "Odd t" SELECT n, md5(n::text) FROM generate_series(1, 1000) n;
		CREATE TABLE frozen (id int, v text) WITH (autovacuum_enabled = off); INSERT INTO frozen SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, 10000) n;
		CREATE TABLE p (id int) PARTITION BY RANGE (id); CREATE TABLE p1 PARTITION OF p DEFAULT WITH (autovacuum_enabled = off); INSERT INTO p SELECT generate_series(1, 1000);
		CREATE MATERIALIZED VIEW m WITH (autovacuum_enabled = off) AS SELECT * FROM p; ANALYZE`)
	for _, c := range []struct {
		name string
		set  func(*Options)
		want map[string]string // vacuumed, analyzed, pages all visible, columns with statistics
	}{
		{"analyze", func(*Options) {}, map[string]string{"Odd t": "0 1 none 2", "frozen": "0 1 all 2", "p": "0 1 none 1", "p1": "0 1 none 1", "m": "0 1 none 1"}},
		{"vacuum", func(o *Options) { o.Vacuum = true },
			map[string]string{"Odd t": "1 1 all 2", "frozen": "0 1 all 2", "p": "0 1 none 1", "p1": "1 1 all 1", "m": "1 1 all 1"}},
		{"skip", func(o *Options) { o.SkipVacuum = true }, map[string]string{"Odd t": "0 0 none 0", "frozen": "0 0 none 0", "p": "0 0 none 0", "p1": "0 0 none 0", "m": "0 0 none 0"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := dst.FreshDB(t)
			o := testOptions(t, src.URI(source), dst.URI(target))
			o.SplitTablesLargerThan = 0 // a table in parts is not frozen
			// VACUUM passes over a page that another session has pinned (lazy_scan_heap in src/backend/access/heap/vacuumlazy.c), such as one that
			// gathers the statistics of p, or fills m from it: one task at a time.
			o.TableJobs, o.IndexJobs, o.RestoreJobs, o.LargeObjectsJobs = 1, 1, 1, 1
			c.set(&o)
			if out, err := Clone(context.Background(), o); err != nil {
				t.Fatalf("%v %+v", err, out)
			}
			for rel, want := range c.want {
				got := dst.Value(t, target, `SELECT format('%s %s %s %s', s.vacuum_count, s.analyze_count,
					CASE c.relallvisible WHEN 0 THEN 'none' WHEN c.relpages THEN 'all' ELSE 'some' END, (SELECT count(*) FROM pg_stats WHERE tablename = c.relname))
					FROM pg_class c LEFT JOIN pg_stat_all_tables s ON s.relid = c.oid WHERE c.relname = '`+rel+`' AND c.relnamespace = 'public'::regnamespace`)
				if got != want {
					t.Errorf("%s: %s, wanted %s", rel, got, want)
				}
			}
		})
	}
}
