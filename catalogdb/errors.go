package catalogdb

import (
	"errors"
	"fmt"
	"strings"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// ErrCannotStore says that the catalog could not be written: progress cannot be recorded, so work has to stop.
var ErrCannotStore = errors.New("cannot write the catalog")

// storeError names the failures that people can mend: no room, no permission, a lock, a damaged file.
func storeError(err error) error {
	var se *sqlite.Error
	if err == nil || !errors.As(err, &se) || errors.Is(err, ErrCannotStore) || errors.Is(err, ErrDamaged) {
		return err
	}
	switch se.Code() & 0xff {
	case lib.SQLITE_FULL, lib.SQLITE_IOERR, lib.SQLITE_READONLY, lib.SQLITE_CANTOPEN, lib.SQLITE_PERM:
		return fmt.Errorf("%w: %w", ErrCannotStore, err)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED: // we have waited for it: somebody has left a transaction open in sqlite3
		return fmt.Errorf("%w: another program has been writing to it all the time: %w", ErrCannotStore, err)
	case lib.SQLITE_NOTADB, lib.SQLITE_CORRUPT:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return err
}

// isNotADatabase tells a file that SQLite does not recognise or finds malformed.
func isNotADatabase(err error) bool { return errors.Is(storeError(err), ErrDamaged) }

// isMissingTable tells that a file's schema is not there yet.
func isMissingTable(err error) bool {
	return err != nil && strings.Contains(err.Error(), "no such table")
}
