package pgdb

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

func (e *ends) relay(ctx context.Context, out, in string) (RelayResult, error) {
	return Relay(ctx, e.src.PgConn(), e.dst.PgConn(), out, in, RelayOptions{})
}

// alive checks that a connection still says the right thing to the right question.
func (e *ends) alive(t *testing.T) {
	t.Helper()
	for range 3 {
		if v := value(t, e.src, "select 'source'"); v != "source" {
			t.Fatalf("source connection answers %q", v)
		}
		if v := value(t, e.dst, "select 'target'"); v != "target" {
			t.Fatalf("target connection answers %q", v)
		}
	}
	if s := e.src.PgConn().TxStatus(); s != 'I' {
		t.Fatalf("source transaction status %c", s)
	}
}

func both(t *testing.T, e *ends, ddl string) {
	t.Helper()
	run(t, e.src, ddl)
	run(t, e.dst, ddl)
}

func TestRelayFormats(t *testing.T) {
	e := newEnds(t)
	both(t, e, `create table public.t (id bigint, s text, n numeric, b bytea, ts timestamptz)`)
	run(t, e.src, `insert into public.t select i, repeat(md5(i::text), i%7), i/7.0, decode(md5(i::text),'hex'), now() from generate_series(1,20000) i`)
	run(t, e.src, `insert into public.t values (null, E'tab\t nl\n bs\\ \\.', 'NaN', '\x0001ff', 'infinity')`)
	const digest = `select count(*) || ':' || coalesce(md5(string_agg(t::text, '|' order by id)),'') from public.t`
	for _, format := range []string{"text", "binary"} {
		var progress atomic.Int64
		run(t, e.dst, "truncate public.t")
		res, err := Relay(context.Background(), e.src.PgConn(), e.dst.PgConn(),
			"copy public.t to stdout with (format "+format+")",
			"copy public.t from stdin with (format "+format+")", RelayOptions{Progress: &progress})
		if err != nil {
			t.Fatal(err)
		}
		if res.Rows != 20001 || res.SourceRows != 20001 || res.Columns != 5 || res.Binary != (format == "binary") {
			t.Errorf("%s: result %+v", format, res)
		}
		if progress.Load() != res.Bytes || res.Bytes == 0 {
			t.Errorf("progress %d, bytes %d", progress.Load(), res.Bytes)
		}
		if a, b := value(t, e.src, digest), value(t, e.dst, digest); a != b {
			t.Errorf("%s: source %s, target %s", format, a, b)
		}
		e.alive(t)
	}
}

func TestRelayEmptyAndZeroColumns(t *testing.T) {
	e := newEnds(t)
	both(t, e, `create table public.empty (id int); create table public.nothing ()`)
	run(t, e.src, `insert into public.nothing select from generate_series(1,5)`)
	for _, format := range []string{"text", "binary"} {
		res, err := e.relay(context.Background(), "copy public.empty to stdout (format "+format+")", "copy public.empty from stdin (format "+format+")")
		if err != nil || res.Rows != 0 {
			t.Fatalf("%+v %v", res, err)
		}
		res, err = e.relay(context.Background(), "copy public.nothing to stdout (format "+format+")", "copy public.nothing from stdin (format "+format+")")
		if err != nil || res.Rows != 5 || res.Columns != 0 {
			t.Fatalf("%+v %v", res, err)
		}
	}
	e.alive(t)
}

func TestRelayManySmallRows(t *testing.T) {
	e := newEnds(t)
	both(t, e, `create table public.t (a int, b text)`)
	run(t, e.src, `insert into public.t select i, 'row '||i||' of many' from generate_series(1,1000000) i`)
	res, err := e.relay(context.Background(), "copy public.t to stdout", "copy public.t from stdin")
	if err != nil || res.Rows != 1000000 {
		t.Fatalf("%+v %v", res, err)
	}
	const sum = `select count(*)||' '||sum(a::bigint)||' '||sum(hashtext(b)::bigint) from public.t`
	if a, b := value(t, e.src, sum), value(t, e.dst, sum); a != b {
		t.Errorf("source %s, target %s", a, b)
	}
}

