package pgtest

import (
	"net"
	"sync"
)

// link is one connection through a [Proxy]: its two ends, and the gate that a stall shuts.
type link struct {
	client, server *net.TCPConn

	mu      sync.Mutex
	gate    *sync.Cond
	stalled bool
	closed  bool
	half    [2]bool // directions ended by halfClose
	spared  bool    // of the proxy: faults are not for this one; guarded by the proxy's mutex
}

func newLink(client, server *net.TCPConn) *link {
	c := &link{client: client, server: server}
	c.gate = sync.NewCond(&c.mu)
	return c
}

// pass waits while the link is stalled; false means that it is closed.
func (c *link) pass() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.stalled && !c.closed {
		c.gate.Wait()
	}
	return !c.closed
}

func (c *link) stall(on bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stalled = on
	c.gate.Broadcast()
}

// close ends both streams, with RST when hard. The first call wins.
func (c *link) close(hard bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return
	}
	c.closed = true
	c.gate.Broadcast()
	for _, end := range []*net.TCPConn{c.client, c.server} {
		if hard {
			reset(end)
		} else {
			_ = end.Close()
		}
	}
}

// halfClose ends the stream of one direction: its receiver reads end of file, and what its sender still sends is lost
// in the proxy.
func (c *link) halfClose(d Dir) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.half[d] = true
	if d == ToServer {
		_ = c.server.CloseWrite()
	} else {
		_ = c.client.CloseWrite()
	}
}

// ended says whether halfClose ended this direction.
func (c *link) ended(d Dir) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.half[d]
}

// reset closes with RST instead of FIN.
func reset(conn *net.TCPConn) {
	_ = conn.SetLinger(0)
	_ = conn.Close()
}
