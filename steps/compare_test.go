package steps

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// compared is what a comparison says: the outcome, and one line for each difference.
type compared struct {
	CompareOutcome
	lines []string
}

func (c compared) String() string { return strings.Join(c.lines, "\n") }

func compareOptions(t *testing.T, source, target string) CompareOptions {
	return CompareOptions{Options: testOptions(t, source, target)}
}

func compareData(t *testing.T, o CompareOptions) (compared, error) {
	t.Helper()
	out, err := CompareData(context.Background(), o)
	c := compared{CompareOutcome: out}
	if !catalogdb.Exists(out.Dir) {
		return c, err
	}
	db := openResults(t, out.Dir)
	if failed := db.ComparedTables(context.Background(), false, func(x catalogdb.ComparedTable) error {
		line := x.Display + " " + x.Status
		if x.Note != "" {
			line += ": " + x.Note
		}
		if x.Error != "" {
			line += ": " + x.Error
		}
		c.lines = append(c.lines, line)
		rows, err := db.ComparedRows(context.Background(), x.ID)
		for _, r := range rows {
			c.lines = append(c.lines, strings.TrimRight("  "+r.Change+" "+string(r.Key)+" "+strings.Join(r.Columns, ","), " "))
		}
		return err
	}); failed != nil {
		t.Fatal(failed)
	}
	return c, err
}

func compareSchema(t *testing.T, o CompareOptions) (compared, error) {
	t.Helper()
	out, err := CompareSchema(context.Background(), o)
	c := compared{CompareOutcome: out}
	if !catalogdb.Exists(out.Dir) {
		return c, err
	}
	db := openResults(t, out.Dir)
	if failed := db.ObjectDifferences(context.Background(), func(d catalogdb.ObjectDifference) error {
		c.lines = append(c.lines, strings.TrimRight(d.Status+" "+d.Kind+" "+d.Schema+" "+d.Name+"\n"+UnifiedDiff(d.Source, d.Target), "\n"))
		return nil
	}); failed != nil {
		t.Fatal(failed)
	}
	return c, err
}

