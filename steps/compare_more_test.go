package steps

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/workflow"
)

// TestCompareEncodings: the same characters in two encodings are no difference, bytes of no encoding are compared as they are.
func TestCompareEncodings(t *testing.T) {
	for _, c := range []struct{ from, to, options string }{
		{"LATIN1", "UTF8", ""}, {"LATIN1", "LATIN1", ""}, {"SQL_ASCII", "SQL_ASCII", ""},
	} {
		t.Run(c.from+" to "+c.to, func(t *testing.T) {
			src, dst := pgtest.Pair(t)
			name := strings.ToLower("cmp_" + c.from + "_" + c.to)
			src.CreateDB(t, name, "TEMPLATE template0 LOCALE 'C' ENCODING '"+c.from+"'")
			dst.CreateDB(t, name, "TEMPLATE template0 LOCALE 'C' ENCODING '"+c.to+"'")
			load := truth.LoadLatin1
			if c.from == "SQL_ASCII" {
				load = truth.LoadSQLASCII
			}
			ctx := context.Background()
			if err := errors.Join(load(ctx, src.URI(name)), truth.LoadRoles(ctx, dst.URI("postgres"))); err != nil {
				t.Fatal(err)
			}
			src.Exec(t, name, `CREATE TABLE public.long (id int PRIMARY KEY, t text);
				INSERT INTO public.long SELECT i, repeat('x', i) FROM generate_series(99990, 100010, 5) i`)
			if c.from == "LATIN1" {
				src.Exec(t, name, `INSERT INTO public.long SELECT -i, repeat(chr(233), i) FROM generate_series(49990, 100010, 12505) i`)
			}
			o := compareOptions(t, src.URI(name), dst.URI(name))
			if out, err := Clone(ctx, o.Options); err != nil {
				t.Fatalf("%v %+v", err, out)
			}
			o.Rows = 5
			mustBeEqual(t, o)
			dst.Exec(t, name, `UPDATE public.long SET t = t || 'y' WHERE id = 100010`)
			if r, err := compareData(t, o); err != nil || r.String() != "public.long different\n  changed {\"id\":100010} t" {
				t.Errorf("%v %s", err, r)
			}
		})
	}
}

// TestCompareUnreadable: what cannot be read is never a pass, and what can be read is compared all the same.
func TestCompareUnreadable(t *testing.T) {
	src, dst, s, d := twoDatabases(t, `CREATE TABLE public.open (id int PRIMARY KEY); CREATE TABLE public.closed (id int); CREATE TABLE public.hidden (id int);
		ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY; INSERT INTO public.open VALUES (1);`)
	for _, srv := range []*pgtest.Server{src, dst} {
		srv.Exec(t, "postgres", `DO $$ BEGIN CREATE ROLE looker LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$`)
	}
	src.Exec(t, s, `GRANT SELECT ON public.open, public.hidden, public.closed TO looker`)
	dst.Exec(t, d, `GRANT SELECT ON public.open, public.hidden TO looker`)
	o := compareOptions(t, src.URIAs("looker", "", s), dst.URIAs("looker", "", d))
	c, err := compareData(t, o)
	if !errors.Is(err, workflow.ErrFailed) || c.Unverified != 2 || c.Differences != 0 {
		t.Errorf("%v %+v", err, c.CompareOutcome)
	}
	for _, want := range []string{"public.closed unverified: compare public.closed: target: ", "permission denied for table closed", "public.hidden unverified", "row-level security"} {
		if !strings.Contains(c.String(), want) {
			t.Errorf("%q is not in\n%s", want, c)
		}
	}
	if c, err := compareSchema(t, o); err == nil || c.Unverified == 0 {
		t.Errorf("schema: %v %+v", err, c.CompareOutcome)
	}
	// Once the cause is removed, the same command goes on with what is left.
	src.Exec(t, s, `ALTER ROLE looker BYPASSRLS`)
	dst.Exec(t, d, `ALTER ROLE looker BYPASSRLS; GRANT SELECT ON public.closed TO looker`)
	c, err = compareData(t, o)
	if err != nil || c.Unverified != 0 || c.Differences != 0 {
		t.Errorf("%v %+v\n%s", err, c.CompareOutcome, c)
	}
	totals, err := openResults(t, c.Dir).ComparedTotals(context.Background())
	if err != nil || totals.Equal != 3 || totals.Runs != 2 { // of two runs: the first one's verdict on the open table was kept
		t.Errorf("%v %+v", err, totals)
	}
}

// doneCounter calls a function at each task that is done.
type doneCounter struct {
	slog.Handler
	done func()
}

func (h doneCounter) Enabled(context.Context, slog.Level) bool { return true }

