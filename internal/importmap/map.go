// Package importmap holds which package of this repository may import which, and checks that it is so.
//
// The map is the table below. Imports run one way, from the command line down to the nouns; two rooms on one level
// never see each other but for the arrows named here; each outside library has the rooms it may enter. A package that
// is not on the map is an error too, so that a new room is a decision and not an accident.
//
// The package owns the rules and the check of a given graph. Its test gets the graph from the go command.
package importmap

import (
	"fmt"
	"slices"
	"strings"
)

// Module is the path that all packages of this repository start with.
const Module = "github.com/pgcopy/pgcopy"

// room is what a package may import beside the standard library.
type room struct {
	inside  []string // packages of this repository
	outside []string // modules of others, their packages included
	tests   []string // packages of this repository that its tests may import on top of inside and testHelpers
	pure    bool     // values without I/O: no files, no network, no database, in the package itself
}

const (
	pgx       = "github.com/jackc/pgx/v5"
	pglogrepl = "github.com/jackc/pglogrepl"
	kong      = "github.com/alecthomas/kong"
	table     = "github.com/olekukonko/tablewriter"
	sqlite    = "modernc.org/sqlite"
	sync      = "golang.org/x/sync"
	system    = "golang.org/x/sys"
	term      = "golang.org/x/term"
)

var (
	bottom = []string{"pgdb", "pgschema", "sql"}
	middle = []string{"pgsource", "pgtarget", "catalogdb", "changes", "workflow"}
	all    = slices.Concat([]string{"cli", "steps"}, middle, bottom)
)

// rooms is the map. The key is the package's path inside the repository, "." for main.
var rooms = map[string]room{
	".":     {inside: []string{"cli"}, tests: all},
	"cli":   {inside: slices.Concat([]string{"steps"}, middle, bottom), outside: []string{kong, table, sync, system, term}},
	"steps": {inside: slices.Concat(middle, bottom), outside: []string{pgx, sync, system}},

	"catalogdb": {inside: slices.Concat([]string{"workflow"}, bottom), outside: []string{sqlite, sync, system}},
	"pgsource":  {inside: bottom, outside: []string{pgx, pglogrepl, sync}},
	"pgtarget":  {inside: slices.Concat([]string{"changes"}, bottom), outside: []string{pgx, sync}, tests: []string{"pgsource"}}, // real streams
	"changes":   {inside: []string{"pgschema"}, outside: []string{pglogrepl}, pure: true},
	"workflow":  {outside: []string{sync}},

	"pgdb":     {outside: []string{pgx, sync, system}},
	"pgschema": {pure: true},
	"sql":      {pure: true},

	// none of these is part of the program: they serve the tests, the demo, the benchmark and go generate, and share no code with what they judge
	"internal/importmap": {},
	"internal/pgtest":    {outside: []string{pgx}},
	"internal/truth":     {inside: []string{"internal/pgtest"}, outside: []string{pgx, sync}},
	"internal/demo":      {inside: testHelpers, outside: []string{pgx}},
	"bench":              {inside: testHelpers, outside: []string{pgx, system}},

	// holds tests only: they drive the program from outside, and read its catalog with SQL
	"internal/e2e":      {tests: []string{"catalogdb"}},
	"internal/embedsql": {},
}

// testHelpers may be imported by the tests of every package.
var testHelpers = []string{"internal/pgtest", "internal/truth"}

// noPostgres are the rooms whose tests, too, must do without a PostgreSQL client: they know no Postgres.
var noPostgres = []string{"workflow", "pgschema", "sql"}

// effects are the packages of the standard library that a pure room does without.
var effects = []string{"database/sql", "net", "os", "os/exec", "syscall"}

// Package is one package of the import graph, as `go list -json` prints it.
type Package struct {
	ImportPath   string
	Imports      []string
	TestImports  []string // of the tests in the package
	XTestImports []string // of the tests beside it, in package x_test
}

// Check gives one sentence for each import that the map does not allow and each package that is not on it.
func Check(packages []Package) []string {
	var wrong []string
	for _, p := range packages {
		name := short(p.ImportPath)
		r, known := rooms[name]
		if !known {
			wrong = append(wrong, fmt.Sprintf("package %s is not on the import map: give it a room in internal/importmap/map.go, and a line in ARCHITECTURE.md", name))
			continue
		}
		for _, imp := range p.Imports {
			if why := r.refuses(imp); why != "" {
				wrong = append(wrong, fmt.Sprintf("%s imports %s: %s", name, short(imp), why))
			}
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			if why := r.forTests(name).refuses(imp); why != "" {
				wrong = append(wrong, fmt.Sprintf("a test of %s imports %s: %s", name, short(imp), why))
			}
		}
	}
	return wrong
}

// forTests is what the tests of a room may import.
func (r room) forTests(name string) room {
	t := room{inside: slices.Concat(r.inside, r.tests, testHelpers, []string{name}), outside: slices.Clone(r.outside)}
	if !slices.Contains(noPostgres, name) {
		t.outside = append(t.outside, pgx)
	}
	// a test may look into the catalog with database/sql, but the driver comes with catalogdb
	return t
}

// refuses says why an import is not allowed, or nothing.
func (r room) refuses(imp string) string {
	switch {
	case imp == "C":
		return "pgcopy is built without cgo"
	case imp == Module || strings.HasPrefix(imp, Module+"/"):
		if slices.Contains(r.inside, short(imp)) {
			return ""
		}
		if slices.Contains(testHelpers, short(imp)) {
			return "only tests, the demo and the benchmark may"
		}
		return fmt.Sprintf("of this repository it may import %s", orNothing(r.inside))
	case strings.Contains(firstElement(imp), "."):
		if slices.ContainsFunc(r.outside, func(m string) bool { return imp == m || strings.HasPrefix(imp, m+"/") }) {
			return ""
		}
		return fmt.Sprintf("of other modules it may import %s", orNothing(r.outside))
	case r.pure && slices.Contains(effects, imp):
		return "it holds values and does no I/O"
	}
	return ""
}

func firstElement(path string) string {
	first, _, _ := strings.Cut(path, "/")
	return first
}

// short is a package's path inside the repository; other paths stay as they are.
func short(path string) string {
	if path == Module {
		return "."
	}
	return strings.TrimPrefix(path, Module+"/")
}

func orNothing(l []string) string {
	if len(l) == 0 {
		return "nothing"
	}
	return strings.Join(l, ", ")
}
