package pgtest

import (
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

func dial(t *testing.T, p *Proxy) *pgconn.PgConn {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgconn.Connect(ctx, p.URI("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		conn.Close(ctx)
	})
	return conn
}

func ask(conn *pgconn.PgConn, wait time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), wait)
	defer cancel()
	_, err := conn.Exec(ctx, "SELECT 1").ReadAll()
	return err
}

func TestProxyCutAndReset(t *testing.T) {
	src, _ := Pair(t)
	p := src.Proxy(t)
	for _, c := range []struct {
		name string
		do   func()
		want error
	}{{"cut", p.Cut, io.EOF}, {"reset", p.Reset, syscall.ECONNRESET}} {
		// bytes and not pgx, which hides what it read behind an error of its own
		conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p.Port)))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		answer := make([]byte, 1)
		if _, err := conn.Write([]byte("\x00\x00\x00\x08\x04\xd2\x16\x2f")); err != nil { // SSLRequest
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, answer); err != nil || answer[0] != 'N' {
			t.Fatal(c.name, err, answer)
		}
		c.do()
		if _, err := conn.Read(answer); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
	waitFor(t, func() bool { return p.Open() == 0 })
	if p.Accepted() != 2 || p.Bytes(ToServer) != 16 || p.Bytes(ToClient) != 2 {
		t.Errorf("%d accepted, %d and %d bytes", p.Accepted(), p.Bytes(ToServer), p.Bytes(ToClient))
	}
	broken := dial(t, p)
	p.Cut()
	if err := ask(broken, 10*time.Second); err == nil {
		t.Error("a cut connection works")
	}
	p.Refuse(true)
	if _, err := pgconn.Connect(context.Background(), p.URI("postgres")); err == nil {
		t.Error("a refused connection works")
	}
	p.Refuse(false)
	dial(t, p)
}

func TestProxyStall(t *testing.T) {
	src, _ := Pair(t)
	p := src.Proxy(t)
	conn := dial(t, p)
	p.Stall()
	done := make(chan error, 1)
	go func() { done <- ask(conn, 20*time.Second) }()
	select {
	case err := <-done:
		t.Fatalf("a stalled connection answered: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := pgconn.Connect(ctx, p.URI("postgres")); err == nil {
		t.Error("a new connection gets through a stall")
	}
	p.Resume()
	if err := <-done; err != nil {
		t.Errorf("after the stall: %v", err)
	}
}

func TestProxyHalfClose(t *testing.T) {
	src, _ := Pair(t)
	p := src.Proxy(t)
	conn := dial(t, p)
	pid := conn.PID()
	p.HalfClose(ToServer)
	waitFor(t, func() bool { // the backend read end of file
		rows := src.Rows(t, "postgres", "SELECT pid FROM pg_stat_activity")
		for _, r := range rows {
			if r[0] == strconv.Itoa(int(pid)) {
				return false
			}
		}
		return true
	})
}

func TestProxyFaultAfterBytes(t *testing.T) {
	src, _ := Pair(t)
	p := src.Proxy(t)
	bystander, victim := dial(t, p), dial(t, p)
	const after = 1_000_003
	fired := p.Arm(Fault{Dir: ToClient, After: after, Do: Cut})
	got := &counter{}
	_, err := victim.CopyTo(context.Background(), got, "COPY (SELECT repeat('x', 999) FROM generate_series(1, 100000)) TO STDOUT")
	if err == nil {
		t.Fatal("the copy went through")
	}
	<-fired
	if got.n == 0 || got.n > after {
		t.Errorf("%d bytes came through, want at most %d", got.n, after)
	}
	if err := ask(bystander, 10*time.Second); err != nil {
		t.Errorf("the other connection suffered: %v", err)
	}
	dial(t, p)
	fired = p.Arm(Fault{Dir: ToServer, After: 1, Do: Reset, Whole: true})
	if err := ask(bystander, 10*time.Second); err == nil {
		t.Error("the whole proxy was to be reset")
	}
	<-fired
}

func TestProxyOutlivesTheServer(t *testing.T) {
	s := Start(t)
	p := s.Proxy(t)
	dial(t, p)
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := pgconn.Connect(context.Background(), p.URI("postgres")); err == nil {
		t.Error("a dead server answers")
	} else if strings.Contains(err.Error(), "refused") {
		t.Errorf("the proxy itself is gone: %v", err)
	}
	if err := s.Startup(); err != nil {
		t.Fatal(err)
	}
	dial(t, p)
}

type counter struct{ n int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return len(b), nil
}

func waitFor(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about within 10 s")
		}
	}
}

func TestProxySpares(t *testing.T) {
	src, _ := Pair(t)
	p := src.Proxy(t)
	p.Spare("left in peace")
	config, err := pgconn.ParseConfig(p.URI("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["application_name"] = "left in peace"
	spared, err := pgconn.ConnectConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer spared.Close(context.Background())
	other := dial(t, p)
	p.Cut()
	if err := ask(other, 10*time.Second); err == nil {
		t.Error("a cut connection works")
	}
	p.Stall()
	defer p.Resume()
	if err := ask(spared, 10*time.Second); err != nil {
		t.Errorf("a spared connection was broken: %v", err)
	}
}
