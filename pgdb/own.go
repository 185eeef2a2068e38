package pgdb

import (
	"maps"
	"slices"
	"strconv"
	"sync"
)

// ownTarget are the backends that this process has had sessions with. Nothing is taken out: a session serves many tasks, so there are few, and a
// backend outlives the end of its session by a moment.
var ownTarget backends

type backends struct {
	mu   sync.Mutex
	pids map[int32]struct{}
}

func (b *backends) add(text string) {
	pid, err := strconv.ParseInt(text, 10, 32)
	if err != nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.pids == nil {
		b.pids = map[int32]struct{}{}
	}
	b.pids[int32(pid)] = struct{}{}
}

// OwnTargetBackends are the process ids of the server's backends that this process has, or has had, as [TargetSession]: what else calls itself
// pgcopy there is another one. It is for any goroutine.
func OwnTargetBackends() []int32 {
	ownTarget.mu.Lock()
	defer ownTarget.mu.Unlock()
	return slices.Sorted(maps.Keys(ownTarget.pids))
}
