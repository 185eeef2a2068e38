package workflow

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// fakeBatchQueue gives up to three more tasks of size 0 to go with one.
type fakeBatchQueue struct{ *fakeQueue }

func (q fakeBatchQueue) ClaimMore(_ context.Context, t Task) (ts []Task, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.rows {
		if len(ts) < 3 && t.Size == 0 && q.claimable(r) && r.task.Step == t.Step && r.task.Size == 0 && r.task.Attempt == 0 {
			r.state, r.task.Worker = Running, t.Worker
			r.task.Attempt++
			ts = append(ts, r.task)
		}
	}
	return ts, nil
}

func (q fakeBatchQueue) SettleAll(ctx context.Context, ts []Task, vs []Verdict) (unblocked []string, err error) {
	for i, t := range ts {
		pools, err := q.Settle(ctx, t, vs[i])
		if err != nil {
			return nil, err
		}
		unblocked = append(unblocked, pools...)
	}
	return unblocked, nil
}

// fakeBatcher is a step that can do several tasks at once.
type fakeBatcher struct {
	fakeStep
	batch func(context.Context, []Task) ([]Result, error)
}

func (s fakeBatcher) RunBatch(ctx context.Context, ts []Task) ([]Result, error) {
	return s.batch(ctx, ts)
}

// batches runs n small tasks with one worker, in fake time, and gives what was called in which order: "1,2,3,4" for a batch.
func batches(t *testing.T, n int, batch func(context.Context, []Task) ([]Result, error), run func(context.Context, Task) (Result, error),
	check func(calls []string, q *fakeQueue, err error)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		q := &fakeQueue{}
		for range n {
			q.add(Task{Step: "small", Pool: "copy"})
		}
		var calls []string
		r := runner(fakeBatchQueue{q}, map[string]int{"copy": 1}, nil)
		r.Steps = []Step{fakeBatcher{
			fakeStep{"small", "copy", func(ctx context.Context, t Task) (Result, error) {
				calls = append(calls, fmt.Sprint(t.ID))
				return run(ctx, t)
			}},
			func(ctx context.Context, ts []Task) ([]Result, error) {
				call := ""
				for _, t := range ts {
					call += fmt.Sprint(t.ID, ",")
				}
				calls = append(calls, call)
				return batch(ctx, ts)
			}}}
		err := r.Run(t.Context())
		for _, broken := range q.broken {
			t.Error(broken)
		}
		check(calls, q, err)
	})
}

func well(_ context.Context, t Task) (Result, error) { return Result{Rows: t.ID}, nil }

func TestBatch(t *testing.T) {
	batches(t, 6, func(_ context.Context, ts []Task) (rs []Result, err error) {
		time.Sleep(time.Duration(len(ts)) * time.Second)
		for _, t := range ts {
			rs = append(rs, Result{Rows: t.ID})
		}
		return rs, nil
	}, well, func(calls []string, q *fakeQueue, err error) {
		if want := []string{"1,2,3,4,", "5,6,"}; err != nil || !slices.Equal(calls, want) {
			t.Errorf("Run: %v, called %q, want %q", err, calls, want)
		}
		for _, r := range q.rows {
			if v := r.verdicts; len(v) != 1 || v[0].Result.Rows != r.task.ID || v[0].Took != time.Second {
				t.Errorf("task %d has verdicts %+v", r.task.ID, v)
			}
		}
	})
}

// TestBatchBlamesOne: a permanent error has the tasks run one by one, and only the one to blame fails.
func TestBatchBlamesOne(t *testing.T) {
	bad := errors.New("row 7 is refused")
	for name, batch := range map[string]func(context.Context, []Task) ([]Result, error){
		"error":         func(context.Context, []Task) ([]Result, error) { return nil, bad },
		"panic":         func(context.Context, []Task) ([]Result, error) { panic("no") },
		"wrong results": func(context.Context, []Task) ([]Result, error) { return make([]Result, 1), nil },
	} {
		t.Run(name, func(t *testing.T) {
			batches(t, 4, batch, func(_ context.Context, t Task) (Result, error) {
				if t.ID == 3 {
					return Result{}, bad
				}
				return Result{}, nil
			}, func(calls []string, q *fakeQueue, err error) {
				if want := []string{"1,2,3,4,", "1", "2", "3", "4"}; !errors.Is(err, ErrFailed) || !slices.Equal(calls, want) {
					t.Errorf("Run: %v, called %q, want %q", err, calls, want)
				}
				if want := []State{Done, Done, Failed, Done}; !slices.Equal(q.states(), want) {
					t.Errorf("states %v, want %v", q.states(), want)
				}
			})
		})
	}
}

// TestBatchInTrouble: a lost connection is told once, by one of the tasks. All are then tried one by one: each asks for itself whether the
// batch was done after all.
func TestBatchInTrouble(t *testing.T) {
	batches(t, 4, func(context.Context, []Task) ([]Result, error) { return nil, errTransient }, well, func(calls []string, q *fakeQueue, err error) {
		if want := []string{"1,2,3,4,", "1", "2", "3", "4"}; err != nil || !slices.Equal(calls, want) {
			t.Errorf("Run: %v, called %q, want %q", err, calls, want)
		}
		for i, r := range q.rows {
			v := r.verdicts
			if len(v) != 2 || v[0].State != Pending || v[1].State != Done || v[0].Trouble != (i == 0) {
				t.Errorf("task %d has verdicts %+v", r.task.ID, v)
			}
		}
	})
}

// TestBatchInterrupted: what shared an interrupted attempt is put back, all of it.
func TestBatchInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &fakeQueue{}
		for range 5 {
			q.add(Task{Step: "small", Pool: "copy"})
		}
		ctx, cancel := context.WithCancel(t.Context())
		r := runner(fakeBatchQueue{q}, map[string]int{"copy": 1}, nil)
		r.Steps = []Step{fakeBatcher{fakeStep{"small", "copy", well}, func(ctx context.Context, _ []Task) ([]Result, error) {
			cancel()
			<-ctx.Done()
			return nil, errors.New("killed by the cancelled context")
		}}}
		if err := r.Run(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Run: %v", err)
		}
		if want := []State{Pending, Pending, Pending, Pending, Pending}; !slices.Equal(q.states(), want) {
			t.Errorf("states %v, want %v", q.states(), want)
		}
	})
}

// TestBatchLeavesTheBig: a task that is not small, or not at its first attempt, is done by itself.
func TestBatchLeavesTheBig(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := &fakeQueue{}
		q.add(Task{Step: "small", Pool: "copy", Size: 9})
		q.add(Task{Step: "small", Pool: "copy", Attempt: 1})
		var alone []int64
		r := runner(fakeBatchQueue{q}, map[string]int{"copy": 1}, nil)
		r.Steps = []Step{fakeBatcher{fakeStep{"small", "copy", func(_ context.Context, t Task) (Result, error) {
			alone = append(alone, t.ID)
			return Result{}, nil
		}}, func(context.Context, []Task) ([]Result, error) { panic("a batch") }}}
		if err := r.Run(t.Context()); err != nil || !slices.Equal(alone, []int64{1, 2}) {
			t.Errorf("Run: %v, alone %v", err, alone)
		}
	})
}
