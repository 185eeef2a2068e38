package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/steps"
)

// What list extensions --requirements prints is what clone --requirements reads, of a source and of a directory that was used.
func TestListRequirements(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, "CREATE EXTENSION pg_trgm VERSION '1.5'; CREATE EXTENSION hstore; CREATE TABLE t (v hstore)")
	work := t.TempDir()
	dir, file := filepath.Join(work, "work"), filepath.Join(work, "versions.json")

	check := func(more ...string) string {
		t.Helper()
		status, stdout, stderr := pgcopy(t, append([]string{"list", "extensions", "--requirements", "--dir", dir, "-q"}, more...)...)
		if status != ExitDone || stderr != "" {
			t.Fatalf("status %d, %s", status, stderr)
		}
		golden(t, "list_requirements", stdout, dir)
		return stdout
	}
	printed := check("--source", src.URI(from))
	check("--source", src.URI(from), "--json")
	if err := os.WriteFile(file, []byte(printed), 0o600); err != nil {
		t.Fatal(err)
	}
	if read, err := steps.ReadRequirements(file); err != nil || len(read) != 3 || read[1] != (steps.Requirement{Name: "pg_trgm", Version: "1.5"}) {
		t.Fatalf("%+v, %v", read, err)
	}
	if status, _, stderr := pgcopy(t, "clone", "-q", "--dir", dir, "-S", src.URI(from), "-T", dst.URI(to), "--requirements", file); status != ExitDone {
		t.Fatalf("clone: status %d, %s", status, stderr)
	}
	if v := dst.Value(t, to, "SELECT extversion FROM pg_extension WHERE extname = 'pg_trgm'"); v != "1.5" {
		t.Errorf("the target has %s", v)
	}
	check()
}

func TestListAvailableVersions(t *testing.T) {
	fixed := []pgtarget.ExtensionVersions{{Name: "hstore", Default: "1.8", Versions: []string{"1.4", "1.5", "1.8", "1.10"}},
		{Name: "odd\nname", Versions: []string{"unpackaged"}}, {Name: "plpgsql", Default: "1.0", Versions: []string{"1.0"}}}
	for name, print := range map[string]func(*bytes.Buffer) error{
		"text":      func(b *bytes.Buffer) error { return printVersions(b, fixed) },
		"none_text": func(b *bytes.Buffer) error { return printVersions(b, nil) },
		"json":      func(b *bytes.Buffer) error { return printJSON(b, fixed) },
	} {
		var b bytes.Buffer
		if err := print(&b); err != nil {
			t.Fatal(err)
		}
		golden(t, "list_available_versions_"+name, b.String(), "no directory")
	}

	src, dst := pgtest.Pair(t)
	empty := filepath.Join(t.TempDir(), "work")
	list := func(args ...string) (all []pgtarget.ExtensionVersions) {
		t.Helper()
		status, stdout, stderr := pgcopy(t, append([]string{"list", "extensions", "--available-versions", "--json"}, args...)...)
		if err := json.Unmarshal([]byte(stdout), &all); status != ExitDone || stderr != "" || err != nil {
			t.Fatalf("%v: status %d, %v, %s\n%s", args, status, err, stderr, stdout)
		}
		return all
	}
	all := list("--target", dst.URI("postgres"), "--dir", empty)
	if len(all) < 5 {
		t.Errorf("%+v", all)
	}
	nobody := strings.Replace(src.URI("postgres"), "/postgres", "/nothing_is_here", 1)
	if got := list("--target", dst.URI("postgres"), "--source", nobody, "--dir", empty); !reflect.DeepEqual(got, all) { // the target is asked
		t.Errorf("%+v", got)
	}
	if got := list("--source", src.URI("postgres"), "--dir", empty); !reflect.DeepEqual(got, all) { // of the same installation
		t.Errorf("%+v", got)
	}
	if status, stdout, _ := pgcopy(t, "list", "extensions", "--available-versions", "--source", src.URI("postgres")); status != ExitDone ||
		!strings.HasPrefix(stdout, "NAME") && !strings.Contains(stdout, "DEFAULT") {
		t.Errorf("status %d\n%s", status, stdout)
	}

	used := filepath.Join(t.TempDir(), "work")
	if status, _, stderr := pgcopy(t, "clone", "-q", "--dir", used, "-S", src.URI(src.FreshDB(t)), "-T", dst.URI(dst.FreshDB(t))); status != ExitDone {
		t.Fatalf("clone: status %d, %s", status, stderr)
	}
	if got := list("--dir", used); !reflect.DeepEqual(got, all) { // the recorded target
		t.Errorf("%+v", got)
	}

	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--available-versions"}, ExitFailed, empty + " holds no catalog, and no server is named to look at\nhint: name the server with --target or --source"},
		{[]string{"--requirements"}, ExitFailed, empty + " holds no catalog, and no source is named to look at\nhint: "},
		{[]string{"--requirements", "--available-versions"}, ExitUsage, "give one of them"},
		{[]string{"--requirements", "--all-databases", "-S", src.URI("postgres")}, ExitUsage, "--requirements are those of one database"},
		{[]string{"--available-versions", "-T", "nonsense"}, ExitFailed, "--target"},
	} {
		if status, stdout, stderr := pgcopy(t, append([]string{"list", "extensions", "--dir", empty}, c.args...)...); status != c.status || stdout != "" || !strings.Contains(stderr, c.want) {
			t.Errorf("%v: status %d, %q, %s", c.args, status, stdout, stderr)
		}
	}
}
