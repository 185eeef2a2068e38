package steps

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// holderLook is how often the holder looks whether it is still wanted: the source may vacuum again that soon after the last row.
const holderLook = 250 * time.Millisecond

// holderPing is how often the holder makes sure that the source still hears it.
const holderPing = 10 * time.Second

// locksPerStatement is how many tables one LOCK statement names.
const locksPerStatement = 300

// HoldOptions are the wishes of who holds a snapshot.
type HoldOptions struct {
	Source string // connection string
	Dir    string
	Grace  time.Duration // how long to go on while nobody holds the work directory
	Slot   string        // make this logical replication slot, and hold the snapshot that its first change finds; "": any snapshot
	Plugin string        // of the slot
	Log    *slog.Logger

	// Parent, when given, ends as soon as the process that wants the snapshot has recorded its name in the catalog, or has died.
	Parent io.Reader
}

// holderReport is the holder's first line on stdout: the snapshot's name, or why there is none.
type holderReport struct {
	Snapshot string `json:"snapshot,omitempty"`
	LSN      string `json:"lsn,omitempty"` // where the slot begins
	Error    string `json:"error,omitempty"`
	Hint     string `json:"hint,omitempty"`

	Transient bool `json:"transient,omitempty"` // the same again may succeed
}

// HoldSnapshot exports a snapshot, tells its name to ready, and keeps the transaction open until one of these: the context ends; it
// is told to stop (the last table is copied, or somebody wants it ended); the work directory is deleted; nobody has held it for the
// grace time; the parent has died before it recorded the name, so that nobody will ever ask for this snapshot; the connection
// to the source is lost. Only the last is an error.
//
// Without a slot, the tables of the source are locked in ACCESS SHARE mode meanwhile, as pg_dump does: a snapshot alone does not protect from
// TRUNCATE, nor a table read in ctid ranges from VACUUM FULL.
func HoldSnapshot(ctx context.Context, o HoldOptions, ready func(name string, slotAt pgschema.LSN) error) error {
	if err := makeDir(o.Dir); err != nil {
		return err
	}
	lock, err := takeHolderLock(ctx, o)
	if errors.Is(err, catalogdb.ErrLocked) {
		return &pgdb.UserError{Msg: "a snapshot is held for " + o.Dir + " already", Hint: "end it with: pgcopy snapshot --stop --dir " + o.Dir}
	} else if err != nil {
		return dirError(o.Dir, err)
	}
	defer func() { _ = lock.Close() }()
	source, err := pgdb.ParseConninfo("--source", o.Source)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	told := make(chan string, 1)
	if o.Parent != nil {
		go func() {
			_, _ = io.Copy(io.Discard, o.Parent)
			select {
			case name := <-told:
				if recordedSnapshot(ctx, o.Dir, name) {
					return
				}
			default: // it cannot have recorded what it was not told
			}
			o.Log.Info("the process that wanted the snapshot is gone")
			cancel()
		}()
	}
	conn, err := source.Connect(ctx, pgdb.SourceSession().As("snapshot"))
	if err != nil {
		return err
	}
	defer closeNow(conn)
	name, at, err := o.export(ctx, source, conn)
	if err != nil {
		return err
	}
	if o.Slot != "" {
		o.Log.Info("tables of the source are not locked: what is truncated meanwhile is followed from its TRUNCATE on")
	} else if err := lockAll(ctx, conn, o.Log); err != nil {
		return err
	}
	told <- name
	if err := ready(name, at); err != nil {
		return err
	}
	return hold(ctx, conn, name, lock, o)
}

// export opens the transaction that is held: with a snapshot of its own, or with that of a new slot, given a second name so that it does not
// end with the slot's session.
func (o HoldOptions) export(ctx context.Context, source *pgdb.Conninfo, conn *pgx.Conn) (name string, at pgschema.LSN, err error) {
	if o.Slot == "" {
		name, err = pgsource.ExportSnapshot(ctx, conn)
		return name, 0, err
	}
	walsender, err := source.ConnectPgConn(ctx, pgsource.ReplicationSession("slot"))
	if err != nil {
		return "", 0, err
	}
	defer func() {
		ctx, done := pgdb.Afterwards(ctx)
		defer done()
		_ = walsender.Close(ctx)
	}()
	at, slots, err := pgsource.CreateSlot(ctx, walsender, o.Slot, o.Plugin)
	if err != nil {
		return "", 0, err
	}
	if err := pgsource.AdoptSnapshot(ctx, conn, slots); err != nil {
		return "", 0, err
	}
	name, err = pgsource.ReexportSnapshot(ctx, conn)
	return name, at, err
}