func (h doneCounter) Handle(ctx context.Context, r slog.Record) error {
	if r.Message == "done" {
		h.done()
	}
	return h.Handler.Handle(ctx, r)
}

// TestCompareIsResumed: an interrupted comparison goes on where it was; a table of which only parts were read is read anew, since the picture
// that they were read in is gone.
func TestCompareIsResumed(t *testing.T) {
	src, dst, s, d := twoDatabases(t, comparedScript)
	o := compareOptions(t, src.URI(s), dst.URI(d))
	o.SplitTablesLargerThan, o.TableJobs = 1<<20, 1
	ctx, cancel := context.WithCancel(context.Background())
	settled := 0
	log := o.Log
	o.Log = slog.New(doneCounter{log.Handler(), func() {
		if settled++; settled == 8 {
			cancel()
		}
	}})
	out, err := CompareData(ctx, o)
	o.Log = log
	if !errors.Is(err, context.Canceled) || out.Unverified == 0 {
		t.Fatalf("%v %+v", err, out)
	}
	// The rows of the big table have moved on both sides: parts of before would not add up with parts of now.
	src.Exec(t, s, `UPDATE app.big SET n = n + 1`)
	dst.Exec(t, d, `UPDATE app.big SET n = n + 1`)
	dst.Exec(t, d, `VACUUM FULL app.big`)
	c, err := compareData(t, o)
	if err != nil || c.Differences != 0 || c.Unverified != 0 {
		t.Errorf("%v %+v\n%s", err, c.CompareOutcome, c)
	}
	runs, err := openResults(t, c.Dir).Runs(context.Background())
	if err != nil || len(runs) != 2 {
		t.Errorf("%d runs: %v", len(runs), err)
	}
	// A finished comparison is done anew.
	if c, err = compareData(t, o); err != nil {
		t.Error(err)
	}
	if runs, err = openResults(t, c.Dir).Runs(context.Background()); err != nil || len(runs) != 1 {
		t.Errorf("%d runs after a finished comparison: %v", len(runs), err)
	}
}

// TestCompareSameDatabase refuses what can only be a mistake.
func TestCompareSameDatabase(t *testing.T) {
	src, _ := pgtest.Pair(t)
	db := src.FreshDB(t)
	_, err := CompareData(context.Background(), compareOptions(t, src.URI(db), src.URI(db)))
	var user *pgdb.UserError
	if !errors.As(err, &user) || !strings.Contains(user.Msg, "same database") {
		t.Error(err)
	}
}

// versionsScript holds values that versions print differently: floats (12), "char" (16), names that became keywords, money, xml, times.
const versionsScript = `CREATE TABLE public.vals (id int PRIMARY KEY, f4 float4, f8 float8, fa float8[], p point, b box, c "char", ca "char"[], m money, x xml,
		ts timestamp, tz timestamptz, i interval, j jsonb, n numeric, r regclass, nr numrange, by bytea, o oid, nm name, inet inet, bits bit varying, t text);
	CREATE TABLE public."merge" (id int, parent int);
	INSERT INTO public.vals VALUES
	 (1, 0.1, 0.1, '{0.1,1e-300,NaN}', '(0.1,0.3)', '(1.1,2.2),(0.1,0.2)', 'x', '{a,b}', 12.34, '<?xml version="1.0"?><a/>', '2024-02-29 12:34:56.123456',
	  '1999-12-31 23:59:59.999999+01', '1 mon 2 days 03:04:05.678', '{"b": 1.50, "a": [null, 1e5]}', 1234.5600, 'public.merge', '[1.10,2.5)', '\xdeadbeef', 4000000000, 'a name', '10.0.0.1/8', B'1011', E'a\tb\\c "d" é'),
	 (2, 'NaN', '-0', '{}', NULL, NULL, '', NULL, -1, NULL, 'infinity', '-infinity', '-1 year', 'null', 'NaN', 'pg_class', 'empty', '', 0, '', '::1', B'', ''),
	 (3, 3.4e38, 2.2250738585072014e-308, '{3.141592653589793,-0}', '(1e300,-1e-300)', NULL, NULL, '{}', 0, NULL, '0044-03-15 BC', '294276-12-31', '178000000 years', '[]', 0.00, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	INSERT INTO public.vals (id, f8, f4, t) SELECT i, sin(i) * 1e10, sqrt(i), md5(i::text) FROM generate_series(4, 3000) i;
	CREATE VIEW public.v AS SELECT id, f8 AS x FROM public.vals WHERE id > 3 AND t LIKE 'a%';
	CREATE VIEW public.w AS SELECT a.id, m.parent FROM public.vals a JOIN public."merge" m ON m.id = a.id;
	CREATE MATERIALIZED VIEW public.mv AS SELECT id, count(*) AS n FROM public.vals WHERE date_part('year', ts) > 2000 GROUP BY id;`

