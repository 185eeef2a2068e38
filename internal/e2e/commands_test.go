package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// step runs a command that does a part of a clone.
func (w *work) step(command string, args ...string) result {
	w.t.Helper()
	words := append(strings.Fields(command), "--dir", w.dir)
	if _, err := os.Stat(w.dir); err != nil {
		words = append(words, "--source", w.source, "--target", w.target)
	}
	return pgcopy(w.t, w.env, append(words, args...)...)
}

// The snapshot that step commands share is let go with the last row, and while it is held they say so.
func TestCommandsLetTheSnapshotGo(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, "CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1); CREATE VIEW va AS SELECT * FROM a; SELECT lo_from_bytea(0, 'x')")
	w := newWork(t, src, dst, db)
	for _, c := range []string{"restore pre-data", "copy table-data"} {
		if r := w.step(c); r.code != exitDone || !strings.Contains(r.stderr, "the snapshot is still held") || w.holderPID() == 0 {
			t.Fatalf("%s: holder %d, %s", c, w.holderPID(), r)
		}
	}
	if r := w.step("copy blobs"); r.code != exitDone || strings.Contains(r.stderr, "still held") {
		t.Fatalf("copy blobs: %s", r)
	}
	eventually(t, "the holder of the snapshot has ended", exitGrace, func() bool { return w.holderPID() == 0 })
	src.Exec(t, db, "SET lock_timeout = '1s'; ALTER TABLE a ADD b int; ALTER TABLE a DROP b")
	for _, c := range []string{"copy data", "copy blobs", "restore post-data"} { // what is read need not be read again
		if r := w.step(c); r.code != exitDone {
			t.Fatalf("%s: %s", c, r)
		}
	}
	w.mustEqual()
}

// What failed in one command is named by those that need it, stays on record, and is mended by that command alone.
func TestCommandsAfterAFailure(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, "CREATE ROLE nobody_yet; CREATE TABLE a (id int PRIMARY KEY); INSERT INTO a VALUES (1); ALTER TABLE a OWNER TO nobody_yet")
	w := newWork(t, src, dst, db)
	t.Cleanup(func() {
		dst.Exec(t, w.targetDB, "DROP TABLE IF EXISTS a; DROP ROLE IF EXISTS nobody_yet")
		src.Exec(t, db, "DROP TABLE a; DROP ROLE nobody_yet")
	})
	for _, c := range []string{"restore pre-data", "copy data", "restore post-data"} {
		if r := w.step(c); r.code != exitFailed || !strings.Contains(r.stderr, `role "nobody_yet" does not exist`) {
			t.Errorf("%s: %s", c, r)
		}
	}
	if r := w.step("list failures"); !strings.Contains(r.stdout, `role "nobody_yet" does not exist`) {
		t.Errorf("list failures: %s", r)
	}
	dst.Exec(t, "postgres", "CREATE ROLE nobody_yet")
	for _, c := range []string{"restore pre-data", "copy data", "restore post-data"} {
		if r := w.step(c); r.code != exitDone {
			t.Errorf("%s: %s", c, r)
		}
	}
	w.mustEqual()
}

// A filter file that was found wrong on the source is read again, as nothing was found by it yet.
func TestWrongFiltersAreReadAgain(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, "CREATE TABLE orders (id int); CREATE TABLE kept (id int)")
	file := filepath.Join(t.TempDir(), "f.ini")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("[exclude-table]\npublic.ordrs\n")
	w := newWork(t, src, dst, db, "--filters", file)
	if r := w.mustEnd(w.clone(), exitFailed); !strings.Contains(r.stderr, "did you mean public.orders?") {
		t.Errorf("clone: %s", r)
	}
	write("[exclude-table]\npublic.orders\n")
	w.mustEnd(w.resume(nil), exitDone)
	if got := dst.Value(t, w.targetDB, "SELECT string_agg(relname, ' ') FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"); got != "kept" {
		t.Errorf("the target has %s", got)
	}
	write("[exclude-table]\npublic.kept\n") // too late for a resume, and for a command that names it
	w.mustEnd(w.resume(nil), exitDone)
	if r := w.step("copy sequences", "--filters", file); r.code != exitFailed || !strings.Contains(r.stderr, "with other filters") {
		t.Errorf("copy sequences: %s", r)
	}

	write("[exclude-table]\npublic.ordrs\n")
	w = newWork(t, src, dst, db)
	if r := w.step("copy schema", "--filters", file); r.code != exitFailed || !strings.Contains(r.stderr, "did you mean public.orders?") {
		t.Errorf("copy schema: %s", r)
	}
	write("[exclude-table]\npublic.orders\n")
	if r := w.step("copy schema", "--filters", file); r.code != exitDone {
		t.Errorf("the same command with a mended file: %s", r)
	}
}
