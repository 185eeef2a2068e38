package steps

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// earlyDump is a pg_dump that runs while load-source reads: neither needs the other, and on thousands of tables each takes seconds. It is
// begun once everything is known to be readable, so that its error never hides the better one.
type earlyDump struct {
	cancel context.CancelFunc
	done   chan struct{}
	err    error
}

// dumpEarly begins to dump, but for what is not to be looked at (see checkReadable) or there already.
func (e *Env) dumpEarly(ctx context.Context, hidden bool) {
	if _, err := os.Stat(e.archivePath()); hidden || e.early != nil || !errors.Is(err, os.ErrNotExist) {
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	d := &earlyDump{cancel: cancel, done: make(chan struct{})}
	e.early = d
	go func() {
		defer close(d.done)
		d.err = e.dump(ctx, nil)
	}()
}

// forgetDump removes the archive of an earlier attempt at load-source, which may have read another snapshot.
func (e *Env) forgetDump() error {
	e.stopEarly()
	for _, file := range []string{e.archivePath(), e.archivePath() + ".partial"} {
		if err := os.Remove(file); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// stopEarly ends a dump that nobody will ask for, and returns when its process is gone.
func (e *Env) stopEarly() {
	if e.early != nil {
		e.early.cancel()
		<-e.early.done
		e.early = nil
	}
}

// takeDump has the archive there: as begun early, or dumped now. An early dump that failed is done again, to fail or not by itself.
func (e *Env) takeDump(ctx context.Context, hidden []pgschema.Name) error {
	if d := e.early; d != nil {
		select {
		case <-d.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		e.stopEarly()
		if d.err != nil {
			e.Log.Debug("the dump beside load-source failed, and is tried again", "error", d.err)
		}
	}
	if _, err := os.Stat(e.archivePath()); err == nil { // it appears only when it is whole
		return nil
	}
	if e.from != nil {
		e.from.drop() // pg_dump has a connection of its own, which may be one too many beside those that are idle now
	}
	return e.dump(ctx, hidden)
}

func (e *Env) dump(ctx context.Context, hidden []pgschema.Name) error {
	file := e.archivePath()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	snapshot, err := e.Snapshot.Name()
	if err != nil {
		return err
	}
	return pgsource.DumpSchema(ctx, e.Tools, e.Source.ToolDSN(), e.Source.ToolEnv(), snapshot, file, pgsource.DumpOptions{
		Encoding: e.archiveEncoding(), Hidden: hidden, Warn: e.dumpWarning,
	})
}
