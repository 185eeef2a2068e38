package workflow

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"
)

// Batcher is a Step whose small tasks may share an attempt, and with it the round trips, the transaction and the flushes that each of
// them would cost by itself: most databases have few large tables and many small ones.
type Batcher interface {
	Step
	// RunBatch does several tasks of this step, all of them or none, and gives one result each. All are at their first attempt. When its
	// error is permanent they are run one by one, so that the one to blame is found and the others are done.
	RunBatch(ctx context.Context, ts []Task) ([]Result, error)
}

// BatchQueue is a Queue that can give and take several tasks at once.
type BatchQueue interface {
	Queue
	// ClaimMore claims further tasks that may share the attempt of t, which its worker has just claimed: of the same step, small, and never
	// tried before. It gives none when t itself is not small. When it returns an error, no task is held because of it.
	ClaimMore(ctx context.Context, t Task) ([]Task, error)
	// SettleAll is Settle for several tasks, in one transaction: all verdicts are written or none.
	SettleAll(ctx context.Context, ts []Task, vs []Verdict) (unblocked []string, err error)
}

// more claims what may share the attempt of t. When it cannot, t is done alone; a queue that has failed for good will say so when the verdict
// of t is written, which is not to be given up for this.
func (r *Runner) more(ctx context.Context, t Task) []Task {
	q, ok := r.Queue.(BatchQueue)
	if _, batches := r.steps[t.Step].(Batcher); !ok || !batches || t.Attempt != 1 {
		return nil
	}
	others, err := q.ClaimMore(ctx, t)
	if err != nil && ctx.Err() == nil {
		r.Log.Warn("cannot claim more tasks to go with one", "step", t.Step, "error", err)
	}
	return others
}

// ending is how an attempt at a task came out.
type ending struct {
	res  Result
	err  error
	took time.Duration
	// shared: the attempt was one of several tasks, and the error is that of another one
	shared bool
}

// attemptAll does all tasks, together when there are several.
func (r *Runner) attemptAll(ctx context.Context, ts []Task) []ending {
	started := time.Now()
	ends := make([]ending, len(ts))
	if len(ts) > 1 {
		results, err := r.attemptBatch(ctx, ts)
		took := time.Since(started) / time.Duration(len(ts))
		if err == nil {
			for i, res := range results {
				ends[i] = ending{res: res, took: took}
			}
			return ends
		}
		if j := r.Judge(err); ctx.Err() != nil || j.Transient || j.Fatal {
			for i := range ends {
				ends[i] = ending{err: err, took: took, shared: i > 0}
			}
			return ends
		}
	}
	for i, t := range ts {
		begun := time.Now()
		t.Sent.Store(0)
		res, err := r.attempt(ctx, t)
		ends[i] = ending{res: res, err: err, took: time.Since(begun)}
	}
	return ends
}

// attemptBatch calls the step for several tasks at once. A panic has them run one by one.
func (r *Runner) attemptBatch(ctx context.Context, ts []Task) (results []Result, err error) {
	defer func() {
		if p := recover(); p != nil {
			r.Log.Error("panic in a step", "step", ts[0].Step, "subject", ts[0].Subject, "tasks", len(ts), "panic", p, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic in step %s: %v", ts[0].Step, p)
		}
	}()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	results, err = r.steps[ts[0].Step].(Batcher).RunBatch(ctx, ts)
	if err == nil && len(results) != len(ts) {
		err = fmt.Errorf("step %s gave %d results for %d tasks", ts[0].Step, len(results), len(ts))
	}
	return results, err
}
