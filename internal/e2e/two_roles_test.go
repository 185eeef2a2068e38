package e2e

import (
	"os"
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

	env := []string{"PGCOPY_PG_BIN_DIR=" + filepath.Dir(src.Bin("pg_dump"))}
	pass := func(t *testing.T, dir, source, target, command string) {
		t.Helper()
		if r := pgcopy(t, env, append(strings.Fields(command), "--dir", dir, "--source", source, "--target", target)...); r.code != exitDone {
			t.Fatalf("%s: %s", command, r)
		}
	}
	// owned makes an empty database that belongs to the owner.
	owned := func(t *testing.T) string {
		db := dst.FreshDB(t)
		dst.Exec(t, "postgres", `ALTER DATABASE `+db+` OWNER TO two_owner`)
		return db
	}

	// The superuser's part for the whole server.
	pass(t, filepath.Join(t.TempDir(), "roles"), src.URI("postgres"), dst.URI("postgres"), "copy roles")
	if got := dst.Value(t, "postgres", `SELECT rolsuper OR rolbypassrls OR rolreplication FROM pg_roles WHERE rolname = 'two_owner'`); got != "f" {
		t.Fatal("the owner is to be an ordinary role")
	}

	// A clone in one command, by superusers, is what the others have to come to.
	w := newWork(t, src, dst, from)
	dst.Exec(t, "postgres", `ALTER DATABASE `+w.targetDB+` OWNER TO two_owner`)
	w.mustEnd(w.clone(), exitDone)
	w.mustEqual()

	// prepared is a database with the superuser's part done, and its directory.
	prepared := func(t *testing.T) (to, dir string) {
		to, dir = owned(t), filepath.Join(t.TempDir(), "work")
		t.Cleanup(func() { (&work{dir: dir}).endHolder() })
		pass(t, dir, src.URI(from), dst.URI(to), "copy extensions")
		return to, dir
	}
	mustBeTheClone := func(t *testing.T, to string) {
		t.Helper()
		report, err := truth.Compare(ctx, truth.Options{SourceURI: dst.URI(w.targetDB), TargetURI: dst.URI(to), BinDir: filepath.Dir(src.Bin("pg_dump"))})
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range report {
			t.Error(d)
		}
	}
	for _, way := range []struct {
		name     string
		commands []string
	}{
		{"step by step", []string{"dump schema", "restore pre-data", "copy table-data", "copy blobs", "copy sequences", "copy indexes", "copy constraints", "restore post-data"}},
		{"data between", []string{"restore pre-data", "copy data", "restore post-data"}},
	} {
		t.Run(way.name, func(t *testing.T) {
			to, dir := prepared(t)
			for _, command := range way.commands {
				pass(t, dir, src.URIAs("two_owner", "", from), dst.URIAs("two_owner", "", to), command)
			}
			mustBeTheClone(t, to)
		})
	}

	// A schema that somebody else has made, as a whole: its triggers are in the way of a role that may not switch them off.
	t.Run("schema of another program", func(t *testing.T) {
		to := owned(t)
		schema, err := truth.SchemaDump(ctx, src.Bin("pg_dump"), src.URI(from))
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(t.TempDir(), "schema.sql")
		write(t, file, schema)
		dst.Psql(t, to, "-o", os.DevNull, "-f", file)
		dir, only := filepath.Join(t.TempDir(), "work"), filepath.Join(t.TempDir(), "filter")
		t.Cleanup(func() { (&work{dir: dir}).endHolder() })
		write(t, only, "[include-only-schema]\napp\n")
		r := pgcopy(t, env, "copy", "table-data", "--dir", dir, "--source", src.URIAs("two_owner", "", from), "--target", dst.URIAs("two_owner", "", to), "--filters", only)
		if r.code != exitFailed || !strings.Contains(r.stderr, "app.customer has a trigger on the target, stamp, that would fire for every row") {
			t.Fatalf("the trigger was to be noticed: %s", r)
		}
		pass(t, dir, src.URI(from), dst.URI(to), "copy table-data") // a superuser may
		for _, table := range []string{"app.customer", `app."Order"`} {
			rows := "SELECT md5(string_agg(t::text, ',' ORDER BY id)) FROM " + table + " t"
			if a, b := src.Value(t, from, rows), dst.Value(t, to, rows); a != b {
				t.Errorf("the rows of %s have changed", table)
			}
		}
	})
}
