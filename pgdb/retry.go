package pgdb

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/jackc/pgx/v5"
)

// The pauses between attempts: short enough that a server which is back is met at
// once, random so that workers do not come back all together.
const (
	retryFirst = 5 * time.Millisecond
	retryMax   = 2 * time.Second
)

// RetryLog is told of each failed attempt that will be repeated: which one it was
// (from 1), how long the pause is, and why.
type RetryLog func(attempt int, wait time.Duration, err error)

// Retry calls fn until it succeeds, fails with something that is not
// [Transient], or has been failing for the given time; 0 is one attempt. It
// returns fn's last error, and the context's if that ended the wait. log may be nil.
func Retry(ctx context.Context, patience time.Duration, log RetryLog, fn func(context.Context) error) error {
	start := time.Now()
	wait := retryFirst
	for attempt := 1; ; attempt++ {
		err := fn(ctx)
		if err == nil || ClassOf(err) != Transient || ctx.Err() != nil {
			return err
		}
		wait = nextWait(wait)
		if time.Since(start)+wait > patience {
			return err
		}
		if log != nil {
			log(attempt, wait, err)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(wait):
		}
	}
}

// nextWait is "decorrelated jitter"
// (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
func nextWait(last time.Duration) time.Duration {
	return min(retryMax, retryFirst+rand.N(3*last))
}

// ConnectRetry is [Conninfo.Connect], again and again while the failure is
// transient, for at most the given time.
func ConnectRetry(ctx context.Context, c *Conninfo, s Session, patience time.Duration, log RetryLog) (*pgx.Conn, error) {
	var conn *pgx.Conn
	err := Retry(ctx, patience, log, func(ctx context.Context) (err error) {
		conn, err = c.Connect(ctx, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	return conn, nil
}
