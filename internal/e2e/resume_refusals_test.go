package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
)

// resumed is a resume with passwords from the environment, as people are told to do.
func (f *field) resumed(t testing.TB, target, dir string, args ...string) result {
	t.Helper()
	env := append(f.env(), "PGCOPY_SOURCE_PGURI="+f.source(), "PGCOPY_TARGET_PGURI="+f.dst.URI(target))
	return pgcopy(t, env, append([]string{"resume", "--dir", dir}, args...)...)
}

// loseSnapshot kills the holder of a work directory.
func loseSnapshot(t testing.TB, dir string) {
	t.Helper()
	w := &work{t: t, dir: dir}
	pid := w.holderPID()
	if pid == 0 {
		t.Fatal("nobody holds a snapshot")
	}
	_ = syscall.Kill(pid, syscall.SIGKILL)
	eventually(t, "the holder is gone", exitGrace, func() bool { return w.holderPID() == 0 })
}

// TestResumeRefuses: what would not end as a copy of the source under one picture is refused by name.
func TestResumeRefuses(t *testing.T) {
	f := newField(t)
	target := f.dst.FreshDB(t)
	dir := f.killed(t, target, "claimed:copy-table")
	other, empty := f.src.FreshDB(t), f.dst.FreshDB(t)
	resume := func(source, target string, args ...string) []string {
		return append([]string{"resume", "--dir", dir, "--source", source, "--target", target}, args...)
	}
	source, to := f.source(), f.dst.URI(target)
	for _, row := range []refusal{
		{name: "another source", args: resume(f.src.URI(other), to), says: []string{dir, "was begun with another source", f.db}, remedy: []string{"--source", "--dir"}},
		{name: "another target", args: resume(source, f.dst.URI(empty)), says: []string{dir, "was begun with another target", target}, remedy: []string{"--target", "--dir"}},
		{name: "the two exchanged", args: resume(to, source), says: []string{dir, "was begun with another source"}, remedy: []string{"--source"}},
		{name: "restart with another source", args: resume(f.src.URI(other), to, "--restart"), says: []string{"was begun with another source"}, remedy: []string{"--source", "--dir"}},
		{name: "restart with another target", args: resume(source, f.dst.URI(empty), "--restart"), says: []string{"was begun with another target"}, remedy: []string{"--target", "--dir"}},
		{name: "clone restarted with another target", args: f.clone(empty, dir, "--restart"), says: []string{"was begun with another target"}, remedy: []string{"--target", "--dir"}},
		{name: "clone into a used directory", args: f.clone(empty, dir), says: []string{dir, "holds the work of an earlier run", f.db, target}, remedy: []string{"pgcopy resume --dir " + dir, "--restart"}},
		{name: "clone --resume with other options", args: f.clone(target, dir, "--resume", "--no-owner"), says: []string{"was begun without --no-owner, and this is with --no-owner"}, remedy: []string{"pgcopy resume --dir " + dir, "--restart"}},
		{name: "no password", args: []string{"resume", "--dir", dir}, says: []string{"--source", "asks for the password", "none was given"}, remedy: []string{"PGPASSWORD", ".pgpass"}},
		{name: "a snapshot that nobody holds", args: resume(source, to, "--snapshot", "00000009-00000009-1"), logged: true,
			says: []string{"the source has no snapshot 00000009-00000009-1"}, remedy: []string{"pgcopy snapshot"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			before := state(t, dir)
			row.status = exitFailed
			f.refuse(t, target, row)
			if after := state(t, dir); after != before {
				t.Errorf("the catalog was\n%s\nand is\n%s", before, after)
			}
		})
	}
	t.Run("the snapshot is gone", func(t *testing.T) {
		loseSnapshot(t, dir)
		f.src.Exec(t, f.db, "INSERT INTO orders (customer, note) VALUES (1, 'while nobody looked')")
		f.refuse(t, target, refusal{args: resume(source, to), status: exitFailed, logged: true, says: []string{"the snapshot ", dir, "is gone"},
			remedy: []string{"pgcopy resume --not-consistent --dir " + dir, "pgcopy resume --restart --dir " + dir}})
		if r := f.resumed(t, target, dir); r.code != exitFailed || strings.Contains(r.stderr, "still held") {
			t.Errorf("a snapshot that is gone is said to be held: %s", r)
		}
		r := f.resumed(t, target, dir, "--not-consistent")
		if r.code != exitDone || !strings.Contains(r.stdout, "not consistent") || !strings.Contains(r.stderr, "two pictures of the source") {
			t.Fatalf("resume --not-consistent: %s", r)
		}
		f.mustEqual(t, f.db, target) // nobody writes any more, and no table was copied before
		if rows, _ := readCatalog(dir, "SELECT consistent FROM setup"); len(rows) != 1 || rows[0][0] != "0" {
			t.Errorf("setup.consistent is %v", rows)
		}
		for _, list := range []string{"progress", "runs"} {
			if r := pgcopy(t, nil, "list", list, "--dir", dir); !strings.Contains(r.stdout, "not consistent") {
				t.Errorf("list %s does not say that the copy is not consistent: %s", list, r)
			}
		}
		var p struct{ Consistent *bool }
		if r := pgcopy(t, nil, "list", "progress", "--json", "--dir", dir); json.Unmarshal([]byte(r.stdout), &p) != nil || p.Consistent == nil || *p.Consistent {
			t.Errorf("list progress --json: %s", r)
		}
	})
	t.Run("nothing is left to do", func(t *testing.T) {
		before, files := fingerprint(t, f.dst, target), state(t, dir)
		for _, args := range [][]string{nil, {"--not-consistent"}} {
			r := f.resumed(t, target, dir, args...)
			if r.code != exitDone || !strings.Contains(r.stderr, "nothing is left to do") {
				t.Errorf("resume %v of a finished directory: %s", args, r)
			}
		}
		mustBeSame(t, "target", before, fingerprint(t, f.dst, target))
		if after := state(t, dir); after != files {
			t.Errorf("the catalog was\n%s\nand is\n%s", files, after)
		}
	})
	mustKeepSecretsIn(t, dir)
}

