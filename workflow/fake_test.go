package workflow

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// fakeQueue keeps rows in memory, by the rules that Queue states. It checks what the runner owes it.
type fakeQueue struct {
	mu     sync.Mutex
	rows   []*fakeRow // id is index + 1
	claims []claimed
	broken []string // what the runner did against the rules

	settleErr error // when set, no verdict can be written
	claimErr  error
	sent      map[int64]int64
	slow      *rand.Rand // when set, answers arrive late, by up to three milliseconds
}

// answer is the moment between what the queue saw and what the caller hears of it.
func (q *fakeQueue) answer() {
	if q.slow == nil {
		return
	}
	q.mu.Lock()
	late := time.Duration(q.slow.IntN(4)) * time.Millisecond
	q.mu.Unlock()
	time.Sleep(late)
}

type fakeRow struct {
	task     Task
	state    State
	needs    []int64
	before   time.Time
	verdicts []Verdict
}

type claimed struct {
	id   int64
	pool string
	at   time.Time
}

func (q *fakeQueue) add(t Task, needs ...int64) int64 {
	q.mu.Lock()
	defer q.mu.Unlock()
	t.ID = int64(len(q.rows) + 1)
	if t.Subject == "" {
		t.Subject = fmt.Sprint("t", t.ID)
	}
	q.rows = append(q.rows, &fakeRow{task: t, state: Pending, needs: needs})
	q.settleBarriers(nil)
	return t.ID
}

func (q *fakeQueue) row(id int64) *fakeRow { return q.rows[id-1] }

func (q *fakeQueue) blocked(r *fakeRow) bool {
	return slices.ContainsFunc(r.needs, func(id int64) bool { return q.row(id).state != Done })
}

func (q *fakeQueue) claimable(r *fakeRow) bool {
	return r.state == Pending && !q.blocked(r) && r.task.Pool != Barrier
}

func (q *fakeQueue) Claim(ctx context.Context, pool, worker string) (Task, bool, error) {
	defer q.answer()
	q.mu.Lock()
	defer q.mu.Unlock()
	if ctx.Err() != nil {
		return Task{}, false, ctx.Err()
	}
	if q.claimErr != nil {
		return Task{}, false, q.claimErr
	}
	var best *fakeRow
	for _, r := range q.rows {
		if r.task.Pool == pool && q.claimable(r) && !r.before.After(time.Now()) && (best == nil || r.task.Size > best.task.Size) {
			best = r
		}
	}
	if best == nil {
		return Task{}, false, nil
	}
	best.state = Running
	best.task.Attempt++
	best.task.Worker = worker
	q.claims = append(q.claims, claimed{best.task.ID, pool, time.Now()})
	return best.task, true, nil
}

func (q *fakeQueue) Settle(ctx context.Context, t Task, v Verdict) ([]string, error) {
	defer q.answer()
	q.mu.Lock()
	defer q.mu.Unlock()
	if ctx.Err() != nil {
		q.broken = append(q.broken, "a verdict came with a context that is done")
	}
	if q.settleErr != nil {
		return nil, q.settleErr
	}
	r := q.row(t.ID)
	if r.state != Running || r.task.Worker != t.Worker {
		return nil, ErrNotHeld
	}
	open := q.open()
	r.state = v.State
	r.verdicts = append(r.verdicts, v)
	switch v.State {
	case Done:
		q.settleBarriers(nil)
	case Failed:
		q.skip(t.ID)
	case Pending:
		r.before = time.Now().Add(v.Delay)
	}
	var pools []string
	for id := range q.open() {
		if !open[id] && id != t.ID {
			pools = append(pools, q.row(id).task.Pool)
		}
	}
	return pools, nil
}

// open is what could be claimed but for a delay.
func (q *fakeQueue) open() map[int64]bool {
	open := map[int64]bool{}
	for _, r := range q.rows {
		if q.claimable(r) {
			open[r.task.ID] = true
		}
	}
	return open
}

func (q *fakeQueue) settleBarriers([]string) {
	for again := true; again; {
		again = false
		for _, r := range q.rows {
			if r.task.Pool == Barrier && r.state == Pending && !q.blocked(r) {
				r.state, again = Done, true
			}
		}
	}
}

func (q *fakeQueue) skip(id int64) {
	for _, r := range q.rows {
		if r.state == Pending && slices.Contains(r.needs, id) {
			r.state = Skipped
			q.skip(r.task.ID)
		}
	}
}

func (q *fakeQueue) Sent(_ context.Context, bytes map[int64]int64) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.sent == nil {
		q.sent = map[int64]int64{}
	}
	for id, n := range bytes {
		q.sent[id] = n
	}
	return nil
}

func (q *fakeQueue) Outlook(ctx context.Context, pools []string) (o Outlook, err error) {
	defer q.answer()
	q.mu.Lock()
	defer q.mu.Unlock()
	if ctx.Err() != nil {
		return o, ctx.Err()
	}
	for _, r := range q.rows {
		if !q.claimable(r) || !slices.Contains(pools, r.task.Pool) {
			continue
		}
		if wait := time.Until(r.before); wait <= 0 {
			o.Claimable = append(o.Claimable, r.task.Pool)
		} else if !o.Delayed || wait < o.Wait {
			o.Delayed, o.Wait = true, wait
		}
	}
	return o, nil
}

func (q *fakeQueue) states() (s []State) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, r := range q.rows {
		s = append(s, r.state)
	}
	return s
}

// fakeStep does what the test says.
type fakeStep struct {
	name, pool string
	run        func(context.Context, Task) (Result, error)
}

func (s fakeStep) Name() string                                  { return s.name }
func (s fakeStep) Kind() string                                  { return s.name }
func (s fakeStep) Pool() string                                  { return s.pool }
func (s fakeStep) Tasks(context.Context, Planner) error          { return nil }
func (s fakeStep) Needs(context.Context, Planner) error          { return nil }
func (s fakeStep) Run(c context.Context, t Task) (Result, error) { return s.run(c, t) }

// errTransient is the only error that trying again may mend.
var errTransient = errors.New("connection reset")

func fakeJudge(err error) Judgement {
	return Judgement{Transient: errors.Is(err, errTransient), Message: err.Error(), Hint: "hint of " + err.Error()}
}

// runner has one step "work" in every pool of pools; run does it.
func runner(q Queue, pools map[string]int, run func(context.Context, Task) (Result, error)) *Runner {
	r := &Runner{Queue: q, Pools: pools, Judge: fakeJudge, RetryFor: 10 * time.Minute, Log: slog.New(slog.DiscardHandler)}
	for pool := range pools {
		r.Steps = append(r.Steps, fakeStep{"work in " + pool, pool, run})
	}
	return r
}