// TestCompareVersions: servers of two majors hold the same, and one changed value is seen.
func TestCompareVersions(t *testing.T) {
	majors := []int{10, 11, 12, 13, 14, 16, 17, 18}
	if testing.Short() {
		majors = []int{18}
	}
	_, dst := pgtest.Pair(t)
	for _, major := range majors {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			if _, err := pgtest.Find(major); err != nil {
				t.Skip(err)
			}
			other := pgtest.Start(t, pgtest.WithMajor(major))
			s, d := other.FreshDB(t), dst.FreshDB(t)
			other.Exec(t, s, versionsScript)
			dst.Exec(t, d, versionsScript)
			if major < 15 { // what its initdb made of the schema public, and a copy of it keeps
				dst.Exec(t, d, `ALTER SCHEMA public OWNER TO postgres; GRANT ALL ON SCHEMA public TO PUBLIC`)
			}
			o := compareOptions(t, other.URI(s), dst.URI(d))
			o.Rows, o.PgBinDir = 10, clientsOf(other)
			if c, err := compareData(t, o); err != nil || c.Differences+c.Unverified != 0 {
				t.Errorf("%v %+v\n%s", err, c.CompareOutcome, c)
			}
			if _, err := pgdb.FindTools(o.PgBinDir, max(major, 15), max(major, 15)); err == nil {
				if c, err := compareSchema(t, o); err != nil || c.Differences+c.Unverified != 0 {
					t.Errorf("schema: %v %+v\n%s", err, c.CompareOutcome, c)
				}
			} else {
				t.Log(err)
			}
			dst.Exec(t, d, `UPDATE public.vals SET f8 = f8 * (1 + 3e-16) WHERE id = 1000`)
			if c, err := compareData(t, o); err != nil || c.String() != "public.vals different\n  changed {\"id\":1000} f8" {
				t.Errorf("%v\n%s", err, c)
			}
		})
	}
}

// clientsOf is the folder of the client programs that a server came with, "" when it came without: many do. PGCOPY_TEST_PG_DUMP names another.
func clientsOf(s *pgtest.Server) string {
	if dir := os.Getenv("PGCOPY_TEST_PG_DUMP"); dir != "" {
		return dir
	}
	if program := s.Bin("pg_dump"); s.Major > 15 {
		if _, err := os.Stat(program); err == nil {
			return filepath.Dir(program)
		}
	}
	return ""
}

// TestCompareKitchenSinkVersions: a kitchen sink copied to newer servers is no different there.
func TestCompareKitchenSinkVersions(t *testing.T) {
	src, _ := pgtest.Pair(t)
	for _, major := range []int{16, 17, 18} {
		t.Run(fmt.Sprint(major), func(t *testing.T) {
			if _, err := pgtest.Find(major); err != nil {
				t.Skip(err)
			}
			if testing.Short() && major != 18 {
				t.Skip("one newer version will do")
			}
			ctx := context.Background()
			dst := pgtest.Start(t, pgtest.WithMajor(major))
			db := src.FreshDB(t)
			source, target := src.URI(db), dst.URI(dst.FreshDB(t))
			if err := errors.Join(truth.LoadSmallKitchenSink(ctx, source), truth.LoadRoles(ctx, dst.URI("postgres"))); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = truth.Unload(ctx, source); _ = truth.Unload(ctx, target) })
			src.Exec(t, db, `ALTER TABLE ks.storage ALTER squeezed SET COMPRESSION default`) // not every build has lz4
			o := compareOptions(t, source, target)
			o.PgBinDir = clientsOf(dst)
			if out, err := Clone(ctx, o.Options); err != nil {
				t.Fatalf("%v %+v", err, out)
			}
			o.Rows = 5
			if c, err := compareData(t, o); err != nil || c.Differences+c.Unverified != 0 {
				t.Errorf("%v %+v\n%s", err, c.CompareOutcome, c)
			}
			if _, err := pgdb.FindTools(o.PgBinDir, major, major); err != nil {
				t.Skip(err)
			}
			if c, err := compareSchema(t, o); err != nil || c.Differences+c.Unverified != 0 {
				t.Errorf("schema: %v %+v\n%s", err, c.CompareOutcome, c)
			}
		})
	}
}