// takeHolderLock waits for a moment when a run wants the snapshot: the holder of a run that was just killed may be about to end.
func takeHolderLock(ctx context.Context, o HoldOptions) (lock *catalogdb.Lock, err error) {
	for begun := time.Now(); ; {
		lock, err = catalogdb.TakeNamedLock(o.Dir, holderLock, fmt.Sprintf("process %d", os.Getpid()))
		if !errors.Is(err, catalogdb.ErrLocked) || o.Parent == nil || time.Since(begun) > releaseTimeout || ctx.Err() != nil {
			return lock, err
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// holderLock is the file that tells whether a holder lives.
const holderLock = "snapshot.lock"

// lockAll locks every table that will be read. Where the server's lock table is too small for that, the copy goes on without.
func lockAll(ctx context.Context, conn *pgx.Conn, log *slog.Logger) error {
	if _, err := conn.Exec(ctx, "SAVEPOINT locks"); err != nil {
		return err
	}
	err := lockTables(ctx, conn)
	if err == nil {
		return nil
	}
	if pgdb.ClassOf(err) != pgdb.Permanent && !isOutOfLocks(err) {
		return err
	}
	if _, back := conn.Exec(ctx, "ROLLBACK TO SAVEPOINT locks"); back != nil {
		return errors.Join(err, back)
	}
	msg, _ := pgdb.Explain(err)
	log.Warn("tables of the source are not locked against TRUNCATE and rewrites while they are copied: do neither", "reason", msg)
	return nil
}

// lockTables collects the names first: a connection cannot lock while it lists. Names are kept for one batch of tables at a time.
func lockTables(ctx context.Context, conn *pgx.Conn) error {
	var batch []pgschema.Name
	var last uint32
	for {
		batch = batch[:0]
		errEnough := errors.New("enough")
		err := pgsource.Tables(ctx, conn, pgsource.TableOptions{EstimateSizes: true}, func(t pgschema.Table) error {
			if t.OID <= last || t.Kind != "r" || !t.CanSelect {
				return nil
			}
			if len(batch) == locksPerStatement*20 {
				return errEnough
			}
			batch, last = append(batch, t.Name), t.OID
			return nil
		})
		if err != nil && !errors.Is(err, errEnough) {
			return err
		}
		for from := 0; from < len(batch); from += locksPerStatement {
			if err := pgsource.LockTables(ctx, conn, batch[from:min(from+locksPerStatement, len(batch))]); err != nil {
				return err
			}
		}
		if err == nil {
			return nil
		}
	}
}

func isOutOfLocks(err error) bool {
	msg, _ := pgdb.Explain(err)
	return strings.Contains(msg, "shared memory")
}

// hold waits until the snapshot is not wanted any more.
func hold(ctx context.Context, conn *pgx.Conn, name string, lock *catalogdb.Lock, o HoldOptions) error {
	look := time.NewTicker(holderLook)
	defer look.Stop()
	listening, stop := context.WithCancel(ctx)
	lost := make(chan error, 1)
	go func() { lost <- listen(listening, conn) }()
	defer func() { stop(); <-lost }()
	lastHeld := time.Now()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-lost:
			lost <- nil
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("the connection that held snapshot %s is lost: %w", name, err)
		case <-look.C:
			if lock.Told() == stopHolder {
				o.Log.Info("the snapshot is not needed any more", "snapshot", name)
				return nil
			}
			if lock.Gone() {
				o.Log.Info("the work directory was deleted; letting go of the snapshot", "snapshot", name)
				return nil
			}
			if catalogdb.LockHeld(o.Dir) {
				lastHeld = time.Now()
			}
			if o.Grace > 0 && time.Since(lastHeld) > o.Grace {
				o.Log.Info("nobody has worked in the directory for the grace time; letting go of the snapshot", "snapshot", name, "grace", o.Grace.String())
				return nil
			}
		}
	}
}

// recordedSnapshot tells whether a run has written down that it reads under a snapshot, even if it is over by now. When in doubt it has: a
// snapshot that is held in vain ends after the grace time, one that is let go is lost.
func recordedSnapshot(ctx context.Context, dir, name string) bool {
	db, err := catalogdb.OpenReadOnly(ctx, dir)
	if err != nil {
		return true
	}
	defer func() { _ = db.Close() }()
	setup, _, err := db.Setup(ctx)
	if err != nil || setup.Snapshot == name {
		return true
	}
	runs, err := db.Runs(ctx)
	return err != nil || slices.ContainsFunc(runs, func(r catalogdb.Run) bool { return r.Snapshot == name })
}

// listen returns when the connection is lost: at once when the other end says so, and after some pings when it has just gone silent.
func listen(ctx context.Context, conn *pgx.Conn) error {
	for {
		quiet, stop := context.WithTimeout(ctx, holderPing)
		err := conn.PgConn().WaitForNotification(quiet)
		stop()
		if err != nil && !pgconn.Timeout(err) || ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if _, err := conn.Exec(ctx, "SELECT 1"); err != nil {
			return err
		}
	}
}

// stopHolder is what is written into the holder's lock file to end it. No process id is needed, and no catalog: a holder may be older
// than the catalog, or have outlived it.
const stopHolder = "stop"

// endHolder ends the holder of a directory, if one lives.
func endHolder(ctx context.Context, dir string) error {
	if err := catalogdb.TellHolder(dir, holderLock, stopHolder); err != nil {
		return dirError(dir, err)
	}
	return waitForHolder(ctx, dir)
}

// startHolder starts the holder as a process in a session of its own, so that neither this process's death nor a Ctrl-C on the terminal
// ends it, and waits for its first line. Its standard input ends with this process, or when the name is in the catalog (Snapshot.holder): a holder
// that nobody knows of ends.
func (e *Env) startHolder(ctx context.Context, slot ...string) (name string, at pgschema.LSN, err error) {
	if err := endHolder(ctx, e.Opts.Dir); err != nil { // one that an interrupted run had started and not yet recorded
		return "", 0, err
	}
	log, err := os.OpenFile(filepath.Join(e.Opts.Dir, "snapshot.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return "", 0, dirError(e.Opts.Dir, err)
	}
	defer log.Close()
	args := append(append([]string{}, e.Opts.HolderCommand[1:]...), "--dir", e.Opts.Dir, "--grace", e.grace().String(), "--report")
	args = append(args, slot...)
	cmd := exec.Command(e.Opts.HolderCommand[0], args...)
	cmd.Env = append(os.Environ(), e.Source.Environ("PGCOPY_SOURCE_PGURI")) // the environment: a password there is in no process list
	cmd.Stderr = log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return "", 0, err
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return "", 0, err
	}
	if err := cmd.Start(); err != nil {
		return "", 0, fmt.Errorf("start the snapshot holder: %w", err)
	}
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReader(out).ReadString('\n')
		line <- text
		_ = cmd.Wait() // reap it whenever it ends, as long as this process lives
	}()
	select {
	case text := <-line:
		e.Snapshot.holder = in
		return readReport(text, filepath.Join(e.Opts.Dir, "snapshot.log"))
	case <-ctx.Done():
		_ = in.Close() // it ends by itself, and has the source end what it waits for
		return "", 0, context.Cause(ctx)
	}
}

