package catalogdb

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/pgcopy/pgcopy/pgschema"
	stmt "github.com/pgcopy/pgcopy/sql"

	_ "modernc.org/sqlite" // the driver, "sqlite"
)

const (
	// FileName is the catalog's name within a work directory.
	FileName = "catalog.db"
	// applicationID marks the file as ours ("pgcp", SQLite's application_id pragma).
	applicationID = 0x70676370
	// schemaVersion is what this pgcopy writes (SQLite's user_version pragma).
	schemaVersion = 1
)

var (
	// ErrNoCatalog says that a directory is not a work directory.
	ErrNoCatalog = errors.New("no catalog")
	// ErrNotDirectory says that a work directory is a file.
	ErrNotDirectory = errors.New("is a file, not a directory")
	// ErrForeign says that catalog.db is a file of something else.
	ErrForeign = errors.New("not a pgcopy catalog")
	// ErrNewer says that a newer pgcopy wrote the catalog.
	ErrNewer = errors.New("written by a newer pgcopy")
	// ErrDamaged says that SQLite's own check found damage.
	ErrDamaged = errors.New("catalog is damaged")
)

// DB is an open catalog.
type DB struct {
	dir   string
	w     *sql.DB // one connection; nil when opened for reading
	r     *reader // reads only
	hot   map[string]*sql.Stmt
	mu    sync.Mutex
	runID int64

	xidMu   sync.Mutex
	xidWait []*xidWrite
}

// purpose is what a catalog is opened for.
type purpose int

const (
	toLook    purpose = iota // nothing is written
	toControl                // a few rows beside a run
	toRun                    // the directory's lock is held; the catalog is made when there is none
)

// Create opens the catalog of a work directory for a run, and makes it when the directory is empty. The caller holds the
// directory's lock.
func Create(ctx context.Context, dir string) (*DB, error) { return open(ctx, dir, toRun) }

// OpenForControl opens an existing catalog for the small writes of control commands (ending a snapshot, the sentinel), which other
// processes may do while a run goes on. It takes no lock and never makes a catalog.
func OpenForControl(ctx context.Context, dir string) (*DB, error) { return open(ctx, dir, toControl) }

// OpenReadOnly opens the catalog for looking: nothing is ever written through it, and no lock is taken that a run would feel.
func OpenReadOnly(ctx context.Context, dir string) (*DB, error) { return open(ctx, dir, toLook) }

// Exists tells whether a directory has a catalog.
func Exists(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, FileName))
	return err == nil
}

// Marked tells whether the catalog bears our mark, however damaged the rest of it may be. SQLite keeps application_id in bytes 68 to 71 of
// the file (https://www.sqlite.org/fileformat2.html#the_database_header).
func Marked(dir string) bool {
	f, err := os.Open(filepath.Join(dir, FileName))
	if err != nil {
		return false
	}
	defer f.Close()
	var mark [4]byte
	_, err = f.ReadAt(mark[:], 68)
	return err == nil && binary.BigEndian.Uint32(mark[:]) == applicationID
}

