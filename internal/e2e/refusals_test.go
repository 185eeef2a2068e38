package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

// mustEqual compares the source with a database of the target server.
func (f *field) mustEqual(t testing.TB, source, target string) {
	t.Helper()
	report, err := truth.Compare(t.Context(), truth.Options{SourceURI: f.src.URI(source), TargetURI: f.dst.URI(target), BinDir: f.tools()})
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range report[:min(len(report), 20)] {
		t.Error(d)
	}
}

// TestTargetsThatAreRefused: what can be known of the two databases before anything is made.
func TestTargetsThatAreRefused(t *testing.T) {
	f := newField(t)
	copied := f.dst.FreshDB(t)
	full := f.dst.FreshDB(t)
	f.dst.Exec(t, full, `CREATE SCHEMA app; CREATE TABLE app.invoice (id serial); CREATE TABLE "Odd Name" (); CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT lo_create(7)`)
	standby := pgtest.Start(t, pgtest.WithAuth("scram-sha-256"), pgtest.WithPassword(targetPassword))
	if err := standby.Shutdown(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(standby.DataDir(), "standby.signal"), "")
	if err := standby.Startup(); err != nil {
		t.Fatal(err)
	}
	source, target := f.source(), f.dst.URI(copied)
	same := "source and target are the same database (" + f.db + ")"
	pairs := fmt.Sprintf("host=localhost port=%d user=postgres password=%s dbname=%s sslmode=disable", f.src.Port, sourcePassword, f.db)
	f.role(t, "plain", "LOGIN")
	f.src.Exec(t, f.db, "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC")
	for _, row := range []refusal{
		{name: "source is target", args: []string{source, source}, says: []string{same}, remedy: []string{"--source and --target"}},
		{name: "source is target by another name", args: []string{source, strings.Replace(source, "127.0.0.1", "localhost", 1)}, says: []string{same}, remedy: []string{"--source and --target"}},
		{name: "source is target in other words", args: []string{source, pairs}, says: []string{same}, remedy: []string{"--source and --target"}},
		{name: "source is target for another role", args: []string{source, f.src.URIAs("plain", sourcePassword, f.db)}, says: []string{same}, remedy: []string{"--source and --target"}},
		{name: "source is target for a role that may see little", args: []string{f.src.URIAs("plain", sourcePassword, f.db), strings.Replace(f.src.URIAs("plain", sourcePassword, f.db), "127.0.0.1", "localhost", 1)},
			says: []string{same}, remedy: []string{"--source and --target"}},
		{name: "a target with objects", args: []string{source, f.dst.URI(full)},
			says:   []string{"the target database " + full + " is not empty", "1 schema (app)", "2 tables (", "app.invoice", "1 function (public.f", "1 large object (7)"},
			remedy: []string{"empty database", "--drop-if-exists"}},
		{name: "a standby", args: []string{source, standby.URI("postgres")}, says: []string{"the target is a standby"}, remedy: []string{"primary", "--target"}},
		{name: "parts of a restart of nothing", args: []string{source, f.dst.URI(full), "--restart"}, says: []string{"is not empty"}, remedy: []string{"--drop-if-exists"}},
		{name: "a snapshot that nobody holds", args: []string{source, target, "--snapshot", "00000003-0000001B-1"},
			says: []string{"the source has no snapshot 00000003-0000001B-1"}, remedy: []string{"pgcopy snapshot"}, logged: true},
		{name: "a snapshot that cannot be one", args: []string{source, target, "--snapshot", "latest"},
			says: []string{"the source has no snapshot latest"}, remedy: []string{"pgcopy snapshot"}, logged: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.status = exitFailed
			dir := filepath.Join(t.TempDir(), "work")
			row.args = append([]string{"clone", "--source", row.args[0], "--target", row.args[1], "--dir", dir}, row.args[2:]...)
			db := copied
			if strings.Contains(row.args[4], full) {
				db = full
			}
			f.refuse(t, db, row)
			mustKeepSecretsIn(t, dir)
		})
	}
}

