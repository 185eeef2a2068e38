package pgdb

import (
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// wire is a guarded connection over loopback and the peer's end of it.
func wire(t *testing.T, limit time.Duration) (guarded net.Conn, peer *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	p, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	guarded = guardPeer(c.(*net.TCPConn), limit)
	t.Cleanup(func() { guarded.Close(); p.Close() })
	return guarded, p.(*net.TCPConn)
}

// unplug drops every segment before the peer's TCP sees it: a dead machine.
func unplug(t *testing.T, peer *net.TCPConn) {
	t.Helper()
	raw, err := peer.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	drop := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K, K: 0}}
	raw.Control(func(fd uintptr) {
		err = unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
			&unix.SockFprog{Len: 1, Filter: &drop[0]})
	})
	if err != nil {
		t.Skip("no socket filters here:", err)
	}
}

// TestGuardKeepsSlowPeer is the case that TCP_USER_TIMEOUT gets wrong.
func TestGuardKeepsSlowPeer(t *testing.T) {
	conn, peer := wire(t, time.Second)
	const total = 16 << 20
	sent := make(chan error, 1)
	go func() {
		_, err := conn.Write(make([]byte, total))
		sent <- err
	}()
	select {
	case err := <-sent:
		t.Fatal("the write ended by itself:", err)
	case <-time.After(4 * time.Second):
	}
	if n, err := io.CopyN(io.Discard, peer, total); err != nil {
		t.Fatal(n, err)
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
}

func TestGuardEndsDeadPeer(t *testing.T) {
	for _, size := range []int{10, 16 << 20} { // waiting for an answer, waiting to write
		conn, peer := wire(t, time.Second)
		unplug(t, peer)
		start := time.Now()
		go conn.Write(make([]byte, size))
		_, err := conn.Read(make([]byte, 1))
		if !errors.Is(err, syscall.ETIMEDOUT) || ClassOf(err) != Transient {
			t.Error(err)
		}
		if d := time.Since(start); d < time.Second || d > 4*time.Second {
			t.Errorf("noticed after %v", d)
		}
		conn.Close()
	}
}
