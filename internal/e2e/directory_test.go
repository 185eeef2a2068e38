package e2e

import (
	"crypto/sha256"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// clone is a command line that copies the source to a database of the target server.
func (f *field) clone(target, dir string, more ...string) []string {
	return append([]string{"clone", "--source", f.source(), "--target", f.dst.URI(target), "--dir", dir}, more...)
}

// env lets the programs of the field's servers be found.
func (f *field) env() []string { return []string{"PGCOPY_PG_BIN_DIR=" + f.tools()} }

// begun is a work directory whose clone was killed when it was about to copy its first table. Its snapshot is held.
func (f *field) begun(t testing.TB) (dir string) {
	t.Helper()
	return f.killed(t, f.dst.FreshDB(t), "claimed:copy-table")
}

func (f *field) killed(t testing.TB, target, boundary string) (dir string) {
	t.Helper()
	if strings.HasSuffix(boundary, ":copy-table") { // a table in parts has another task for each
		t.Setenv("PGCOPY_TEST_SPLIT", "")
	}
	dir = filepath.Join(t.TempDir(), "work")
	t.Cleanup(func() { (&work{dir: dir}).endHolder() })
	if r := pgcopy(t, append(f.env(), "PGCOPY_CRASH_AT="+boundary), f.clone(target, dir)...); r.signal != syscall.SIGKILL {
		t.Fatalf("not killed: %s", r)
	}
	return dir
}

// contentOf is what the files of a directory hold. What SQLite and the lock put beside the catalog for as long as it is open, and
// who asked last, is left out.
func contentOf(t testing.TB, dir string) (list []string) {
	t.Helper()
	_ = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if name := filepath.Base(path); err != nil || !e.Type().IsRegular() || name == "lock" || name == "catalog.db-shm" {
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "-wal") && len(text) == 0 {
			return nil
		}
		list = append(list, fmt.Sprintf("%s %d %x", path, len(text), sha256.Sum256(text)))
		return nil
	})
	return list
}