// TestOlderTarget: a server that is older than the source does not know all of its schema, and one that is too old cannot be asked what became
// of a transaction. All pairs of what is installed here; package steps has the rule under test without servers.
func TestOlderTarget(t *testing.T) {
	oldest, newest := 99, 0
	for _, in := range pgtest.Installed() {
		oldest, newest = min(oldest, in.Major), max(newest, in.Major)
	}
	if oldest == newest {
		t.Skip("only one major version of PostgreSQL is installed here")
	}
	src := pgtest.Start(t, pgtest.WithMajor(newest))
	seen := map[int]bool{newest: true}
	for _, in := range pgtest.Installed() {
		if seen[in.Major] {
			continue
		}
		seen[in.Major] = true
		t.Run(strconv.Itoa(in.Major), func(t *testing.T) {
			f := &field{src: src, dst: pgtest.Start(t, pgtest.WithMajor(in.Major)), db: "postgres"}
			row := refusal{args: f.clone("postgres", filepath.Join(t.TempDir(), "work")), status: exitFailed,
				says: []string{fmt.Sprintf("the target is PostgreSQL %d, older than the source's %d", in.Major, newest)}, remedy: []string{"server of version " + strconv.Itoa(newest)}}
			if in.Major < 13 {
				row.says, row.remedy = []string{fmt.Sprintf("the target is PostgreSQL %d.", in.Major), "version 13 and newer"}, []string{"newer target"}
			}
			f.refuse(t, "postgres", row)
		})
	}
}

// TestWhatARoleMayNotRead: a copy that would be smaller than the source is refused before anything is made, and goes on once the role may.
func TestWhatARoleMayNotRead(t *testing.T) {
	f := newField(t)
	f.role(t, "reader", "LOGIN")
	for _, row := range []struct {
		refusal
		before, grant string
	}{
		{refusal{name: "a table", says: []string{"role reader may not read public.orders"}, remedy: []string{"GRANT pg_read_all_data TO \"reader\""}},
			"GRANT SELECT ON customer, orders_id_seq, ticket TO reader", "GRANT SELECT ON orders TO reader"},
		{refusal{name: "two tables", says: []string{"role reader may not read public.customer, public.orders"}, remedy: []string{"GRANT"}},
			"GRANT SELECT ON orders_id_seq, ticket TO reader", "GRANT SELECT ON customer, orders TO reader"},
		{refusal{name: "a sequence", says: []string{"role reader may not read public.ticket"}, remedy: []string{"GRANT pg_read_all_data TO \"reader\""}},
			"GRANT SELECT ON customer, orders, orders_id_seq TO reader", "GRANT SELECT ON ticket TO reader"},
		{refusal{name: "a schema", says: []string{"role reader may not read app.hidden"}, remedy: []string{"GRANT pg_read_all_data TO \"reader\"", "USAGE"}},
			"GRANT SELECT ON customer, orders, orders_id_seq, ticket TO reader; CREATE SCHEMA app; CREATE TABLE app.hidden (); GRANT SELECT ON app.hidden TO reader", "GRANT USAGE ON SCHEMA app TO reader"},
		{refusal{name: "a large object", says: []string{"role reader may not read large object 424242"}, remedy: []string{"GRANT SELECT ON LARGE OBJECT 424242 TO", "--skip-large-objects"}},
			"GRANT SELECT ON customer, orders, orders_id_seq, ticket TO reader", "GRANT SELECT ON LARGE OBJECT 424242 TO reader"},
		{refusal{name: "rows", says: []string{"row-level security hides rows of public.customer from role reader"}, remedy: []string{"ALTER ROLE \"reader\" BYPASSRLS"}},
			"GRANT SELECT ON customer, orders, orders_id_seq, ticket TO reader; ALTER TABLE customer ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON customer USING (id < 10)", "ALTER ROLE reader BYPASSRLS"},
		{refusal{name: "rows, and a table", says: []string{"row-level security hides rows of public.customer from role reader, and the role may not read 1 more at all"},
			remedy: []string{"ALTER ROLE \"reader\" BYPASSRLS", "GRANT pg_read_all_data TO \"reader\""}},
			"ALTER ROLE reader NOBYPASSRLS; GRANT SELECT ON customer, orders_id_seq, ticket TO reader; ALTER TABLE customer ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON customer USING (id < 10)",
			"GRANT SELECT ON orders TO reader; ALTER ROLE reader BYPASSRLS"},
	} {
		t.Run(row.name, func(t *testing.T) {
			source, target := f.src.FreshDB(t), f.dst.FreshDB(t)
			f.src.Exec(t, source, shop)
			if row.name != "a large object" {
				row.before += "; GRANT SELECT ON LARGE OBJECT 424242 TO reader"
			}
			f.src.Exec(t, source, row.before)
			dir := filepath.Join(t.TempDir(), "work")
			t.Cleanup(func() { (&work{dir: dir}).endHolder() })
			row.status, row.logged = exitFailed, true
			row.args = []string{"clone", "--source", f.src.URIAs("reader", sourcePassword, source), "--target", f.dst.URI(target), "--dir", dir}
			before := fingerprint(t, f.dst, target)
			row.check(t, answerOf(pgcopy(t, f.env(), row.args...)))
			mustBeSame(t, "target", before, fingerprint(t, f.dst, target))
			if catalogdb.NamedLockHeld(dir, "snapshot.lock") {
				t.Error("a snapshot that nothing was read under is still held")
			}
			f.src.Exec(t, source, row.grant)
			r := pgcopy(t, append(f.env(), "PGPASSWORD="+sourcePassword, "PGCOPY_TARGET_PGURI="+f.dst.URI(target)), "resume", "--dir", dir)
			if r.code != exitDone {
				t.Fatalf("resume after the grant: %s", r)
			}
			f.mustEqual(t, source, target)
			mustKeepSecretsIn(t, dir)
		})
	}
}

