package workflow

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// sentInterval is how often the bytes of running tasks are stored.
const sentInterval = time.Second

// do runs one task and writes its verdict, also when the context has been cancelled meanwhile: an attempt whose end was
// seen but not recorded would have to be guessed by the next run.
func (r *Runner) do(ctx context.Context, cancel context.CancelCauseFunc, t Task) error {
	t.Sent = new(atomic.Int64)
	r.sent.Store(t.ID, t.Sent)
	Boundary("claimed", t)
	res, err := r.attempt(ctx, t)
	Boundary("ran", t)
	v := r.verdict(ctx, t, res, err)
	r.sent.Delete(t.ID)

	wctx, done := context.WithTimeout(context.WithoutCancel(ctx), verdictTimeout)
	defer done()
	unblocked, werr := r.Queue.Settle(wctx, t, v)
	Boundary("settled", t)
	if werr != nil {
		r.leave(false)
		return fmt.Errorf("record that %s %s is %s: %w", t.Step, t.Subject, v.State, werr)
	}
	if r.OnSettle != nil {
		r.OnSettle(t, v)
	}
	if v.State == Failed {
		r.mu.Lock()
		r.failed++
		r.mu.Unlock()
		if r.FailFast {
			cancel(ErrFailed)
		}
	}
	r.leave(unblocked || v.State == Pending)
	return nil
}

// attempt calls the step. A panic in a step is that task's failure, with the stack for the log: the other tasks and the
// catalog are not to suffer from it.
func (r *Runner) attempt(ctx context.Context, t Task) (res Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("panic in a step", "step", t.Step, "subject", t.Subject, "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in step %s: %v", t.Step, p)
		}
	}()
	s, ok := r.steps[t.Step]
	if !ok {
		return Result{}, fmt.Errorf("no step %q in this workflow", t.Step)
	}
	return s.Run(ctx, t)
}

func (r *Runner) verdict(ctx context.Context, t Task, res Result, err error) Verdict {
	if err == nil {
		r.trouble.Delete(t.ID)
		return Verdict{State: Done, Result: res}
	}
	partial := Result{Bytes: t.Sent.Load()}
	j := r.Judge(err)
	switch {
	case ctx.Err() != nil && (errors.Is(err, context.Canceled) || j.Transient):
		return Verdict{State: Pending, Result: partial, Error: j.Message}
	case j.Transient && r.mayRetry(t):
		return Verdict{State: Pending, Result: partial, Error: j.Message, Hint: j.Hint, Delay: backoff(t.Attempt), Trouble: true}
	default:
		return Verdict{State: Failed, Result: partial, Error: j.Message, Hint: j.Hint}
	}
}

// mayRetry tells whether a task in trouble is still within RetryFor, counted from its first transient error in a row.
func (r *Runner) mayRetry(t Task) bool {
	first, _ := r.trouble.LoadOrStore(t.ID, time.Now())
	return time.Since(first.(time.Time)) < r.RetryFor
}

// backoff doubles from a quarter of a second up to fifteen seconds.
func backoff(attempt int) time.Duration {
	d := 250 * time.Millisecond << min(max(attempt-1, 0), 6)
	return min(d, 15*time.Second)
}

// reportSent stores the progress of running tasks until the run is over.
func (r *Runner) reportSent(ctx context.Context) {
	tick := time.NewTicker(sentInterval)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			bytes := map[int64]int64{}
			r.sent.Range(func(id, n any) bool {
				if b := n.(*atomic.Int64).Load(); b > 0 {
					bytes[id.(int64)] = b
				}
				return true
			})
			if len(bytes) == 0 {
				continue
			}
			if err := r.Queue.Sent(ctx, bytes); err != nil && ctx.Err() == nil {
				// Not worth stopping for: the verdict will carry the final figure, and fails loudly when it cannot be written.
				r.Log.Warn("cannot store the progress of running tasks", "error", err)
			}
		}
	}
}
