package importmap

import (
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheRepositoryKeepsToTheMap holds the map against the code as it is.
func TestTheRepositoryKeepsToTheMap(t *testing.T) {
	touchEverySource(t)
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", Module+"/...")
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var packages []Package
	for dec := json.NewDecoder(out); ; {
		var p Package
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		packages = append(packages, p)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(packages) < 2 {
		t.Fatalf("go list found %d packages: the test looks in the wrong place", len(packages))
	}
	for _, wrong := range Check(packages) {
		t.Error(wrong)
	}
}

// touchEverySource makes `go test` run this test again when any source file has changed: its cache remembers the
// files that a test looked at itself, and knows nothing of those that the go command reads for it.
func touchEverySource(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." && path != "../.." {
			return filepath.SkipDir
		}
		if err == nil && strings.HasSuffix(path, ".go") {
			_, err = os.Stat(path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCheck(t *testing.T) {
	in := func(name string) string { return Module + "/" + name }
	for _, c := range []struct {
		name string
		p    Package
		want string // a part of the one complaint; empty when there is none
	}{
		{"main may call cli", Package{ImportPath: Module, Imports: []string{"os", in("cli")}}, ""},
		{"main may call nothing else", Package{ImportPath: Module, Imports: []string{in("steps")}}, ". imports steps: of this repository it may import cli"},
		{"tests of main may look everywhere", Package{ImportPath: Module, XTestImports: []string{in("catalogdb"), in("internal/truth")}}, ""},
		{"cli sees everything below", Package{ImportPath: in("cli"), Imports: []string{in("steps"), in("catalogdb"), in("pgschema"), kong, table, table + "/tw"}}, ""},
		{"steps sees everything below", Package{ImportPath: in("steps"), Imports: []string{in("pgsource"), in("pgtarget"), in("workflow"), in("pgdb"), in("sql"), pgx + "/pgconn"}}, ""},
		{"nothing runs upwards", Package{ImportPath: in("steps"), Imports: []string{in("cli")}}, "steps imports cli"},
		{"nothing runs upwards in tests", Package{ImportPath: in("pgdb"), TestImports: []string{in("pgsource")}}, "a test of pgdb imports pgsource"},
		{"the catalog speaks in tasks", Package{ImportPath: in("catalogdb"), Imports: []string{in("workflow"), in("pgschema"), in("sql"), "database/sql", sqlite}}, ""},
		{"the target applies changes", Package{ImportPath: in("pgtarget"), Imports: []string{in("changes")}}, ""},
		{"the source does not", Package{ImportPath: in("pgsource"), Imports: []string{in("changes")}}, "pgsource imports changes"},
		{"source and target never meet", Package{ImportPath: in("pgsource"), Imports: []string{in("pgtarget")}}, "pgsource imports pgtarget"},
		{"target and source never meet", Package{ImportPath: in("pgtarget"), Imports: []string{in("pgsource")}}, "pgtarget imports pgsource"},
		{"the source does not see the catalog", Package{ImportPath: in("pgsource"), Imports: []string{in("catalogdb")}}, "pgsource imports catalogdb"},
		{"the target does not see the catalog", Package{ImportPath: in("pgtarget"), Imports: []string{in("catalogdb")}}, "pgtarget imports catalogdb"},
		{"workflow may wait for groups", Package{ImportPath: in("workflow"), Imports: []string{"context", sync + "/errgroup"}}, ""},
		{"workflow knows no Postgres", Package{ImportPath: in("workflow"), Imports: []string{pgx + "/pgconn"}}, "workflow imports " + pgx},
		{"nor do its tests", Package{ImportPath: in("workflow"), XTestImports: []string{pgx}}, "a test of workflow imports " + pgx},
		{"workflow knows none of ours", Package{ImportPath: in("workflow"), Imports: []string{in("pgdb")}}, "it may import nothing"},
		{"only cli has kong", Package{ImportPath: in("steps"), Imports: []string{kong}}, "steps imports " + kong},
		{"only cli draws tables", Package{ImportPath: in("catalogdb"), Imports: []string{table + "/tw"}}, "catalogdb imports " + table},
		{"only the catalog has SQLite", Package{ImportPath: in("steps"), Imports: []string{sqlite}}, "steps imports " + sqlite},
		{"not even in tests", Package{ImportPath: in("cli"), XTestImports: []string{sqlite}}, "a test of cli imports " + sqlite},
		{"a module's name is no prefix", Package{ImportPath: in("catalogdb"), Imports: []string{sqlite + "x"}}, "catalogdb imports"},
		{"nouns do no I/O", Package{ImportPath: in("pgschema"), Imports: []string{"os"}}, "no I/O"},
		{"their tests may", Package{ImportPath: in("pgschema"), TestImports: []string{"os"}}, ""},
		{"changes open no connection", Package{ImportPath: in("changes"), Imports: []string{"net"}}, "no I/O"},
		{"tests may start servers", Package{ImportPath: in("pgsource"), TestImports: []string{in("internal/pgtest"), pgx}, XTestImports: []string{in("pgsource")}}, ""},
		{"the program may not", Package{ImportPath: in("pgsource"), Imports: []string{in("internal/pgtest")}}, "only tests, the demo and the benchmark may"},
		{"the demo may", Package{ImportPath: in("internal/demo"), Imports: []string{in("internal/pgtest"), in("internal/truth")}}, ""},
		{"the demo uses the binary", Package{ImportPath: in("internal/demo"), Imports: []string{in("steps")}}, "internal/demo imports steps"},
		{"the benchmark runs the program and knows nothing of it", Package{ImportPath: in("bench"), Imports: []string{in("internal/truth"), in("pgdb")}}, "bench imports pgdb"},
		{"truth shares no code with what it judges", Package{ImportPath: in("internal/truth"), Imports: []string{in("pgschema")}}, "internal/truth imports pgschema"},
		{"an unknown library", Package{ImportPath: in("pgdb"), Imports: []string{"example.org/retry"}}, "pgdb imports example.org/retry"},
		{"no cgo", Package{ImportPath: in("pgdb"), Imports: []string{"C"}}, "cgo"},
		{"an unknown package", Package{ImportPath: in("util")}, "package util is not on the import map"},
		{"a folder in a room is a package of its own", Package{ImportPath: in("cli/tables")}, "package cli/tables is not on the import map"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := Check([]Package{c.p})
			switch {
			case c.want == "" && len(got) > 0:
				t.Errorf("refused: %q", got)
			case c.want != "" && (len(got) != 1 || !strings.Contains(got[0], c.want)):
				t.Errorf("got %q, want one complaint with %q", got, c.want)
			}
		})
	}
}

// TestTheMapHasNoCycle: the go command would refuse one too, but only once both imports exist.
func TestTheMapHasNoCycle(t *testing.T) {
	state := map[string]int{} // 1 being visited, 2 done
	var visit func(name string, path []string)
	visit = func(name string, path []string) {
		if state[name] == 1 {
			t.Fatalf("the map allows a cycle: %s", strings.Join(append(path, name), " -> "))
		}
		if state[name] == 2 {
			return
		}
		r, known := rooms[name]
		if !known {
			t.Fatalf("the map allows imports of %s, which is not on it", name)
		}
		state[name] = 1
		for _, imp := range r.inside {
			visit(imp, append(path, name))
		}
		state[name] = 2
	}
	for name := range rooms {
		visit(name, nil)
	}
}
