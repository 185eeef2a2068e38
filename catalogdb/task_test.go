package catalogdb

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/workflow"
)

// graph writes tasks from a short form: "id step:pool size <- needs", one a line, and counts what they need.
func graph(t *testing.T, db *DB, text string) {
	t.Helper()
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		left, needs, _ := strings.Cut(line, "<-")
		f := strings.Fields(left)
		step, pool, _ := strings.Cut(f[1], ":")
		db.do(t, `INSERT INTO step (name, position, kind, pool) VALUES (?1, 1, ?1, ?2) ON CONFLICT DO NOTHING`, step, pool)
		db.do(t, `INSERT INTO task (id, step, oid, subject, pool, priority, size, cost) VALUES (?1, ?2, ?1, 't' || ?1, ?3, ?4, ?4, max(?4, 0))`, f[0], step, pool, f[2])
		for _, n := range strings.Fields(needs) {
			db.do(t, `INSERT INTO task_need (task_id, needs_id) VALUES (?, ?)`, f[0], n)
		}
	}
	run(t, db)
	if err := db.Plan(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
}

// claim takes the next task of a pool and checks which it is; 0 for none.
func claim(t *testing.T, db *DB, pool string, want int64) workflow.Task {
	t.Helper()
	task, ok, err := db.Claim(t.Context(), pool, pool+" 1")
	if err != nil || ok != (want != 0) || task.ID != want {
		t.Fatalf("claimed %d (%v, %v), want %d", task.ID, ok, err, want)
	}
	return task
}

// settle writes a verdict and checks which pools got work by it.
func settle(t *testing.T, db *DB, task workflow.Task, v workflow.Verdict, want ...string) {
	t.Helper()
	pools, err := db.Settle(t.Context(), task, v)
	slices.Sort(pools)
	if err != nil || !slices.Equal(pools, want) {
		t.Fatalf("settling %d unblocked %v (%v), want %v", task.ID, pools, err, want)
	}
}

func states(t *testing.T, db *DB) string {
	t.Helper()
	return strings.Join(texts(t, db.w, `SELECT id || ' ' || state || CASE WHEN blocked_by > 0 THEN ' by ' || blocked_by ELSE '' END FROM task ORDER BY id`), ", ")
}

func wantStates(t *testing.T, db *DB, want string) {
	t.Helper()
	if got := states(t, db); got != want {
		t.Fatalf("tasks are\n%s, want\n%s", got, want)
	}
}

var done = workflow.Verdict{State: workflow.Done}

func TestClaimsBiggestFirst(t *testing.T) {
	db := create(t)
	graph(t, db, `
		1 copy:copy 10
		2 copy:copy 500
		3 index:index 900
		4 copy:copy 500
		5 copy:copy 20 <- 1
		6 copy:copy 30`)
	first := claim(t, db, "copy", 2)
	want := workflow.Task{ID: 2, Step: "copy", OID: 2, Subject: "t2", Pool: "copy", Size: 500, Attempt: 1, RunID: 1, Worker: "copy 1"}
	if !reflect.DeepEqual(first, want) {
		t.Errorf("claimed %+v", first)
	}
	for _, id := range []int64{4, 6} {
		claim(t, db, "copy", id)
	}
	one := claim(t, db, "copy", 1)
	claim(t, db, "copy", 0)
	settle(t, db, one, done, "copy")
	claim(t, db, "copy", 5)
	claim(t, db, "vacuum", 0)
	wantStates(t, db, "1 done, 2 running, 3 pending, 4 running, 5 running, 6 running")
}

