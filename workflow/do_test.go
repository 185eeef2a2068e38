package workflow

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// one runs a workflow of n tasks in a pool of two workers, in fake time.
func one(t *testing.T, n int, run func(context.Context, Task) (Result, error), check func(t *testing.T, r *Runner, q *fakeQueue)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		q := &fakeQueue{}
		for range n {
			q.add(Task{Step: "work in copy", Pool: "copy"})
		}
		check(t, runner(q, map[string]int{"copy": 2}, run), q)
	})
}

// TestTransientErrorIsTriedAgain: with a delay that doubles, and the row says what happened meanwhile.
func TestTransientErrorIsTriedAgain(t *testing.T) {
	var at []time.Time
	one(t, 1, func(ctx context.Context, task Task) (Result, error) {
		if at = append(at, time.Now()); len(at) < 5 {
			task.Sent.Store(100)
			return Result{}, fmt.Errorf("copy public.a: %w", errTransient)
		}
		return Result{Bytes: 700, Rows: 7}, nil
	}, func(t *testing.T, r *Runner, q *fakeQueue) {
		if err := r.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		for i, want := range []time.Duration{250, 500, 1000, 2000} {
			if got := at[i+1].Sub(at[i]); got != want*time.Millisecond {
				t.Errorf("attempt %d came %v after the one before, want %v", i+2, got, want*time.Millisecond)
			}
		}
		v := q.row(1).verdicts
		first := Verdict{State: Pending, Trouble: true, Delay: 250 * time.Millisecond, Result: Result{Bytes: 100},
			Error: "copy public.a: connection reset", Hint: "hint of copy public.a: connection reset"}
		if len(v) != 5 || !reflect.DeepEqual(v[0], first) || !reflect.DeepEqual(v[4], Verdict{State: Done, Result: Result{Bytes: 700, Rows: 7}}) {
			t.Errorf("verdicts %+v", v)
		}
	})
}

// TestRetryForIsSpent: what is transient for too long is a failure, and what needs it is skipped.
func TestRetryForIsSpent(t *testing.T) {
	one(t, 1, func(context.Context, Task) (Result, error) { return Result{}, errTransient }, func(t *testing.T, r *Runner, q *fakeQueue) {
		q.add(Task{Step: "work in copy", Pool: "copy"}, 1)
		began := time.Now()
		if err := r.Run(t.Context()); err != ErrFailed {
			t.Errorf("Run returned %v", err)
		}
		if s := q.states(); !slices.Equal(s, []State{Failed, Skipped}) {
			t.Errorf("the tasks are %v", s)
		}
		if took := time.Since(began); took < r.RetryFor || took > r.RetryFor+16*time.Second {
			t.Errorf("gave up after %v", took)
		}
	})
	one(t, 1, func(context.Context, Task) (Result, error) { return Result{}, errTransient }, func(t *testing.T, r *Runner, q *fakeQueue) {
		r.RetryFor = 0
		if err := r.Run(t.Context()); err != ErrFailed || q.row(1).task.Attempt != 1 {
			t.Errorf("Run returned %v after %d attempts; no time for trouble means one attempt", err, q.row(1).task.Attempt)
		}
	})
}

// TestLongAttemptsAreNotTrouble: a COPY of two hours whose connection is cut four times is not in trouble for eight hours. One that
// dies at the same place for ever comes to an end.
func TestLongAttemptsAreNotTrouble(t *testing.T) {
	for _, cuts := range []int{4, 1000} {
		one(t, 1, func(_ context.Context, task Task) (Result, error) {
			time.Sleep(2 * time.Hour)
			if task.Attempt <= cuts {
				return Result{}, errTransient
			}
			return Result{}, nil
		}, func(t *testing.T, r *Runner, q *fakeQueue) {
			err := r.Run(t.Context())
			if n := q.row(1).task.Attempt; cuts == 4 && (err != nil || n != 5) || cuts == 1000 && (err != ErrFailed || n > 20) {
				t.Errorf("cut %d times: %v after %d attempts", cuts, err, n)
			}
		})
	}
}

// TestServerAway: while a server refuses everybody, workers do not drive every task of the pool into trouble.
func TestServerAway(t *testing.T) {
	one(t, 10000, func(_ context.Context, task Task) (Result, error) {
		return Result{}, errTransient
	}, func(t *testing.T, r *Runner, q *fakeQueue) {
		ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
		defer cancel()
		if err := r.Run(ctx); err != context.DeadlineExceeded {
			t.Errorf("Run returned %v", err)
		}
		if n := len(q.claims); n > 50 {
			t.Errorf("two workers made %d attempts in 30 s", n)
		}
	})
}

