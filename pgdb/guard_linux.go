package pgdb

import (
	"net"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// guardedConn ends a connection whose peer has not acknowledged anything for
// limit although something was sent to it.
//
// The kernel's TCP_USER_TIMEOUT promises the same, but it also ends connections
// to a peer that is alive and merely does not read: a zero receive window counts
// as unanswered, however punctually each probe is acknowledged (tcp_probe_timer
// in net/ipv4/tcp_timer.c; seen on 6.18). A target that waits for a lock, or whose
// disk stalls, with a COPY stream pending would be cut off after a minute, and
// again after each retry. So the rule is applied here, on what TCP_INFO says.
type guardedConn struct {
	*net.TCPConn
	limit time.Duration

	mu         sync.Mutex
	timer      *time.Timer
	stuckSince time.Time // when data was first seen unanswered, zero if it is not
	dead       bool
	closed     bool
}

func guardPeer(conn *net.TCPConn, limit time.Duration) net.Conn {
	g := &guardedConn{TCPConn: conn, limit: limit}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.timer = time.AfterFunc(g.period(), g.check)
	return g
}

func (g *guardedConn) period() time.Duration { return max(g.limit/8, 10*time.Millisecond) }

// check looks at the socket once in a while; it costs nothing on the data path.
func (g *guardedConn) check() {
	info, err := g.info()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed || err != nil {
		return
	}
	now := time.Now()
	if !g.answered(info, now) && now.Sub(g.stuckSince) >= g.limit {
		g.dead = true
		// No lingering: there is nobody to read what is still queued.
		_ = g.SetLinger(0)
		_ = g.TCPConn.Close()
		return
	}
	g.timer.Reset(g.period())
}

// answered says whether the peer is known to be there, and else keeps since when
// it is not. Unanswered is: data retransmitted at least once, or window probes
// without reply, and no acknowledgement since that was first seen.
func (g *guardedConn) answered(info *unix.TCPInfo, now time.Time) bool {
	waiting := (info.Unacked > 0 && info.Retransmits > 0) || info.Probes > 1
	if !waiting {
		g.stuckSince = time.Time{}
		return true
	}
	lastAck := now.Add(-time.Duration(info.Last_ack_recv) * time.Millisecond)
	if g.stuckSince.IsZero() || lastAck.After(g.stuckSince) {
		g.stuckSince = now
	}
	return false
}

func (g *guardedConn) info() (info *unix.TCPInfo, err error) {
	raw, err := g.SyscallConn()
	if err != nil {
		return nil, err
	}
	ctlErr := raw.Control(func(fd uintptr) {
		info, err = unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
	})
	if ctlErr != nil {
		return nil, ctlErr
	}
	return info, err
}

// Read and Write name the reason when it was the guard that closed the socket.
func (g *guardedConn) Read(p []byte) (int, error) {
	n, err := g.TCPConn.Read(p)
	if err != nil {
		err = g.explain("read", err)
	}
	return n, err
}

func (g *guardedConn) Write(p []byte) (int, error) {
	n, err := g.TCPConn.Write(p)
	if err != nil {
		err = g.explain("write", err)
	}
	return n, err
}

func (g *guardedConn) explain(op string, err error) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if !g.dead {
		return err
	}
	return &net.OpError{Op: op, Net: "tcp", Source: g.LocalAddr(), Addr: g.RemoteAddr(),
		Err: os.NewSyscallError("peer does not answer", syscall.ETIMEDOUT)}
}

func (g *guardedConn) Close() error {
	g.mu.Lock()
	g.closed = true
	g.timer.Stop()
	dead := g.dead
	g.mu.Unlock()
	if dead {
		return nil
	}
	return g.TCPConn.Close()
}
