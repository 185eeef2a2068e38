package workflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// verdictTimeout bounds how long a verdict may take to be written after the run was told to stop.
const verdictTimeout = 10 * time.Second

// Runner executes the tasks of a Queue with pools of workers until none is left that can be run.
type Runner struct {
	Queue    Queue
	Steps    []Step
	Pools    map[string]int // workers per pool
	Judge    Judge
	RetryFor time.Duration // how long one task may be in trouble before a transient error counts as permanent
	FailFast bool          // stop at the first permanent error
	Log      *slog.Logger

	// OnSettle, when set, is told of every verdict after it was written. It must not block.
	OnSettle func(Task, Verdict)

	steps   map[string]Step
	trouble sync.Map // task id -> time.Time: first transient error, as seen by this process

	mu     sync.Mutex
	wake   chan struct{} // closed and replaced whenever something may have become claimable
	active int
	failed int
	over   bool

	sent sync.Map // task id -> *atomic.Int64
}

// ErrFailed says that the run went through everything it could and that some tasks failed.
var ErrFailed = errors.New("some tasks failed")

// Run returns nil when every task it could see is done, ErrFailed when some failed or were skipped on the way, the
// context's cause when it was interrupted, and any other error when progress could not be recorded: then nothing was
// guessed, and the catalog tells how far it came.
func (r *Runner) Run(ctx context.Context) error {
	r.steps = make(map[string]Step, len(r.Steps))
	for _, s := range r.Steps {
		r.steps[s.Name()] = s
	}
	r.wake = make(chan struct{})
	stop, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

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

	switch {
	case err != nil && !errors.Is(err, context.Canceled):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case r.failed > 0:
		return ErrFailed
	}
	return nil
}

// work is one worker: claim, do, settle, until the run is over.
func (r *Runner) work(ctx context.Context, cancel context.CancelCauseFunc, pool, worker string) error {
	for {
		wake, over := r.watch()
		if over || ctx.Err() != nil {
			return ctx.Err()
		}
		t, ok, err := r.claim(ctx, pool, worker)
		if err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			return fmt.Errorf("claim a task: %w", err)
		}
		if !ok {
			if err := r.rest(ctx, wake); err != nil {
				return err
			}
			continue
		}
		if err := r.do(ctx, cancel, t); err != nil {
			return err
		}
	}
}

func (r *Runner) watch() (<-chan struct{}, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.wake, r.over
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
// can be claimed in any pool, nothing is delayed, and nothing was settled since this worker began to look.
func (r *Runner) rest(ctx context.Context, wake <-chan struct{}) error {
	out, err := r.Queue.Outlook(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("look for what is left: %w", err)
	}
	r.mu.Lock()
	if r.wake == wake && r.active == 0 && !out.Claimable && !out.Delayed {
		r.over = true
		r.wakeAll()
	}
	r.mu.Unlock()
	var timer <-chan time.Time
	if out.Delayed {
		tm := time.NewTimer(max(out.Wait, 5*time.Millisecond))
		defer tm.Stop()
		timer = tm.C
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-wake:
	case <-timer:
	}
	return nil
}

// wakeAll lets every resting worker look again. The caller holds mu.
func (r *Runner) wakeAll() {
	close(r.wake)
	r.wake = make(chan struct{})
}

// leave ends a worker's activity. Others look again when something became claimable, or when nobody is active any more
// and somebody has to notice that the run is over.
func (r *Runner) leave(unblocked bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.active--
	if unblocked || r.active == 0 {
		r.wakeAll()
	}
}
