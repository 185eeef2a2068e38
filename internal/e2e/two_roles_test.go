package e2e

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

// TestTwoRoles is the way of docs/roles.md: a superuser brings roles and extensions, and the owner of the database, who is none, all the rest, step
// by step in the same work directory. It ends like a clone in one command.
func TestTwoRoles(t *testing.T) {
	src, dst := pgtest.Start(t), pgtest.Start(t) // with no roles but their own
	ctx := t.Context()
	for _, s := range []*pgtest.Server{src, dst} {
		if err := truth.LoadRoles(ctx, s.URI("postgres")); err != nil { // for the test extension
			t.Fatal(err)
		}
	}
	src.Exec(t, "postgres", `CREATE ROLE two_owner LOGIN PASSWORD 'of the owner'; CREATE ROLE two_reader; ALTER ROLE two_reader SET work_mem = '7MB'`)
	from := src.FreshDB(t)
	src.Exec(t, "postgres", `ALTER DATABASE `+from+` OWNER TO two_owner`)
	src.Psql(t, from, "-o", "/dev/null", "-f", filepath.Join("testdata", "two_roles.sql"))

	dir := filepath.Join(t.TempDir(), "work")
	env := []string{"PGCOPY_PG_BIN_DIR=" + filepath.Dir(src.Bin("pg_dump")), "PGCOPY_DIR=" + dir}
	pass := func(source, target string, command ...string) {
		t.Helper()
		args := append(command, "--source", source, "--target", target)
		if r := pgcopy(t, env, args...); r.code != exitDone {
			t.Fatalf("%s: %s", strings.Join(command, " "), r)
		}
	}

	// The superuser: the roles, an empty database that belongs to the owner, and the extensions.
	pass(src.URI("postgres"), dst.URI("postgres"), "copy", "roles", "--dir", filepath.Join(t.TempDir(), "roles"))
	owned := func() string {
		db := dst.FreshDB(t)
		dst.Exec(t, "postgres", `ALTER DATABASE `+db+` OWNER TO two_owner`)
		return db
	}
	to := owned()
	t.Cleanup(func() { (&work{dir: dir}).endHolder() })
	pass(src.URI(from), dst.URI(to), "copy", "extensions")
	if got := dst.Value(t, "postgres", `SELECT rolsuper OR rolbypassrls OR rolreplication FROM pg_roles WHERE rolname = 'two_owner'`); got != "f" {
		t.Fatal("the owner is to be an ordinary role")
	}

	// The owner: everything else, in pieces.
	source, target := src.URIAs("two_owner", "", from), dst.URIAs("two_owner", "", to)
	for _, command := range []string{"dump schema", "restore pre-data", "copy table-data", "copy blobs", "copy sequences", "copy indexes", "copy constraints", "restore post-data"} {
		pass(source, target, strings.Fields(command)...)
	}

	// And a clone in one command, by superusers.
	w := newWork(t, src, dst, from)
	dst.Exec(t, "postgres", `ALTER DATABASE `+w.targetDB+` OWNER TO two_owner`)
	w.mustEnd(w.clone(), exitDone)
	w.mustEqual()

	for _, other := range []string{src.URI(from), dst.URI(w.targetDB)} {
		report, err := truth.Compare(ctx, truth.Options{SourceURI: other, TargetURI: dst.URI(to), BinDir: filepath.Dir(src.Bin("pg_dump"))})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range report {
			t.Error(d)
		}
	}
}