// TestRelayHugeRows holds the memory bound: a row is never kept whole.
func TestRelayHugeRows(t *testing.T) {
	e := newEnds(t)
	both(t, e, `create table public.t (id int, s text); alter table public.t alter s set storage external`)
	run(t, e.src, `insert into public.t select i, repeat('0123456789abcdef', 1250000) from generate_series(1,2) i`)
	run(t, e.src, `insert into public.t select 3, repeat('0123456789abcde'||E'\n', 18750000)`)
	runtime.GC()
	var before, peak runtime.MemStats
	runtime.ReadMemStats(&before)
	res, err := e.relay(context.Background(), "copy public.t to stdout", "copy public.t from stdin")
	if err != nil || res.Rows != 3 {
		t.Fatalf("%+v %v", res, err)
	}
	runtime.ReadMemStats(&peak)
	if grown := peak.TotalAlloc - before.TotalAlloc; grown > 4<<20 {
		t.Errorf("%d bytes allocated for %d bytes of rows", grown, res.Bytes)
	}
	const sum = `select string_agg(length(s)||md5(s), ',' order by id) from public.t`
	if a, b := value(t, e.src, sum), value(t, e.dst, sum); a != b {
		t.Errorf("source %s, target %s", a, b)
	}
}

// TestRelayInTransaction is how workers use it: statements before the COPY in the
// same message, and a transaction on both sides that goes on afterwards.
func TestRelayInTransaction(t *testing.T) {
	e := newEnds(t)
	ctx := context.Background()
	both(t, e, `create table public.t (a int)`)
	run(t, e.src, `insert into public.t select generate_series(1,1000)`)
	run(t, e.dst, `insert into public.t values (0)`)
	run(t, e.src, `begin isolation level repeatable read read only`)
	res, err := e.relay(ctx, "copy public.t to stdout", "begin; truncate public.t; copy public.t from stdin (freeze)")
	if err != nil || res.Rows != 1000 {
		t.Fatalf("%+v %v", res, err)
	}
	if s := e.dst.PgConn().TxStatus(); s != 'T' {
		t.Errorf("target transaction status %c", s)
	}
	run(t, e.dst, "commit")
	run(t, e.src, "commit")
	if n := value(t, e.dst, "select count(*)||' '||min(a) from public.t"); n != "1000 1" {
		t.Error(n)
	}
	tx, err := e.dst.Begin(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.relay(ctx, "copy public.t to stdout", "copy public.t from stdin"); err != nil {
		t.Fatal(err)
	}
	if err := Commit(ctx, tx); err != nil {
		t.Fatal(err)
	}
	e.alive(t)
}

// failing runs a relay that must fail within a time, and gives its error.
func (e *ends) failing(t *testing.T, ctx context.Context, out, in string) error {
	t.Helper()
	start := time.Now()
	res, err := e.relay(ctx, out, in)
	if err == nil {
		t.Fatalf("no error, %+v", res)
	}
	if d := time.Since(start); d > 3*time.Second {
		t.Errorf("took %v: %v", d, err)
	}
	return err
}

func isTarget(err error) bool { return errors.As(err, new(*TargetError)) }
func isSource(err error) bool { return errors.As(err, new(*SourceError)) }

func TestRelaySourceFails(t *testing.T) {
	e := newEnds(t)
	both(t, e, `create table public.t (a int, b text)`)
	run(t, e.dst, "begin")
	err := e.failing(t, context.Background(),
		"copy (select i, repeat('x', 50) from generate_series(1,300000) i where 1/(i-290000) < 5) to stdout", "copy public.t from stdin")
	if !isSource(err) || asPgError(err) == nil || asPgError(err).Code != "22012" || ClassOf(err) != Permanent {
		t.Fatalf("%#v", err)
	}
	if s := e.dst.PgConn().TxStatus(); s != 'E' {
		t.Errorf("target transaction status %c, want E", s)
	}
	run(t, e.dst, "rollback")
	e.alive(t)
	if n := value(t, e.dst, "select count(*) from public.t"); n != "0" {
		t.Errorf("%s rows stayed", n)
	}
	// Before the first row, and not a COPY at all.
	err = e.failing(t, context.Background(), "copy public.missing to stdout", "copy public.t from stdin")
	if !isSource(err) || asPgError(err).Code != "42P01" {
		t.Fatal(err)
	}
	err = e.failing(t, context.Background(), "select 1", "copy public.t from stdin")
	if !isSource(err) {
		t.Fatal(err)
	}
	e.alive(t)
}

func TestRelayTargetFails(t *testing.T) {
	e := newEnds(t)
	both(t, e, `create table public.t (a int, b text)`)
	run(t, e.dst, "alter table public.t add check (a <> 290000)")
	const all = "copy (select generate_series(1,30000000), repeat('x', 50)) to stdout"
	err := e.failing(t, context.Background(), all, "copy public.t from stdin")
	pg := asPgError(err)
	if !isTarget(err) || pg == nil || pg.Code != "23514" {
		t.Fatalf("%#v", err)
	}
	if !strings.Contains(err.Error(), "COPY t, line 290000") {
		t.Errorf("the row is not named: %v", err)
	}
	e.alive(t)
	run(t, e.src, "begin")
	run(t, e.dst, "begin")
	if err := e.failing(t, context.Background(), all, "copy public.t from stdin"); !isTarget(err) {
		t.Fatal(err)
	}
	run(t, e.dst, "rollback")
	run(t, e.src, "rollback")
	e.alive(t)
	for _, in := range []string{
		"copy public.t(a) from stdin",                 // other columns
		"copy public.t from stdin (format binary)",    // other format
		"copy public.missing from stdin",              // an error before the start
		"select 1", "copy public.t to stdout", "oops", // not a COPY FROM
	} {
		if err := e.failing(t, context.Background(), all, in); !isTarget(err) {
			t.Fatalf("%s: %v", in, err)
		}
		for _, c := range []*pgconn.PgConn{e.src.PgConn(), e.dst.PgConn()} {
			if c.IsClosed() && in != "copy public.t to stdout" {
				t.Fatalf("%s: a connection was given up", in)
			}
		}
		if e.dst.IsClosed() {
			e.dst = connect(t, e.dstServer.URI(e.dstDB), TargetSession())
		}
		e.alive(t)
	}
}

func TestRelayCancel(t *testing.T) {
	e := newEnds(t)
	both(t, e, `create table public.t (a int, b text)`)
	cases := map[string][2]string{
		"flowing":     {"copy (select generate_series(1,30000000), repeat('x', 50)) to stdout", "copy public.t from stdin"},
		"slow source": {"copy (select 1, pg_sleep(100)::text) to stdout", "copy public.t from stdin"},
		"slow target": {"copy (select generate_series(1,30000000), repeat('x', 50)) to stdout", "copy public.t from stdin where pg_sleep(0.1) is not null"},
		"stuck start": {"copy (select 1, 'x') to stdout", "select pg_sleep(100); copy public.t from stdin"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
			defer cancel()
			err := e.failing(t, ctx, c[0], c[1])
			if !errors.Is(err, context.DeadlineExceeded) || e.src.IsClosed() || e.dst.IsClosed() {
				t.Fatalf("%v, closed: %v %v", err, e.src.IsClosed(), e.dst.IsClosed())
			}
			e.alive(t)
			if n := value(t, e.dst, "select count(*) from public.t"); n != "0" {
				t.Errorf("%s rows stayed", n)
			}
		})
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e.relay(ctx, "copy public.t to stdout", "copy public.t from stdin"); ClassOf(err) != Canceled {
		t.Error(err)
	}
}

func TestRelayBackendKilled(t *testing.T) {
	for _, killed := range []Side{Source, Target} {
		t.Run(string(killed), func(t *testing.T) {
			e := newEnds(t)
			both(t, e, `create table public.t (a int, b text)`)
			server, pid := e.srcServer, e.src.PgConn().PID()
			if killed == Target {
				server, pid = e.dstServer, e.dst.PgConn().PID()
			}
			go func() {
				time.Sleep(300 * time.Millisecond)
				server.ExecContext(context.Background(), "postgres", fmt.Sprintf("select pg_terminate_backend(%d)", pid))
			}()
			err := e.failing(t, context.Background(),
				"copy (select generate_series(1,30000000), repeat('x', 50)) to stdout", "copy public.t from stdin")
			if ClassOf(err) != Transient || isSource(err) != (killed == Source) {
				t.Errorf("%v %v", ClassOf(err), err)
			}
			if e.src.IsClosed() != (killed == Source) || e.dst.IsClosed() != (killed == Target) {
				t.Errorf("closed: source %v, target %v", e.src.IsClosed(), e.dst.IsClosed())
			}
		})
	}
}

func TestRelayTLS(t *testing.T) {
	src, dst := pgtest.Start(t, pgtest.WithTLS()), pgtest.Start(t, pgtest.WithTLS())
	uri := func(s *pgtest.Server) string {
		u := s.URI("postgres")
		for k, v := range map[string]string{"sslmode": "verify-full", "sslrootcert": s.CAFile()} {
			if !strings.Contains(u, k+"=") {
				u = addParam(u, k, v)
			}
		}
		return u
	}
	e := &ends{src: connect(t, uri(src), SourceSession()), dst: connect(t, uri(dst), TargetSession())}
	if v := value(t, e.src, "select ssl from pg_stat_ssl where pid = pg_backend_pid()"); v != "t" {
		t.Fatal("no TLS")
	}
	both(t, e, `create table public.t (a int, b text)`)
	run(t, e.src, `insert into public.t select i, 'row '||i||' of many' from generate_series(1,100000) i`)
	run(t, e.src, `insert into public.t select 0, repeat('x', 30000000)`)
	for range 3 {
		res, err := e.relay(context.Background(), "copy public.t to stdout", "copy public.t from stdin")
		if err != nil || res.Rows != 100001 {
			t.Fatalf("%+v %v", res, err)
		}
		e.alive(t)
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		err = e.failing(t, ctx, "copy (select 1, pg_sleep(10)::text) to stdout", "copy public.t from stdin")
		cancel()
		if e.src.IsClosed() || e.dst.IsClosed() {
			t.Fatal(err)
		}
		e.alive(t)
	}
}

// TestRelayManyTimes: connections are reused, and nothing is left behind.
func TestRelayManyTimes(t *testing.T) {
	e := newEnds(t)
	both(t, e, `create table public.t (a int)`)
	run(t, e.src, `insert into public.t values (1),(2),(3)`)
	before := runtime.NumGoroutine()
	for i := range 3000 {
		in := "copy public.t from stdin"
		if i%50 == 0 {
			in = "copy public.t from stdin where 1/0 > 0"
		}
		_, err := e.relay(context.Background(), "copy public.t to stdout", in)
		if (err != nil) != (i%50 == 0) {
			t.Fatal(i, err)
		}
	}
	e.alive(t)
	if v := value(t, e.dst, "select count(*) from public.t"); v != fmt.Sprint(3*(3000-60)) {
		t.Errorf("%s rows", v)
	}
	time.Sleep(50 * time.Millisecond)
	if after := runtime.NumGoroutine(); after > before+3 {
		t.Errorf("goroutines: %d before, %d after", before, after)
	}
}

func TestRelayNotices(t *testing.T) {
	e := newEnds(t)
	both(t, e, `create table public.t (a int); set client_min_messages = notice`)
	run(t, e.dst, `create function public.f() returns trigger language plpgsql as $$ begin raise notice 'row %', new.a; return null; end $$;
		create trigger g before insert on public.t for each row execute function public.f()`)
	var notices atomic.Int64
	res, err := Relay(context.Background(), e.src.PgConn(), e.dst.PgConn(), "copy (select generate_series(1,100)) to stdout",
		"copy public.t from stdin", RelayOptions{OnNotice: func(s Side, n *pgconn.Notice) {
			if s == Target && strings.HasPrefix(n.Message, "row ") {
				notices.Add(1)
			}
		}})
	if err != nil || notices.Load() != 100 || res.SourceRows != 100 || res.Rows != 0 {
		t.Errorf("%+v %v, %d notices", res, err, notices.Load())
	}
	e.alive(t)
}
