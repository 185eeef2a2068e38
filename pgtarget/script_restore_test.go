package pgtarget

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
)

func tools(t testing.TB, s *pgtest.Server) pgdb.Tools {
	t.Helper()
	tools, err := pgdb.FindTools(filepath.Dir(s.Bin("pg_dump")), s.Major, s.Major)
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

func dump(t testing.TB, s *pgtest.Server, db string, args ...string) string {
	t.Helper()
	cmd := exec.Command(s.Bin("pg_dump"), append([]string{"--dbname=" + s.URI(db)}, args...)...)
	var errOut strings.Builder
	cmd.Stderr = &errOut
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("pg_dump: %v: %s", err, errOut.String())
	}
	return string(out)
}

var restrictLine = regexp.MustCompile(`(?m)^\\(un)?restrict .{63}\n`)

// schemaOf is the schema of a database as pg_dump writes it, less the line that is another one each time.
func schemaOf(t testing.TB, s *pgtest.Server, db string) string {
	return restrictLine.ReplaceAllString(dump(t, s, db, "--schema-only"), "")
}

func archiveOf(t testing.TB, s *pgtest.Server, db string) string {
	file := filepath.Join(t.TempDir(), "schema.dump")
	dump(t, s, db, "-Fc", "--section=pre-data", "--section=post-data", "--no-blobs", "--file="+file)
	return file
}

// execute runs one entry the way it is meant to be: alone, in a transaction of its own, in a session that holds nothing of the entries before.
func execute(t testing.TB, conn *pgconn.PgConn, e ScriptEntry) {
	t.Helper()
	ctx := context.Background()
	if _, err := conn.Exec(ctx, "DISCARD ALL").ReadAll(); err != nil {
		t.Fatal(err)
	}
	sql := "BEGIN; " + strings.Join(e.Session, " ") + "\n" + e.SQL + "\n; COMMIT"
	if _, err := conn.Exec(ctx, sql).ReadAll(); err != nil {
		t.Fatalf("entry %d: %v\n%s", e.DumpID, err, sql)
	}
}

