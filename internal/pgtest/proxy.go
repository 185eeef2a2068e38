package pgtest

import (
	"bytes"
	"net"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// Dir is a direction of traffic through a [Proxy].
type Dir int

// The two directions.
const (
	ToServer Dir = iota
	ToClient
)

// Action is what a [Proxy] does to a connection.
type Action int

// The ways to break a connection.
const (
	// Cut closes both ends in the orderly way (FIN): each side reads end of file.
	Cut Action = iota
	// Reset closes both ends with RST: each side gets "connection reset by peer".
	Reset
	// Stall keeps both ends open and passes nothing more, until [Proxy.Resume].
	Stall
	// HalfClose ends the stream of one direction only; the other direction goes on.
	HalfClose
)

// Fault is an action that a [Proxy] takes by itself once some bytes have passed.
type Fault struct {
	Dir   Dir   // the direction whose bytes count, and which HalfClose ends
	After int64 // the action comes right after this many bytes, the byte after them does not pass
	Do    Action
	// Whole counts the bytes of all connections together and acts on all of them. Otherwise the first connection
	// to pass After bytes by itself is acted on, alone. Connections that are busy at the same moment may pass a few
	// bytes more than After together.
	Whole bool
}

// Proxy is a TCP proxy on a free port of 127.0.0.1. Its methods may be called from several goroutines.
type Proxy struct {
	Port int

	server *Server
	target string
	ln     net.Listener
	wg     sync.WaitGroup

	mu      sync.Mutex
	conns   map[*link]struct{}
	total   int // connections ever accepted
	bytes   [2]int64
	faults  []*armed
	stalled bool // also for connections to come
	refuse  bool
	closed  bool
	spare   []byte
}

// armed is a Fault that waits, with the count it started from.
type armed struct {
	Fault
	seen  map[*link]int64 // the bytes since it was armed; of all connections under nil when Whole
	fired chan struct{}
}

// Proxy puts a proxy in front of the server until the test ends.
func (s *Server) Proxy(t testing.TB) *Proxy {
	t.Helper()
	p, err := StartProxy(s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

// StartProxy puts a proxy in front of the server until [Proxy.Close]. The server may be down or restart meanwhile.
func StartProxy(s *Server) (*Proxy, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{
		Port: ln.Addr().(*net.TCPAddr).Port, server: s, ln: ln, conns: map[*link]struct{}{},
		target: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.Port)),
	}
	p.wg.Go(p.accept)
	return p, nil
}

// URI is the superuser's connection string for a database through the proxy.
func (p *Proxy) URI(db string) string { return p.URIAs(Superuser, p.server.opts.Password, db) }

// URIAs is another role's connection string through the proxy.
func (p *Proxy) URIAs(role, password, db string) string {
	return p.server.uri(p.Port, role, password, db)
}

// Spare leaves alone, from now on, the connections whose first message holds this text, such as an application's name.
func (p *Proxy) Spare(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spare = []byte(text)
}

// Do acts on every present connection. Stall acts on those to come as well, until Resume. HalfClose ends the stream
// towards the server; [Proxy.HalfClose] chooses.
func (p *Proxy) Do(a Action) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.act(a, ToServer, nil)
}

// Cut closes every present connection.
func (p *Proxy) Cut() { p.Do(Cut) }

// Reset resets every present connection.
func (p *Proxy) Reset() { p.Do(Reset) }

// Stall stops all traffic; new connections are accepted and hear nothing.
func (p *Proxy) Stall() { p.Do(Stall) }

// HalfClose ends the streams of one direction: with ToServer every server reads end of file.
func (p *Proxy) HalfClose(d Dir) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.act(HalfClose, d, nil)
}

// Resume ends a stall; what was held back passes.
func (p *Proxy) Resume() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stalled = false
	for c := range p.conns {
		c.stall(false)
	}
}

// Refuse makes the proxy reset new connections at once (true), as a server that is down or a network that is
// unplugged does, or serve them again (false). Present connections stay.
func (p *Proxy) Refuse(on bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refuse = on
}

// Arm sets a fault that happens once. The channel is closed when it has happened. Several may be armed.
func (p *Proxy) Arm(f Fault) <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	a := &armed{Fault: f, seen: map[*link]int64{}, fired: make(chan struct{})}
	p.faults = append(p.faults, a)
	return a.fired
}

// Disarm forgets the faults that have not happened.
func (p *Proxy) Disarm() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults = nil
}