// TestClientPrograms: pg_dump and pg_restore that are missing, too old, broken, or newer than the target.
func TestClientPrograms(t *testing.T) {
	f := newField(t)
	copied := f.dst.FreshDB(t)
	nothing := t.TempDir()
	major := f.src.Major
	broken := fakeTools(t, f, `case "$*" in *--version*) exec "$real" "$@";; esac; echo "pg_dump: error: out of ink" >&2; exit 3`, "")
	half := fakeTools(t, f, "", `case "$*" in *--version*) exec "$real" "$@";; esac; echo "pg_restore: error: could not read from input file: end of file" >&2; exit 1`)
	old := fakeTools(t, f, `echo "pg_dump (PostgreSQL) 9.6.24"`, `echo "pg_restore (PostgreSQL) 9.6.24"`)
	for _, row := range []refusal{
		{name: "an empty folder", args: f.clone(copied, "", "--pg-bin-dir", nothing),
			says: []string{"there is no pg_dump in " + nothing, "--pg-bin-dir"}, remedy: []string{"/usr/lib/postgresql/"}},
		{name: "one that fails", args: f.clone(copied, "", "--pg-bin-dir", broken), logged: true,
			says: []string{"pg_dump", "out of ink"}, remedy: []string{"resume"}},
		{name: "a restore that fails", args: f.clone(copied, "", "--pg-bin-dir", half), logged: true,
			says: []string{"pg_restore", "end of file"}, remedy: []string{"resume"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.status = exitFailed
			dir := filepath.Join(t.TempDir(), "work")
			t.Cleanup(func() { (&work{dir: dir}).endHolder() })
			for i, a := range row.args {
				if a == "--dir" {
					row.args[i+1] = dir
				}
			}
			if !row.logged {
				f.refuse(t, copied, row)
				return
			}
			before := fingerprint(t, f.dst, copied)
			row.check(t, answerOf(pgcopy(t, nil, row.args...)))
			mustBeSame(t, "target", before, fingerprint(t, f.dst, copied))
		})
	}
	t.Run("none at all", func(t *testing.T) {
		r := newRoom(t)
		r.mustSh("for d in /usr/lib/postgresql /usr/local/pgsql; do [ ! -d $d ] || mount -t tmpfs none $d; done")
		want := refusal{status: exitFailed, says: []string{fmt.Sprintf("pg_dump %d or newer is needed", major), "none was found"},
			remedy: []string{fmt.Sprintf("postgresql-client-%d", major), "--pg-bin-dir"}}
		dir := filepath.Join(t.TempDir(), "work")
		want.check(t, answerOf(r.pgcopyIn("/nonexistent", nil, f.clone(copied, dir)...)))
		want.says = []string{fmt.Sprintf("pg_dump %d or newer is needed", major), "9.6.24 in " + old}
		want.check(t, answerOf(r.pgcopyIn("/nonexistent", nil, f.clone(copied, dir, "--pg-bin-dir", old)...)))
	})
	t.Run("newer than the target", func(t *testing.T) {
		// pg_restore 17 and newer begin every script with a setting that older servers do not know.
		newer := fakeTools(t, f, "", `case "$*" in *--version*|*-d*|*--dbname*) exec "$real" "$@";; esac
"$real" "$@" | sed "s/^SET statement_timeout = 0;/&\nSET transaction_timeout = 0;/"`)
		target, dir := f.dst.FreshDB(t), filepath.Join(t.TempDir(), "work")
		if r := pgcopy(t, nil, f.clone(target, dir, "--pg-bin-dir", newer)...); r.code != exitDone {
			t.Fatal(r)
		}
		f.mustEqual(t, f.db, target)
	})
}

// fakeTools is a folder with a pg_dump and a pg_restore that are shell scripts; $real is the real program. An empty script is just that.
func fakeTools(t testing.TB, f *field, dump, restore string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, script := range map[string]string{"pg_dump": dump, "pg_restore": restore} {
		if script == "" {
			script = `exec "$real" "$@"`
		}
		text := "#!/bin/sh\nreal=" + f.src.Bin(name) + "\n" + script + "\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