// TestNobodySharesATask: many workers claim at once, through one handle.
func TestNobodySharesATask(t *testing.T) {
	db := create(t)
	seed(t, db, 400)
	run(t, db)
	var mu sync.Mutex
	seen := map[int64]string{}
	var wg sync.WaitGroup
	for i := range 16 {
		worker := fmt.Sprint("copy ", i)
		wg.Go(func() {
			for {
				task, ok, err := db.Claim(t.Context(), "copy", worker)
				if err != nil || !ok {
					if err != nil {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				if other, twice := seen[task.ID]; twice {
					t.Errorf("%s and %s both hold task %d", other, worker, task.ID)
				}
				seen[task.ID] = worker
				mu.Unlock()
				if _, err := db.Settle(t.Context(), task, done); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if len(seen) != 400 {
		t.Errorf("%d tasks were claimed, not 400", len(seen))
	}
}

// TestVerdictNeedsTheHolder: a verdict of a run that lost its task changes nothing.
func TestVerdictNeedsTheHolder(t *testing.T) {
	db := create(t)
	graph(t, db, `
		1 copy:copy 10
		2 copy:copy 5 <- 1`)
	task := claim(t, db, "copy", 1)
	run(t, db) // takes it back
	for _, v := range []workflow.Verdict{done, {State: workflow.Failed, Error: "no"}, {State: workflow.Pending}} {
		if _, err := db.Settle(t.Context(), task, v); !errors.Is(err, workflow.ErrNotHeld) {
			t.Errorf("%s by another run: %v", v.State, err)
		}
	}
	if err := db.RecordTargetXID(t.Context(), task, 7); !errors.Is(err, workflow.ErrNotHeld) {
		t.Errorf("transaction of another run: %v", err)
	}
	wantStates(t, db, "1 pending, 2 pending by 1")
	task = claim(t, db, "copy", 1)
	settle(t, db, task, done, "copy")
	if _, err := db.Settle(t.Context(), task, done); !errors.Is(err, workflow.ErrNotHeld) {
		t.Errorf("a second verdict: %v", err)
	}
	if _, err := db.Settle(t.Context(), task, workflow.Verdict{State: workflow.Running}); err == nil {
		t.Error("a verdict of running was written")
	}
	wantStates(t, db, "1 done, 2 pending")
}

// TestBarriersFall: chains of them, some with nothing to wait for when they are planned, in the transaction of one verdict.
func TestBarriersFall(t *testing.T) {
	db := create(t)
	graph(t, db, `
		1 milestone:barrier 0
		2 milestone:barrier 0 <- 1
		3 copy:copy 10 <- 2
		4 copy:copy 5 <- 1
		5 milestone:barrier 0 <- 3 4
		6 milestone:barrier 0 <- 5
		7 milestone:barrier 0 <- 5 6
		8 index:index 0 <- 7
		9 vacuum:vacuum 0 <- 6 3`)
	wantStates(t, db, "1 done, 2 done, 3 pending, 4 pending, 5 pending by 2, 6 pending by 1, 7 pending by 2, 8 pending by 1, 9 pending by 2")
	settle(t, db, claim(t, db, "copy", 3), done)
	claim(t, db, "index", 0)
	settle(t, db, claim(t, db, "copy", 4), done, "index", "vacuum")
	claim(t, db, "barrier", 0)
	settle(t, db, claim(t, db, "index", 8), done)
	settle(t, db, claim(t, db, "vacuum", 9), done)
	if o, err := db.Outcome(t.Context()); err != nil || o != (Outcome{Total: 9, Done: 9}) {
		t.Errorf("%+v, %v", o, err)
	}
}

// TestFailureSkipsAndResumes: what needs a failed task is skipped with its name, and the next run takes all of that up with the right
// counts, also of what was done meanwhile.
func TestFailureSkipsAndResumes(t *testing.T) {
	db := create(t)
	graph(t, db, `
		1 copy:copy 10
		2 copy:copy 5
		3 milestone:barrier 0 <- 1 2
		4 index:index 0 <- 3
		5 vacuum:vacuum 0 <- 4 2
		6 index:index 0 <- 2`)
	bad := workflow.Verdict{State: workflow.Failed, Error: "no such column", Hint: "add it", Result: workflow.Result{Bytes: 3}}
	settle(t, db, claim(t, db, "copy", 1), bad)
	wantStates(t, db, "1 failed, 2 pending, 3 skipped by 2, 4 skipped by 1, 5 skipped by 2, 6 pending by 1")
	settle(t, db, claim(t, db, "copy", 2), done, "index")
	settle(t, db, claim(t, db, "index", 6), bad)
	why := texts(t, db.w, `SELECT id || ': ' || error || coalesce(', ' || hint, '') FROM task WHERE error IS NOT NULL ORDER BY id`)
	want := []string{"1: no such column, add it", "3: needs copy t1, which failed", "4: needs copy t1, which failed", "5: needs copy t1, which failed",
		"6: no such column, add it"}
	if !slices.Equal(why, want) {
		t.Errorf("the rows say %q", why)
	}
	wantStates(t, db, "1 failed, 2 done, 3 skipped by 1, 4 skipped by 1, 5 skipped by 1, 6 failed")
	for range 2 { // also when the next run has no luck either
		run(t, db)
		wantStates(t, db, "1 pending, 2 done, 3 pending by 1, 4 pending by 1, 5 pending by 1, 6 pending")
		settle(t, db, claim(t, db, "copy", 1), bad)
	}
	run(t, db)
	settle(t, db, claim(t, db, "copy", 1), done, "index")
	settle(t, db, claim(t, db, "index", 4), done, "vacuum")
	settle(t, db, claim(t, db, "vacuum", 5), done)
	settle(t, db, claim(t, db, "index", 6), done)
	wantStates(t, db, "1 done, 2 done, 3 done, 4 done, 5 done, 6 done")
}

// TestPutBack: delays hold, what an earlier attempt may have committed is kept, and nobody is told of work that is delayed.
func TestPutBack(t *testing.T) {
	db := create(t)
	graph(t, db, `1 copy:copy 10`)
	task := claim(t, db, "copy", 1)
	if err := db.RecordTargetXID(t.Context(), task, 4711); err != nil {
		t.Fatal(err)
	}
	ambiguous := workflow.Verdict{State: workflow.Pending, Error: "connection lost during COMMIT", Delay: 80 * time.Millisecond, Trouble: true,
		Result: workflow.Result{Bytes: 700, Rows: 7}}
	settle(t, db, task, ambiguous)
	claim(t, db, "copy", 0)
	o, err := db.Outlook(t.Context(), []string{"copy", "index"})
	if err != nil || len(o.Claimable) > 0 || !o.Delayed || o.Wait <= 0 || o.Wait > 90*time.Millisecond {
		t.Errorf("outlook %+v, %v", o, err)
	}
	if o, err := db.Outlook(t.Context(), []string{"index"}); err != nil || o.Delayed {
		t.Errorf("outlook of another pool %+v, %v", o, err)
	}
	time.Sleep(o.Wait + 5*time.Millisecond)
	if o, err := db.Outlook(t.Context(), []string{"copy", "index"}); err != nil || !slices.Equal(o.Claimable, []string{"copy"}) || o.Delayed {
		t.Errorf("outlook %+v, %v", o, err)
	}
	for attempt := 2; attempt <= 4; attempt++ {
		task = claim(t, db, "copy", 1)
		if task.TargetXID != 4711 || task.Bytes != 700 || task.Rows != 7 || task.Attempt != attempt {
			t.Errorf("the next attempt knows of %+v", task)
		}
		switch attempt {
		case 2: // the target could not even be asked
			settle(t, db, task, workflow.Verdict{State: workflow.Pending, Error: "refused"})
		case 3: // nor in a run that died
			run(t, db)
		}
	}
	if err := db.RecordTargetXID(t.Context(), task, 4712); err != nil { // it had aborted
		t.Fatal(err)
	}
	settle(t, db, task, workflow.Verdict{State: workflow.Failed, Error: "no", Result: workflow.Result{Bytes: 5}})
	if got := texts(t, db.w, `SELECT target_xid || ' ' || bytes || ' ' || rows FROM task`); got[0] != "4712 5 0" {
		t.Errorf("the row says %s", got)
	}
}

// reopen opens the workflow of a graph again: its steps are all that the catalog knows.
func reopen(t *testing.T, db *DB) {
	t.Helper()
	var steps []workflow.Step
	for _, name := range texts(t, db.w, `SELECT name FROM step`) {
		steps = append(steps, stepFunc{name: name})
	}
	if err := db.Open(t.Context(), steps, nil); err != nil {
		t.Fatal(err)
	}
}

// TestParked: tasks of steps that a run does not have are claimed by nobody, barriers of theirs included, and come back with a run that has
// them.
func TestParked(t *testing.T) {
	db := create(t)
	graph(t, db, `
		1 copy:copy 10
		2 milestone:barrier 0 <- 1
		3 index:index 5 <- 2
		4 index:index 9`)
	if err := db.Open(t.Context(), []workflow.Step{stepFunc{name: "copy"}}, nil); err != nil {
		t.Fatal(err)
	}
	claim(t, db, "index", 0)
	if o, err := db.Outlook(t.Context(), []string{"copy", "index"}); err != nil || !slices.Equal(o.Claimable, []string{"copy"}) {
		t.Errorf("outlook %+v, %v", o, err)
	}
	if _, err := db.Settle(t.Context(), claim(t, db, "copy", 1), done); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		run(t, db)
		reopen(t, db)
		wantStates(t, db, "1 done, 2 done, 3 pending, 4 pending")
	}
	claim(t, db, "index", 4)
	claim(t, db, "index", 3)
}

// TestDoneByHand: a person may set a task to done, as hints say; the next run counts anew.
func TestDoneByHand(t *testing.T) {
	db := create(t)
	graph(t, db, `
		1 copy:copy 10
		2 milestone:barrier 0 <- 1
		3 index:index 0 <- 2`)
	db.do(t, `UPDATE task SET state = 'done', finished_at = '2026-01-01T00:00:00.000Z' WHERE id = 1`)
	run(t, db)
	reopen(t, db)
	wantStates(t, db, "1 done, 2 done, 3 pending")
}

// TestDoneAgain: a task that is done a second time, as copies of unlogged tables are after a crash of the target, blocks nothing that is
// done, and what waits for it once more is counted once.
func TestDoneAgain(t *testing.T) {
	db := create(t)
	graph(t, db, `
		1 copy:copy 10
		2 index:index 0 <- 1
		3 vacuum:vacuum 0 <- 1 2`)
	settle(t, db, claim(t, db, "copy", 1), done, "index")
	settle(t, db, claim(t, db, "index", 2), done, "vacuum")
	db.do(t, `UPDATE task SET state = 'pending' WHERE id = 1`)
	reopen(t, db)
	wantStates(t, db, "1 pending, 2 done, 3 pending by 1")
	settle(t, db, claim(t, db, "copy", 1), done, "vacuum")
	wantStates(t, db, "1 done, 2 done, 3 pending")
}

// TestCancelledClaim: an error of Claim never leaves a row held.
func TestCancelledClaim(t *testing.T) {
	db := create(t)
	seed(t, db, 300)
	run(t, db)
	held := 0
	for i := range 200 {
		ctx, cancel := context.WithCancel(t.Context())
		go func() { time.Sleep(time.Duration(i) * time.Microsecond); cancel() }()
		if _, ok, _ := db.Claim(ctx, "copy", "w"); ok {
			held++
		}
		cancel()
	}
	if n := texts(t, db.w, `SELECT count(*) FROM task WHERE state = 'running'`); n[0] != fmt.Sprint(held) {
		t.Errorf("%s rows are held, and the claimers know of %d", n[0], held)
	}
}

// stepFunc is a step made of a function.
type stepFunc struct {
	name, pool string
	run        func(context.Context, workflow.Task) (workflow.Result, error)
}

func (s stepFunc) Name() string                                  { return s.name }
func (s stepFunc) Kind() string                                  { return s.name }
func (s stepFunc) Pool() string                                  { return s.pool }
func (s stepFunc) Tasks(context.Context, workflow.Planner) error { return nil }
func (s stepFunc) Needs(context.Context, workflow.Planner) error { return nil }
func (s stepFunc) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	return s.run(ctx, t)
}

// TestRandomWorkflows runs random graphs with the engine, interrupts them now and then, and goes on until all is done: every task
// is done once, after what it needs.
func TestRandomWorkflows(t *testing.T) {
	for seed := range uint64(30) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) { runRandomWorkflow(t, rand.New(rand.NewPCG(seed, 7))) })
	}
}

func runRandomWorkflow(t *testing.T, rnd *rand.Rand) {
	db := create(t)
	var text strings.Builder
	needs := map[int64][]string{}
	pools := map[string]int{"copy": 3, "index": 2, "vacuum": 1}
	for id := range int64(5 + rnd.IntN(40)) {
		pool := []string{"copy", "index", "vacuum", "barrier"}[rnd.IntN(4)]
		for range rnd.IntN(4) {
			if n := fmt.Sprint(1 + rnd.Int64N(id+1)); id > 0 && n != fmt.Sprint(id+1) && !slices.Contains(needs[id+1], n) {
				needs[id+1] = append(needs[id+1], n)
			}
		}
		fmt.Fprintf(&text, "%d in-%s:%s %d <- %s\n", id+1, pool, pool, rnd.IntN(100), strings.Join(needs[id+1], " "))
	}
	graph(t, db, text.String())
	var mu sync.Mutex
	fate := func() int { mu.Lock(); defer mu.Unlock(); return rnd.IntN(20) }
	work := func(ctx context.Context, task workflow.Task) (workflow.Result, error) {
		for _, n := range texts(t, db.r, `SELECT b.id || ' ' || b.state FROM task_need n JOIN task b ON b.id = n.needs_id
			WHERE n.task_id = ? AND b.state <> 'done'`, task.ID) {
			t.Errorf("task %d runs before %s", task.ID, n)
		}
		switch f := fate(); {
		case f == 0 && task.Attempt < 4:
			return workflow.Result{}, errors.New("no such column")
		case f == 1 && task.Attempt < 4:
			panic("index out of range")
		case f < 8:
			select {
			case <-ctx.Done():
				return workflow.Result{}, ctx.Err()
			case <-time.After(time.Duration(f) * time.Millisecond):
			}
		}
		return workflow.Result{Rows: 1}, nil
	}
	r := &workflow.Runner{Queue: db, Pools: pools, RetryFor: time.Minute, Log: slog.New(slog.DiscardHandler),
		Judge: func(err error) workflow.Judgement { return workflow.Judgement{Message: err.Error()} }}
	for pool := range pools {
		r.Steps = append(r.Steps, stepFunc{"in-" + pool, pool, work})
	}
	for range 40 {
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(fate())*time.Millisecond+200*time.Microsecond)
		err := r.Run(ctx)
		cancel()
		if left := texts(t, db.w, `SELECT id FROM task WHERE state = 'running'`); len(left) > 0 {
			t.Fatalf("tasks %v are running after the run", left)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, workflow.ErrFailed) && !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		run(t, db)
	}
	if err := r.Run(t.Context()); err != nil {
		t.Error(err)
	}
	if o, err := db.Outcome(t.Context()); err != nil || o.Done != o.Total {
		t.Errorf("%+v, %v: %s", o, err, states(t, db))
	}
	if kept, truth := counted(t, db); !reflect.DeepEqual(kept, truth) {
		t.Errorf("kept %q, counted %q", kept, truth)
	}
}
