package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
)

// plannersView is all that a planner knows: a line for each column, and one for each table.
const plannersView = `SELECT format('%s.%s.%s %s', schemaname, tablename, attname, inherited), (to_jsonb(s) - ARRAY['schemaname', 'tablename', 'attname', 'inherited',
		'range_length_histogram', 'range_empty_frac', 'range_bounds_histogram', 'tableid', 'attnum'])::text FROM pg_stats s WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
	UNION ALL SELECT format('%s rows', oid::regclass), reltuples::text FROM pg_class WHERE relnamespace >= 16384 AND relkind = 'r'
	UNION ALL SELECT format('%s rows', oid::regclass), reltuples::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' ORDER BY 1`

// knownTables have something of everything that ANALYZE looks at. None of them is looked after by autovacuum.
const knownTables = `CREATE SCHEMA "Odd s"; CREATE TYPE mood AS ENUM ('sad', 'it''s "ok"', 'happy, {}'); CREATE TYPE pair AS (a int, b text);
	CREATE TABLE "Odd s"."Odd "" t'" (id bigint PRIMARY KEY, "Col, ""x""" text, m mood, n numeric, f float8, d timestamptz, tags text[], ts tsvector, r int4range,
		mr numrange, j jsonb, p pair, bo bool, u uuid, b bytea, empty int, gone int, off int, g bigint GENERATED ALWAYS AS (id % 7) STORED, late text COLLATE "C", c "char", i interval);
	ALTER TABLE "Odd s"."Odd "" t'" DROP COLUMN gone; ALTER TABLE "Odd s"."Odd "" t'" ALTER off SET STATISTICS 0;
	INSERT INTO "Odd s"."Odd "" t'" (id, "Col, ""x""", m, n, f, d, tags, ts, r, mr, j, p, bo, u, b, empty, off, late, c, i) SELECT n, 'v,"\ ' || n % 50, (enum_range(NULL::mood))[1 + n % 3], n / 7.0, sqrt(n), '2026-01-01'::timestamptz + n * interval '1 hour',
		ARRAY['t' || n % 20, 't' || n % 3, NULL], to_tsvector('simple', 'w' || n % 30 || ' x'), int4range(n, n + n % 100), numrange(n, NULL), jsonb_build_object('n', n % 9), (n % 4, 'p')::pair, n % 3 = 0,
		md5(n::text)::uuid, decode(md5((n % 40)::text), 'hex'), NULL, n, md5(n::text), chr(65 + n % 20)::"char", n % 30 * interval '1 day 2 hours' FROM generate_series(1, 3000) n;
	CREATE INDEX "Odd i" ON "Odd s"."Odd "" t'" (id, lower("Col, ""x"""), (n * 2), m); CREATE INDEX ON "Odd s"."Odd "" t'" (id) WHERE bo;
	CREATE TABLE parted (k int, v text) PARTITION BY LIST (k); CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1);
	CREATE TABLE parted_2 PARTITION OF parted FOR VALUES IN (2, 3) PARTITION BY LIST (k); CREATE TABLE parted_23 PARTITION OF parted_2 FOR VALUES IN (2, 3);
	INSERT INTO parted SELECT 1 + n % 3, md5((n % 100)::text) FROM generate_series(1, 3000) n; CREATE INDEX ON parted (upper(v));
	CREATE TABLE parent (a int); CREATE TABLE child (b int) INHERITS (parent); INSERT INTO parent SELECT n % 17 FROM generate_series(1, 1000) n; INSERT INTO child SELECT n % 13, n FROM generate_series(1, 1000) n;
	CREATE TABLE split (id int PRIMARY KEY, pad text); INSERT INTO split SELECT n, repeat('x', 200) FROM generate_series(1, 5000) n;
	SET default_statistics_target = 37; ANALYZE; SET default_statistics_target = 11; ANALYZE parent`

