package catalogdb

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// Look opens the catalog of a work directory for looking. Nothing is ever written through it, not even the files that SQLite
// puts beside a database to share it: while no run holds the directory and its last one left nothing in the write-ahead log,
// the file is opened as immutable. Otherwise those files are there already and are only read, as far as SQLite can.
func Look(ctx context.Context, dir string) (db *DB, err error) {
	if _, err := os.Stat(filepath.Join(dir, FileName)); err != nil {
		return nil, noCatalog(dir, err)
	}
	// Between the look at the log and the opening, a run may begin or end; its files come and go with it.
	for range 5 {
		if db, err = openForLooking(ctx, dir, settled(dir)); err == nil || !mayPass(err) {
			return db, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
	return db, err
}

func noCatalog(dir string, err error) error {
	switch {
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%s %w", dir, ErrNotDirectory)
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: %w", dir, ErrNoCatalog)
	}
	return err
}

// settled tells that all there is to read is in the database file itself, and that nobody is about to change it.
func settled(dir string) bool {
	wal, err := os.Stat(filepath.Join(dir, FileName+"-wal"))
	empty := errors.Is(err, os.ErrNotExist) || err == nil && wal.Size() == 0
	return empty && !LockHeld(dir)
}

func openForLooking(ctx context.Context, dir string, immutable bool) (_ *DB, err error) {
	q := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", "query_only(1)"}}
	if immutable {
		q.Set("immutable", "1")
	}
	db := &DB{dir: dir}
	if db.r, err = openReader(filepath.Join(dir, FileName), q, 1); err != nil {
		return nil, err
	}
	if _, err = db.version(ctx, db.r.DB); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// mayPass tells an error that comes from a run that begins or ends at this very moment.
func mayPass(err error) bool {
	return !errors.Is(err, ErrForeign) && !errors.Is(err, ErrNewer) && !errors.Is(err, context.Canceled) && !errors.Is(err, os.ErrPermission)
}
