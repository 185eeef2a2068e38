package workflow

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

func TestGateLetsTheMostUrgentInFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(0, map[string]int{"copy": 1})
		leave, err := g.Enter(t.Context(), "copy", 1)
		if err != nil {
			t.Fatal(err)
		}
		var order []int64
		var wg sync.WaitGroup
		for _, urgency := range []int64{5, 50, 1, 500} {
			wg.Go(func() {
				leave, err := g.Enter(t.Context(), "copy", urgency)
				if err != nil {
					t.Error(err)
					return
				}
				order = append(order, urgency) // one at a time, by the gate
				leave()
			})
			synctest.Wait()
		}
		leave()
		wg.Wait()
		if len(order) != 4 || order[0] != 500 || order[1] != 50 || order[2] != 5 || order[3] != 1 {
			t.Errorf("let in as %v", order)
		}
	})
}

func TestGateKeepsItsRoom(t *testing.T) {
	g := NewGate(0, map[string]int{"copy": 3})
	var inside, most atomic.Int32
	var wg sync.WaitGroup
	for i := range 50 {
		wg.Go(func() {
			for j := range 50 {
				ctx, cancel := context.WithCancel(t.Context())
				if i%5 == 0 { // some turn back at the door
					go cancel()
				}
				leave, err := g.Enter(ctx, "copy", int64(i*j))
				cancel()
				if err != nil {
					if !errors.Is(err, context.Canceled) {
						t.Error(err)
					}
					continue
				}
				n := inside.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				inside.Add(-1)
				leave()
			}
		})
	}
	wg.Wait()
	if most.Load() > 3 || g.room["copy"] != 3 || g.waiting["copy"].Len() != 0 {
		t.Errorf("%d at once, room for %d left, %d waiting", most.Load(), g.room["copy"], g.waiting["copy"].Len())
	}
	for range 9 { // not bounded
		if _, err := g.Enter(t.Context(), "control", 1); err != nil {
			t.Fatal(err)
		}
	}
}

func TestGateSharesItsRoomAmongPools(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(2, map[string]int{"copy": 2, "index": 1})
		enter := func(pool string, urgency int64) func() {
			leave, err := g.Enter(t.Context(), pool, urgency)
			if err != nil {
				t.Fatal(err)
			}
			return leave
		}
		first, second := enter("copy", 1), enter("index", 1)
		var order []string
		var wg sync.WaitGroup
		for _, c := range []struct {
			pool    string
			urgency int64
		}{{"copy", 5}, {"index", 100}, {"copy", 7}} {
			wg.Go(func() {
				leave := enter(c.pool, c.urgency)
				order = append(order, c.pool) // one at a time: the other place is taken
				leave()
			})
			synctest.Wait()
		}
		if len(order) != 0 {
			t.Errorf("let in as %v while both places were taken", order)
		}
		first() // the index is the most urgent, but index has no room of its own yet
		synctest.Wait()
		if len(order) != 2 || order[0] != "copy" || order[1] != "copy" {
			t.Errorf("let in as %v while an index was built", order)
		}
		second()
		wg.Wait()
		if len(order) != 3 || order[2] != "index" {
			t.Errorf("let in as %v", order)
		}
		for _, leave := range []func(){enter("copy", 0), enter("index", 0)} {
			leave()
		}
	})
}
