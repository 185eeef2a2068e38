package cli

import (
	"bytes"
	"context"
	"database/sql"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "snapshot" { // a clone starts this program for it
		os.Exit(Main(context.Background(), os.Args[1:], os.Stdout, os.Stderr))
	}
	time.Local = time.UTC // times of day are part of the golden files
	for _, e := range os.Environ() {
		if name, _, _ := strings.Cut(e, "="); strings.HasPrefix(name, "PGCOPY") {
			_ = os.Unsetenv(name)
		}
	}
	pgtest.Main(m)
}

// pgcopy runs a command line in this process.
func pgcopy(t *testing.T, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	return pgcopyUntil(t.Context(), args...)
}

func pgcopyUntil(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = Main(ctx, args, &out, &err)
	return status, out.String(), err.String()
}

// workDir makes a work directory whose catalog is filled by a file of testdata.
func workDir(t *testing.T, fixture string) string {
	t.Helper()
	dir := t.TempDir()
	db, err := catalogdb.Create(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join("testdata", fixture))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, dir, string(text))
	return dir
}

func fill(t *testing.T, dir, statements string) {
	t.Helper()
	db := openCatalog(t, dir)
	if _, err := db.ExecContext(t.Context(), statements); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

func openCatalog(t *testing.T, dir string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, catalogdb.FileName))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// golden compares with a file of testdata. The work directory, which differs each time, reads DIR there.
func golden(t *testing.T, name, got, dir string) {
	t.Helper()
	got = strings.ReplaceAll(got, dir, "DIR")
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs (go test ./cli -update writes it anew):\n--- got\n%s\n--- want\n%s", path, got, want)
	}
}
