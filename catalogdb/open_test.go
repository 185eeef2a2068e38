package catalogdb

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/pgcopy/pgcopy/workflow"
)

// openers are all ways to a catalog.
var openers = map[string]func(context.Context, string) (*DB, error){
	"Create": Create, "OpenForControl": OpenForControl, "OpenReadOnly": OpenReadOnly, "Look": Look,
}

// refused checks that each way is refused with an error and leaves the file as it is.
func refused(t *testing.T, dir string, want error) {
	t.Helper()
	path := filepath.Join(dir, FileName)
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, open := range openers {
		db, err := open(t.Context(), dir)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
		if err == nil {
			_ = db.Close()
		} else if !strings.Contains(err.Error(), dir) {
			t.Errorf("%s does not name the directory: %v", name, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%s changed the file (%v)", name, err)
		}
	}
}

// made gives a directory whose catalog has some pages, closed.
func made(t *testing.T) (dir string) {
	t.Helper()
	db := create(t)
	seed(t, db, 2000)
	run(t, db)
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Errorf("closed twice: %v", err)
	}
	return db.Dir()
}

func TestForeignFileIsLeftAlone(t *testing.T) {
	dir := t.TempDir()
	h, err := sql.Open("sqlite", filepath.Join(dir, FileName))
	if err == nil {
		_, err = h.Exec(`CREATE TABLE holiday (photo BLOB)`)
	}
	if err != nil || h.Close() != nil {
		t.Fatal(err)
	}
	refused(t, dir, ErrForeign)
}

func TestNewerCatalog(t *testing.T) {
	dir := made(t)
	h, err := sql.Open("sqlite", filepath.Join(dir, FileName))
	if err == nil {
		_, err = h.Exec(`PRAGMA user_version = 99`)
	}
	if err != nil || h.Close() != nil {
		t.Fatal(err)
	}
	refused(t, dir, ErrNewer)
}

func TestDamagedCatalog(t *testing.T) {
	overwrite := func(t *testing.T, dir string, at int64, b []byte) {
		f, err := os.OpenFile(filepath.Join(dir, FileName), os.O_RDWR, 0)
		if err == nil {
			_, err = f.WriteAt(b, at)
		}
		if err != nil || f.Close() != nil {
			t.Fatal(err)
		}
	}
	t.Run("head", func(t *testing.T) {
		dir := made(t)
		overwrite(t, dir, 0, []byte("not a database"))
		refused(t, dir, ErrDamaged)
	})
	t.Run("text", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, FileName), []byte(strings.Repeat("shopping list\n", 500)), 0o644); err != nil {
			t.Fatal(err)
		}
		refused(t, dir, ErrDamaged)
	})
	t.Run("middle", func(t *testing.T) {
		dir := made(t)
		st, err := os.Stat(filepath.Join(dir, FileName))
		if err != nil {
			t.Fatal(err)
		}
		overwrite(t, dir, st.Size()/2, bytes.Repeat([]byte{0xa5}, 20000))
		if _, err := Create(t.Context(), dir); !errors.Is(err, ErrDamaged) {
			t.Errorf("Create: %v", err)
		}
	})
	t.Run("cut", func(t *testing.T) {
		dir := made(t)
		st, err := os.Stat(filepath.Join(dir, FileName))
		if err == nil {
			err = os.Truncate(filepath.Join(dir, FileName), st.Size()/8192*4096)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Create(t.Context(), dir); !errors.Is(err, ErrDamaged) {
			t.Errorf("Create: %v", err)
		}
	})
}

