package pgtarget

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/sql"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// session connects with the settings that pgdb's sessions have and that matter here.
func session(t *testing.T, uri string) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	run(t, conn, "SET search_path = ''; SET row_security = off; SET client_min_messages = error")
	return conn
}

func run(t *testing.T, conn *pgx.Conn, text string) {
	t.Helper()
	if _, err := conn.Exec(context.Background(), text); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// fresh is a new database of the shared target and a session in it, set up by statements.
func fresh(t *testing.T, setup string) (*pgtest.Server, string, *pgx.Conn) {
	t.Helper()
	_, dst := pgtest.Pair(t)
	db := dst.FreshDB(t)
	if setup != "" {
		dst.Exec(t, db, setup)
	}
	return dst, db, session(t, dst.URI(db))
}

// roles creates roles on servers for one test.
func roles(t *testing.T, names string, servers ...*pgtest.Server) {
	t.Helper()
	for _, s := range servers {
		for _, r := range strings.Split(names, "; ") {
			s.Exec(t, "postgres", "CREATE ROLE "+r)
			name, _, _ := strings.Cut(r, " LOGIN")
			t.Cleanup(func() { s.Exec(t, "postgres", "DROP ROLE "+name) })
		}
	}
}

// TestStatementsExist: every file of sql/target is there for some name, and every variant has its file.
func TestStatementsExist(t *testing.T) {
	for _, list := range variants {
		for _, v := range list {
			if sql.Target(v.file) == "" {
				t.Errorf("%s is empty", v.file)
			}
		}
	}
	files, err := filepath.Glob("../sql/target/*.sql")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	var code string
	goFiles, _ := filepath.Glob("*.go")
	for _, f := range goFiles {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		code += string(b)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".sql"); !strings.Contains(code, `"`+name+`"`) {
			t.Errorf("%s is used nowhere", f)
		}
	}
}
