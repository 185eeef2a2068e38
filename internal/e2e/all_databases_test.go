package e2e

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

// instance is a server with four databases of its own, besides postgres, and an empty one to copy them to.
func instance(t *testing.T) (src, dst *pgtest.Server, names []string) {
	t.Helper()
	src, dst = pgtest.Start(t), pgtest.Start(t)
	src.Exec(t, "postgres", `CREATE ROLE "the Owner" LOGIN; CREATE ROLE reader; GRANT reader TO "the Owner"; ALTER ROLE "the Owner" SET work_mem = '7MB'`)
	src.CreateDB(t, "shop", `OWNER "the Owner"`)
	src.Exec(t, "shop", `CREATE TABLE item (id int PRIMARY KEY, body text NOT NULL); INSERT INTO item SELECT g, repeat('x', 200) FROM generate_series(1, 200000) g;
		CREATE INDEX ON item (body, id); CREATE TABLE sold (id bigserial PRIMARY KEY, item int REFERENCES item); INSERT INTO sold (item) SELECT g FROM generate_series(1, 50000) g;
		ALTER TABLE item OWNER TO "the Owner"; GRANT SELECT ON item TO reader; ALTER ROLE reader IN DATABASE shop SET work_mem = '8MB';
		ALTER DATABASE shop SET search_path = public, pg_catalog; COMMENT ON DATABASE shop IS 'where it is sold'; SELECT lo_from_bytea(0, 'large')`)
	src.CreateDB(t, `Ódd "Näme" $x`, "")
	src.Exec(t, `Ódd "Näme" $x`, `CREATE TABLE "T" (v text); INSERT INTO "T" SELECT g FROM generate_series(1, 5000) g`)
	src.CreateDB(t, "latin", "TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' CONNECTION LIMIT 17")
	src.Exec(t, "latin", `CREATE TABLE t (v text); INSERT INTO t VALUES ('Fußgänger')`)
	src.CreateDB(t, "crowded", "")
	src.Exec(t, "crowded", `CREATE TABLE guest (id int PRIMARY KEY); INSERT INTO guest SELECT generate_series(1, 1000)`)
	dst.CreateDB(t, "crowded", "")
	dst.Exec(t, "crowded", `CREATE TABLE "somebody else's" (id int)`)
	return src, dst, []string{"shop", `Ódd "Näme" $x`, "latin", "crowded", "postgres"}
}

// databaseStates are what list progress tells of each database of an overview.
func databaseStates(t *testing.T, dir string) map[string]string {
	t.Helper()
	r := pgcopy(t, nil, "list", "progress", "--json", "--dir", dir)
	var p struct {
		Databases []struct{ Database, State, Error, Hint string }
	}
	if err := json.Unmarshal([]byte(r.stdout), &p); err != nil {
		t.Fatalf("%v in %s", err, r)
	}
	states := map[string]string{}
	for _, d := range p.Databases {
		states[d.Database] = d.State
	}
	return states
}