// TestUnfinishedCatalog: a run that died before it made anything leaves an empty file, which the next run may use and nobody can look at.
func TestUnfinishedCatalog(t *testing.T) {
	dir := t.TempDir()
	for name, open := range openers {
		if db, err := open(t.Context(), filepath.Join(dir, "none")); name != "Create" && !errors.Is(err, ErrNoCatalog) || name == "Create" && err == nil {
			t.Errorf("%s of no directory: %v, %v", name, db, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, FileName), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, open := range []string{"OpenForControl", "OpenReadOnly"} {
		if _, err := openers[open](t.Context(), dir); !errors.Is(err, ErrNoCatalog) {
			t.Errorf("%s: %v", open, err)
		}
	}
	db, err := Create(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
	if db, err = OpenForControl(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()
}

// TestNamesOfDirectories: what a URI would take for something else is a name here.
func TestNamesOfDirectories(t *testing.T) {
	for _, name := range []string{"two words", "100%", "a?mode=ro", "x#y", "a&b=c", "%20", "größe", "quote'\"", "semi;colon", "plus+plus"} {
		dir := filepath.Join(t.TempDir(), name)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		db, err := Create(t.Context(), dir)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		seed(t, db, 1)
		_ = db.Close()
		if !Exists(dir) {
			t.Errorf("%s: the catalog is somewhere else", name)
		}
		if db, err = Look(t.Context(), dir); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		_ = db.Close()
	}
}

func TestReadersCannotWrite(t *testing.T) {
	dir := made(t)
	for _, name := range []string{"OpenReadOnly", "Look"} {
		db, err := openers[name](t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.r.ExecContext(t.Context(), `DELETE FROM task`); err == nil {
			t.Errorf("%s: its handle can write", name)
		}
		if err := db.EndRun(t.Context(), "done", ""); err == nil {
			t.Errorf("%s: it can write", name)
		}
		_ = db.Close()
	}
}

// TestSomebodyElseWrites: a transaction left open in sqlite3 is named as what it is.
func TestSomebodyElseWrites(t *testing.T) {
	db := create(t)
	seed(t, db, 1)
	run(t, db)
	h, err := sql.Open("sqlite", filepath.Join(db.Dir(), FileName)+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	tx, err := h.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.w.ExecContext(t.Context(), `PRAGMA busy_timeout = 20`); err != nil {
		t.Fatal(err)
	}
	if _, _, err := db.Claim(t.Context(), "copy", "w"); !errors.Is(err, ErrCannotStore) || !strings.Contains(err.Error(), "another program") {
		t.Errorf("Claim: %v", err)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := db.Claim(t.Context(), "copy", "w"); err != nil || !ok {
		t.Errorf("Claim afterwards: %v, %v", ok, err)
	}
}

// small gives a directory on a file system of a megabyte and a way to make room, or, where nothing may be mounted, a catalog that may not
// grow.
func small(t *testing.T) (db *DB, room func()) {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err == nil {
		t.Cleanup(func() { _ = syscall.Unmount(dir, 0) })
		if db, err = Create(t.Context(), dir); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		return db, func() {
			if err := syscall.Mount("tmpfs", dir, "tmpfs", syscall.MS_REMOUNT, "size=50m"); err != nil {
				t.Fatal(err)
			}
		}
	}
	db = create(t)
	pages := func(n int) {
		if _, err := db.w.ExecContext(t.Context(), fmt.Sprintf(`PRAGMA max_page_count = %d`, n)); err != nil {
			t.Fatal(err)
		}
	}
	pages(150)
	return db, func() { pages(100000) }
}

// TestFullDisk: every write that finds no room says so, nothing half-written stays, and work goes on where there is room again.
func TestFullDisk(t *testing.T) {
	db, room := small(t)
	seed(t, db, 50)
	run(t, db)
	if _, ok, err := db.Claim(t.Context(), "copy", "w"); err != nil || !ok {
		t.Fatal(err)
	}
	var full error
	long := strings.Repeat("x", 20000)
	for i := 0; full == nil && i < 1000; i++ {
		_, full = db.BeginRun(t.Context(), Run{Command: long, Workflow: "test"})
	}
	if !errors.Is(full, ErrCannotStore) {
		t.Fatalf("with a full disk: %v", full)
	}
	if strings.Contains(full.Error(), "rollback") {
		t.Errorf("the message talks of something else: %v", full)
	}
	held := texts(t, db.r, `SELECT count(*) FROM task WHERE state = 'running'`)[0]
	stop := 0
	for i := 0; stop < 3 && i < 2000; i++ { // small writes fit for a while, and every one that fails says so
		task, ok, err := db.Claim(t.Context(), "copy", "w")
		if err == nil && ok {
			_, err = db.Settle(t.Context(), task, workflow.Verdict{State: workflow.Pending, Error: long})
		}
		if err != nil && !errors.Is(err, ErrCannotStore) {
			t.Fatalf("with a full disk: %v", err)
		}
		if err != nil {
			stop++
		}
	}
	if stop == 0 {
		t.Error("the disk is not full")
	}
	room()
	if err := db.check(t.Context()); err != nil {
		t.Error(err)
	}
	run(t, db)
	if n := texts(t, db.r, `SELECT count(*) FROM task WHERE state = 'pending'`)[0]; n != "100" {
		t.Errorf("%s tasks are pending, before %s were held", n, held)
	}
	for range 50 {
		task, ok, err := db.Claim(t.Context(), "copy", "w")
		if err != nil || !ok {
			t.Fatal(err)
		}
		if err := db.RecordTargetXID(t.Context(), task, 7); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Settle(t.Context(), task, done); err != nil {
			t.Fatal(err)
		}
	}
}
