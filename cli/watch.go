package cli

import (
	"context"
	"sync"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
)

// viewer shows progress as it comes. Its methods are called from one goroutine.
type viewer interface {
	show(p catalogdb.Progress)
	close()
}

// looksCost bounds what looking at the catalog may take of the time: one part in so many.
const looksCost = 20

// How often it is looked at, at most: somebody watches a terminal; a log has a line now and then.
const (
	screenPause = 400 * time.Millisecond
	logPause    = 2 * time.Second
)

// watcher looks at a catalog while a run works in it, as any other reader would, and shows what it sees.
type watcher struct {
	view   viewer
	pause  time.Duration
	cancel context.CancelFunc
	wait   sync.WaitGroup
}

// watch begins to look. The caller stops it before it prints anything else.
func watch(ctx context.Context, dir string, view viewer, pause time.Duration) *watcher {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // an interrupted run is worth watching to its end
	w := &watcher{view: view, pause: pause, cancel: cancel}
	w.wait.Go(func() { w.run(ctx, dir) })
	return w
}

func (w *watcher) run(ctx context.Context, dir string) {
	look := context.WithoutCancel(ctx)
	for last := false; !last; {
		last = ctx.Err() != nil // one more look after the end, for what came since the one before
		at := time.Now()
		if p, err := progressOf(look, dir); err == nil { // a look that failed is not worth a word: the next one is near
			w.view.show(p)
		}
		pause := max(w.pause, looksCost*time.Since(at))
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
	}
}

// stop ends looking and takes the display away. It may be called twice, and on nil.
func (w *watcher) stop() {
	if w == nil || w.cancel == nil {
		return
	}
	w.cancel()
	w.wait.Wait()
	w.view.close()
	w.cancel = nil
}

// progressOf opens a catalog, looks, and closes it again.
func progressOf(ctx context.Context, dir string) (p catalogdb.Progress, err error) {
	db, err := catalogdb.Look(ctx, dir)
	if err != nil {
		return p, err
	}
	defer func() { _ = db.Close() }()
	return db.Progress(ctx)
}
