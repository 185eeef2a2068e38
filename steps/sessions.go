package steps

import (
	"context"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgdb"
)

// maxUses is after how many tasks a session is replaced: a backend's relation cache grows with every table it has touched
// and is never given back.
const maxUses = 1000

// sessions keeps connections to one server for reuse: a new one costs more than copying a small table.
type sessions struct {
	info    *pgdb.Conninfo
	session pgdb.Session

	mu     sync.Mutex
	idle   []*session
	closed bool
}

type session struct {
	*pgx.Conn
	uses int
}

func newSessions(info *pgdb.Conninfo, s pgdb.Session) *sessions {
	return &sessions{info: info, session: s}
}

// with runs fn on a session. One that comes back inside a transaction or closed is not used again.
func (p *sessions) with(ctx context.Context, fn func(*pgx.Conn) error) error {
	s, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer p.give(s)
	return fn(s.Conn)
}

func (p *sessions) take(ctx context.Context) (*session, error) {
	p.mu.Lock()
	for n := len(p.idle); n > 0; n = len(p.idle) {
		s := p.idle[n-1]
		p.idle = p.idle[:n-1]
		if !s.IsClosed() {
			p.mu.Unlock()
			return s, nil
		}
	}
	p.mu.Unlock()
	conn, err := p.info.Connect(ctx, p.session)
	if err != nil {
		return nil, err
	}
	return &session{Conn: conn}, nil
}

func (p *sessions) give(s *session) {
	s.uses++
	p.mu.Lock()
	keep := !p.closed && !s.IsClosed() && s.PgConn().TxStatus() == 'I' && s.uses < maxUses
	if keep {
		p.idle = append(p.idle, s)
	}
	p.mu.Unlock()
	if !keep {
		closeNow(s.Conn)
	}
}

// Close ends all idle sessions; those in use are ended when they come back.
func (p *sessions) Close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, s := range idle {
		closeNow(s.Conn)
	}
}

// drop forgets the idle sessions, after something made them useless.
func (p *sessions) drop() {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, s := range idle {
		closeNow(s.Conn)
	}
}
