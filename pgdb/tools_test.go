package pgdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseToolVersion(t *testing.T) {
	for out, want := range map[string]string{
		"pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": "15 15.18 (Debian 15.18-0+deb12u1)",
		"pg_dump (PostgreSQL) 18beta1":                          "18 18beta1",
		"pg_restore (PostgreSQL) 17rc1 (Debian 17~rc1)":         "17 17rc1 (Debian 17~rc1)",
		"pg_dump (PostgreSQL) 19devel":                          "19 19devel",
		"pg_dump (PostgreSQL) 9.6.24":                           "9 9.6.24",
	} {
		major, version, ok := parseToolVersion(out)
		if got := fmt.Sprint(major, " ", version); !ok || got != want {
			t.Errorf("%q is %q", out, got)
		}
	}
	for _, out := range []string{"", "pg_dump", "pg_dump (EnterpriseDB) 15", "Usage: pg_dump 15"} {
		if _, _, ok := parseToolVersion(out); ok {
			t.Errorf("%q passes", out)
		}
	}
}

// bin makes a folder with a pg_dump and a pg_restore that only know --version; "" leaves one out.
func bin(t *testing.T, name, dump, restore string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for program, version := range map[string]string{"pg_dump": dump, "pg_restore": restore} {
		if version != "" {
			script(t, filepath.Join(dir, program), fmt.Sprintf("echo '%s (PostgreSQL) %s'", program, version))
		}
	}
	return dir
}

func script(t *testing.T, path, body string) {
	t.Helper()
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
}

func TestFindToolsChoosesByVersion(t *testing.T) {
	b14, b15, b16 := bin(t, "b14", "14.9", "14.9"), bin(t, "b15", "15.1", "15.1"), bin(t, "b16", "16.2", "16.2")
	b17, b18 := bin(t, "b17", "17.0 (Debian 17)", "17.0"), bin(t, "b18", "18rc1", "18rc1")
	odd := bin(t, "odd", "16.9", "15.9") // pg_restore older than pg_dump
	for _, c := range []struct {
		extra, path    []string
		source, target int
		want           string
	}{
		{nil, []string{b18, b15, b17}, 15, 15, b15},
		{nil, []string{b18, b15, b17}, 15, 17, b17},
		{nil, []string{b18, b15, b17}, 15, 16, b17}, // the nearest newer one
		{nil, []string{b18, b15, b17}, 16, 15, b17}, // an older target
		{nil, []string{b14, b15}, 15, 18, b15},      // nothing as new as the target
		{nil, []string{b14, b15, b16}, 15, 18, b15},
		{nil, []string{odd, b17}, 16, 16, b17},
		{[]string{b18}, []string{b15}, 15, 15, b18}, // named beats nearer
		{[]string{b14, b17, b18}, []string{b15}, 15, 15, b17},
		{[]string{b14}, []string{b15}, 15, 15, b15},
		{nil, []string{t.TempDir(), "", b15}, 15, 15, b15},
	} {
		got, err := findTools(searchPath{extra: c.extra, path: c.path}, c.source, c.target)
		if err != nil || got.Dir != c.want {
			t.Errorf("%v + %v for %d to %d: %+v, %v; want %s", c.extra, c.path, c.source, c.target, got, err, c.want)
		}
	}
	debian := filepath.Dir(b17)
	got, err := findTools(searchPath{glob: debian + "/*"}, 15, 15)
	if err != nil || got.Program("pg_dump") != filepath.Join(b17, "pg_dump") || got.Major != 17 || got.Version != "17.0 (Debian 17)" {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestFindToolsSaysWhatIsMissing(t *testing.T) {
	b15, noRestore := bin(t, "b15", "15.18 (Debian 15.18-0)", "15.18"), bin(t, "half", "17.1", "")
	broken, closed := bin(t, "broken", "x", "x"), bin(t, "closed", "17.2", "17.2")
	script(t, filepath.Join(broken, "pg_dump"), "echo 'error while loading shared libraries: libpq.so.5' >&2; exit 127")
	if err := os.Chmod(filepath.Join(closed, "pg_dump"), 0o644); err != nil {
		t.Fatal(err)
	}
	wrapped := bin(t, "wrapped", "", "")
	script(t, filepath.Join(wrapped, "pg_wrapper"), "echo 'pg_dump (PostgreSQL) 17.1'")
	if err := os.Symlink("pg_wrapper", filepath.Join(wrapped, "pg_dump")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		in   searchPath
		msg  []string
		hint string
	}{
		{searchPath{path: []string{b15, b15, noRestore, broken, closed, wrapped}}, []string{
			"pg_dump 17 or newer is needed to read the schema of a PostgreSQL 17 source; found 15.18 in " + b15 + ", an unusable one in " + noRestore + " (its pg_restore: no such file or directory)",
			"an unusable one in " + broken + " (error while loading shared libraries: libpq.so.5)",
			"an unusable one in " + closed + " (permission denied)",
		}, "install postgresql-client-17 (or newer), or name the folder of its programs with --pg-bin-dir"},
		{searchPath{}, []string{"none was found"}, "postgresql-client-17"},
		{searchPath{extra: []string{"/nonexistent", "/tmp"}, path: []string{b15}}, []string{"there is no pg_dump in /nonexistent, /tmp, which --pg-bin-dir names"}, "the folder that holds pg_dump"},
	} {
		_, err := findTools(c.in, 17, 15)
		var user *UserError
		if !errors.As(err, &user) || !strings.Contains(user.Hint, c.hint) {
			t.Fatalf("%#v", err)
		}
		for _, m := range c.msg {
			if !strings.Contains(err.Error(), m) {
				t.Errorf("%q\nlacks %q", err, m)
			}
		}
		if strings.Count(err.Error(), b15) > 1 || strings.Contains(err.Error(), wrapped) {
			t.Errorf("%q names a folder twice, or a wrapper", err)
		}
	}
}

func TestToolsNeed(t *testing.T) {
	tools := Tools{Dir: t.TempDir()}
	var user *UserError
	if err := tools.Need("pg_dumpall", "--roles"); !errors.As(err, &user) || !strings.Contains(user.Msg, tools.Dir) || !strings.Contains(user.Hint, "--pg-bin-dir") {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(tools.Program("pg_dumpall"), nil, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := tools.Need("pg_dumpall", "--roles"); err != nil {
		t.Error(err)
	}
}