func TestPermanentErrorLeavesTheRest(t *testing.T) {
	one(t, 6, func(_ context.Context, task Task) (Result, error) {
		if task.ID == 2 {
			task.Sent.Store(10)
			return Result{}, errors.New("no such column")
		}
		return Result{}, nil
	}, func(t *testing.T, r *Runner, q *fakeQueue) {
		q.add(Task{Step: "work in copy", Pool: "copy"}, 2)
		q.add(Task{Pool: Barrier}, 7, 3)
		q.add(Task{Step: "work in copy", Pool: "copy"}, 3)
		var told []State
		r.OnSettle = func(_ Task, v Verdict) { told = append(told, v.State) }
		if err := r.Run(t.Context()); err != ErrFailed {
			t.Errorf("Run returned %v", err)
		}
		if s := q.states(); !slices.Equal(s, []State{Done, Failed, Done, Done, Done, Done, Skipped, Skipped, Done}) {
			t.Errorf("the tasks are %v", s)
		}
		want := Verdict{State: Failed, Result: Result{Bytes: 10}, Error: "no such column", Hint: "hint of no such column"}
		if v := q.row(2).verdicts; !reflect.DeepEqual(v, []Verdict{want}) {
			t.Errorf("verdicts %+v", v)
		}
		if len(told) != 7 {
			t.Errorf("OnSettle heard of %v", told)
		}
	})
}

func TestFailFast(t *testing.T) {
	one(t, 20, func(ctx context.Context, task Task) (Result, error) {
		if task.ID == 2 {
			time.Sleep(time.Second)
			return Result{}, errors.New("no such column")
		}
		<-ctx.Done()
		return Result{}, errors.New("pg_dump was killed") // what comes of a cancellation is not always a cancellation error
	}, func(t *testing.T, r *Runner, q *fakeQueue) {
		r.FailFast = true
		if err := r.Run(t.Context()); err != ErrFailed {
			t.Errorf("Run returned %v", err)
		}
		if s := q.states(); s[0] != Pending || s[1] != Failed || len(q.claims) != 2 {
			t.Errorf("the tasks are %v after %d claims", s, len(q.claims))
		}
		if v := q.row(1).verdicts; len(v) != 1 || v[0].Trouble || v[0].Delay != 0 {
			t.Errorf("the interrupted task's verdicts are %+v", v)
		}
	})
}

// TestFatal: an error that every other task would meet too ends the run, and everything can be resumed.
func TestFatal(t *testing.T) {
	gone := errors.New("snapshot is gone")
	one(t, 20, func(ctx context.Context, task Task) (Result, error) {
		if task.ID == 2 {
			time.Sleep(time.Second)
			return Result{}, gone
		}
		<-ctx.Done()
		return Result{}, ctx.Err()
	}, func(t *testing.T, r *Runner, q *fakeQueue) {
		r.Judge = func(err error) Judgement {
			j := fakeJudge(err)
			j.Fatal = errors.Is(err, gone)
			return j
		}
		if err := r.Run(t.Context()); !errors.Is(err, gone) {
			t.Errorf("Run returned %v", err)
		}
		if s := q.states(); s[0] != Pending || s[1] != Pending || len(q.claims) != 2 {
			t.Errorf("the tasks are %v after %d claims", s, len(q.claims))
		}
	})
}

// TestInterrupted: every verdict is written, nothing is claimed afterwards, and the cause comes back, also that of a deadline.
func TestInterrupted(t *testing.T) {
	slow := func(ctx context.Context, task Task) (Result, error) {
		<-ctx.Done()
		time.Sleep(time.Second)
		if task.ID == 1 { // committed all the same
			return Result{Rows: 5}, nil
		}
		return Result{}, ctx.Err()
	}
	why := errors.New("SIGTERM")
	one(t, 10, slow, func(t *testing.T, r *Runner, q *fakeQueue) {
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Minute, func() { cancel(why) })
		if err := r.Run(ctx); err != why {
			t.Errorf("Run returned %v", err)
		}
		if s := q.states(); s[0] != Done || s[1] != Pending || len(q.claims) != 2 || len(q.broken) > 0 {
			t.Errorf("the tasks are %v after %d claims, %v", s, len(q.claims), q.broken)
		}
	})
	one(t, 10, slow, func(t *testing.T, r *Runner, q *fakeQueue) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, why)
		defer cancel()
		if err := r.Run(ctx); err != why {
			t.Errorf("Run returned %v", err)
		}
	})
	one(t, 10, slow, func(t *testing.T, r *Runner, q *fakeQueue) {
		ctx, cancel := context.WithCancelCause(t.Context())
		cancel(why)
		if err := r.Run(ctx); err != why || len(q.claims) != 0 {
			t.Errorf("Run returned %v after %d claims", err, len(q.claims))
		}
	})
	one(t, 1, func(context.Context, Task) (Result, error) { time.Sleep(time.Minute); return Result{}, nil },
		func(t *testing.T, r *Runner, q *fakeQueue) {
			ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute+time.Nanosecond, why)
			defer cancel()
			if err := r.Run(ctx); err != nil {
				t.Errorf("everything was done in time, and Run returned %v", err)
			}
		})
}

