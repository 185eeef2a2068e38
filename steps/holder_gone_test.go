package steps

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgschema"
)

// TestTheHolderEndsWithItsDirectory: who deletes the work directory can no longer ask for the snapshot, nor end it, so its locks go with it.
func TestTheHolderEndsWithItsDirectory(t *testing.T) {
	src, _ := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, `CREATE TABLE held (id int)`)
	dir := filepath.Join(t.TempDir(), "work")
	ended, held := make(chan error, 1), make(chan struct{})
	go func() {
		ended <- HoldSnapshot(t.Context(), HoldOptions{Source: src.URI(db), Dir: dir, Grace: time.Hour, Log: slog.New(slog.DiscardHandler)},
			func(string, pgschema.LSN) error { close(held); return nil })
	}()
	select {
	case <-held:
	case err := <-ended:
		t.Fatal(err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it holds on though its directory is gone")
	}
	ctx, done := context.WithTimeout(context.Background(), 20*time.Second)
	defer done()
	if err := src.ExecContext(ctx, db, `ALTER TABLE held ADD COLUMN more int`); err != nil {
		t.Error(err)
	}
}