// TestCompareLeftOut: what the clone in the same directory left out is no difference.
func TestCompareLeftOut(t *testing.T) {
	src, dst := pgtest.Pair(t)
	s, d := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, s, `CREATE COLLATION public.c (locale = 'C'); COMMENT ON SCHEMA public IS 'said'; CREATE TABLE public.t (id int); GRANT SELECT ON public.t TO PUBLIC;`)
	o := compareOptions(t, src.URI(s), dst.URI(d))
	o.SkipCollations, o.NoACL, o.NoComments = true, true, true
	if out, err := Clone(context.Background(), o.Options); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	o.SkipCollations, o.NoACL, o.NoComments = false, false, false // the directory knows
	mustBeEqual(t, o)
	kinds, err := openResults(t, ComparisonDir(o.Dir, "schema")).ComparedKinds(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	var left int64
	for _, k := range kinds {
		left += k.LeftOut
	}
	if left != 1 {
		t.Errorf("%d objects are left out: %+v", left, kinds)
	}
}

// TestCompareFiltered: neither tables that a filter left out, with all that hangs on them, nor rows that it left out are differences; what is lost beside
// that is.
func TestCompareFiltered(t *testing.T) {
	src, dst := pgtest.Pair(t)
	s, d := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, s, `CREATE TABLE public.kept (id int PRIMARY KEY, v int); INSERT INTO public.kept VALUES (1, 1);
		CREATE TABLE public.gone (id serial PRIMARY KEY, k int REFERENCES public.kept); COMMENT ON TABLE public.gone IS 'x'; INSERT INTO public.gone (k) VALUES (1);
		CREATE VIEW public.on_gone AS SELECT * FROM public.gone; CREATE TABLE public.hollow (id int PRIMARY KEY); INSERT INTO public.hollow VALUES (1);
		CREATE MATERIALIZED VIEW public.mv AS SELECT count(*) FROM public.kept; CREATE INDEX kept_v ON public.kept (v);
		CREATE SCHEMA old; CREATE TABLE old.t (id int); CREATE SEQUENCE old.s;`)
	o := compareOptions(t, src.URI(s), dst.URI(d))
	o.Filters = filepath.Join(t.TempDir(), "filters.ini")
	if err := os.WriteFile(o.Filters, []byte("[exclude-table]\npublic.gone\n[exclude-table-data]\npublic.hollow\n[exclude-schema]\nold\n[exclude-index]\npublic.kept_v\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := Clone(context.Background(), o.Options); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	o.Filters = ""
	mustBeEqual(t, o)
	totals, err := openResults(t, ComparisonDir(o.Dir, "data")).ComparedTotals(context.Background())
	if err != nil || totals.Equal != 2 || totals.LeftOut < 3 {
		t.Errorf("%v %+v", err, totals)
	}
	dst.Exec(t, d, `DROP TABLE public.kept CASCADE`)
	if c, err := compareData(t, o); err != nil || c.String() != "public.kept only source\npublic.mv only source" {
		t.Errorf("%v\n%s", err, c)
	}
}

func TestUnifiedDiff(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"x", "x", ""}, {"", "x", "+ x\n"}, {"x", "", "- x\n"},
		{"1\n2\n3\n4\n5\n6\n7", "1\n2\n3\n4\nfive\n6\n7", "  ...\n  3\n  4\n- 5\n+ five\n  6\n  7\n"},
		{"a\nb\nc", "a\nc\nd", "  a\n- b\n  c\n+ d\n"},
	} {
		if got := UnifiedDiff(c.a, c.b); got != c.want {
			t.Errorf("%q %q: got %q", c.a, c.b, got)
		}
	}
	long := strings.Repeat("a\n", 3000)
	if got := UnifiedDiff(long, strings.Repeat("b\n", 3000)); !strings.Contains(got, "3000 lines") {
		t.Error(got)
	}
}

// TestCompareLargeObjects: their bytes count, whatever the batches they come in.
func TestCompareLargeObjects(t *testing.T) {
	src, dst, s, d := twoDatabases(t, `SELECT lo_from_bytea(20000 + i, convert_to(repeat('x', i), 'UTF8')) FROM generate_series(1, 450) i;
		SELECT lo_from_bytea(30000, convert_to(repeat('0123456789abcdef', 200000), 'UTF8'));`)
	dst.Exec(t, d, `SELECT lo_unlink(20001); SELECT lo_from_bytea(20001, 'x')`)
	o := compareOptions(t, src.URI(s), dst.URI(d))
	o.Rows = 3
	mustBeEqual(t, o)
	dst.Exec(t, d, `SELECT lo_put(30000, 3000000, 'y')`)
	if c, err := compareData(t, o); err != nil || c.String() != "large objects different" {
		t.Errorf("%v\n%s", err, c)
	}
	o.SkipLargeObjects = true
	mustBeEqual(t, o)
	o.SkipLargeObjects = false
	dst.Exec(t, d, `SELECT lo_unlink(oid) FROM pg_largeobject_metadata`)
	if c, err := compareData(t, o); err != nil || c.String() != "large objects only source" {
		t.Errorf("%v\n%s", err, c)
	}
}
