package steps

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
)

// walSessions is which sessions keep WAL flowing, of a database.
func walSessions(db string) string {
	return "FROM pg_stat_activity WHERE application_name = 'pgcopy wal' AND datname = '" + db + "'"
}

// await waits until a query says what is wanted, for ten seconds.
func await(t *testing.T, srv *pgtest.Server, query, want string) {
	t.Helper()
	got := ""
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if got = srv.Value(t, "postgres", query); got == want {
			return
		}
	}
	t.Errorf("%s is %s, not %s", query, got, want)
}

func walFlowTo(t *testing.T, uri string) *walFlow {
	t.Helper()
	info, err := pgdb.ParseConninfo("--target", uri)
	if err != nil {
		t.Fatal(err)
	}
	return newWALFlow(info, slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelDebug})))
}

// TestWALFlow: there is one session as long as there is a user, also when somebody ends it, and none afterwards.
func TestWALFlow(t *testing.T) {
	_, dst := pgtest.Pair(t)
	db := dst.FreshDB(t)
	f := walFlowTo(t, dst.URI(db))
	of := walSessions(db)
	first, second := f.enter(), f.enter()
	await(t, dst, "SELECT count(*) "+of, "1")
	first()
	await(t, dst, "SELECT count(*) "+of, "1")
	pid := dst.Value(t, "postgres", "SELECT pid "+of)
	dst.Exec(t, "postgres", "SELECT pg_terminate_backend("+pid+")")
	await(t, dst, "SELECT count(*) "+of+" AND pid <> "+pid, "1")
	second()
	await(t, dst, "SELECT count(*) "+of, "0")
	f.enter()()
	await(t, dst, "SELECT count(*) "+of, "0")
}

// TestWALFlowGivesWay: a worker that finds no connection left gets the one of this session.
func TestWALFlowGivesWay(t *testing.T) {
	_, dst := pgtest.Pair(t)
	db := dst.FreshDB(t)
	role := "few_" + db
	dst.Exec(t, "postgres", "CREATE ROLE "+role+" LOGIN CONNECTION LIMIT 2")
	defer dst.Exec(t, "postgres", "DROP ROLE "+role)
	f := walFlowTo(t, dst.URIAs(role, "", db))
	defer f.enter()()
	await(t, dst, "SELECT count(*) "+walSessions(db), "1")
	p := newSessions(f.target, pgdb.TargetSession())
	p.spare = f.giveWay
	defer p.Close()
	err := p.with(t.Context(), func(*pgx.Conn) error {
		return p.with(t.Context(), func(*pgx.Conn) error { // the second of two
			if err := p.with(t.Context(), func(*pgx.Conn) error { return nil }); !isCode(err, tooManyConnections) {
				t.Errorf("the third of two: %v", err)
			}
			return nil
		})
	})
	if err != nil {
		t.Error(err)
	}
	defer f.enter()()
	await(t, dst, "SELECT count(*) "+walSessions(db), "0")
}

// TestWALFlowWorthwhile: it is for runs with much to write, and ends when that is written. That nobody is there is no error.
func TestWALFlowWorthwhile(t *testing.T) {
	for size, want := range map[int64]int{walWorthwhile - 10000: 0, walWorthwhile: 1} {
		db, w := planOf(t, keyed(map[string]int64{"big": size}))
		e := &Env{Catalog: db, Log: slog.New(slog.DiscardHandler), wal: walFlowTo(t, "postgresql://127.0.0.1:1/nobody?connect_timeout=1")}
		users := func() int {
			e.wal.mu.Lock()
			defer e.wal.mu.Unlock()
			return e.wal.users
		}
		planned := make(chan struct{}, 1)
		planned <- struct{}{}
		stop := e.keepWALFlowing(t.Context(), w, planned)
		patience := 500 * time.Millisecond // for what shall not come
		if want > 0 {
			patience = 10 * time.Second
		}
		for deadline := time.Now().Add(patience); users() == 0 && time.Now().Before(deadline); {
			time.Sleep(10 * time.Millisecond)
		}
		if got := users(); got != want {
			t.Errorf("%d users for %d bytes, want %d", got, size, want)
		}
		if want > 0 {
			settleEverything(t, db, nil)
			for deadline := time.Now().Add(3 * walOver); users() > 0 && time.Now().Before(deadline); {
				time.Sleep(10 * time.Millisecond)
			}
			if users() > 0 {
				t.Error("it goes on when everything is written")
			}
		}
		stop()
		if users() != 0 || e.wal.end != nil {
			t.Error("it outlives the run")
		}
	}
}

// TestCloneWALFlow: a clone has its WAL kept flowing, does not mind that somebody ends that session, and leaves none behind.
func TestCloneWALFlow(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, "CREATE TABLE big AS SELECT i, md5(i::text) || md5((-i)::text) AS a FROM generate_series(1, 800000) i")
	o := testOptions(t, src.URI(from), dst.URI(to))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() {
		conn, err := pgx.Connect(ctx, dst.URI("postgres"))
		n := 0
		for ; err == nil && ctx.Err() == nil; time.Sleep(5 * time.Millisecond) {
			var here int
			if conn.QueryRow(ctx, "SELECT count(pg_terminate_backend(pid)) "+walSessions(to)).Scan(&here) == nil {
				n += here
			}
		}
		if conn != nil {
			_ = conn.Close(context.Background())
		}
		ended <- n
	}()
	out, err := Clone(t.Context(), o)
	cancel()
	n := <-ended
	if err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	if n == 0 {
		t.Error("nobody kept WAL flowing")
	}
	await(t, dst, "SELECT count(*) "+walSessions(to), "0")
	if got := column(t, o.Dir, "SELECT sum(attempt) - count(*) FROM task WHERE state = 'done' AND pool = 'copy'"); got[0] != "0" {
		t.Errorf("%s attempts more than tasks", got[0])
	}
	mustEqual(t, src, o.Source, o.Target)
}
