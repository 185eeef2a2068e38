package steps

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/workflow"
)

// errSnapshotReleased says that something wanted to read the source after the last table had been copied.
var errSnapshotReleased = errors.New("the snapshot has been released")

// releaseTimeout bounds the wait for the holder to end after it was told to.
const releaseTimeout = 5 * time.Second

// Snapshot is the one picture of the source that everything is read under, as this process sees it: a name in the catalog. The
// transaction behind it is held by another process (see holder.go), so that this one may die.
type Snapshot struct {
	mu      sync.Mutex
	catalog *catalogdb.DB
	name    string
	foreign bool      // exported by somebody else (--snapshot): not ours to end
	holder  io.Closer // what the holder waits for before it stands by itself: the name is in the catalog
	probing bool      // before the run: whether the snapshot stands is a question, not yet a failure
}

// Name is what source sessions adopt.
func (s *Snapshot) Name() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.name == "" {
		return "", errSnapshotReleased
	}
	return s.name, nil
}

// Release lets the source vacuum again: it forgets the name, ends the holder, and waits for that. It may be called twice.
func (s *Snapshot) Release(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.name != "" {
		if err := s.catalog.SetSnapshot(ctx, "", true); err != nil {
			return err
		}
		s.name = ""
	}
	workflow.Boundary("unnamed", workflow.Task{Step: "release-snapshot"})
	if s.foreign {
		return nil
	}
	return endHolder(ctx, s.catalog.Dir())
}

// takeSnapshot gives the workflow its picture of the source: none when nothing is left to read; the one named by the user; the one
// recorded in the catalog when that still stands; or a new one with a holder of its own, when nothing was read under another.
func (e *Env) takeSnapshot(ctx context.Context) error {
	e.Snapshot = &Snapshot{catalog: e.Catalog}
	setup, _, err := e.Catalog.Setup(ctx)
	if err != nil {
		return err
	}
	done, left, err := e.Catalog.SourceWork(ctx)
	if err != nil {
		return err
	}
	switch name := or(e.Opts.Snapshot, setup.Snapshot); {
	case done > 0 && left == 0:
		e.Snapshot.name = setup.Snapshot // only to be released
		return nil
	case name != "" && done == 0 && e.renewable():
		return e.newSnapshot(ctx, true)
	case name != "":
		return e.adoptSnapshot(ctx, name, done > 0)
	case done > 0 && !e.Opts.NotConsistent:
		return e.snapshotGone("", pgsource.ErrSnapshotGone)
	default:
		return e.newSnapshot(ctx, done == 0)
	}
}

// renewable tells that the snapshot is one of our own that nothing else hangs on. While nothing was read under it, a new one is as good, and better
// where something was mended on the source since: who may read a large object is part of the picture.
func (e *Env) renewable() bool {
	return e.Opts.Snapshot == "" && !e.Opts.Follow && catalogdb.NamedLockHeld(e.Opts.Dir, holderLock)
}

// adoptSnapshot goes on under a snapshot that is held elsewhere. begun tells whether something was read under a snapshot before.
func (e *Env) adoptSnapshot(ctx context.Context, name string, begun bool) error {
	e.Snapshot.name, e.Snapshot.foreign = name, e.Opts.Snapshot != ""
	err := e.probeSnapshot(ctx)
	gone := errors.Is(err, pgsource.ErrSnapshotGone)
	switch {
	case gone && e.Snapshot.foreign:
		return &pgdb.UserError{Err: err, Msg: fmt.Sprintf("the source has no snapshot %s", name),
			Hint: "give the name that pg_export_snapshot() or pgcopy snapshot printed, while its transaction is open"}
	case gone && !begun, gone && e.Opts.NotConsistent:
		return e.newSnapshot(ctx, !begun)
	case gone:
		return e.snapshotGone(name, err)
	case err != nil:
		return err
	}
	e.Log.Info("reading under the snapshot that is held", "snapshot", name)
	return errors.Join(e.Catalog.SetSnapshot(ctx, name, true), e.Catalog.SetRunSnapshot(ctx, name))
}

