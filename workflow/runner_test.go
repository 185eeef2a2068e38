package workflow

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var (
	workflows = flag.Int("workflows", 3000, "how many random workflows to run")
	firstSeed = flag.Uint64("seed", 1, "seed of the first random workflow")
)

// random is a workflow made from a seed: tasks in pools and barriers, each needing some of those before it, each with a fate.
type random struct {
	rnd   *rand.Rand
	q     *fakeQueue
	pools map[string]int
	fates map[string]fate

	mu       sync.Mutex
	busy     map[string]int
	problems []string
	batched  bool
}

// fate is what happens to a task: how many transient errors come first, and how it ends.
type fate struct {
	takes     time.Duration
	transient int
	end       string // done, error, panic, grow
}

func newRandom(seed uint64) *random {
	w := &random{rnd: rand.New(rand.NewPCG(seed, 42)), q: &fakeQueue{}, pools: map[string]int{}, fates: map[string]fate{}, busy: map[string]int{}}
	for i := range 1 + w.rnd.IntN(4) {
		w.pools[fmt.Sprint("p", i)] = 1 + w.rnd.IntN(3)
	}
	if seed%2 == 0 {
		w.q.slow = rand.New(rand.NewPCG(seed, 43))
	}
	w.batched = seed%3 == 0
	dense := w.rnd.IntN(4) // needs a task
	trouble := w.rnd.IntN(3) == 0
	failing := w.rnd.IntN(3) == 0
	for i := range w.rnd.IntN(30) {
		w.add(i, dense, trouble, failing)
	}
	return w
}

func (w *random) add(before, dense int, trouble, failing bool) {
	pool := fmt.Sprint("p", w.rnd.IntN(len(w.pools)))
	f := fate{takes: time.Duration(w.rnd.IntN(3)*w.rnd.IntN(1000)) * time.Millisecond, end: "done"}
	if trouble && w.rnd.IntN(3) == 0 {
		f.transient = 1 + w.rnd.IntN(4)
	}
	switch {
	case failing && w.rnd.IntN(6) == 0:
		f.end = "error"
	case failing && w.rnd.IntN(12) == 0:
		f.end = "panic"
	case w.rnd.IntN(15) == 0:
		f.end = "grow"
	}
	if w.rnd.IntN(6) == 0 {
		pool = Barrier
		f = fate{end: "done"}
	}
	var needs []int64
	for range w.rnd.IntN(dense + 1) {
		if before > 0 {
			needs = append(needs, int64(1+w.rnd.IntN(before)))
		}
	}
	subject := fmt.Sprint("t", before+1)
	w.fates[subject] = f
	w.q.add(Task{Step: "work in " + pool, Pool: pool, Subject: subject, Size: int64(w.rnd.IntN(5))}, needs...)
}

func (w *random) run(ctx context.Context, t Task) (Result, error) {
	f := w.fates[t.Subject]
	w.enter(t)
	defer w.exit(t)
	select {
	case <-time.After(f.takes):
	case <-ctx.Done():
		return Result{}, ctx.Err()
	}
	if t.Attempt <= f.transient {
		return Result{}, errTransient
	}
	switch f.end {
	case "error":
		return Result{}, errors.New("no such column")
	case "panic":
		panic("index out of range")
	case "grow": // as the plan does: new tasks that nothing needed this one for
		for pool := range w.pools {
			w.q.add(Task{Step: "work in " + pool, Pool: pool, Subject: "grown"})
		}
	}
	return Result{Rows: 1}, nil
}

// runner makes the runner of a workflow; in a third of them steps do several tasks at once.
func (w *random) runner() *Runner {
	r := runner(w.q, w.pools, w.run)
	if w.batched {
		r.Queue = fakeBatchQueue{w.q}
		for i, s := range r.Steps {
			r.Steps[i] = fakeBatcher{s.(fakeStep), w.runBatch}
		}
	}
	return r
}

// runBatch does all tasks or none.
func (w *random) runBatch(ctx context.Context, ts []Task) (results []Result, err error) {
	w.enter(ts[0])
	defer w.exit(ts[0])
	for _, t := range ts {
		f := w.fates[t.Subject]
		select {
		case <-time.After(f.takes):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		switch {
		case t.Attempt <= f.transient:
			return nil, errTransient
		case f.end == "panic":
			panic("index out of range")
		case f.end != "done":
			return nil, errors.New("not in a batch")
		}
		results = append(results, Result{Rows: 1})
	}
	return results, nil
}

func (w *random) enter(t Task) {
	w.q.mu.Lock()
	blocked := w.q.blocked(w.q.row(t.ID))
	w.q.mu.Unlock()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.busy[t.Pool]++; w.busy[t.Pool] > w.pools[t.Pool] {
		w.problems = append(w.problems, "more tasks than workers in pool "+t.Pool)
	}
	if blocked {
		w.problems = append(w.problems, t.Subject+" runs before what it needs")
	}
}

func (w *random) exit(t Task) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.busy[t.Pool]--
}

