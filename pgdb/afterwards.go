package pgdb

import (
	"context"
	"time"
)

// How long what ends a piece of work may take: when nobody is in a hurry, and when the work was told to stop. A process that is told to
// stop has some seconds for everything.
const (
	afterwardsTimeout = 30 * time.Second
	afterwardsHurry   = time.Second
)

// Afterwards is a context for what ends a piece of work on a connection, a ROLLBACK for instance. It is not over when ctx is, so that the
// connection can be used again, but a second later: a server that cannot be reached must not keep a process that was told to stop.
func Afterwards(ctx context.Context) (context.Context, context.CancelFunc) {
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), afterwardsTimeout)
	stop := context.AfterFunc(ctx, func() {
		select {
		case <-after.Done():
		case <-time.After(afterwardsHurry):
			cancel()
		}
	})
	return after, func() { stop(); cancel() }
}