// Bytes is how much has passed in a direction.
func (p *Proxy) Bytes(d Dir) int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.bytes[d]
}

// Accepted is how many connections there have been, refused ones included.
func (p *Proxy) Accepted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.total
}

// Open is how many connections there are.
func (p *Proxy) Open() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.conns)
}

// Close ends the proxy and every connection through it and waits for its goroutines. It may be called again.
func (p *Proxy) Close() {
	p.mu.Lock()
	p.closed = true
	_ = p.ln.Close()
	p.act(Cut, ToServer, nil)
	p.mu.Unlock()
	p.wg.Wait()
}

func (p *Proxy) accept() {
	for {
		client, err := p.ln.Accept()
		if err != nil {
			return // closed
		}
		p.mu.Lock()
		refuse := p.refuse || p.closed
		p.total++
		p.mu.Unlock()
		if refuse {
			reset(client.(*net.TCPConn))
			continue
		}
		p.wg.Go(func() { p.serve(client.(*net.TCPConn)) })
	}
}

// serve connects one client to the server and passes bytes until both directions have ended.
func (p *Proxy) serve(client *net.TCPConn) {
	server, err := net.Dial("tcp", p.target)
	if err != nil {
		reset(client) // what a client of a server that is down would see, as nearly as we can
		return
	}
	c := newLink(client, server.(*net.TCPConn))
	p.mu.Lock()
	c.stalled = p.stalled
	p.conns[c] = struct{}{}
	if p.closed {
		c.close(false)
	}
	p.mu.Unlock()

	var wg sync.WaitGroup
	wg.Go(func() { p.pump(c, ToServer) })
	wg.Go(func() { p.pump(c, ToClient) })
	wg.Wait()
	c.close(false)

	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
	for _, a := range p.faults {
		delete(a.seen, c)
	}
}

// pump passes the bytes of one direction, up to the very byte at which a fault is armed.
func (p *Proxy) pump(c *link, d Dir) {
	src, dst := c.client, c.server
	if d == ToClient {
		src, dst = dst, src
	}
	buf := make([]byte, 32<<10)
	for first := true; ; {
		n, err := src.Read(buf)
		if first && d == ToServer {
			p.look(c, buf[:n])
		}
		first = false
		for rest := buf[:n]; len(rest) > 0; {
			if !c.pass() {
				return
			}
			k := p.allowance(c, d, len(rest))
			if k > 0 {
				if _, err := dst.Write(rest[:k]); err != nil && !c.ended(d) {
					c.close(false)
					return
				}
				rest = rest[k:]
			}
			p.count(c, d, int64(k))
		}
		if err != nil {
			// pass on the end of this stream; the other direction may still have something to say
			_ = dst.CloseWrite()
			return
		}
	}
}

// look finds out from a connection's first message whether it is one to be spared.
func (p *Proxy) look(c *link, message []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.spare) > 0 && bytes.Contains(message, p.spare) {
		c.spared = true
		c.stall(false)
	}
}

// allowance is how many of n bytes may pass before the next fault of this direction.
func (p *Proxy) allowance(c *link, d Dir, n int) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.faults {
		if a.Dir == d && !c.spared {
			n = int(min(int64(n), max(0, a.After-a.seen[a.key(c)])))
		}
	}
	return n
}

// count books passed bytes and lets the faults happen whose time has come.
func (p *Proxy) count(c *link, d Dir, n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bytes[d] += n
	p.faults = slices.DeleteFunc(p.faults, func(a *armed) bool {
		if a.Dir != d || c.spared {
			return false
		}
		a.seen[a.key(c)] += n
		if a.seen[a.key(c)] < a.After {
			return false
		}
		only := c
		if a.Whole {
			only = nil
		}
		p.act(a.Do, d, only)
		close(a.fired)
		return true
	})
}

func (a *armed) key(c *link) *link {
	if a.Whole {
		return nil
	}
	return c
}

// act takes an action on one connection, or on all when only is nil. p.mu is held.
func (p *Proxy) act(a Action, d Dir, only *link) {
	if a == Stall && only == nil {
		p.stalled = true
	}
	for c := range p.conns {
		if only != nil && c != only || c.spared && !p.closed {
			continue
		}
		switch a {
		case Cut:
			c.close(false)
		case Reset:
			c.close(true)
		case Stall:
			c.stall(true)
		case HalfClose:
			c.halfClose(d)
		}
	}
}
