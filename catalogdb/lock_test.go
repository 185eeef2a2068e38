package catalogdb

import (
	"os"
	"path/filepath"
	"testing"
)

// TestLockGone: a directory that was deleted takes its locks with it, one that was moved does not.
func TestLockGone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a")
	moved := dir + " moved"
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	l, err := TakeNamedLock(dir, "x.lock", "test")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if l.Gone() {
		t.Error("gone at once")
	}
	if err := os.Rename(dir, moved); err != nil {
		t.Fatal(err)
	}
	if l.Gone() {
		t.Error("gone when it was moved")
	}
	if err := os.RemoveAll(moved); err != nil {
		t.Fatal(err)
	}
	if !l.Gone() {
		t.Error("not gone when it was deleted")
	}
}
