package steps

import (
	"context"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgdb"
)

// maxUses is after how many tasks a session is replaced: a backend's relation cache grows with every table it has touched
// and is never given back.
const maxUses = 1000

// idleTrust is for how long an idle session is taken to be alive without looking.
const idleTrust = time.Second

// pingPatience is how long an idle session may take to show that it is alive; a new one is made instead.
const pingPatience = 5 * time.Second

// sessions keeps connections to one server for reuse: a new one costs more than copying a small table.
type sessions struct {
	info    *pgdb.Conninfo
	session pgdb.Session
	spare   func() bool // ends a session that can be done without, and tells whether there was one; may be nil

	mu     sync.Mutex
	idle   []*session
	closed bool
	age    int // how often session was replaced by another
}

type session struct {
	*pgx.Conn
	age   int // that of sessions, when it was made
	uses  int
	since time.Time // idle since
}

// alive looks whether the server has ended an idle session: an attempt that begins on a dead one has failed before it began, and each such
// failure makes the next one wait longer.
func (s *session) alive(ctx context.Context) bool {
	if s.IsClosed() {
		return false
	}
	if time.Since(s.since) < idleTrust {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, pingPatience)
	defer cancel()
	return s.Ping(ctx) == nil
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
	for s := p.last(); s != nil; s = p.last() {
		if s.alive(ctx) {
			return s, nil
		}
		closeNow(s.Conn)
	}
	p.mu.Lock()
	how, age := p.session, p.age
	p.mu.Unlock()
	conn, err := p.info.Connect(ctx, how)
	if isCode(err, tooManyConnections) && p.spare != nil && p.spare() {
		// the server needs a moment to see that it is gone
		for pause := 10 * time.Millisecond; isCode(err, tooManyConnections) && pause < time.Second && sleep(ctx, pause); pause *= 2 {
			conn, err = p.info.Connect(ctx, how)
		}
	}
	if err != nil {
		return nil, err
	}
	return &session{Conn: conn, age: age}, nil
}

// tooManyConnections is what a server says that has no connection left, for anybody or for this role or database.
const tooManyConnections = "53300"

// last takes the session that became idle last, nil when there is none.
func (p *sessions) last() *session {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle)
	if n == 0 {
		return nil
	}
	s := p.idle[n-1]
	p.idle = p.idle[:n-1]
	return s
}

// give takes a session back. What has ended one session has mostly ended the idle ones with it (a restart, a network that was gone), so none of
// them is trusted after that: a task must not have to try as many times as there are dead sessions.
func (p *sessions) give(s *session) {
	s.uses++
	s.since = time.Now()
	if s.IsClosed() {
		p.drop()
		closeNow(s.Conn)
		return
	}
	p.mu.Lock()
	keep := !p.closed && s.age == p.age && s.PgConn().TxStatus() == 'I' && s.uses < maxUses
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

// wish has sessions that begin from now on make other wishes, and ends those that have not as soon as they are idle.
func (p *sessions) wish(settings map[string]string) {
	p.mu.Lock()
	p.session = p.session.Wishing(settings)
	p.age++
	p.mu.Unlock()
	p.drop()
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
