package steps

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgtarget"
)

const (
	// walWorthwhile is how much a run has to write before its WAL is looked after: less is written within a second, and what could be saved is
	// hardly more than what a session costs.
	walWorthwhile = 64 << 20
	// walPause is how long the looks at the target's WAL are apart while it flows, and walPauseMax while it does not, as long as the walwriter's
	// own pauses (wal_writer_delay).
	walPause    = 10 * time.Millisecond
	walPauseMax = 200 * time.Millisecond
	// walAgain is when a session that was lost is made again.
	walAgain = 2 * time.Second
	// walOver is how often it is looked whether the work that writes is done: a run may go on to follow the source for months.
	walOver = 2 * time.Second
)

// walFlow keeps the target's WAL flowing to disk while there are users, by a session of its own (see pgtarget.WALFlusher). It is a help and no
// condition: whatever goes wrong with it is a line for those who debug. Clones of several databases of one server share one.
type walFlow struct {
	target *pgdb.Conninfo
	log    *slog.Logger

	mu        sync.Mutex // held while the session ends
	users     int
	over      bool        // it gave its connection away
	end       func()      // ends the loop and its session, nil when there is none
	connected atomic.Bool // counts against the server's limits
}

func newWALFlow(target *pgdb.Conninfo, log *slog.Logger) *walFlow {
	return &walFlow{target: target, log: log}
}

// enter begins to keep WAL flowing, if nobody does. The caller leaves once.
func (f *walFlow) enter() (leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.users++
	if f.end == nil && !f.over {
		ctx, cancel := context.WithCancel(context.Background()) // no run's own: the last one that leaves ends it
		done := make(chan struct{})
		go func() {
			defer close(done)
			f.loop(ctx)
		}()
		f.end = func() {
			cancel()
			<-done
		}
	}
	return f.leave
}

func (f *walFlow) leave() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.users--; f.users == 0 {
		f.stop()
	}
}

// giveWay ends the session for good: somebody who does the work finds no connection left. It tells whether there was one to end.
func (f *walFlow) giveWay() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	had := f.connected.Load()
	f.over = true
	f.stop()
	return had
}

// stop ends the loop and waits until its session is closed. The caller holds mu.
func (f *walFlow) stop() {
	if f.end != nil {
		f.end()
		f.end = nil
	}
}

// loop makes a session, and another one when that is lost, until ctx is over or the server says that there shall be none.
func (f *walFlow) loop(ctx context.Context) {
	for {
		err := f.flow(ctx)
		if ctx.Err() != nil {
			return
		}
		again := pgdb.ClassOf(err) == pgdb.Transient && !isCode(err, tooManyConnections)
		f.log.Debug("the target's WAL is not kept flowing", "error", err, "again", again)
		if !again || !sleep(ctx, walAgain) {
			return
		}
	}
}

// flow is one session, until it is lost or ctx is over.
func (f *walFlow) flow(ctx context.Context) error {
	f.connected.Store(true)
	defer f.connected.Store(false)
	// Its commits wait for no standby: they are nothing but a sign.
	conn, err := f.target.Connect(ctx, pgdb.TargetSession().As("wal").With("synchronous_commit", "local"))
	if err != nil {
		return err
	}
	defer closeNow(conn)
	w := pgtarget.NewWALFlusher(conn)
	look := func() (int64, error) { // not cut off half-way, so that the session ends in good order
		ctx, done := pgdb.Afterwards(ctx)
		defer done()
		return w.Look(ctx)
	}
	for pause := walPause; sleep(ctx, pause); {
		written, err := look()
		if err != nil {
			return err
		}
		if pause = min(2*pause, walPauseMax); written >= pgtarget.WALChunk {
			pause = walPause
		}
	}
	return ctx.Err()
}

// sleep waits, and tells whether ctx is not over.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// keepWALFlowing has the target's WAL looked after while a run has rows to copy or indexes to build, if that is much. What is to be done is known
// when planned says so, or already. It begins nothing that outlives stop.
func (e *Env) keepWALFlowing(ctx context.Context, w Workflow, planned <-chan struct{}) (stop func()) {
	if e.wal == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	left := func(more int64) bool {
		n, err := e.Catalog.BytesToWrite(ctx, w.all())
		if err != nil && ctx.Err() == nil {
			e.Log.Debug("how much is left to write is not known", "error", err)
		}
		return err == nil && n >= more
	}
	go func() {
		defer close(done)
		if !left(walWorthwhile) {
			select {
			case <-ctx.Done():
				return
			case <-planned:
			}
			if !left(walWorthwhile) {
				return
			}
		}
		defer e.wal.enter()()
		for sleep(ctx, walOver) && left(1) {
			continue
		}
	}()
	return func() {
		cancel()
		<-done
	}
}
