package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
)

// openDir makes the work directory and takes its lock. One that was used is refused unless the user wants to start over; what pgcopy
// does not recognise as its own is refused in any case, and stays as it is.
func openDir(o Options) (*catalogdb.Lock, error) {
	if err := makeDir(o.Dir); err != nil {
		return nil, err
	}
	lock, err := lockDir(o)
	if err != nil {
		return nil, err
	}
	if err := judgeDir(context.Background(), o); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return lock, nil
}

// makeDir makes a work directory where there is none. One that holds something else is refused before so much as a lock is put into it.
func makeDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return dirError(dir, err)
	}
	return refuseForeign(dir)
}

func judgeDir(ctx context.Context, o Options) error {
	db, err := catalogdb.OpenReadOnly(ctx, o.Dir)
	switch {
	case errors.Is(err, catalogdb.ErrNoCatalog): // nothing there, or a run died before it made anything
		return nil
	case o.Restart && errors.Is(err, catalogdb.ErrDamaged) && catalogdb.Marked(o.Dir):
		return nil
	case err != nil:
		return dirError(o.Dir, err)
	}
	defer func() { _ = db.Close() }()
	if o.Restart {
		return nil
	}
	if runs, err := db.Runs(ctx); err == nil && len(runs) == 0 { // one that was killed before it knew anything
		return nil
	}
	setup, bound, err := db.Setup(ctx)
	what := "an earlier run"
	if err == nil && bound {
		what = fmt.Sprintf("an earlier run, from %s to %s", setup.Source, setup.Target)
	}
	return &pgdb.UserError{Msg: o.Dir + " holds the work of " + what,
		Hint: "to go on with it: pgcopy resume --dir " + o.Dir + "; to see how it stands: pgcopy list progress --dir " + o.Dir +
			"; to start over: add --restart, or name another --dir"}
}

func lockDir(o Options) (*catalogdb.Lock, error) {
	host, _ := os.Hostname()
	lock, err := catalogdb.TakeLock(o.Dir, fmt.Sprintf("process %d on %s: %s", os.Getpid(), host, o.Command))
	if err != nil {
		return nil, dirError(o.Dir, err)
	}
	return lock, nil
}

// ours are the files that pgcopy itself puts into a work directory.
var ours = []string{"lock", holderLock, "snapshot.log", "schema", "compare", "cdc", "roles.sql", databasesDir, catalogdb.FileName, catalogdb.FileName + "-wal", catalogdb.FileName + "-shm",
	catalogdb.FileName + "-journal"} // the last is there for a moment, before the catalog writes ahead

// refuseForeign keeps pgcopy from spreading over a directory that holds something else.
func refuseForeign(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return dirError(dir, err)
	}
	for _, f := range entries {
		if !slices.Contains(ours, f.Name()) {
			return &pgdb.UserError{Msg: fmt.Sprintf("%s is not a pgcopy work directory: it holds %s", dir, f.Name()),
				Hint: "name an empty or new directory with --dir"}
		}
	}
	return nil
}

// takeOver looks what an earlier run has left that is to be started over: a directory of other databases is refused, and what the run
// may have made on the target is dropped by name later.
func (e *Env) takeOver(ctx context.Context) error {
	old, err := catalogdb.OpenReadOnly(ctx, e.Opts.Dir)
	if errors.Is(err, catalogdb.ErrNoCatalog) || errors.Is(err, catalogdb.ErrDamaged) {
		return nil // it tells nothing, so the target has to be empty, as for any first run
	} else if err != nil {
		return dirError(e.Opts.Dir, err)
	}
	defer func() { _ = old.Close() }()
	setup, bound, err := old.Setup(ctx)
	if err != nil || !bound { // likewise
		return nil
	}
	if err := e.sameDatabases(setup); err != nil {
		return err
	}
	var was Options
	if err := json.Unmarshal([]byte(setup.Options), &was); err == nil && was.AllDatabases != e.Opts.AllDatabases {
		if e.Opts.AllDatabases {
			return &pgdb.UserError{Msg: e.Opts.Dir + " holds the work of one database, and this is all of them", Hint: "name another --dir"}
		}
		return was.in(e.Opts.Dir).notOverview()
	}
	if was.AllDatabases { // each of them tells by itself
		return nil
	}
	touched, err := old.TargetTouched(ctx)
	if err == nil && touched && setup.TargetDBOID == e.TargetInfo.DatabaseOID {
		e.Opts.DropIfExists = true
	}
	return nil
}

// clearDir ends what an earlier run has left running and removes what it has left in the directory.
func clearDir(ctx context.Context, o Options) error {
	dir := o.Dir
	if err := endHolder(ctx, dir); err != nil {
		return err
	}
	for _, name := range ours {
		if name == "lock" || name == databasesDir && o.AllDatabases { // held by this process; started over one by one
			continue
		}
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return dirError(dir, err)
		}
	}
	return nil
}

// dirError says what is wrong with a work directory.
func dirError(dir string, err error) error {
	u := &pgdb.UserError{Err: err, Msg: fmt.Sprintf("work directory %s: %v", dir, err)}
	if fi, look := os.Stat(dir); look == nil && !fi.IsDir() {
		u.Msg, u.Hint = fmt.Sprintf("work directory %s is a file", dir), "name a directory with --dir"
		return u
	}
	if strings.HasPrefix(err.Error(), dir) {
		u.Msg = err.Error()
	}
	switch {
	case errors.Is(err, catalogdb.ErrLocked):
		u.Msg = strings.Replace(err.Error(), "work directory is", "work directory "+dir+" is", 1)
		u.Hint = "wait for that run to end, or watch it: pgcopy list progress --dir " + dir
	case errors.Is(err, catalogdb.ErrNoCatalog):
		u.Msg = fmt.Sprintf("%s is not a work directory of pgcopy: it has no %s", dir, catalogdb.FileName)
		u.Hint = "give the directory of a run with --dir"
	case errors.Is(err, os.ErrPermission):
		u.Msg = fmt.Sprintf("work directory %s cannot be written by this user: %v", dir, err)
		u.Hint = "change its permissions, or name another with --dir"
	case errors.Is(err, syscall.EROFS):
		u.Msg = fmt.Sprintf("work directory %s is on a file system that is mounted read-only", dir)
		u.Hint = "name another with --dir"
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		u.Msg = fmt.Sprintf("there is no room for the work directory %s: %v", dir, err)
		u.Hint = "make room, or name a directory on another disk with --dir"
	case errors.Is(err, catalogdb.ErrForeign):
		u.Hint = "name another directory with --dir: this one belongs to another program"
	case errors.Is(err, catalogdb.ErrDamaged) && catalogdb.Marked(dir):
		u.Hint = "put a copy of catalog.db back if there is one; or start over: pgcopy clone --restart --drop-if-exists --dir " + dir + ", " + dropDanger
	case errors.Is(err, catalogdb.ErrDamaged):
		u.Hint = "name another directory with --dir, or remove this one by hand if nothing in it is wanted"
	case errors.Is(err, catalogdb.ErrNewer):
		u.Hint = "use the pgcopy that wrote it, or a newer one"
	case errors.Is(err, catalogdb.ErrCannotStore):
		u.Hint = "make room or make the directory writable, then give the same command again"
	default:
		u.Hint = "name another directory with --dir"
	}
	return u
}