func connect(t testing.TB, uri string) *pgconn.PgConn {
	t.Helper()
	cfg, err := pgconn.ParseConfig(uri)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range RestoreSettings("UTF8") {
		cfg.RuntimeParams[k] = v
	}
	conn, err := pgconn.ConnectConfig(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

func TestEveryEntryRunsByItself(t *testing.T) {
	s := pgtest.Start(t)
	src, dst := s.FreshDB(t), s.FreshDB(t)
	s.Psql(t, src, "-f", "../testdata/archives/nasty.sql")
	archive := archiveOf(t, s, src)
	conn := connect(t, s.URI(dst))
	n := 0
	preamble, err := RestoreScript(context.Background(), tools(t, s), archive, RestoreOptions{}, func(e ScriptEntry) error {
		if n++; e.Position != n {
			t.Errorf("entry %d has position %d, want %d", e.DumpID, e.Position, n)
		}
		execute(t, conn, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(preamble, "restrict") || !strings.Contains(preamble, "set_config('search_path', '', false)") {
		t.Errorf("preamble: %q", preamble)
	}
	if want, got := schemaOf(t, s, src), schemaOf(t, s, dst); got != want {
		t.Errorf("schemas differ:\n%s", firstDifference(want, got))
	}
	populated := "SELECT matviewname, ispopulated FROM pg_matviews ORDER BY 1"
	if got := s.Rows(t, dst, populated); len(got) != 3 || got[0][1] != "f" || got[1][1] != "t" || got[2][1] != "t" {
		t.Errorf("materialized views: %v", got)
	}
	testDrops(t, s, archive, dst)
}

// What newer programs wrote of a 15 server runs on a 15 server: nothing of what only newer servers know reaches it.
func TestRecordedScriptsOfNewerProgramsRunOnAnOlderServer(t *testing.T) {
	s := pgtest.Start(t)
	src := s.FreshDB(t)
	s.Psql(t, src, "-f", "../testdata/archives/nasty.sql")
	want := schemaOf(t, s, src)
	for _, file := range []string{"nasty-17-of-15.script", "nasty-18-of-15.script"} {
		f, err := os.Open("../testdata/archives/" + file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		dst := s.FreshDB(t)
		conn := connect(t, s.URI(dst))
		preamble, err := ReadScript(f, func(e ScriptEntry) error { execute(t, conn, e); return nil })
		if err != nil || !strings.Contains(preamble, "transaction_timeout") {
			t.Fatal(err, preamble)
		}
		if got := schemaOf(t, s, dst); got != want {
			t.Errorf("%s: schemas differ:\n%s", file, firstDifference(want, got))
		}
	}
}

// Tablespaces and access methods are not in an entry's SQL but in settings printed before some entry far above: each entry must bring its own.
func TestEntriesBringTheirTablespaceAndAccessMethod(t *testing.T) {
	s := pgtest.Start(t)
	if s.Major < 15 {
		t.Skip("tablespaces without a folder of their own are new in 15")
	}
	src, dst := s.FreshDB(t), s.FreshDB(t)
	s.Psql(t, src, "-c", "SET allow_in_place_tablespaces = on", "-c", "CREATE TABLESPACE fast LOCATION ''", "-c", `CREATE TABLESPACE "sl;o'w" LOCATION ''`)
	s.Exec(t, src, `CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
		CREATE TABLE a (id int PRIMARY KEY USING INDEX TABLESPACE fast, b int UNIQUE);
		CREATE TABLE b (id int PRIMARY KEY, c int) USING heap2 TABLESPACE "sl;o'w";
		CREATE INDEX b_c ON b (c) TABLESPACE fast; CREATE INDEX b_c2 ON b (c);
		CREATE VIEW v AS SELECT * FROM a;
		CREATE TABLE c (id serial) USING heap2;
		CREATE MATERIALIZED VIEW m USING heap2 TABLESPACE fast AS SELECT * FROM a;
		CREATE TABLE p (id int, PRIMARY KEY (id) USING INDEX TABLESPACE fast) PARTITION BY RANGE (id) TABLESPACE "sl;o'w";
		CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9) USING heap2 TABLESPACE fast;
		CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (9) TO (19) TABLESPACE pg_default;`)
	conn := connect(t, s.URI(dst))
	if _, err := RestoreScript(context.Background(), tools(t, s), archiveOf(t, s, src), RestoreOptions{}, func(e ScriptEntry) error {
		execute(t, conn, e)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want, got := schemaOf(t, s, src), schemaOf(t, s, dst); got != want || !strings.Contains(want, "SET default_tablespace = fast") {
		t.Errorf("schemas differ:\n%s", firstDifference(want, got))
	}
	where := `SELECT relname, coalesce(spcname, '-'), coalesce(amname, '-') FROM pg_class c LEFT JOIN pg_tablespace s ON s.oid = reltablespace
		LEFT JOIN pg_am a ON a.oid = relam WHERE relnamespace = 'public'::regnamespace ORDER BY 1`
	if want, got := s.Rows(t, src, where), s.Rows(t, dst, where); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}

// testDrops empties a database with the statements of a clean script, and leaves nothing but the public schema.
func testDrops(t *testing.T, s *pgtest.Server, archive, db string) {
	conn := connect(t, s.URI(db))
	var again []string
	err := DropStatements(context.Background(), tools(t, s), archive, RestoreOptions{}, func(stmt string) error {
		_, err := conn.Exec(context.Background(), stmt).ReadAll()
		var pg *pgconn.PgError
		if errors.As(err, &pg) && (pg.Code == "42P16" || pg.Code == "2BP01") {
			again = append(again, stmt)
			return nil
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(again) == 0 {
		t.Error("the case of a partition's own constraint did not arise")
	}
	for _, stmt := range again {
		if _, err := conn.Exec(context.Background(), stmt).ReadAll(); err != nil {
			t.Error(err)
		}
	}
	left := s.Rows(t, db, `SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)'
		UNION ALL SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace
		UNION ALL SELECT pubname FROM pg_publication UNION ALL SELECT evtname FROM pg_event_trigger`)
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestRestoreOptions(t *testing.T) {
	s := pgtest.Start(t)
	db := s.FreshDB(t)
	s.Psql(t, db, "-f", "../testdata/archives/nasty.sql")
	archive := archiveOf(t, s, db)
	read := func(o RestoreOptions) string {
		var all strings.Builder
		if _, err := RestoreScript(context.Background(), tools(t, s), archive, o, func(e ScriptEntry) error {
			all.WriteString(strings.Join(e.Session, "\n") + e.SQL + "\n")
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return all.String()
	}
	full := read(RestoreOptions{})
	for words, o := range map[string]RestoreOptions{
		" OWNER TO ":                {NoOwner: true},
		"GRANT SELECT":              {NoACL: true},
		"COMMENT ON":                {NoComments: true},
		"\nSET default_tablespace ": {NoTablespaces: true},
		"CREATE TABLE arch.":        {Sections: []string{"post-data"}},
		"CREATE INDEX":              {Sections: []string{"pre-data"}},
	} {
		if got := read(o); !strings.Contains(full, words) || strings.Contains(got, words) || len(got) < 1000 {
			t.Errorf("%+v: %q is there", o, words)
		}
	}
	if both := read(RestoreOptions{Sections: []string{"pre-data", "post-data"}}); both != full {
		t.Error("both sections are not all")
	}
}

func TestRestoreScriptErrors(t *testing.T) {
	s, _ := pgtest.Pair(t)
	ctx, none := context.Background(), func(ScriptEntry) error { return nil }
	_, err := RestoreScript(ctx, tools(t, s), "/nonexistent/schema.dump", RestoreOptions{}, none)
	if err == nil || !strings.Contains(err.Error(), "/nonexistent/schema.dump") || !strings.Contains(err.Error(), "No such file") {
		t.Error(err)
	}
	var tool *pgdb.ToolError
	if !errors.As(err, &tool) || tool.Transient {
		t.Errorf("%#v", err)
	}
	boom := errors.New("boom")
	archive := "../testdata/archives/nasty-15-of-15.dump"
	if _, err := RestoreScript(ctx, tools(t, s), archive, RestoreOptions{}, func(ScriptEntry) error { return boom }); !errors.Is(err, boom) {
		t.Error(err)
	}
	gone, cancel := context.WithCancel(ctx)
	start := time.Now()
	_, err = RestoreScript(gone, tools(t, s), archive, RestoreOptions{}, func(ScriptEntry) error {
		cancel()
		return gone.Err()
	})
	if !errors.Is(err, context.Canceled) || time.Since(start) > 4*time.Second {
		t.Error(err, time.Since(start))
	}
}

func firstDifference(a, b string) string {
	al, bl := strings.Split(a, "\n"), strings.Split(b, "\n")
	for i := range al {
		if i >= len(bl) || al[i] != bl[i] {
			return strings.Join(al[max(0, i-3):min(len(al), i+5)], "\n") + "\n--- against ---\n" + strings.Join(bl[min(len(bl), max(0, i-3)):min(len(bl), i+5)], "\n")
		}
	}
	return "one is longer"
}
