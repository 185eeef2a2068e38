package workflow

import (
	"container/heap"
	"context"
	"sync"
)

// Gate bounds how many tasks run at once: of each pool, and of all pools together. Several runners may share one; the most urgent task of
// all goes first, as if there were one queue. It keeps the machine busy with what takes longest, whatever kind of work that is: a pool
// that has nothing to do leaves its room to the others.
type Gate struct {
	mu      sync.Mutex
	total   int            // room for tasks of all pools together
	room    map[string]int // for those of each
	waiting map[string]*callers
}

// NewGate makes a gate with room for so many tasks per pool, and for total of them together, 0 for as many as that comes to. Pools that it does
// not name are not bounded.
func NewGate(total int, room map[string]int) *Gate {
	g := &Gate{room: make(map[string]int, len(room)), waiting: make(map[string]*callers, len(room))}
	sum := 0
	for pool, n := range room {
		g.room[pool] = max(n, 1)
		g.waiting[pool] = new(callers)
		sum += g.room[pool]
	}
	if g.total = total; total < 1 {
		g.total = sum
	}
	return g
}

// UrgentQueue is a Queue that tells how urgent its next task is, in the terms of every other one behind the same gate.
type UrgentQueue interface {
	Queue
	// Urgency is that of the task that Claim would take; ok is false when there is none.
	Urgency(ctx context.Context, pool string) (urgency int64, ok bool, err error)
}

// Enter waits for room. The caller gives it back with leave, once. An error is the context's.
func (g *Gate) Enter(ctx context.Context, pool string, urgency int64) (leave func(), err error) {
	g.mu.Lock()
	room, bounded := g.room[pool]
	if !bounded {
		g.mu.Unlock()
		return func() {}, nil
	}
	leave = func() { g.leave(pool) }
	if room > 0 && g.total > 0 {
		g.room[pool]--
		g.total--
		g.mu.Unlock()
		return leave, nil
	}
	c := &caller{urgency: urgency, in: make(chan struct{})}
	heap.Push(g.waiting[pool], c)
	g.mu.Unlock()
	select {
	case <-c.in:
		return leave, nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.at < 0 { // let in meanwhile
		g.free(pool)
	} else {
		heap.Remove(g.waiting[pool], c.at)
	}
	return nil, ctx.Err()
}

func (g *Gate) leave(pool string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.free(pool)
}

// free gives room back and lets the most urgent caller in that there is room for now. The caller of free holds mu.
func (g *Gate) free(pool string) {
	g.room[pool]++
	g.total++
	var first *caller
	of := ""
	for p, w := range g.waiting { // a handful
		if g.room[p] > 0 && w.Len() > 0 && (first == nil || (*w)[0].urgency > first.urgency) {
			first, of = (*w)[0], p
		}
	}
	if first == nil {
		return
	}
	heap.Pop(g.waiting[of])
	g.room[of]--
	g.total--
	close(first.in)
}

// caller waits at the gate.
type caller struct {
	urgency int64
	in      chan struct{}
	at      int // in the heap, -1 when it is in it no more
}

// callers is a heap (container/heap), most urgent first.
type callers []*caller

func (h callers) Len() int           { return len(h) }
func (h callers) Less(i, j int) bool { return h[i].urgency > h[j].urgency }
func (h callers) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].at, h[j].at = i, j
}

// Push implements heap.Interface.
func (h *callers) Push(x any) {
	c := x.(*caller)
	c.at = len(*h)
	*h = append(*h, c)
}

// Pop implements heap.Interface.
func (h *callers) Pop() any {
	last := len(*h) - 1
	c := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	c.at = -1
	return c
}