func readReport(text, log string) (string, pgschema.LSN, error) {
	var r holderReport
	if err := json.Unmarshal([]byte(text), &r); err != nil {
		return "", 0, &pgdb.UserError{Msg: "the process that was to hold the snapshot ended at once", Hint: "see " + log}
	}
	if r.Error != "" {
		err := &pgdb.UserError{Msg: r.Error, Hint: r.Hint}
		if r.Transient {
			err.Err = io.ErrUnexpectedEOF // for pgdb.ClassOf: a lost connection
		}
		return "", 0, err
	}
	if r.LSN == "" {
		return r.Snapshot, 0, nil
	}
	at, err := pgschema.ParseLSN(r.LSN)
	return r.Snapshot, at, err
}

// ReportSnapshot is the holder's first line, for the process that started it.
func ReportSnapshot(name string, slotAt pgschema.LSN, err error) string {
	r := holderReport{Snapshot: name}
	if slotAt != 0 {
		r.LSN = slotAt.String()
	}
	if err != nil {
		r.Error, r.Hint = pgdb.Explain(err)
		r.Transient = pgdb.ClassOf(err) == pgdb.Transient
	}
	b, _ := json.Marshal(r)
	return string(b)
}

// errHolderStays says that a holder was told to end and has not done so yet.
var errHolderStays = errors.New("the snapshot is still held")

// waitForHolder waits until no holder lives for a directory.
func waitForHolder(ctx context.Context, dir string) error {
	ctx, cancel := context.WithTimeout(ctx, releaseTimeout)
	defer cancel()
	for catalogdb.NamedLockHeld(dir, holderLock) {
		select {
		case <-ctx.Done():
			return &pgdb.UserError{Err: errHolderStays, Msg: "the process that holds the snapshot of " + dir + " did not end", Hint: "see " + filepath.Join(dir, "snapshot.log")}
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// StopSnapshot ends the holder of a work directory, and forgets the snapshot. ended is false when none lives.
func StopSnapshot(ctx context.Context, dir string) (ended bool, err error) {
	ended = catalogdb.NamedLockHeld(dir, holderLock)
	if err := endHolder(ctx, dir); err != nil {
		return ended, err
	}
	db, err := catalogdb.OpenForControl(ctx, dir)
	if ended && errors.Is(err, catalogdb.ErrNoCatalog) { // of pgcopy snapshot, before any run
		return ended, nil
	} else if err != nil {
		return ended, dirError(dir, err)
	}
	defer func() { _ = db.Close() }()
	if err := db.SetSnapshot(ctx, "", true); err != nil {
		return ended, dirError(dir, err)
	}
	return ended, nil
}