// newTables need an ANALYZE of their own on the target, for the reason that their names tell.
const newTables = `CREATE TABLE never_analyzed AS SELECT generate_series(1, 500) a;
	CREATE TABLE extended AS SELECT n % 5 a, n % 5 b FROM generate_series(1, 500) n; CREATE STATISTICS extended_st (dependencies) ON a, b FROM extended; ANALYZE extended;
	CREATE TABLE grown AS SELECT generate_series(1, 100) a; ANALYZE grown; INSERT INTO grown SELECT generate_series(1, 900);
	CREATE TABLE wider AS SELECT generate_series(1, 500) a; ANALYZE wider; ALTER TABLE wider ADD b int DEFAULT 5;
	CREATE TABLE new_index AS SELECT generate_series(1, 500) a; ANALYZE new_index; CREATE INDEX new_index_x ON new_index ((a % 7));
	CREATE TABLE emptied AS SELECT generate_series(1, 500) a; ANALYZE emptied; TRUNCATE emptied;
	CREATE MATERIALIZED VIEW view_of_it AS SELECT * FROM grown; ANALYZE view_of_it`

// serverOf is a server of a major version without autovacuum. Without one on this machine the test is skipped, unless all versions have to be there.
func serverOf(t *testing.T, major int) *pgtest.Server {
	t.Helper()
	if _, err := pgtest.Find(major); err != nil {
		if os.Getenv(pgtest.VersionsEnv) == "all" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	return pgtest.Start(t, pgtest.WithMajor(major), pgtest.WithSetting("autovacuum", "off"))
}

// clients lets a clone find its pg_dump among all versions of this machine.
func clients(o *Options) {
	var dirs []string
	for _, in := range pgtest.Installed() {
		if _, err := os.Stat(filepath.Join(in.Dir, "pg_dump")); err == nil {
			dirs = append(dirs, in.Dir)
		}
	}
	o.PgBinDir = strings.Join(dirs, string(os.PathListSeparator))
}

// TestCopyStatistics: on a target of version 18 the planner knows what that of the source knew, to the last figure; what cannot be carried over is analyzed.
func TestCopyStatistics(t *testing.T) {
	dst := serverOf(t, 18)
	for _, major := range []int{15, 18} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			src := serverOf(t, major)
			source, target := src.FreshDB(t), dst.FreshDB(t)
			src.Exec(t, source, knownTables)
			known := src.Rows(t, source, plannersView)
			src.Exec(t, source, newTables)
			o := testOptions(t, src.URI(source), dst.URI(target))
			o.SplitTablesLargerThan = 300 << 10
			clients(&o)
			if out, err := Clone(context.Background(), o); err != nil {
				t.Fatalf("%v %+v", err, out)
			}
			got := map[string]string{}
			for _, line := range dst.Rows(t, target, plannersView) {
				got[line[0]] = line[1]
			}
			if len(known) < 40 {
				t.Fatalf("the source itself knows no more than %q", known)
			}
			for _, line := range known {
				if got[line[0]] != line[1] {
					t.Errorf("%s:\n%s\nwanted\n%s", line[0], got[line[0]], line[1])
				}
			}
			for rel, want := range map[string]string{"never_analyzed": "1 500", "extended": "2 500", "grown": "1 1000", "wider": "2 500", "new_index": "1 500",
				"emptied": "0 0", "view_of_it": "1 1000", "new_index_x": "1 500"} {
				if got := dst.Value(t, target, `SELECT format('%s %s', (SELECT count(*) FROM pg_stats WHERE tablename = relname), reltuples) FROM pg_class
					WHERE relname = '`+rel+`'`); got != want {
					t.Errorf("%s: columns with statistics, and rows: %s, wanted %s", rel, got, want)
				}
			}
			if got := dst.Value(t, target, `SELECT count(*) FROM pg_statistic_ext_data`); got != "1" {
				t.Errorf("extended statistics: %s", got)
			}
			analyzed := dst.Value(t, target, `SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_stat_user_tables WHERE analyze_count > 0`)
			if want := "emptied extended grown never_analyzed new_index view_of_it wider"; analyzed != want {
				t.Errorf("analyzed: %s, wanted %s", analyzed, want)
			}
		})
	}
}