// newSnapshot starts a holder and records the snapshot that it holds.
func (e *Env) newSnapshot(ctx context.Context, consistent bool) error {
	name, err := e.exportSnapshot(ctx)
	if err != nil {
		return err
	}
	workflow.Boundary("held", atBegin)
	e.Snapshot.name = name
	if !consistent {
		e.Log.Warn("a new snapshot was taken: what was copied before and what is copied now are two pictures of the source", "snapshot", name)
		if err := e.refreshSequences(ctx); err != nil {
			return err
		}
	}
	e.Log.Info("a process of its own holds the snapshot, so that this one may be interrupted", "snapshot", name,
		"after_an_interruption_for", e.grace().String(), "to_end_it", "pgcopy snapshot --stop --dir "+e.Opts.Dir)
	err = errors.Join(e.Catalog.SetSnapshot(ctx, name, consistent), e.Catalog.SetRunSnapshot(ctx, name), e.Snapshot.holder.Close())
	workflow.Boundary("named", atBegin)
	return err
}

// refreshSequences reads the sequences again, so that none is behind a row of the new snapshot.
func (e *Env) refreshSequences(ctx context.Context) error {
	return e.withSource(ctx, func(conn *pgx.Conn) error {
		return e.Catalog.RefreshSequences(ctx, func(yield func(pgschema.Sequence) error) error {
			return pgsource.Sequences(ctx, conn, yield)
		})
	})
}

// exportSnapshot has a holder export a snapshot. When changes are followed it is that of the slot, so that the first change is the first
// one that the copy does not have.
func (e *Env) exportSnapshot(ctx context.Context) (string, error) {
	if !e.Opts.Follow {
		var name string
		err := pgdb.Retry(ctx, e.Opts.RetryFor, e.tryingAgain, func(ctx context.Context) (err error) {
			name, _, err = e.startHolder(ctx)
			return err
		})
		return name, err
	}
	r, err := e.prepareFollow(ctx)
	if err != nil {
		return "", err
	}
	if r.StartsAt != 0 {
		return "", &pgdb.UserError{Msg: fmt.Sprintf("slot %s began with a snapshot that is gone: no other fits the changes it holds", r.Slot),
			Hint: "start over: pgcopy resume --restart --dir " + e.Opts.Dir}
	}
	var name string
	at, err := e.readableSlot(ctx, r, func() (at pgschema.LSN, err error) {
		name, at, err = e.startHolder(ctx, "--slot-name", r.Slot, "--plugin", r.Plugin) // which ends the holder of the slot before
		return at, err
	})
	if err != nil {
		return "", err
	}
	return name, e.followFrom(ctx, r, at)
}

// probeSnapshot finds out whether the snapshot still stands.
func (e *Env) probeSnapshot(ctx context.Context) error {
	e.Snapshot.probing = true
	defer func() { e.Snapshot.probing = false }()
	return pgdb.Retry(ctx, e.Opts.RetryFor, e.tryingAgain, func(ctx context.Context) error {
		return e.withSource(ctx, func(*pgx.Conn) error { return nil })
	})
}

// tryingAgain tells of trouble before the first task, now and then.
func (e *Env) tryingAgain(attempt int, wait time.Duration, err error) {
	if attempt == 1 || attempt%20 == 0 {
		e.Log.Warn("trying again: "+reason(err), "attempt", attempt)
	}
}

// snapshotGone names the two ways on; it never mixes two pictures by itself.
func (e *Env) snapshotGone(name string, err error) error {
	return &pgdb.UserError{Err: err,
		Msg: strings.Join(strings.Fields(fmt.Sprintf("the snapshot %s under which %s was begun is gone: its holder ended or lost its connection to the source", name, e.Opts.Dir)), " "),
		Hint: "either go on with a new snapshot and keep what is done (the copy is then not one consistent picture): pgcopy resume --not-consistent --dir " +
			e.Opts.Dir + "; or start over: pgcopy resume --restart --dir " + e.Opts.Dir}
}

// grace is how long the holder outlives a run that was interrupted.
func (e *Env) grace() time.Duration {
	if e.Opts.SnapshotGrace > 0 {
		return e.Opts.SnapshotGrace
	}
	return time.Hour
}

// closeNow ends a connection without waiting long for a server that does not answer. One that was given up in the middle of a statement is being
// ended by pgx already, and the server asked to cancel: that is waited for, or the process could end before, and leave a backend that
// goes on building an index for nobody.
func closeNow(conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = conn.Close(ctx)
	select {
	case <-conn.PgConn().CleanupDone():
	case <-ctx.Done():
	}
}