// TestDirectoriesOfSomethingElse: what is not a work directory, or not one that this pgcopy understands, stays as it is.
func TestDirectoriesOfSomethingElse(t *testing.T) {
	f := newField(t)
	copied := f.dst.FreshDB(t)
	for _, row := range []struct {
		name   string
		make   func(t *testing.T, dir string) // dir does not exist yet
		clone  refusal                        // what clone says
		again  refusal                        // what clone --restart says; status 0: it may go on
		resume refusal
		look   refusal // what list progress says
		stop   refusal // what snapshot --stop says; as look by default
	}{
		{name: "a file",
			make:   func(t *testing.T, dir string) { write(t, dir, "not a directory") },
			clone:  refusal{says: []string{"work directory ", "is a file"}, remedy: []string{"--dir"}},
			again:  refusal{says: []string{"is a file"}, remedy: []string{"--dir"}},
			resume: refusal{says: []string{"is a file"}, remedy: []string{"--dir"}},
			look:   refusal{says: []string{"is a file"}, remedy: []string{"--dir"}},
		},
		{name: "foreign files",
			make: func(t *testing.T, dir string) {
				mkdir(t, dir)
				write(t, filepath.Join(dir, "thesis.tex"), "years of work")
			},
			clone:  refusal{says: []string{"not a pgcopy work directory", "thesis.tex"}, remedy: []string{"empty or new directory", "--dir"}},
			again:  refusal{says: []string{"not a pgcopy work directory", "thesis.tex"}, remedy: []string{"--dir"}},
			resume: refusal{says: []string{"no work that could be resumed"}, remedy: []string{"pgcopy clone --dir"}},
			look:   refusal{says: []string{"is not a work directory of pgcopy"}, remedy: []string{"--dir"}},
		},
		{name: "a database of another program",
			make: func(t *testing.T, dir string) {
				mkdir(t, dir)
				sqlite(t, dir, "CREATE TABLE recipe (name TEXT); INSERT INTO recipe VALUES ('bread')")
			},
			clone:  refusal{says: []string{"catalog.db", "not a pgcopy catalog"}, remedy: []string{"--dir"}},
			again:  refusal{says: []string{"not a pgcopy catalog"}, remedy: []string{"--dir"}},
			resume: refusal{says: []string{"not a pgcopy catalog"}, remedy: []string{"--dir"}},
			look:   refusal{says: []string{"not a pgcopy catalog"}, remedy: []string{"--dir"}},
		},
		{name: "a catalog that is no database",
			make: func(t *testing.T, dir string) {
				mkdir(t, dir)
				write(t, filepath.Join(dir, "catalog.db"), strings.Repeat("garbage ", 2000))
			},
			clone:  refusal{says: []string{"catalog.db", "damaged"}, remedy: []string{"--dir"}},
			again:  refusal{says: []string{"damaged"}, remedy: []string{"--dir"}},
			resume: refusal{says: []string{"catalog.db", "damaged"}, remedy: []string{"--dir"}},
			look:   refusal{says: []string{"catalog.db", "damaged"}, remedy: []string{"--dir"}},
		},
		{name: "a damaged catalog",
			make: func(t *testing.T, dir string) {
				copyDir(t, f.begun(t), dir)
				damage(t, filepath.Join(dir, "catalog.db"))
			},
			clone:  refusal{says: []string{"catalog.db", "damaged"}, remedy: []string{"--restart", "--dir"}},
			resume: refusal{says: []string{"catalog.db", "damaged"}, remedy: []string{"--restart", "--dir"}},
		},
		{name: "a catalog of a newer pgcopy",
			make: func(t *testing.T, dir string) {
				copyDir(t, f.begun(t), dir)
				sqlite(t, dir, "PRAGMA user_version = 99")
			},
			clone:  refusal{says: []string{"newer pgcopy", "99"}, remedy: []string{"newer"}},
			again:  refusal{says: []string{"newer pgcopy", "99"}, remedy: []string{"newer"}},
			resume: refusal{says: []string{"newer pgcopy", "99"}, remedy: []string{"newer"}},
			look:   refusal{says: []string{"newer pgcopy", "99"}, remedy: []string{"newer"}},
		},
		{name: "an empty file",
			make:   func(t *testing.T, dir string) { mkdir(t, dir); write(t, filepath.Join(dir, "catalog.db"), "") },
			resume: refusal{says: []string{"no work that could be resumed"}, remedy: []string{"pgcopy clone"}},
		},
		{name: "an empty directory",
			make:   mkdirOf,
			resume: refusal{says: []string{"no work that could be resumed"}, remedy: []string{"pgcopy clone"}},
			look:   refusal{says: []string{"is not a work directory of pgcopy"}, remedy: []string{"--dir"}},
		},
		{name: "nothing",
			make:   func(*testing.T, string) {},
			resume: refusal{says: []string{"no work that could be resumed"}, remedy: []string{"pgcopy clone"}},
			look:   refusal{says: []string{"is not a work directory of pgcopy"}, remedy: []string{"--dir"}},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "work")
			row.make(t, dir)
			if row.stop.says == nil {
				row.stop = row.look
			}
			before := contentOf(t, dir)
			for _, c := range []struct {
				refusal
				args []string
			}{
				{row.clone, f.clone(copied, dir)}, {row.again, f.clone(copied, dir, "--restart")},
				{row.resume, []string{"resume", "--dir", dir}}, {row.look, []string{"list", "progress", "--dir", dir}},
				{row.look, []string{"list", "runs", "--dir", dir}}, {row.stop, []string{"snapshot", "--stop", "--dir", dir}},
			} {
				if c.says == nil {
					continue // another test has it
				}
				c.refusal.args, c.refusal.status = c.args, exitFailed
				f.refuse(t, copied, c.refusal)
				mustBeSame(t, strings.Join(c.args[:2], " "), before, contentOf(t, dir))
			}
		})
	}
}

// TestRestartOfADamagedCatalog: what it knew is lost, so pgcopy does not guess what on the target is its own.
func TestRestartOfADamagedCatalog(t *testing.T) {
	f := newField(t)
	target := f.dst.FreshDB(t)
	dir := f.killed(t, target, "claimed:create-index")
	damage(t, filepath.Join(dir, "catalog.db"))
	before := contentOf(t, dir)
	f.refuse(t, target, refusal{args: f.clone(target, dir, "--restart"), status: exitFailed, says: []string{"the target database " + target + " is not empty", "public.customer"},
		remedy: []string{"--drop-if-exists"}})
	mustBeSame(t, "a refused restart", before, contentOf(t, dir))
	if r := pgcopy(t, f.env(), f.clone(target, dir, "--restart", "--drop-if-exists")...); r.code != exitDone {
		t.Fatal(r)
	}
	f.mustEqual(t, f.db, target)
}

func mkdirOf(t *testing.T, dir string) { mkdir(t, dir) }

func mkdir(t testing.TB, dir string) {
	t.Helper()
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

func write(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

// sqlite runs statements on the catalog.db of a directory.
func sqlite(t testing.TB, dir, statements string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "catalog.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec(statements); err != nil {
		t.Fatal(err)
	}
}

func copyDir(t testing.TB, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}

// damage overwrites the middle of a catalog, as a bad disk does, after its log has been written back.
func damage(t testing.TB, path string) {
	t.Helper()
	sqlite(t, filepath.Dir(path), "PRAGMA wal_checkpoint(TRUNCATE)")
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size, _ := f.Seek(0, 2)
	noise := []byte(strings.Repeat("\xdb\x01", 2048))
	for page := int64(2); page < size/4096; page += 3 {
		if _, err := f.WriteAt(noise, page*4096); err != nil {
			t.Fatal(err)
		}
	}
}
