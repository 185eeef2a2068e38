package pgsource

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

func dumpTools(t testing.TB, s *pgtest.Server) pgdb.Tools {
	t.Helper()
	tools, err := pgdb.FindTools(filepath.Dir(s.Bin("pg_dump")), s.Major, s.Major)
	if err != nil {
		t.Fatal(err)
	}
	return tools
}

// onlyFile: nothing but name is in dir, not even a partial file.
func onlyFile(t *testing.T, dir, name string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) > 1 || len(files) == 1 && files[0].Name() != name || len(files) == 0 && name != "" {
		t.Errorf("%s holds %v, want %q", dir, files, name)
	}
}

func TestDumpSchemaSeesItsSnapshotOnly(t *testing.T) {
	s, _ := pgtest.Pair(t)
	db, ctx := s.FreshDB(t), context.Background()
	s.Exec(t, db, "CREATE TABLE before (id int PRIMARY KEY); INSERT INTO before VALUES (1); SELECT lo_from_bytea(0, 'x')")
	holder, err := pgconn.Connect(ctx, s.URI(db))
	if err != nil {
		t.Fatal(err)
	}
	defer holder.Close(ctx)
	res, err := holder.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_export_snapshot()").ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	snapshot := string(res[1].Rows[0][0])
	s.Exec(t, db, "CREATE TABLE after (id int)")

	dir := t.TempDir()
	file := filepath.Join(dir, "schema.dump")
	if err := DumpSchema(ctx, dumpTools(t, s), s.URI(db), nil, snapshot, file, DumpOptions{}); err != nil {
		t.Fatal(err)
	}
	onlyFile(t, dir, "schema.dump")
	if fi, _ := os.Stat(file); fi.Mode().Perm() != 0o600 {
		t.Errorf("mode %v: others can read the passwords of user mappings", fi.Mode())
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var descs []string
	if _, err := ReadTOC(f, func(e pgschema.ArchiveEntry) error {
		if e.HasData || e.IsLargeObject() {
			t.Errorf("%+v", e)
		}
		if !e.IsSetting() && e.Desc != "DATABASE" {
			descs = append(descs, e.Desc+" "+e.Name)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if want := []string{"TABLE before", "CONSTRAINT before before_pkey"}; !slices.Equal(descs, want) {
		t.Errorf("%q, want %q", descs, want)
	}
}

func TestDumpSchemaEncodings(t *testing.T) {
	s, _ := pgtest.Pair(t)
	db := s.FreshDB(t) + "_latin"
	s.Exec(t, "postgres", `CREATE DATABASE "`+db+`" ENCODING LATIN1 LOCALE 'C' TEMPLATE template0`)
	defer s.Exec(t, "postgres", `DROP DATABASE "`+db+`"`)
	s.Exec(t, db, `DO $$BEGIN EXECUTE format('CREATE TABLE %I (id int)', chr(233)); END$$`)
	for encoding, name := range map[string]string{"": "\xe9", "UTF8": "é"} {
		file := filepath.Join(t.TempDir(), "schema.dump")
		if err := DumpSchema(context.Background(), dumpTools(t, s), s.URI(db), nil, "", file, DumpOptions{Encoding: encoding}); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		found := false
		h, err := ReadTOC(f, func(e pgschema.ArchiveEntry) error {
			found = found || e.Desc == "TABLE" && e.Name == name
			return nil
		})
		if err != nil || !found || (encoding == "UTF8") != (h.Encoding == "UTF8") {
			t.Errorf("encoding %q: %+v %v, table %q found: %v", encoding, h, err, name, found)
		}
	}
}

func TestDumpSchemaFailures(t *testing.T) {
	s, _ := pgtest.Pair(t)
	db, ctx := s.FreshDB(t), context.Background()
	s.Exec(t, db, "CREATE TABLE secret (id int); CREATE ROLE "+db+"_poor LOGIN")
	defer s.Exec(t, "postgres", "DROP ROLE "+db+"_poor")
	tools := dumpTools(t, s)
	dir := t.TempDir()
	file := filepath.Join(dir, "schema.dump")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := listener.Addr().String()
	listener.Close()
	for _, c := range []struct {
		name, dsn, snapshot, file, want, hint string
		transient                             bool
	}{
		{"snapshot gone", s.URI(db), "00000003-0000001B-1", file, "snapshot", "", false},
		{"one table may not be read", s.URIAs(db+"_poor", "", db), "", file, "permission denied for table secret", "grant the source's role SELECT", false},
		{"no such database", s.URI(db + "_x"), "", file, "does not exist", "", false},
		{"nobody listens", "postgresql://u@" + port + "/x", "", file, "Connection refused", "", true},
		{"no such folder", s.URI(db), "", filepath.Join(dir, "none", "schema.dump"), "no such file or directory", "", false},
	} {
		err := DumpSchema(ctx, tools, c.dsn, []string{"PGPASSWORD=swordfish"}, c.snapshot, c.file, DumpOptions{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "dump schema: ") || strings.Contains(err.Error(), "swordfish") {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, hint := pgdb.Explain(err); c.hint != "" && !strings.Contains(hint, c.hint) {
			t.Errorf("%s: hint %q", c.name, hint)
		}
		var tool *pgdb.ToolError
		if errors.As(err, &tool); tool != nil && tool.Transient != c.transient || tool == nil && c.transient {
			t.Errorf("%s: transient is wrong: %#v", c.name, tool)
		}
		onlyFile(t, dir, "")
	}
}

// A dump that waits for a lock ends with its context, here and on the server, and leaves no file.
func TestDumpSchemaIsInterrupted(t *testing.T) {
	s, _ := pgtest.Pair(t)
	db, ctx := s.FreshDB(t), context.Background()
	s.Exec(t, db, "CREATE TABLE t (id int)")
	blocker, err := pgconn.Connect(ctx, s.URI(db))
	if err != nil {
		t.Fatal(err)
	}
	defer blocker.Close(ctx)
	if _, err := blocker.Exec(ctx, "BEGIN; LOCK TABLE t IN ACCESS EXCLUSIVE MODE").ReadAll(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(ctx)
	waiting := "SELECT count(*) FROM pg_stat_activity WHERE datname = '" + db + "' AND application_name = 'pg_dump'"
	go func() {
		for range 100 {
			if s.Value(t, "postgres", waiting+" AND wait_event_type = 'Lock'") != "0" {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		cancel()
	}()
	dir := t.TempDir()
	err = DumpSchema(ctx, dumpTools(t, s), s.URI(db), nil, "", filepath.Join(dir, "schema.dump"), DumpOptions{})
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	onlyFile(t, dir, "")
	for range 100 {
		if s.Value(t, "postgres", waiting) == "0" {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Error("pg_dump's session is still on the server")
}
