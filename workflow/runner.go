package workflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// verdictTimeout bounds how long a verdict may take to be written after the run was told to stop. Nearly all take less than a millisecond; one
// that lets half a million tasks go takes some seconds.
const verdictTimeout = time.Minute

// Runner executes the tasks of a Queue with pools of workers until none is left that can be run.
type Runner struct {
	Queue    Queue
	Steps    []Step
	Pools    map[string]int // workers per pool
	Judge    Judge
	RetryFor time.Duration // how long one task may be in trouble before a transient error counts as permanent (see inTrouble)
	FailFast bool          // stop at the first permanent error
	Log      *slog.Logger
	Gate     *Gate // shared with other runners, nil when this one is alone; the queue is an UrgentQueue then

	// OnSettle, when set, is told of every verdict after it was written. It must not block.
	OnSettle func(Task, Verdict)

	steps   map[string]Step
	trouble sync.Map // task id -> trouble: transient errors in a row, as seen by this process
	sent    sync.Map // task id -> *atomic.Int64

	mu     sync.Mutex
	wake   map[string]chan struct{} // pool -> closed and replaced when one of its tasks may have become claimable
	active int                      // workers that hold a task or ask for one
	turn   uint64                   // counts verdicts: what was seen before the last one is old
	failed int
	over   bool
	atEnd  context.Context // is cancelled, by sayEnd, once over is set
	sayEnd context.CancelFunc
}

// ErrFailed says that the run went through everything it could and that some tasks failed.
var ErrFailed = errors.New("some tasks failed")

// Barrier is the pool of tasks that only wait for others. The queue settles them by itself; no worker ever claims one.
const Barrier = "barrier"

// Run returns nil when every task it could see is done, ErrFailed when some failed or were skipped on the way, the
// context's cause when it was interrupted, and any other error when progress could not be recorded: then nothing was
// guessed, and the catalog tells how far it came. When it returns, no step is running any more, and no task is held by this run
// unless its verdict could not be written.
func (r *Runner) Run(ctx context.Context) error {
	if err := r.begin(); err != nil {
		return err
	}
	stop, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer r.sayEnd()

	g, gctx := errgroup.WithContext(stop)
	for pool, n := range r.Pools {
		for i := 1; i <= n; i++ {
			worker := fmt.Sprintf("%s %d", pool, i)
			g.Go(func() error { return r.work(gctx, cancel, pool, worker) })
		}
	}
	report, stopReport := context.WithCancel(context.WithoutCancel(ctx))
	reported := make(chan struct{})
	go func() {
		defer close(reported)
		r.reportSent(report)
	}()
	err := g.Wait()
	stopReport()
	<-reported

	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil:
		return err
	case !r.over && ctx.Err() != nil:
		return context.Cause(ctx)
	case r.failed > 0:
		return ErrFailed
	}
	return nil
}

// begin makes ready for a run, and refuses one that could never end: a task whose pool has no worker would be waited for in vain.
func (r *Runner) begin() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active, r.failed, r.over = 0, 0, false
	r.atEnd, r.sayEnd = context.WithCancel(context.Background())
	r.wake = make(map[string]chan struct{}, len(r.Pools))
	for pool := range r.Pools {
		r.wake[pool] = make(chan struct{})
	}
	r.steps = make(map[string]Step, len(r.Steps))
	for _, s := range r.Steps {
		if s.Pool() != Barrier && r.Pools[s.Pool()] < 1 {
			return fmt.Errorf("step %s: pool %q has no workers", s.Name(), s.Pool())
		}
		r.steps[s.Name()] = s
	}
	return nil
}

// work is one worker: claim, do, settle, until the run is over or told to stop. Only what keeps progress from being recorded is
// an error.
func (r *Runner) work(ctx context.Context, cancel context.CancelCauseFunc, pool, worker string) error {
	troubles := 0
	for {
		now := r.look(pool)
		if now.over || ctx.Err() != nil {
			return nil
		}
		leave, ok, err := r.enter(ctx, pool)
		var t Task
		if ok {
			t, ok, err = r.claim(ctx, pool, worker)
		}
		if !ok {
			leave()
		}
		switch {
		case err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("claim a task: %w", err)
		case !ok:
			if err := r.rest(ctx, pool, now); err != nil {
				return err
			}
			continue
		}
		trouble, err := r.do(ctx, cancel, append([]Task{t}, r.more(ctx, t)...))
		leave()
		if err != nil {
			return err
		}
		if troubles++; !trouble {
			troubles = 0
		}
		pause(ctx, troubles)
	}
}