// state is what a catalog says of the work, without the runs that were refused.
func state(t testing.TB, dir string) string {
	t.Helper()
	var all []string
	for _, q := range []string{"SELECT source, target, snapshot, consistent, options FROM setup", "SELECT id, step, subject, replace(state, 'running', 'pending'), attempt, target_xid, bytes FROM task ORDER BY id"} {
		rows, err := readCatalog(dir, q)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			all = append(all, strings.Join(row, " "))
		}
	}
	return strings.Join(all, "\n")
}

// TestRecreatedDatabases: a database that was dropped and made anew is not the one that the directory knows.
func TestRecreatedDatabases(t *testing.T) {
	f := newField(t)
	target := f.dst.FreshDB(t)
	dir := f.killed(t, target, "claimed:create-index")
	recreate := func() {
		if err := f.dst.DropDB(t.Context(), target); err != nil {
			t.Fatal(err)
		}
		f.dst.Exec(t, "postgres", "CREATE DATABASE "+target)
	}
	recreate()
	f.refuse(t, target, refusal{args: []string{"resume", "--dir", dir, "--source", f.source(), "--target", f.dst.URI(target)}, status: exitFailed,
		says:   []string{"the target database " + target + " has been dropped and created anew since " + dir + " was begun"},
		remedy: []string{"pgcopy resume --restart --dir " + dir}})
	if r := f.resumed(t, target, dir, "--restart"); r.code != exitDone {
		t.Fatalf("resume --restart: %s", r)
	}
	f.mustEqual(t, f.db, target)
}

// TestRestart drops what the interrupted run has made and nothing else, and ends with a right copy.
func TestRestart(t *testing.T) {
	f := newField(t)
	for boundary, command := range map[string]string{"claimed:load-source": "resume", "settled:restore-pre-data": "clone", "uncommitted:copy-table": "clone",
		"claimed:add-foreign-key": "resume"} {
		t.Run(command+" "+boundary, func(t *testing.T) {
			target := f.dst.FreshDB(t)
			dir := f.killed(t, target, boundary)
			f.src.Exec(t, f.db, "UPDATE customer SET name = name || '!' WHERE id = 1")
			args := f.clone(target, dir, "--restart")
			if command == "resume" {
				args = []string{"resume", "--restart", "--dir", dir, "--source", f.source(), "--target", f.dst.URI(target)}
			}
			if r := pgcopy(t, f.env(), args...); r.code != exitDone {
				t.Fatalf("%s --restart: %s", command, r)
			}
			f.mustEqual(t, f.db, target)
			if rows, _ := readCatalog(dir, "SELECT count(*), max(outcome) FROM run"); rows[0][0] != "1" || rows[0][1] != "done" {
				t.Errorf("runs: %v", rows)
			}
			eventually(t, "no holder is left", exitGrace, func() bool { return !catalogdb.NamedLockHeld(dir, "snapshot.lock") })
		})
	}
	t.Run("what the run did not make stays", func(t *testing.T) {
		target := f.dst.FreshDB(t)
		dir := f.killed(t, target, "claimed:load-source")
		f.dst.Exec(t, target, "CREATE TABLE orders (mine text); INSERT INTO orders VALUES ('precious')")
		f.refuse(t, target, refusal{args: f.clone(target, dir, "--restart"), status: exitFailed, says: []string{"is not empty", "public.orders"}, remedy: []string{"--drop-if-exists"}})
		if got := f.dst.Value(t, target, "SELECT mine FROM orders"); got != "precious" {
			t.Error(got)
		}
	})
}

