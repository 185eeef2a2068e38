package steps

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// rateMeter gathers what was received or applied and stores it twice a second: people see a rate, and the catalog is not written for it
// with each transaction.
type rateMeter struct {
	env            *Env
	applied        bool
	changes, bytes int64
	stored         time.Time
}

func (m *rateMeter) add(changes, bytes int64) { m.changes, m.bytes = m.changes+changes, m.bytes+bytes }

// store writes what was gathered, when there is anything and the time has come.
func (m *rateMeter) store(ctx context.Context) error {
	if m.changes == 0 && m.bytes == 0 || time.Since(m.stored) < time.Second/2 {
		return nil
	}
	err := m.env.Catalog.AddRate(ctx, m.applied, m.changes, m.bytes)
	m.changes, m.bytes, m.stored = 0, 0, time.Now()
	return err
}

// sourceClock asks the source every second how far its WAL is, beside the stream: a stream that lags does not say by how much. A source
// that does not answer is for the stream to notice.
type sourceClock struct {
	mu     sync.Mutex
	latest pgschema.LSN
	mark   pgschema.LSN // an answer, kept until the stream has come as far
	asked  time.Time    // when it was asked for
}

// run asks until the context ends.
func (c *sourceClock) run(ctx context.Context, e *Env) {
	for {
		at := time.Now()
		var lsn pgschema.LSN
		if err := e.from.with(ctx, func(conn *pgx.Conn) (err error) {
			lsn, err = pgsource.CurrentLSN(ctx, conn)
			return err
		}); err == nil {
			c.mu.Lock()
			c.latest = max(c.latest, lsn)
			if c.mark == 0 {
				c.mark, c.asked = lsn, at
			}
			c.mu.Unlock()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(statusEvery):
		}
	}
}

// reached tells how far the source is, and, when the stream has come as far as it was at some time, that time: everything committed by then is
// received.
func (c *sourceClock) reached(received pgschema.LSN) (source pgschema.LSN, when time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mark != 0 && received >= c.mark {
		when, c.mark = c.asked, 0
	}
	return c.latest, when
}