// open looks at the file through a handle that cannot write before it opens one that can: a file of something else stays as it is, down to
// its journal mode.
func open(ctx context.Context, dir string, why purpose) (_ *DB, err error) {
	path := filepath.Join(dir, FileName)
	db := &DB{dir: dir}
	defer func() {
		if err != nil {
			_ = db.Close()
		}
	}()
	if db.r, err = openReader(path, url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", "query_only(1)"}}, 4); err != nil {
		return nil, err
	}
	version := 0
	if _, err := os.Stat(path); errors.Is(err, syscall.ENOTDIR) {
		return nil, noCatalog(dir, err)
	} else if err == nil {
		if version, err = db.version(ctx, db.r.DB); err != nil {
			return nil, err
		}
	}
	if why != toRun && version == 0 { // no file, or a run that died before it made anything
		return nil, fmt.Errorf("%s: %w", dir, ErrNoCatalog)
	}
	if why == toLook {
		return db, nil
	}
	if db.w, err = sql.Open("sqlite", dsn(path, url.Values{
		"_txlock": {"immediate"},
		"_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(normal)", "foreign_keys(1)", checkpoint, journalLimit},
	})); err != nil {
		return nil, err
	}
	db.w.SetMaxOpenConns(1)
	switch {
	case version == 0:
		err = db.make(ctx)
	case why == toRun:
		err = db.check(ctx)
	}
	if err == nil && why == toRun {
		err = db.prepareHot(ctx)
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

// checkpoint has the log carried over into the database every 16 MB. SQLite's own 4 MB are a flush every hundred verdicts.
const checkpoint = "wal_autocheckpoint(4000)"

// journalLimit has the log cut back to 64 MB when it starts anew: what a large plan or a long reader made it grow to is given back.
const journalLimit = "journal_size_limit(67108864)"

func dsn(path string, q url.Values) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// Dir is the work directory.
func (db *DB) Dir() string { return db.dir }

// Close gives up all handles. It may be called twice.
func (db *DB) Close() error {
	errs := []error{db.closeStatements()}
	if db.r != nil {
		errs = append(errs, db.r.Close())
	}
	if db.w != nil {
		errs = append(errs, db.w.Close())
	}
	return errors.Join(errs...)
}

// version reads the marks of the file and refuses what is not ours or is newer. 0 means that the file is new.
func (db *DB) version(ctx context.Context, h *sql.DB) (int, error) {
	var app, user, objects int
	err := h.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&app)
	if err == nil {
		err = h.QueryRowContext(ctx, `PRAGMA user_version`).Scan(&user)
	}
	if err == nil {
		err = h.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master`).Scan(&objects)
	}
	path := filepath.Join(db.dir, FileName)
	switch {
	case err != nil && isNotADatabase(err):
		return 0, fmt.Errorf("%s: %w", path, storeError(err))
	case err != nil:
		return 0, fmt.Errorf("open %s: %w", path, err)
	case app == 0 && user == 0 && objects == 0:
		return 0, nil
	case app != applicationID:
		return 0, fmt.Errorf("%s: %w", path, ErrForeign)
	case user > schemaVersion:
		return 0, fmt.Errorf("%s: %w (catalog version %d, this pgcopy knows %d)", path, ErrNewer, user, schemaVersion)
	}
	return user, nil
}

// make brings a new file to the current schema, in one transaction.
func (db *DB) make(ctx context.Context) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, stmt.CatalogSchema); err != nil {
			return fmt.Errorf("create the catalog: %w", err)
		}
		_, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d; PRAGMA user_version = %d`, applicationID, schemaVersion))
		return err
	})
}

// check runs SQLite's quick_check: a catalog that lies is worse than none.
func (db *DB) check(ctx context.Context) error {
	var said string
	err := db.w.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&said)
	if err == nil && said == "ok" {
		return nil
	}
	if err != nil {
		said = err.Error()
	}
	return fmt.Errorf("%s: %w: %s", filepath.Join(db.dir, FileName), ErrDamaged, said)
}

// write is the one way to change the catalog: one transaction of the one writer connection.
func (db *DB) write(ctx context.Context, fn func(tx *sql.Tx) error) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	return db.writeLocked(ctx, fn)
}

func (db *DB) writeLocked(ctx context.Context, fn func(tx *sql.Tx) error) error {
	if db.w == nil {
		return errors.New("the catalog was opened for reading")
	}
	tx, err := db.w.BeginTx(ctx, nil)
	if err != nil {
		return storeError(err)
	}
	if err := fn(tx); err != nil {
		// A full disk has SQLite roll back by itself; then there is nothing left for Rollback, and its complaint is about that.
		_ = tx.Rollback()
		return storeError(err)
	}
	return storeError(tx.Commit())
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// displayName is how an object is shown to people.
func displayName(n pgschema.Name) string { return n.String() }