// One of four databases cannot be copied, and pgcopy is killed on the way: the others end equal, the one is reported, and a resume finishes it
// once the cause is removed.
func TestAllDatabases(t *testing.T) {
	src, dst, names := instance(t)
	dir := filepath.Join(t.TempDir(), "work")
	p := start(t, []string{"PGCOPY_CRASH_AT=ran:copy-table"}, "clone", "--all-databases", "--source", src.URI("postgres"), "--target", dst.URI("postgres"), "--dir", dir)
	if r := p.wait(); r.signal != syscall.SIGKILL {
		t.Fatalf("it was to be killed: %s", r)
	}
	r := pgcopy(t, nil, "resume", "--dir", dir)
	if r.code != exitFailed || !strings.Contains(r.stderr, "database crowded: the target database crowded is not empty") || !strings.Contains(r.stderr, "pgcopy resume --dir "+dir) {
		t.Fatalf("resume: %s", r)
	}
	for name, state := range databaseStates(t, dir) {
		want := "done"
		if name == "crowded" {
			want = "failed"
		}
		if state != want {
			t.Errorf("database %s is %s, not %s", name, state, want)
		}
	}
	r = pgcopy(t, nil, "compare", "data", "--all-databases", "--source", src.URI("postgres"), "--target", dst.URI("postgres"), "--dir", dir)
	if r.code != 3 || !strings.Contains(r.stderr, "1 database differs of 5: crowded") {
		t.Errorf("compare data: %s", r)
	}
	// a comparison in the directory of all is one of all, whoever asks
	if again := pgcopy(t, nil, "compare", "data", "--dir", dir); again.code != 3 || !strings.Contains(again.stderr, "1 database differs of 5: crowded") {
		t.Errorf("compare data --dir: %s", again)
	}
	dst.Exec(t, "crowded", `DROP TABLE "somebody else's"`)
	if r = pgcopy(t, nil, "resume", "--dir", dir); r.code != exitDone {
		t.Fatalf("resume: %s", r)
	}
	for _, name := range names {
		report, err := truth.Compare(context.Background(), truth.Options{SourceURI: src.URI(name), TargetURI: dst.URI(name)})
		if err != nil || len(report) > 0 {
			t.Errorf("database %s: %v\n%s", name, err, strings.Join(report, "\n"))
		}
	}
	const facts = `SELECT datname, pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype, datconnlimit FROM pg_database
		WHERE NOT datistemplate UNION ALL SELECT rolname, array_to_string(rolconfig, ','), rolcanlogin::text, '', '', 0 FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1, 2`
	if s, d := fmtRows(src.Rows(t, "postgres", facts)), fmtRows(dst.Rows(t, "postgres", facts)); s != d {
		t.Errorf("databases and roles of the source\n%s\nand of the target\n%s", s, d)
	}
	for _, what := range []string{"schema", "data"} {
		r = pgcopy(t, nil, "compare", what, "--all-databases", "--source", src.URI("postgres"), "--target", dst.URI("postgres"), "--dir", dir)
		if r.code != exitDone {
			t.Errorf("compare %s: %s", what, r)
		}
	}
	used := pgcopy(t, nil, "list", "tables", "--dir", dir)
	fresh := pgcopy(t, nil, "list", "tables", "--all-databases", "--source", src.URI("postgres"), "--dir", filepath.Join(t.TempDir(), "none"))
	if used.code != exitDone || used.stdout != fresh.stdout || !strings.Contains(used.stdout, `Ódd "Näme" $x`) {
		t.Errorf("tables of the directory: %s\nand of the source: %s", used, fresh)
	}
	// started over, with the target's databases as they are now
	r = pgcopy(t, nil, "clone", "--all-databases", "--restart", "--source", src.URI("postgres"), "--target", dst.URI("postgres"), "--dir", dir)
	if r.code != exitDone || !strings.Contains(r.stdout, "done: 5 of 5 databases") {
		t.Errorf("restart: %s", r)
	}
}

func fmtRows(rows [][]string) string {
	var b strings.Builder
	for _, r := range rows {
		b.WriteString(strings.Join(r, "|") + "\n")
	}
	return b.String()
}

// What names one database's objects, snapshot or slot is refused for all databases, and so is one database's work in the directory of all.
func TestAllDatabasesRefusals(t *testing.T) {
	src, dst := pgtest.Pair(t)
	dir := filepath.Join(t.TempDir(), "work")
	for _, c := range []struct {
		args []string
		want string
		code int
	}{
		{[]string{"--filters", "/dev/null"}, "--filters names objects of one database", exitUsage},
		{[]string{"--snapshot", "00000003-0000001B-1"}, "--snapshot is of one database", exitUsage},
		{[]string{"--follow"}, "--follow follows one database", exitUsage},
		{[]string{"--target", src.URI("template1")}, "source and target are the same server", exitFailed},
	} {
		args := append([]string{"clone", "--all-databases", "--source", src.URI("postgres"), "--target", dst.URI("postgres"), "--dir", dir}, c.args...)
		if r := pgcopy(t, nil, args...); r.code != c.code || !strings.Contains(r.stderr, c.want) {
			t.Errorf("%v: %s", c.args, r)
		}
	}
}
