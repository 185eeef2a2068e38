package steps

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
)

// TestSessionsAfterAnOutage: what has ended all sessions costs one attempt at most, and none when it was long ago.
func TestSessionsAfterAnOutage(t *testing.T) {
	src, _ := pgtest.Pair(t)
	proxy := src.Proxy(t)
	info, err := pgdb.ParseConninfo("--source", proxy.URI("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	p := newSessions(info, pgdb.SourceSession())
	defer p.Close()
	ask := func() error {
		return p.with(context.Background(), func(conn *pgx.Conn) error {
			_, err := conn.Exec(context.Background(), "SELECT 1")
			return err
		})
	}
	for _, wait := range []time.Duration{0, 2 * idleTrust} {
		var taken []*session
		for range 5 {
			s, err := p.take(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			taken = append(taken, s)
		}
		for _, s := range taken {
			p.give(s)
		}
		proxy.Cut()
		time.Sleep(wait)
		failures := 0
		for ask() != nil {
			failures++
		}
		if failures > 1 || wait > 0 && failures > 0 {
			t.Errorf("%d attempts failed %s after the sessions were cut", failures, wait)
		}
	}
}
