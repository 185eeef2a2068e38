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

// do runs tasks (one, or several small ones of a step) and writes their verdicts, also when the context has been cancelled meanwhile: an
// attempt whose end was seen but not recorded would have to be guessed by the next run. It tells whether all were put back in trouble.
func (r *Runner) do(ctx context.Context, cancel context.CancelCauseFunc, ts []Task) (trouble bool, err error) {
	for i := range ts {
		ts[i].Sent = new(atomic.Int64)
		r.sent.Store(ts[i].ID, ts[i].Sent)
		Boundary("claimed", ts[i])
	}
	ends := r.attemptAll(ctx, ts)
	verdicts, fatal := make([]Verdict, len(ts)), error(nil)
	for i, t := range ts {
		Boundary("ran", t)
		var stop bool
		if verdicts[i], stop = r.verdict(ctx, t, ends[i]); stop {
			fatal = ends[i].err
		}
		if len(ts) > 1 {
			verdicts[i].Took = ends[i].took
		}
		r.sent.Delete(t.ID)
	}
	unblocked, err := r.settle(ctx, ts, verdicts)
	if err != nil {
		r.leave(nil)
		return false, err
	}
	if fatal != nil {
		r.leave(nil)
		return false, fatal // the other workers are told to stop, and put their tasks back
	}
	trouble = true
	for i, v := range verdicts {
		trouble = trouble && (v.Trouble || ends[i].shared)
		switch v.State {
		case Failed:
			r.mu.Lock()
			r.failed++
			r.mu.Unlock()
			if r.FailFast {
				cancel(ErrFailed)
			}
		case Pending:
			unblocked = append(unblocked, ts[i].Pool)
		}
	}
	r.leave(unblocked)
	return trouble, nil
}

// settle writes the verdicts.
func (r *Runner) settle(ctx context.Context, ts []Task, vs []Verdict) (unblocked []string, err error) {
	wctx, done := context.WithTimeout(context.WithoutCancel(ctx), verdictTimeout)
	defer done()
	if len(ts) == 1 {
		unblocked, err = r.Queue.Settle(wctx, ts[0], vs[0])
	} else {
		unblocked, err = r.Queue.(BatchQueue).SettleAll(wctx, ts, vs)
	}
	if err != nil {
		return nil, fmt.Errorf("record that %s %s is %s: %w", ts[0].Step, ts[0].Subject, vs[0].State, err)
	}
	for i, t := range ts {
		Boundary("settled", t)
		if r.OnSettle != nil {
			r.OnSettle(t, vs[i])
		}
	}
	return unblocked, nil
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
	if ctx.Err() != nil {
		return Result{}, ctx.Err() // told to stop while the claim was made
	}
	s, ok := r.steps[t.Step]
	if !ok {
		return Result{}, fmt.Errorf("no step %q in this workflow", t.Step)
	}
	return s.Run(ctx, t)
}

// verdict makes of an attempt's end what is written down. Once the run is told to stop, every error may come from that (a killed pg_dump, a
// cut connection), so the task is put back: if it fails by itself, the next run will see it fail.
// fatal is set when no other task would fare better.
func (r *Runner) verdict(ctx context.Context, t Task, e ending) (v Verdict, fatal bool) {
	if e.err == nil {
		r.trouble.Delete(t.ID)
		return Verdict{State: Done, Result: e.res}, false
	}
	// What was sent by an attempt that may have committed all the same is the figure of the task, if so it turns out.
	v = Verdict{State: Failed, Result: Result{Bytes: max(e.res.Bytes, t.Sent.Load()), Rows: e.res.Rows}}
	var further *Progressed
	if errors.As(e.err, &further) {
		r.trouble.Delete(t.ID)
	}
	j := r.Judge(e.err)
	if e.shared { // one of them tells what happened; this one is tried by itself
		v.State = Pending
		return v, j.Fatal && ctx.Err() == nil
	}
	v.Error, v.Hint = j.Message, j.Hint
	switch {
	case ctx.Err() != nil:
		v.State = Pending
	case j.Fatal:
		v.State, fatal = Pending, true
	case j.Transient:
		if delay, ok := r.inTrouble(t, e.took); ok {
			v.State, v.Delay, v.Trouble = Pending, delay, true
		}
	}
	return v, fatal
}

// trouble is a row of transient errors of one task.
type trouble struct {
	errors int
	spent  time.Duration
}

// longAttempt bounds what one attempt adds to the time that a task is in trouble. A COPY of hours that is cut now and then is not in
// trouble for hours; a row that crashes the server each time it is reached must come to an end all the same.
const longAttempt = time.Minute

// inTrouble counts one more transient error of a task, and tells how long to wait before it is tried again, or that RetryFor has been
// spent: on delays, and on attempts since the first error.
func (r *Runner) inTrouble(t Task, took time.Duration) (delay time.Duration, again bool) {
	var now trouble
	if before, ok := r.trouble.Load(t.ID); ok {
		now = before.(trouble)
		now.spent += min(took, longAttempt)
	}
	if now.spent >= r.RetryFor {
		r.trouble.Delete(t.ID)
		return 0, false
	}
	now.errors++
	delay = backoff(now.errors)
	now.spent += delay
	r.trouble.Store(t.ID, now)
	return delay, true
}

// backoff doubles from a quarter of a second up to fifteen seconds.
func backoff(errors int) time.Duration {
	d := 250 * time.Millisecond << min(max(errors-1, 0), 6)
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