// TestCopyStatisticsOfAnotherOrder: where strings are in another order, a histogram of them would mislead.
func TestCopyStatisticsOfAnotherOrder(t *testing.T) {
	if same := sameOrder("c:en_US.UTF-8", "c:en_US.utf8") && sameOrder("c:C", "c:POSIX") && !sameOrder("c:C.UTF-8", "i:und") && !sameOrder("c:de_DE.utf8", "c:C"); !same {
		t.Error("orders are mistaken")
	}
	s, d := serverOf(t, 15), serverOf(t, 18)
	source, target := s.FreshDB(t), "c_order"
	d.CreateDB(t, target, "TEMPLATE template0 LOCALE 'C'")
	s.Exec(t, source, `CREATE TABLE words (w text); INSERT INTO words SELECT md5(n::text) FROM generate_series(1, 300) n;
		CREATE TABLE numbers (n int, name name, c text COLLATE "C"); INSERT INTO numbers SELECT n, 'x', 'y' FROM generate_series(1, 300) n;
		CREATE TABLE frozen (id int, pad text COLLATE "C"); INSERT INTO frozen SELECT n, repeat(md5(n::text), 30) FROM generate_series(1, 10000) n; UPDATE frozen SET id = id WHERE id < 3000; ANALYZE`)
	o := testOptions(t, s.URI(source), d.URI(target))
	clients(&o)
	if out, err := Clone(context.Background(), o); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	if got := d.Value(t, target, `SELECT string_agg(format('%s %s', relname, analyze_count), ', ' ORDER BY relname) FROM pg_stat_user_tables`); got != "frozen 0, numbers 0, words 1" {
		t.Error(got)
	}
	// pages are those of the target, without the source's dead rows, and what is visible to all is what COPY has frozen
	if got := d.Value(t, target, `SELECT string_agg(format('%s %s %s', relname, relpages = pg_relation_size(oid) / 8192, CASE relallvisible WHEN 0 THEN 'none' WHEN relpages THEN 'all' END),
		', ' ORDER BY relname) FROM pg_class WHERE relname IN ('frozen', 'numbers')`); got != "frozen t all, numbers t none" {
		t.Error(got)
	}
}

// TestStatisticsWishes: what may be asked for, between the servers that every machine has.
func TestStatisticsWishes(t *testing.T) {
	src, dst := pgtest.Pair(t)
	source := src.FreshDB(t)
	src.Exec(t, source, `CREATE TABLE t (a int); INSERT INTO t SELECT generate_series(1, 100); ANALYZE`)
	for how, want := range map[string]string{"": "1", AnalyzeStatistics: "1", NoStatistics: "0"} {
		target := dst.FreshDB(t)
		o := testOptions(t, src.URI(source), dst.URI(target))
		o.Statistics = how
		if out, err := Clone(context.Background(), o); err != nil {
			t.Fatalf("%v %+v", err, out)
		}
		if got := dst.Value(t, target, `SELECT count(*) FROM pg_stats WHERE tablename = 't'`); got != want {
			t.Errorf("%q: %s columns with statistics", how, got)
		}
	}
	if in, err := pgtest.Find(0); err != nil || in.Major >= 18 {
		t.Skip("every server of this machine takes statistics")
	}
	target := dst.FreshDB(t)
	o := testOptions(t, src.URI(source), dst.URI(target))
	o.Statistics = CopyStatistics
	_, err := Clone(context.Background(), o)
	var refused *pgdb.UserError
	if !errors.As(err, &refused) || !strings.HasPrefix(refused.Msg, "--statistics copy needs a target of version 18 or newer") || !strings.Contains(refused.Hint, "--statistics analyze") {
		t.Errorf("%v", err)
	}
	if got := dst.Value(t, target, `SELECT count(*) FROM pg_class WHERE relname = 't'`); got != "0" {
		t.Error("refused too late")
	}
}
