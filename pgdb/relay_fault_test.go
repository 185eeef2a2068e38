package pgdb

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// TestRelayNetworkFaults: a connection that breaks is told apart by side, the
// other one is left usable.
func TestRelayNetworkFaults(t *testing.T) {
	const out = "copy (select generate_series(1,30000000), repeat('x', 50)) to stdout"
	for name, fault := range map[string]func(*pgtest.Proxy){
		"cut": (*pgtest.Proxy).Cut, "reset": (*pgtest.Proxy).Reset,
		"half to server": func(p *pgtest.Proxy) { p.HalfClose(pgtest.ToServer) },
		"half to client": func(p *pgtest.Proxy) { p.HalfClose(pgtest.ToClient) },
	} {
		for _, side := range []Side{Source, Target} {
			if name == "half to server" && side == Source {
				continue // the source does not listen while it sends: nothing is wrong yet
			}
			t.Run(name+" "+string(side), func(t *testing.T) {
				e := newEnds(t)
				both(t, e, `create table public.t (a int, b text)`)
				var proxy *pgtest.Proxy
				if side == Source {
					proxy = e.srcServer.Proxy(t)
					e.src = connect(t, proxy.URI(e.srcDB), SourceSession())
				} else {
					proxy = e.dstServer.Proxy(t)
					e.dst = connect(t, proxy.URI(e.dstDB), TargetSession())
				}
				time.AfterFunc(200*time.Millisecond, func() { fault(proxy) })
				err := e.failing(t, context.Background(), out, "copy public.t from stdin")
				if ClassOf(err) != Transient || isSource(err) != (side == Source) {
					t.Errorf("%v: %v", ClassOf(err), err)
				}
				if other := map[Side]bool{Source: e.dst.IsClosed(), Target: e.src.IsClosed()}[side]; other {
					t.Error("the other connection was given up")
				}
			})
		}
	}
}

// TestRelayCancelWithStalledNetwork: nobody answers, not even cancel requests.
func TestRelayCancelWithStalledNetwork(t *testing.T) {
	e := newEnds(t)
	both(t, e, `create table public.t (a int, b text)`)
	a, b := e.srcServer.Proxy(t), e.dstServer.Proxy(t)
	e.src = connect(t, a.URI(e.srcDB), SourceSession())
	e.dst = connect(t, b.URI(e.dstDB), TargetSession())
	time.AfterFunc(200*time.Millisecond, func() { a.Stall(); b.Stall() })
	ctx, cancel := context.WithTimeout(context.Background(), 400*time.Millisecond)
	defer cancel()
	err := e.failing(t, ctx, "copy (select generate_series(1,30000000), repeat('x', 50)) to stdout", "copy public.t from stdin")
	if !errors.Is(err, context.DeadlineExceeded) || !e.src.IsClosed() || !e.dst.IsClosed() {
		t.Error(err)
	}
}