func openResults(t *testing.T, dir string) *catalogdb.DB {
	t.Helper()
	db, err := catalogdb.OpenReadOnly(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// mustBeEqual fails when either comparison finds anything.
func mustBeEqual(t *testing.T, o CompareOptions) {
	t.Helper()
	for what, f := range map[string]func(*testing.T, CompareOptions) (compared, error){"schema": compareSchema, "data": compareData} {
		if c, err := f(t, o); err != nil || c.Differences != 0 || c.Unverified != 0 || len(c.lines) != 0 {
			t.Errorf("%s: %v %+v\n%s", what, err, c.CompareOutcome, c)
		}
	}
}

func TestCompareKitchenSink(t *testing.T) {
	_, _, source, target := kitchenSink(t)
	o := compareOptions(t, source, target)
	if out, err := Clone(context.Background(), o.Options); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	mustBeEqual(t, o)
	o.SplitTablesLargerThan, o.SplitMaxParts, o.Rows = 8192, 7, 10
	mustBeEqual(t, o)
	o.SkipSplitByCTID = true
	mustBeEqual(t, o)
}

// twoDatabases are a fresh one on each server, made by the same script.
func twoDatabases(t *testing.T, script string) (src, dst *pgtest.Server, s, d string) {
	t.Helper()
	src, dst = pgtest.Pair(t)
	s, d = src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, s, script)
	dst.Exec(t, d, script)
	return src, dst, s, d
}

const comparedScript = `CREATE SCHEMA app; CREATE TYPE app.mood AS ENUM ('sad', 'ok');
	CREATE TABLE app.big (id bigint PRIMARY KEY, n int, note text, f float8, at timestamptz);
	INSERT INTO app.big SELECT i, i % 1000, 'note ' || i, i / 7.0, '2024-01-01'::timestamptz + i * interval '1 s' FROM generate_series(1, 300000) i;
	CREATE TABLE app.typed (id int PRIMARY KEY, v int, m app.mood, "Odd Name" text DEFAULT 'x');
	INSERT INTO app.typed SELECT i, i, 'ok' FROM generate_series(1, 100) i;
	CREATE TABLE app.keyless (a int, b text); INSERT INTO app.keyless SELECT i % 10, 'b' FROM generate_series(1, 100) i;
	CREATE TABLE app.same (id int PRIMARY KEY); INSERT INTO app.same SELECT generate_series(1, 1000);
	CREATE TABLE app.no_columns (); INSERT INTO app.no_columns DEFAULT VALUES;
	CREATE VIEW app.v AS SELECT id, v FROM app.typed WHERE v > 3;
	CREATE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS $$ SELECT $1 + 1 $$;
	CREATE SEQUENCE app.s; SELECT nextval('app.s');
	CREATE INDEX big_n ON app.big (n);`

// TestCompareFindsDifferences: every kind of difference is named, and nothing else.
func TestCompareFindsDifferences(t *testing.T) {
	src, dst, s, d := twoDatabases(t, comparedScript)
	o := compareOptions(t, src.URI(s), dst.URI(d))
	o.Rows = 100
	mustBeEqual(t, o)

	dst.Exec(t, d, `UPDATE app.big SET note = 'Note 123456' WHERE id = 123456; DELETE FROM app.big WHERE id = 42; INSERT INTO app.big VALUES (-1);
		UPDATE app.big SET f = 'NaN', n = -5 WHERE id = 7;
		DROP VIEW app.v; ALTER TABLE app.typed ALTER v TYPE bigint; CREATE VIEW app.v AS SELECT id, v FROM app.typed WHERE v > 4;
		DELETE FROM app.keyless WHERE ctid = (SELECT min(ctid) FROM app.keyless WHERE a = 3); INSERT INTO app.keyless VALUES (77, NULL);
		CREATE TABLE app.extra (id int); CREATE FUNCTION app.g() RETURNS int LANGUAGE sql AS 'SELECT 1';
		CREATE OR REPLACE FUNCTION app.f(int) RETURNS int LANGUAGE sql AS $$ SELECT $1 + 2 $$;
		COMMENT ON TABLE app.same IS 'new'; SELECT nextval('app.s'); GRANT SELECT ON app.same TO PUBLIC; DROP INDEX app.big_n;`)
	want := `app.big different
  extra {"id":-1}
  missing {"id":42}
  changed {"id":7} n,f
  changed {"id":123456} note
app.extra only target
app.keyless different
  missing {"a":"3","b":"b"}
  extra {"a":"77","b":null}
app.typed different: column v is integer on the source and bigint on the target; all else is equal`
	for _, split := range []int64{0, 1 << 20} {
		o.SplitTablesLargerThan = split
		c, err := compareData(t, o)
		if err != nil || c.Differences != 4 || c.Unverified != 0 {
			t.Errorf("%v %+v", err, c.CompareOutcome)
		}
		if got := sortRows(c.String()); got != sortRows(want) {
			t.Errorf("split %d: got\n%s\nwant\n%s", split, got, want)
		}
	}
	c, err := compareSchema(t, o)
	if err != nil || c.Unverified != 0 {
		t.Errorf("%v %+v", err, c.CompareOutcome)
	}
	wantSchema := `only target ACL app TABLE same
+ GRANT SELECT ON TABLE app.same TO PUBLIC;
only target COMMENT app TABLE same
+ COMMENT ON TABLE app.same IS 'new';
different FUNCTION app f(integer)
  CREATE FUNCTION app.f(integer) RETURNS integer
      LANGUAGE sql
-     AS $_$ SELECT $1 + 1 $_$;
+     AS $_$ SELECT $1 + 2 $_$;
  ...
only target FUNCTION app g()
+ CREATE FUNCTION app.g() RETURNS integer
+     LANGUAGE sql
+     AS $$SELECT 1$$;
+ 
+ 
+ ALTER FUNCTION app.g() OWNER TO postgres;
only source INDEX app big_n
- CREATE INDEX big_n ON app.big USING btree (n);
different SEQUENCE VALUE app s
- last_value 1, is_called true
+ last_value 2, is_called true
only target TABLE app extra
+ CREATE TABLE app.extra (
+     id integer
+ );
+ 
+ 
+ ALTER TABLE app.extra OWNER TO postgres;
different TABLE app typed
  CREATE TABLE app.typed (
      id integer NOT NULL,
-     v integer,
+     v bigint,
      m app.mood,
      "Odd Name" text DEFAULT 'x'::text
  ...
different VIEW app v
  ...
      typed.v
     FROM app.typed
-   WHERE (typed.v > 3);
+   WHERE (typed.v > 4);
  ...`
	if c.String() != wantSchema {
		t.Errorf("schema: got\n%s\nwant\n%s", c, wantSchema)
	}
}

// sortRows puts the rows of each table in order: they come by the hash of their key.
func sortRows(s string) string {
	lines := strings.Split(s, "\n")
	for i := 0; i < len(lines); {
		j := i + 1
		for j < len(lines) && strings.HasPrefix(lines[j], "  ") {
			j++
		}
		slices.Sort(lines[i+1 : j])
		i = j
	}
	return strings.Join(lines, "\n")
}
