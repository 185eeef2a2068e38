package steps

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/workflow"
)

// placed is a database with something of every kind that has a place, in two tablespaces of this test.
const placed = `
	CREATE TABLE plain (id int PRIMARY KEY USING INDEX TABLESPACE %[2]s, v text UNIQUE, w text) TABLESPACE %[1]s;
	INSERT INTO plain SELECT i, i, repeat('x', 100) FROM generate_series(1, 100) i;
	CREATE INDEX plain_w ON plain (w) TABLESPACE %[2]s;
	CREATE TABLE wide (id int, v text) TABLESPACE %[1]s;
	INSERT INTO wide SELECT 1, string_agg(md5(i::text), '') FROM generate_series(1, 5000) i;
	CREATE TABLE parts (id int, v int, PRIMARY KEY (id) USING INDEX TABLESPACE %[2]s) PARTITION BY RANGE (id) TABLESPACE %[1]s;
	CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (10) TABLESPACE %[2]s;
	CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (10) TO (20) TABLESPACE pg_default;
	CREATE INDEX parts_v ON parts (v) TABLESPACE %[1]s;
	CREATE TABLE excluded (r int4range, EXCLUDE USING gist (r WITH &&) USING INDEX TABLESPACE %[2]s);
	CREATE MATERIALIZED VIEW m TABLESPACE %[1]s AS SELECT * FROM plain;
	CREATE UNIQUE INDEX m_id ON m (id) TABLESPACE %[2]s;
	CREATE TABLE nowhere (id serial PRIMARY KEY, v text);
	CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$ SELECT 'SET default_tablespace = %[1]s; TABLESPACE %[1]s' $$;
	ALTER TABLE parts ADD CONSTRAINT fk FOREIGN KEY (v) REFERENCES plain;`

// places says where every relation of a database is, TOAST and sequences too.
const places = `SELECT c.relname, coalesce(spcname, '-') FROM pg_class c LEFT JOIN pg_tablespace s ON s.oid = reltablespace
	WHERE relnamespace = 'public'::regnamespace
	UNION ALL SELECT 'toast of ' || o.relname, coalesce(spcname, '-') FROM pg_class c JOIN pg_class o ON o.reltoastrelid = c.oid LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
	WHERE o.relnamespace = 'public'::regnamespace ORDER BY 1`

// spaces are tablespaces whose directories lie beside a server's data. They are dropped after the databases that were made later.
type spaces struct {
	t   *testing.T
	srv *pgtest.Server
}

// dir makes an empty directory that belongs to the server's user.
func (s spaces) dir(name string) string {
	dir := filepath.Join(filepath.Dir(s.srv.DataDir()), "tablespaces of "+s.t.Name(), name)
	s.srv.Exec(s.t, "postgres", fmt.Sprintf(`COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; mkdir -p "%s"'`, dir))
	return dir
}

// later has tablespaces dropped that the test will make.
func (s spaces) later(names ...string) {
	s.t.Cleanup(func() {
		for _, n := range names {
			s.srv.Exec(s.t, "postgres", `DROP TABLESPACE IF EXISTS "`+n+`"`)
		}
	})
}

func (s spaces) make(names ...string) {
	s.later(names...)
	for _, n := range names {
		s.srv.Exec(s.t, "postgres", fmt.Sprintf(`CREATE TABLESPACE "%s" LOCATION '%s'`, n, s.dir(n)))
	}
}