func TestPanicIsAFailureOfItsTask(t *testing.T) {
	one(t, 3, func(_ context.Context, task Task) (Result, error) {
		if task.ID == 1 {
			panic(fmt.Sprint("assignment to entry in ", "nil map"))
		}
		return Result{}, nil
	}, func(t *testing.T, r *Runner, q *fakeQueue) {
		if err := r.Run(t.Context()); err != ErrFailed {
			t.Errorf("Run returned %v", err)
		}
		if v := q.row(1).verdicts; len(v) != 1 || !strings.HasPrefix(v[0].Error, "panic in step work in copy: assignment to entry in nil map") {
			t.Errorf("verdicts %+v", v)
		}
		if s := q.states(); !slices.Equal(s, []State{Failed, Done, Done}) {
			t.Errorf("the tasks are %v", s)
		}
	})
}

func TestUnknownStepFails(t *testing.T) {
	one(t, 0, nil, func(t *testing.T, r *Runner, q *fakeQueue) {
		q.add(Task{Step: "paint", Pool: "copy"})
		if err := r.Run(t.Context()); err != ErrFailed || q.row(1).verdicts[0].Error != `no step "paint" in this workflow` {
			t.Errorf("Run returned %v, verdicts %+v", err, q.row(1).verdicts)
		}
	})
}

// TestQueueBroken: progress that cannot be recorded ends the run with that error, and the other steps are told to stop.
func TestQueueBroken(t *testing.T) {
	full := errors.New("disk full")
	for name, brk := range map[string]func(q *fakeQueue){
		"verdict": func(q *fakeQueue) { q.settleErr = full },
		"claim":   func(q *fakeQueue) { q.claimErr = full },
	} {
		told := false
		one(t, 5, func(ctx context.Context, task Task) (Result, error) {
			if task.ID == 1 {
				time.Sleep(time.Second)
				return Result{}, nil
			}
			<-ctx.Done()
			told = true
			return Result{}, ctx.Err()
		}, func(t *testing.T, r *Runner, q *fakeQueue) {
			time.AfterFunc(time.Millisecond, func() { q.mu.Lock(); brk(q); q.mu.Unlock() })
			if err := r.Run(t.Context()); !errors.Is(err, full) || !told {
				t.Errorf("%s: Run returned %v, the other step was told: %v", name, err, told)
			} else if name == "verdict" && err.Error() != "record that work in copy t1 is done: disk full" {
				t.Error(err)
			}
		})
	}
	one(t, 1, nil, func(t *testing.T, r *Runner, q *fakeQueue) {
		r.Steps[0] = fakeStep{"work in copy", "copy", func(_ context.Context, task Task) (Result, error) {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.row(1).task.Worker = "somebody else"
			return Result{}, nil
		}}
		if err := r.Run(t.Context()); !errors.Is(err, ErrNotHeld) {
			t.Errorf("Run returned %v", err)
		}
	})
}

// TestSentIsStored while tasks run, and never after their verdict.
func TestSentIsStored(t *testing.T) {
	one(t, 2, func(_ context.Context, task Task) (Result, error) {
		for range 10 {
			task.Sent.Add(100 * task.ID)
			time.Sleep(350 * time.Millisecond)
		}
		return Result{Bytes: task.Sent.Load()}, nil
	}, func(t *testing.T, r *Runner, q *fakeQueue) {
		seen := map[int64]int64{}
		time.AfterFunc(2100*time.Millisecond, func() { q.mu.Lock(); maps.Copy(seen, q.sent); q.sent = nil; q.mu.Unlock() })
		r.OnSettle = func(Task, Verdict) { q.mu.Lock(); q.sent = nil; q.mu.Unlock() }
		if err := r.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if want := map[int64]int64{1: 600, 2: 1200}; !maps.Equal(seen, want) || q.sent != nil {
			t.Errorf("after two seconds %v was stored, want %v; and %v after the verdicts", seen, want, q.sent)
		}
	})
}
