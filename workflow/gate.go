package workflow

import (
	"container/heap"
	"context"
	"sync"
)

// Gate bounds how many tasks of a pool run at once in several runners together. The most urgent task of all of them goes first, as if there were
// one queue.
type Gate struct {
	mu      sync.Mutex
	room    map[string]int
	waiting map[string]*callers
}

// NewGate makes a gate with room for so many tasks per pool. Pools that it does not name are not bounded.
func NewGate(room map[string]int) *Gate {
	g := &Gate{room: make(map[string]int, len(room)), waiting: make(map[string]*callers, len(room))}
	for pool, n := range room {
		g.room[pool] = max(n, 1)
		g.waiting[pool] = new(callers)
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
	if room > 0 {
		g.room[pool]--
		g.mu.Unlock()
		return func() { g.leave(pool) }, nil
	}
	c := &caller{urgency: urgency, in: make(chan struct{})}
	heap.Push(g.waiting[pool], c)
	g.mu.Unlock()
	select {
	case <-c.in:
		return func() { g.leave(pool) }, nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.at < 0 { // let in meanwhile
		g.next(pool)
	} else {
		heap.Remove(g.waiting[pool], c.at)
	}
	return nil, ctx.Err()
}

func (g *Gate) leave(pool string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.next(pool)
}

// next gives room that has become free to the most urgent caller. The caller of next holds mu.
func (g *Gate) next(pool string) {
	if g.waiting[pool].Len() == 0 {
		g.room[pool]++
		return
	}
	c := heap.Pop(g.waiting[pool]).(*caller)
	close(c.in)
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