// check holds the rows after a run against the fates, and gives what the run ought to have returned.
func (w *random) check(t *testing.T, finished bool) error {
	t.Helper()
	var want error
	for _, r := range w.q.rows {
		f := w.fates[r.task.Subject]
		hopeless := slices.ContainsFunc(r.needs, func(id int64) bool { s := w.q.row(id).state; return s == Failed || s == Skipped })
		state := Done
		switch {
		case hopeless:
			state = Skipped
		case f.end == "error" || f.end == "panic":
			state, want = Failed, ErrFailed
		}
		if r.state == Running {
			t.Errorf("%s is running after the run", r.task.Subject)
		}
		if finished && r.state != state {
			t.Errorf("%s is %s, not %s", r.task.Subject, r.state, state)
		}
		if !finished && r.state != state && r.state != Pending {
			t.Errorf("%s is %s, neither pending nor %s", r.task.Subject, r.state, state)
		}
		ends := 0
		for _, v := range r.verdicts {
			if v.State != Pending {
				ends++
			}
		}
		if ends > 1 {
			t.Errorf("%s ended %d times", r.task.Subject, ends)
		}
		if len(r.verdicts) != r.task.Attempt {
			t.Errorf("%s was tried %d times with %d verdicts", r.task.Subject, r.task.Attempt, len(r.verdicts))
		}
	}
	for pool, n := range w.busy {
		if n != 0 {
			t.Errorf("%d steps of pool %s are running after the run", n, pool)
		}
	}
	for _, p := range slices.Concat(w.problems, w.q.broken) {
		t.Error(p)
	}
	return want
}

// TestRandomWorkflows runs many random workflows in fake time. A run that ends early leaves tasks undone, one that hangs meets the
// deadline.
func TestRandomWorkflows(t *testing.T) {
	for seed := *firstSeed; seed < *firstSeed+uint64(*workflows); seed++ {
		synctest.Test(t, func(t *testing.T) {
			w := newRandom(seed)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Hour)
			defer cancel()
			err := w.runner().Run(ctx)
			if want := w.check(t, true); err != want {
				t.Errorf("Run returned %v, want %v", err, want)
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// TestRandomInterruptions tells random workflows to stop at a random moment.
func TestRandomInterruptions(t *testing.T) {
	why := errors.New("SIGINT")
	for seed := *firstSeed; seed < *firstSeed+uint64(*workflows)/3; seed++ {
		synctest.Test(t, func(t *testing.T) {
			w := newRandom(seed)
			ctx, cancel := context.WithCancelCause(t.Context())
			var stopped time.Time
			time.AfterFunc(time.Duration(w.rnd.IntN(3000))*time.Millisecond, func() {
				stopped = time.Now()
				cancel(why)
			})
			err := w.runner().Run(ctx)
			cancel(nil)
			finished := err == nil || errors.Is(err, ErrFailed)
			if want := w.check(t, finished); finished && err != want || !finished && err != why {
				t.Errorf("Run returned %v", err)
			}
			for _, c := range w.q.claims {
				if !stopped.IsZero() && c.at.After(stopped) {
					t.Errorf("task %d was claimed after the run was told to stop", c.id)
				}
			}
		})
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestNothingToDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := func(context.Context, Task) (Result, error) { t.Error("a step ran"); return Result{}, nil }
		began := time.Now()
		r := runner(&fakeQueue{}, map[string]int{"copy": 4, "index": 2}, never)
		for range 2 { // a runner may run again
			if err := r.Run(t.Context()); err != nil {
				t.Error(err)
			}
		}
		q := &fakeQueue{}
		q.add(Task{Step: "work in other", Pool: "other"}) // of a pool that this workflow does not have
		if err := runner(q, map[string]int{"copy": 4}, never).Run(t.Context()); err != nil {
			t.Error(err)
		}
		if time.Since(began) != 0 {
			t.Errorf("it took %v to see that there is nothing to do", time.Since(began))
		}
	})
}

func TestPoolWithoutWorkers(t *testing.T) {
	r := runner(&fakeQueue{}, map[string]int{"copy": 0}, nil)
	if err := r.Run(t.Context()); err == nil || err.Error() != `step work in copy: pool "copy" has no workers` {
		t.Errorf("Run returned %v", err)
	}
}

// TestChainAcrossPools: each task unblocks one of another pool, whose workers have long been resting.
func TestChainAcrossPools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q, pools := &fakeQueue{}, map[string]int{}
		for i := range 20 {
			pools[fmt.Sprint("p", i)] = 3
		}
		for i := range 200 {
			pool := fmt.Sprint("p", i%20)
			if i == 0 {
				q.add(Task{Step: "work in " + pool, Pool: pool})
			} else {
				q.add(Task{Step: "work in " + pool, Pool: pool}, int64(i))
			}
		}
		began := time.Now()
		if err := runner(q, pools, func(context.Context, Task) (Result, error) {
			time.Sleep(time.Second)
			return Result{}, nil
		}).Run(t.Context()); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != 200*time.Second {
			t.Errorf("a chain of 200 seconds took %v: a worker overslept", took)
		}
	})
}
