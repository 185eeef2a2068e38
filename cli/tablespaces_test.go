package cli

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/steps"
)

func TestTablespacesOption(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, bad := write("good.ini", "fast = ssd : /srv/ssd\n"), write("bad.ini", "# two\nfast = ssd\nFAST = other\n")
	want := []pgschema.TablespaceMapping{{Source: "fast", Target: "ssd", Location: "/srv/ssd", Line: 1}}
	both := []string{"-S", source, "-T", target}
	if o := optionsOf(t, append([]string{"clone", "--tablespaces", good}, both...)...); !reflect.DeepEqual(o.Tablespaces, want) || o.TablespacesFile != good {
		t.Errorf("%+v of %s", o.Tablespaces, o.TablespacesFile)
	}
	t.Setenv("PGCOPY_TABLESPACES", good)
	if o := optionsOf(t, append([]string{"copy", "db"}, both...)...); !reflect.DeepEqual(o.Tablespaces, want) {
		t.Errorf("from the environment: %+v", o.Tablespaces)
	}
	t.Setenv("PGCOPY_TABLESPACES", "")

	was := command
	t.Cleanup(func() { command = was })
	var name string
	var got steps.Options
	command = func(_ context.Context, o steps.Options, n string) error {
		name, got = n, o
		return nil
	}
	for _, c := range [][]string{{"copy", "tablespaces"}, {"copy", "schema"}, {"restore", "schema"}, {"restore", "pre-data"}, {"restore", "post-data"}, {"dump", "schema"}} {
		if status, _, stderr := pgcopy(t, append(append(c, "--dir", filepath.Join(dir, "none"), "--tablespaces", good), both...)...); status != ExitDone ||
			name != strings.Join(c, " ") || !reflect.DeepEqual(got.Tablespaces, want) {
			t.Errorf("%v: status %d, %s, %s with %+v", c, status, stderr, name, got.Tablespaces)
		}
	}

	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--tablespaces", bad}, ExitFailed, "--tablespaces " + bad + ":3: tablespace fast is mapped already, in line 2\nhint: keep one of the two lines"},
		{[]string{"--tablespaces", filepath.Join(dir, "no.ini")}, ExitFailed, "no.ini: no such file or directory\nhint: name a file"},
		{[]string{"--tablespaces", good, "--no-tablespaces"}, ExitUsage, "give one of them"},
	} {
		for _, command := range [][]string{{"clone"}, {"copy", "tablespaces", "--dir", filepath.Join(dir, "none")}, {"compare", "schema"}} {
			if status, _, stderr := pgcopy(t, append(append(command, c.args...), both...)...); status != c.status || !strings.Contains(stderr, c.want) {
				t.Errorf("%v %v: status %d, %s", command, c.args, status, stderr)
			}
		}
	}
}