// enter waits for room behind the gate, if there is one. ok is false when the pool has nothing to do; then nothing was waited for.
func (r *Runner) enter(ctx context.Context, pool string) (leave func(), ok bool, err error) {
	if r.Gate == nil {
		return func() {}, true, nil
	}
	urgency, ok, err := r.Queue.(UrgentQueue).Urgency(ctx, pool)
	if err != nil || !ok {
		return func() {}, false, err
	}
	until, stop := context.WithCancel(ctx)
	defer stop()
	defer context.AfterFunc(r.atEnd, stop)() // a run that is over waits for nobody's room
	if leave, err = r.Gate.Enter(until, pool, urgency); err != nil {
		return func() {}, false, ctx.Err()
	}
	return leave, true, nil
}

// pause keeps a worker that met nothing but transient errors from running through all tasks of its pool while a server is away: each
// would be one more refused connection and one more task in trouble.
func pause(ctx context.Context, troubles int) {
	if troubles == 0 {
		return
	}
	select {
	case <-ctx.Done():
	case <-time.After(min(backoff(troubles), 4*time.Second)):
	}
}

// view is what a worker knows when it begins to look for a task.
type view struct {
	wake <-chan struct{}
	turn uint64
	over bool
}

func (r *Runner) look(pool string) view {
	r.mu.Lock()
	defer r.mu.Unlock()
	return view{r.wake[pool], r.turn, r.over}
}

// claim counts the worker as active before it asks, so that no other worker takes the moment between a successful claim and
// its count for the end of the run.
func (r *Runner) claim(ctx context.Context, pool, worker string) (Task, bool, error) {
	r.mu.Lock()
	r.active++
	r.mu.Unlock()
	t, ok, err := r.Queue.Claim(ctx, pool, worker)
	if err != nil || !ok {
		r.mu.Lock()
		r.active--
		r.mu.Unlock()
	}
	return t, ok, err
}

// rest waits until something may have become claimable, and ends the run when nothing ever will: nobody is active, nothing
// can be claimed in any pool, nothing is delayed, and nothing was settled since this worker began to look. Every worker comes
// here after its last task, so the last of them sees that.
func (r *Runner) rest(ctx context.Context, pool string, seen view) error {
	out, err := r.Queue.Outlook(ctx, r.pools())
	if err != nil {
		if ctx.Err() != nil {
			return nil
		}
		return fmt.Errorf("look for what is left: %w", err)
	}
	if r.end(pool, out, seen) {
		return nil
	}
	var timer <-chan time.Time
	if out.Delayed {
		tm := time.NewTimer(max(out.Wait, 5*time.Millisecond))
		defer tm.Stop()
		timer = tm.C
	}
	select {
	case <-ctx.Done():
	case <-seen.wake:
	case <-timer:
	}
	return nil
}

// end decides whether the run is over, and tells whether the worker has to look again at once. Pools that have something to do are woken,
// as not everything that becomes claimable does so by a verdict: a step may plan new tasks.
func (r *Runner) end(pool string, out Outlook, seen view) (again bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range out.Claimable {
		r.wakeUp(p)
		again = again || p == pool
	}
	if r.active > 0 || len(out.Claimable) > 0 || out.Delayed {
		return again
	}
	if r.turn == seen.turn && !r.over {
		r.over = true
		r.sayEnd()
		for p := range r.wake {
			r.wakeUp(p)
		}
	}
	return true
}

func (r *Runner) pools() []string {
	return slices.Sorted(maps.Keys(r.Pools))
}

// wakeUp lets every resting worker of a pool look again. The caller holds mu.
func (r *Runner) wakeUp(pool string) {
	if c := r.wake[pool]; c != nil {
		close(c)
		r.wake[pool] = make(chan struct{})
	}
}

// leave ends a worker's activity after a verdict. The pools where something became claimable look again.
func (r *Runner) leave(unblocked []string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active--
	r.turn++
	for _, pool := range unblocked {
		r.wakeUp(pool)
	}
}
