package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// sourceLists are all lists of what is known of the source.
var sourceLists = []string{"extensions", "collations", "tables", "table-parts", "sequences", "indexes", "constraints", "depends", "skipped", "schema"}

// shop is a server of its own, and of one version, so that OIDs and the numbers of the archive's entries are the same each time. It has one of each
// kind of thing.
func shop(t *testing.T) *pgtest.Server {
	t.Helper()
	s := pgtest.Start(t, pgtest.WithMajor(15), pgtest.WithSetting("autovacuum", "off"))
	s.CreateDB(t, "shop", "")
	s.Psql(t, "shop", "-q", "-f", testFile(t, "shop.sql"))
	s.Psql(t, "shop", "-q", "-c", "VACUUM ANALYZE")
	return s
}

// testFile is a copy of a file of testdata where the servers' user may read it.
func testFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "pgcopy-cli-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// only the wishes and the place of the server differ between a fresh directory and a used one
var runOnly = regexp.MustCompile(`"connection":"[^"]*",|"version_num":\d+,|"snapshot":[^,]*,|"options":.*?,("properties")`)

func listed(stdout, filters string) string {
	return strings.ReplaceAll(runOnly.ReplaceAllString(stdout, "$1"), filters, "FILTERS")
}

// Every list says the same of a source that is read for it and of a directory that a clone has used, when no server can be asked any more.
func TestListsOfTheSource(t *testing.T) {
	from := shop(t)
	from.CreateDB(t, "copy", "")
	dir := filepath.Join(t.TempDir(), "work")
	filters, err := filepath.Abs("testdata/shop.filter")
	if err != nil {
		t.Fatal(err)
	}
	wishes := []string{"--split-tables-larger-than", "64kB", "--filters", filters}

	check := func(t *testing.T, more ...string) {
		for _, list := range sourceLists {
			for _, format := range []string{"text", "json"} {
				args := append([]string{"list", list, "--dir", dir}, more...)
				if format == "json" {
					args = append(args, "--json")
				}
				status, stdout, stderr := pgcopy(t, args...)
				if status != ExitDone || stderr != "" {
					t.Fatalf("%v: status %d, %s", args, status, stderr)
				}
				if (format == "json" || list == "schema") && !json.Valid([]byte(stdout)) {
					t.Errorf("list %s is not JSON:\n%s", list, stdout)
				}
				if list == "schema" {
					format = "json" // always
				}
				golden(t, "list_source_"+list+"_"+format, listed(stdout, filters), dir)
			}
		}
	}
	t.Run("fresh", func(t *testing.T) {
		check(t, append(wishes, "-q", "--source", from.URI("shop"))...)
		if _, err := os.Stat(dir); err == nil {
			t.Error("looking has left a directory behind")
		}
	})
	if status, _, stderr := pgcopy(t, append([]string{"clone", "-q", "--dir", dir, "-S", from.URI("shop"), "-T", from.URI("copy")}, wishes...)...); status != ExitDone {
		t.Fatalf("clone: status %d, %s", status, stderr)
	}
	if err := from.Stop(); err != nil {
		t.Fatal(err)
	}
	t.Run("used", func(t *testing.T) {
		check(t)
		parsesItsList(t, dir)
	})
}

func TestListDatabases(t *testing.T) {
	s := shop(t)
	s.Psql(t, "postgres", "-q", "-c", `CREATE DATABASE "Odd name"`)
	sizes := regexp.MustCompile(`[0-9.]+ [kM]B|"bytes": \d+|"oid": \d{5}|(?m)^\d{5}`) // differ from one minor version to the next
	dir := t.TempDir()
	for _, format := range []string{"text", "json"} {
		args := []string{"list", "databases", "--source", s.URI("postgres"), "--dir", dir}
		if format == "json" {
			args = append(args, "--json")
		}
		status, stdout, stderr := pgcopy(t, args...)
		if status != ExitDone || stderr != "" || format == "json" && !json.Valid([]byte(stdout)) {
			t.Errorf("%v: status %d, %s\n%s", args, status, stderr, stdout)
		}
		golden(t, "list_databases_"+format, sizes.ReplaceAllStringFunc(stdout, func(size string) string { return strings.Repeat("#", len(size)) }), dir)
	}
	// A directory that was used knows the database that it is about, without asking anybody.
	used := filepath.Join(dir, "work")
	s.CreateDB(t, "copy", "")
	if status, _, stderr := pgcopy(t, "dump", "schema", "-q", "--dir", used, "-S", s.URI("shop"), "-T", s.URI("copy")); status != ExitDone {
		t.Fatal(stderr)
	}
	pgcopy(t, "snapshot", "--stop", "-q", "--dir", used)
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"text", "json"} {
		args := []string{"list", "databases", "--dir", used}
		if format == "json" {
			args = append(args, "--json")
		}
		status, stdout, stderr := pgcopy(t, args...)
		if status != ExitDone || stderr != "" {
			t.Errorf("%v: status %d, %s", args, status, stderr)
		}
		golden(t, "list_databases_used_"+format, stdout, dir)
	}
	if status, _, stderr := pgcopy(t, "list", "databases", "--dir", dir); status != ExitUsage || !strings.HasPrefix(stderr, "pgcopy: give --source") {
		t.Errorf("status %d, %s", status, stderr)
	}
}

// Where there is neither a catalog nor a source, each list says what it needs.
func TestListsOfNothing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "work")
	for _, list := range sourceLists {
		status, stdout, stderr := pgcopy(t, "list", list, "--dir", dir)
		if want := "pgcopy: " + dir + " holds no catalog, and no source is named to look at\nhint: name a work directory with --dir, or the source with --source\n"; status != ExitFailed || stdout != "" || stderr != want {
			t.Errorf("list %s: status %d, %q, %s", list, status, stdout, stderr)
		}
	}
}