// TestSnapshotCommand: one holder a directory; it ends when it is told to, and a clone reads under it when it is named.
func TestSnapshotCommand(t *testing.T) {
	f := newField(t)
	dir := filepath.Join(t.TempDir(), "held")
	p := start(t, []string{"PGCOPYDB_SOURCE_PGURI=" + f.source()}, "snapshot", "--dir", dir)
	eventually(t, "its name is printed", exitGrace, func() bool { return strings.HasSuffix(p.out.String(), "\n") })
	name := strings.TrimSpace(p.out.String())
	f.refuse(t, "postgres", refusal{args: []string{"snapshot", "--source", f.source(), "--dir", dir}, status: exitFailed,
		says: []string{"a snapshot is held for " + dir + " already"}, remedy: []string{"pgcopy snapshot --stop --dir " + dir}})
	f.src.Exec(t, f.db, "CREATE TABLE afterwards (); INSERT INTO customer VALUES (1000, 'late')")
	target, work := f.dst.FreshDB(t), filepath.Join(t.TempDir(), "work")
	if r := pgcopy(t, f.env(), f.clone(target, work, "--snapshot", name)...); r.code != exitDone {
		t.Fatalf("clone --snapshot %s: %s", name, r)
	}
	if got := f.dst.Value(t, target, "SELECT count(*) FILTER (WHERE id = 1000) || ' of ' || count(*) FROM customer"); got != "0 of 500" {
		t.Errorf("copied %s", got)
	}
	if !p.alive() {
		t.Errorf("the snapshot of somebody else was ended: %s", p.wait())
	}
	if r := pgcopy(t, nil, "snapshot", "--stop", "--dir", dir); r.code != exitDone || !strings.Contains(r.stderr, "the snapshot is ended") {
		t.Errorf("snapshot --stop: %s", r)
	}
	if r := p.wait(); r.code != exitDone {
		t.Errorf("the holder: %s", r)
	}
	if r := pgcopy(t, nil, "snapshot", "--stop", "--dir", work); r.code != exitDone || !strings.Contains(r.stderr, "no snapshot is held") {
		t.Errorf("snapshot --stop of a directory without one: %s", r)
	}
	mustKeepSecretsIn(t, dir)
	mustKeepSecretsIn(t, work)
}

// TestOddNames: databases whose names need quoting wherever they are written.
func TestOddNames(t *testing.T) {
	f := newField(t)
	for _, name := range []string{`two words`, `it's "quoted" 100%`, `größe✓`, `a=b`, `-dash`, `back\slash`, `A/b?c#d@e:f&g`, `postgresql://x/y`} {
		t.Run(name, func(t *testing.T) {
			f.src.CreateDB(t, name, "")
			f.dst.CreateDB(t, name, "")
			f.src.Exec(t, name, "CREATE TABLE t (n int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 10); ALTER DATABASE "+pgx.Identifier{name}.Sanitize()+" SET work_mem = '7MB'")
			dir := filepath.Join(t.TempDir(), "work")
			words := func(port int, password string) string {
				escape := strings.NewReplacer(`\`, `\\`, `'`, `\'`)
				return fmt.Sprintf("host=127.0.0.1 port=%d user=postgres password='%s' dbname='%s'", port, escape.Replace(password), escape.Replace(name))
			}
			uri := strings.Replace(f.src.URI(name), "c%23d@e", "c%23d%40e", 1) // libpq would take the "@", we ask for it to be encoded
			r := pgcopy(t, append(f.env(), "PGCOPYDB_SOURCE_PGURI="+uri, "PGCOPYDB_TARGET_PGURI="+words(f.dst.Port, targetPassword), "PGCOPYDB_DIR="+dir, "PGCOPYDB_TABLE_JOBS=2"), "clone")
			if r.code != exitDone {
				t.Fatal(r)
			}
			if got := f.dst.Value(t, name, "SELECT count(*) || ' ' || current_setting('work_mem') || ' ' || (SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass) FROM t"); got != "10 7MB 1" {
				t.Errorf("copied: %s", got)
			}
			mustKeepSecrets(t, "output", []byte(r.stdout+r.stderr))
			mustKeepSecretsIn(t, dir)
			if r := pgcopy(t, f.env(), "resume", "--dir", dir); r.code != exitDone || !strings.Contains(r.stderr, "nothing is left to do") {
				t.Errorf("resume: %s", r)
			}
		})
	}
}