// mapFile writes a map and has options read it.
func mapFile(t *testing.T, o *Options, text string) {
	t.Helper()
	o.TablespacesFile = filepath.Join(t.TempDir(), "map.ini")
	if err := os.WriteFile(o.TablespacesFile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var err error
	if o.Tablespaces, err = ReadTablespaces(o.TablespacesFile); err != nil {
		t.Fatal(err)
	}
}

// mustPlace compares where things are, after the source's names were replaced by those expected on the target.
func mustPlace(t *testing.T, src, dst *pgtest.Server, from, to string, names map[string]string) {
	t.Helper()
	want := src.Rows(t, from, places)
	for _, row := range want {
		if name, ok := names[row[1]]; ok {
			row[1] = name
		}
	}
	got := dst.Rows(t, to, places)
	if len(want) < 20 || !slices.EqualFunc(got, want, slices.Equal[[]string]) {
		t.Errorf("places on the target\n%v\nwant\n%v", got, want)
	}
}

// mustMatch has compare schema find no difference, in the directory of a clone.
func mustMatch(t *testing.T, o Options) {
	t.Helper()
	out, err := CompareSchema(t.Context(), CompareOptions{Options: Options{Source: o.Source, Target: o.Target, Dir: o.Dir, TableJobs: 2, RetryFor: o.RetryFor, Log: o.Log}})
	if err != nil || out.Differences != 0 || out.Unverified != 0 {
		t.Errorf("compare schema: %+v, %v", out, err)
	}
}

func TestTablespacesOfTheSameNames(t *testing.T) {
	src, dst := pgtest.Pair(t)
	spaces{t, src}.make("same_a", "Same B")
	spaces{t, dst}.make("same_a", "Same B")
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, fmt.Sprintf(placed, "same_a", `"Same B"`))
	dst.Exec(t, to, fmt.Sprintf(`ALTER DATABASE %q SET default_tablespace = 'same_a'`, to)) // is not heeded
	o := testOptions(t, src.URI(from), dst.URI(to))
	if _, err := Clone(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	dst.Exec(t, to, fmt.Sprintf(`ALTER DATABASE %q RESET default_tablespace`, to))
	mustPlace(t, src, dst, from, to, nil)
	mustMatch(t, o)
	mustEqual(t, src, o.Source, o.Target)
}

func TestTablespacesMapped(t *testing.T) {
	src, dst := pgtest.Pair(t)
	spaces{t, src}.make("map_a", "map B")
	spaces{t, dst}.make("map_c", "Map = D", "map_base")
	from := src.FreshDB(t)
	src.Exec(t, from, fmt.Sprintf(placed, "map_a", `"map B"`))
	src.Exec(t, from, fmt.Sprintf(`ALTER DATABASE %[1]q SET default_tablespace = map_a; ALTER DATABASE %[1]q SET temp_tablespaces = map_a, '', "map B"`, from))
	for name, c := range map[string]struct {
		text, base string
		want       map[string]string
		settings   string
	}{
		"other names":             {"map_a = map_c ; fast\n\"map B\" = \"Map = D\"", "pg_default", map[string]string{"map_a": "map_c", "map B": "Map = D"}, `map_c: map_c, "", "Map = D"`},
		"two become one":          {"map_a=map_c\n\"map B\"=map_c", "pg_default", map[string]string{"map_a": "map_c", "map B": "map_c"}, `map_c: map_c, "", map_c`},
		"the built-in one":        {"map_a = map_c\n\"map B\" = pg_default", "pg_default", map[string]string{"map_a": "map_c", "map B": "-"}, `map_c: map_c, "", pg_default`},
		"the target's own":        {"map_a = map_base\n\"map B\" = map_c", "map_base", map[string]string{"map_a": "-", "map B": "map_c"}, `map_base: map_base, "", map_c`},
		"out of the built-in one": {"pg_default = map_base\nmap_a = map_c\n\"map B\" = \"Map = D\"", "pg_default", map[string]string{"map_a": "map_c", "map B": "Map = D", "-": "map_base"}, ``},
	} {
		t.Run(name, func(t *testing.T) {
			to := strings.ReplaceAll("mapped "+name, "'", "")
			dst.CreateDB(t, to, "TABLESPACE "+c.base)
			o := testOptions(t, src.URI(from), dst.URI(to))
			mapFile(t, &o, c.text)
			if _, err := Clone(t.Context(), o); err != nil {
				t.Fatal(err)
			}
			if c.want["-"] != "" { // sequences stay
				dst.Exec(t, to, "DROP SEQUENCE nowhere_id_seq CASCADE")
				rows := dst.Rows(t, to, "SELECT DISTINCT spcname::text FROM pg_class LEFT JOIN pg_tablespace s ON s.oid = reltablespace WHERE relnamespace = 'public'::regnamespace AND relkind <> 'S' ORDER BY 1")
				if fmt.Sprint(rows) != "[[Map = D] [map_base] [map_c]]" {
					t.Error(rows)
				}
				return
			}
			mustPlace(t, src, dst, from, to, c.want)
			mustMatch(t, o)
			if got := dst.Value(t, to, "SELECT current_setting('default_tablespace') || ': ' || current_setting('temp_tablespaces')"); got != c.settings {
				t.Errorf("settings are %s, want %s", got, c.settings)
			}
		})
	}
}

func TestNoTablespaces(t *testing.T) {
	src, dst := pgtest.Pair(t)
	spaces{t, src}.make("no_a", "no_b")
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, fmt.Sprintf(placed, "no_a", "no_b"))
	o := testOptions(t, src.URI(from), dst.URI(to))
	src.Exec(t, from, fmt.Sprintf(`ALTER DATABASE %[1]q SET default_tablespace = no_a; ALTER DATABASE %[1]q SET work_mem = '5MB'`, from))
	o.NoTablespaces = true
	if _, err := Clone(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	mustPlace(t, src, dst, from, to, map[string]string{"no_a": "-", "no_b": "-"})
	if got := dst.Value(t, to, "SELECT current_setting('default_tablespace') || current_setting('work_mem')"); got != "5MB" {
		t.Errorf("settings %s", got)
	}
	mustMatch(t, o)
}

// What is missing on the target is told before anything is made, there or in the work directory.
func TestMissingTablespacesAreRefused(t *testing.T) {
	src, dst := pgtest.Pair(t)
	spaces{t, src}.make("gone_a", "gone B", "gone_unused")
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, fmt.Sprintf(placed, "gone_a", `"gone B"`))
	plain := testOptions(t, src.URI(from), dst.URI(to))
	refused := func(t *testing.T, o Options, says ...string) {
		t.Helper()
		_, err := Clone(t.Context(), o)
		if err == nil {
			t.Fatal("it was copied")
		}
		message, hint := pgdb.Explain(err)
		for _, s := range says {
			if !strings.Contains(message+"\n"+hint, s) {
				t.Errorf("%s\nhint: %s\nlacks %q", message, hint, s)
			}
		}
		if n := dst.Value(t, to, "SELECT count(*) FROM pg_class WHERE oid >= 16384"); n != "0" {
			t.Errorf("%s relations were made", n)
		}
	}
	t.Run("same names", func(t *testing.T) {
		refused(t, plain, `the target has no tablespace "gone B", gone_a`, "copy tablespaces", "--tablespaces", "--no-tablespaces")
		if _, err := os.Stat(filepath.Join(plain.Dir, "catalog.db")); err == nil {
			t.Error("a catalog was made")
		}
	})
	t.Run("mapped", func(t *testing.T) {
		o := plain
		mapFile(t, &o, "# comment\ngone_a = nowhere\n\"gone B\" = pg_default")
		refused(t, o, "the target has no tablespace nowhere (--tablespaces "+o.TablespacesFile+":2: gone_a = nowhere)")
	})
	t.Run("unknown on the source", func(t *testing.T) {
		o := plain
		mapFile(t, &o, "\ngone_aa = pg_default")
		refused(t, o, o.TablespacesFile+":2: the source has no tablespace gone_aa", "did you mean gone_a?")
	})
	t.Run("known by the filters only", func(t *testing.T) {
		o := plain
		o.Dir += "-filtered"
		o.Filters = filepath.Join(t.TempDir(), "filters.ini")
		if err := os.WriteFile(o.Filters, []byte("[include-only-table]\npublic.nowhere\npublic.parts_1"), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := Clone(t.Context(), o)
		if !errors.Is(err, workflow.ErrFailed) || out.Tasks.Failed != 1 {
			t.Fatalf("%+v, %v", out, err)
		}
		if n := dst.Value(t, to, "SELECT count(*) FROM pg_class WHERE oid >= 16384"); n != "0" {
			t.Errorf("%s relations were made", n)
		}
		if err := os.WriteFile(o.Filters, []byte("[include-only-table]\npublic.nowhere"), 0o600); err != nil {
			t.Fatal(err)
		}
		o.Restart = true
		if _, err := Clone(t.Context(), o); err != nil { // needs no tablespace
			t.Fatal(err)
		}
	})
	t.Run("not allowed", func(t *testing.T) {
		spaces{t, dst}.make("gone_a", "gone B")
		dst.Exec(t, "postgres", "CREATE ROLE gone_role LOGIN")
		t.Cleanup(func() { dst.Exec(t, "postgres", "DROP ROLE gone_role") })
		dst.CreateDB(t, "gone db", "OWNER gone_role")
		o := plain
		o.Dir += "-role"
		o.Target = dst.URIAs("gone_role", "", "gone db")
		o.NoOwner, o.NoACL = true, true
		_, err := Clone(t.Context(), o)
		message, hint := pgdb.Explain(err)
		if want := `role gone_role may not make anything in tablespace "gone B", gone_a of the target`; message != want || !strings.Contains(hint, `GRANT CREATE ON TABLESPACE "gone B" TO "gone_role"`) {
			t.Errorf("%s\nhint: %s\nwant %s", message, hint, want)
		}
	})
}

func TestCopyTablespaces(t *testing.T) {
	src, dst := pgtest.Pair(t)
	spaces{t, src}.make("ct_a", "ct B")
	spaces{t, dst}.later("ct_c", "ct B")
	for _, s := range []*pgtest.Server{src, dst} {
		s.Exec(t, "postgres", "CREATE ROLE ct_owner; CREATE ROLE ct_user")
	}
	src.Exec(t, "postgres", `CREATE ROLE ct_alone; ALTER TABLESPACE ct_a OWNER TO ct_owner; ALTER TABLESPACE ct_a SET (seq_page_cost = 1.5, random_page_cost = 1.1);
		COMMENT ON TABLESPACE ct_a IS 'it''s fast'; GRANT CREATE ON TABLESPACE ct_a TO ct_user WITH GRANT OPTION; GRANT CREATE ON TABLESPACE ct_a TO ct_alone, PUBLIC;
		ALTER TABLESPACE "ct B" OWNER TO ct_alone`)
	t.Cleanup(func() {
		for _, s := range []*pgtest.Server{src, dst} {
			s.Exec(t, "postgres", `DROP TABLESPACE IF EXISTS ct_a`)
			s.Exec(t, "postgres", `DROP TABLESPACE IF EXISTS ct_c`)
			s.Exec(t, "postgres", `DROP TABLESPACE IF EXISTS "ct B"`)
			s.Exec(t, "postgres", `DROP ROLE ct_owner, ct_user`)
			s.Exec(t, "postgres", `DROP ROLE IF EXISTS ct_alone`)
		}
	})
	other := src.Rows(t, "postgres", `SELECT spcname FROM pg_tablespace WHERE spcname !~ '^(pg_|ct)'`) // of other tests of this package, made within the data directory
	text := fmt.Sprintf("ct_a = ct_c : '%s'\n\"ct B\" = \"ct B\" : '%s'\n", spaces{t, dst}.dir("c"), spaces{t, dst}.dir("b"))
	for _, row := range other {
		text += fmt.Sprintf("%q = pg_default\n", row[0])
	}
	o := testOptions(t, src.URI("postgres"), dst.URI("postgres"))
	o.Source, o.Target = src.URI(src.FreshDB(t)), dst.URI(dst.FreshDB(t))
	mapFile(t, &o, text)
	look := func() string {
		return fmt.Sprint(dst.Rows(t, "postgres", `SELECT spcname, pg_get_userbyid(spcowner), spcoptions, shobj_description(oid, 'pg_tablespace'),
			(SELECT string_agg(coalesce(nullif(grantee::regrole::text, '-'), 'PUBLIC') || is_grantable, ' ' ORDER BY 1) FROM aclexplode(spcacl) WHERE grantee <> spcowner), xmin
			FROM pg_tablespace WHERE spcname ~ '^ct' ORDER BY 1`))
	}
	out, err := Command(t.Context(), o, "copy tablespaces")
	if err != nil {
		t.Fatalf("%+v %v", out, err)
	}
	first := look()
	if want := "[[ct B postgres"; !strings.HasPrefix(first, want) || !strings.Contains(first, "[ct_c ct_owner {seq_page_cost=1.5,random_page_cost=1.1} it's fast PUBLICfalse ct_usertrue") {
		t.Errorf("made %s", first)
	}
	if _, err := Command(t.Context(), o, "copy tablespaces"); err != nil {
		t.Fatal(err)
	}
	if second := look(); second != first {
		t.Errorf("a second run made %s of %s", second, first)
	}

	t.Run("what an interrupted run left", func(t *testing.T) { // made, but without its comment and privileges
		spaces{t, dst}.make("ct_e")
		half := testOptions(t, o.Source, o.Target)
		mapFile(t, &half, strings.Replace(text, "ct_a = ct_c : '", "ct_a = ct_e : '/not/used", 1))
		for range 2 {
			if _, err := Command(t.Context(), half, "copy tablespaces"); err != nil {
				t.Fatal(err)
			}
		}
		if got := look(); !strings.Contains(got, `[ct_e postgres \N it's fast PUBLICfalse ct_usertrue`) {
			t.Errorf("made %s", got)
		}
	})
	place := spaces{t, src}.dir("ct_a")
	t.Run("the directory of the source", func(t *testing.T) { // which a server on the same machine cannot have, too
		alone := testOptions(t, o.Source, o.Target)
		var text string
		for _, row := range append(other, []string{"ct B"}) {
			text += fmt.Sprintf("%q = pg_default\n", row[0])
		}
		mapFile(t, &alone, text)
		_, err := Command(t.Context(), alone, "copy tablespaces")
		mustTell(t, alone, err, "create tablespace ct_a at "+place, "make an empty directory")
	})
	t.Run("no such directory", func(t *testing.T) {
		bad := testOptions(t, o.Source, o.Target)
		mapFile(t, &bad, strings.Replace(text, "ct_c : '", "ct_d : '/no/such", 1))
		_, err := Command(t.Context(), bad, "copy tablespaces")
		mustTell(t, bad, err, `directory "/no/such`, "make an empty directory")
	})
	t.Run("a role that may not", func(t *testing.T) {
		dst.Exec(t, "postgres", "CREATE ROLE ct_login LOGIN")
		t.Cleanup(func() { dst.Exec(t, "postgres", "DROP ROLE ct_login") })
		bad := testOptions(t, o.Source, dst.URIAs("ct_login", "", "postgres"))
		mapFile(t, &bad, strings.Replace(text, "ct_a = ct_c", "ct_a = ct_d", 1))
		_, err := Command(t.Context(), bad, "copy tablespaces")
		mustTell(t, bad, err, "permission denied to create tablespace", "superuser")
		if n := dst.Value(t, "postgres", "SELECT count(*) FROM pg_tablespace WHERE spcname = 'ct_d'"); n != "0" {
			t.Error("it was made")
		}
	})
}

// mustTell reads why a command's only task failed.
func mustTell(t *testing.T, o Options, err error, message, hint string) {
	t.Helper()
	said, advised := refusal(t, o.Dir, err)
	if !strings.Contains(said, message) || !strings.Contains(advised, hint) {
		t.Errorf("%s\nhint: %s\nlack %q, %q", said, advised, message, hint)
	}
}

// A database that lives in a tablespace is made in the one that the map names; what is in the database's own tablespace needs no word then.
func TestTablespacesOfAllDatabases(t *testing.T) {
	src, dst := pgtest.Start(t), pgtest.Start(t)
	spaces{t, src}.make("all_a", "all_b")
	spaces{t, dst}.make("all_c", "all_b")
	src.CreateDB(t, "shop", "TABLESPACE all_a")
	src.Exec(t, "shop", fmt.Sprintf(placed, "all_b", "pg_default"))
	o := testOptions(t, src.URI("postgres"), dst.URI("postgres"))
	o.AllDatabases = true
	if _, err := Clone(t.Context(), o); err == nil {
		t.Fatal("a database was made in a tablespace that is not there")
	}
	message, hint := refusal(t, o.Dir, workflow.ErrFailed)
	if !strings.Contains(message, `tablespace "all_a" does not exist`) || !strings.Contains(hint, "copy tablespaces") {
		t.Errorf("%s\nhint: %s", message, hint)
	}
	o.Dir += "-mapped"
	o.DropIfExists = true // the first run has made what it could
	mapFile(t, &o, "all_a = all_c")
	if out, err := Clone(t.Context(), o); err != nil {
		t.Fatalf("%+v %v", out, err)
	}
	t.Cleanup(func() { dst.Exec(t, "postgres", "DROP DATABASE shop") })
	if got := dst.Value(t, "postgres", "SELECT spcname FROM pg_database d JOIN pg_tablespace t ON t.oid = dattablespace WHERE datname = 'shop'"); got != "all_c" {
		t.Errorf("the database is in %s", got)
	}
	mustPlace(t, src, dst, "shop", "shop", nil)
}

// The commands of one directory share the map that the first of them was given; another one is refused.
func TestTablespacesStepByStep(t *testing.T) {
	src, dst := pgtest.Pair(t)
	spaces{t, src}.make("step_a", "step_b")
	spaces{t, dst}.later("step_c")
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, fmt.Sprintf(placed, "step_a", "step_b"))
	first := testOptions(t, src.URI(from), dst.URI(to))
	text := fmt.Sprintf("step_a = step_c : '%s'\nstep_b = pg_default\n", spaces{t, dst}.dir("c"))
	for _, row := range src.Rows(t, "postgres", `SELECT spcname FROM pg_tablespace WHERE spcname !~ '^(pg_|step)'`) {
		text += fmt.Sprintf("%q = pg_default\n", row[0])
	}
	mapFile(t, &first, text)
	again := first
	again.Tablespaces, again.TablespacesFile, again.Part = nil, "", true
	for i, name := range []string{"copy tablespaces", "restore pre-data", "copy data", "restore post-data"} {
		o := again
		if i == 0 {
			o = first
		}
		if out, err := Command(t.Context(), o, name); err != nil {
			t.Fatalf("%s: %+v %v", name, out, err)
		}
	}
	mustPlace(t, src, dst, from, to, map[string]string{"step_a": "step_c", "step_b": "-"})
	mustMatch(t, first)
	other := again
	mapFile(t, &other, "step_a = pg_default")
	_, err := Command(t.Context(), other, "copy sequences")
	message, hint := pgdb.Explain(err)
	if !strings.Contains(message, `was begun with --tablespaces [{"`) || hint == "" {
		t.Errorf("%s\nhint: %s", message, hint)
	}
}
