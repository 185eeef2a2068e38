package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// followed is a clone that follows, with names of its own for what it makes on the servers, so that tests do not meet.
func followed(t testing.TB, src, dst *pgtest.Server, sourceDB, name string, args ...string) *work {
	t.Helper()
	w := newWork(t, src, dst, sourceDB, append([]string{"--follow", "--slot-name", name, "--origin", name}, args...)...)
	t.Cleanup(func() {
		src.Exec(t, sourceDB, "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '"+name+"' AND NOT active")
	})
	return w
}

// stream runs one of the commands on the directory's streams.
func (w *work) stream(args ...string) result {
	w.t.Helper()
	return pgcopy(w.t, w.env, append(append([]string{"stream"}, args...), "--dir", w.dir)...)
}

// endHere sets endpos to where the source is now.
func (w *work) endHere() string {
	w.t.Helper()
	r := w.stream("sentinel", "set", "endpos", "--current")
	if r.code != 0 {
		w.t.Fatalf("set endpos: %s", r)
	}
	return strings.TrimSpace(r.stdout)
}

// applying waits until the copy is complete and changes are applied. A run that ended is told at once: it never will.
func (w *work) applying() {
	w.t.Helper()
	const within = time.Minute
	for deadline := time.Now().Add(within); ; time.Sleep(10 * time.Millisecond) {
		alive := w.last.alive()
		switch {
		case len(w.catalogIfAny("SELECT 1 FROM task WHERE step = 'apply-changes' AND state = 'running'")) > 0:
			return
		case !alive:
			w.t.Fatalf("it ended before the copy was complete and changes were applied: %s\n%s", w.last.wait(), w.report())
		case time.Now().After(deadline):
			w.t.Fatalf("not within %s: the copy is complete and apply is running\nstderr: %s\n%s", within, w.last.err.String(), w.report())
		}
	}
}

func (w *work) catalogIfAny(query string) [][]string {
	rows, err := readCatalog(w.dir, query)
	if err != nil {
		return nil
	}
	return rows
}

const followSchema = `
	CREATE TABLE account (id int PRIMARY KEY, owner text NOT NULL, amount numeric NOT NULL DEFAULT 0, note text);
	INSERT INTO account SELECT i, 'owner ' || i, 100, repeat(md5(i::text), 300) FROM generate_series(1, 500) i;
	CREATE TABLE history (account int, delta numeric, at timestamptz DEFAULT clock_timestamp());
	CREATE TABLE "Odd ""name"".x" ("Key" uuid PRIMARY KEY DEFAULT gen_random_uuid(), "välue" jsonb, gen int GENERATED ALWAYS AS (length("välue"::text)) STORED);
	CREATE TABLE plain (a int, b text); ALTER TABLE plain REPLICA IDENTITY FULL;
	CREATE TABLE ident (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, t text);
	CREATE TABLE part (id int, k int, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
	CREATE TABLE part_1 PARTITION OF part FOR VALUES IN (1); CREATE TABLE part_2 PARTITION OF part FOR VALUES IN (2);
	CREATE TABLE gone_a (i int PRIMARY KEY); CREATE TABLE gone_b (i int PRIMARY KEY REFERENCES gone_a); INSERT INTO gone_a VALUES (1), (2); INSERT INTO gone_b VALUES (1);
	CREATE SEQUENCE counter;`

// loaders change everything that followSchema has, until the context ends.
func loaders(ctx context.Context, t testing.TB, uri string, n int) (wait func()) {
	t.Helper()
	var wg sync.WaitGroup
	for who := range n {
		wg.Add(1)
		go func() {
			defer wg.Done()
			conn, err := pgx.Connect(context.WithoutCancel(ctx), uri)
			if err != nil {
				t.Errorf("loader: %v", err)
				return
			}
			defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
			r := rand.New(rand.NewPCG(uint64(who), 7))
			for ctx.Err() == nil {
				_, err := conn.PgConn().Exec(context.WithoutCancel(ctx), oneLoad(r)).ReadAll()
				if err != nil && strings.Contains(err.Error(), "deadlock") {
					_, err = conn.Exec(context.WithoutCancel(ctx), "ROLLBACK")
				}
				if err != nil {
					t.Errorf("loader: %v", err)
					return
				}
			}
		}()
	}
	return wg.Wait
}

// oneLoad is one transaction of some shape.
func oneLoad(r *rand.Rand) string {
	id, other, amount := 1+r.IntN(500), 1+r.IntN(500), 1+r.IntN(50)
	switch r.IntN(9) {
	case 0:
		return fmt.Sprintf(`BEGIN; SAVEPOINT a; UPDATE account SET amount = 0; ROLLBACK TO a; UPDATE account SET note = note || 'x' WHERE id = %d; COMMIT`, id)
	case 1:
		return fmt.Sprintf(`INSERT INTO "Odd ""name"".x" ("välue") SELECT jsonb_build_object('i', i, 'null', NULL) FROM generate_series(1, %d) i`, amount)
	case 2:
		return `INSERT INTO plain SELECT i % 3, 'same' FROM generate_series(1, 6) i; DELETE FROM plain WHERE ctid = (SELECT ctid FROM plain LIMIT 1); UPDATE plain SET b = 'other' WHERE ctid = (SELECT ctid FROM plain WHERE b = 'same' LIMIT 1)`
	case 3:
		return fmt.Sprintf(`INSERT INTO ident (t) VALUES ('a'), ('b'); UPDATE ident SET t = 'c' WHERE id %% 7 = %d`, amount%7)
	case 4:
		return fmt.Sprintf(`INSERT INTO part VALUES (%d, 1) ON CONFLICT DO NOTHING; UPDATE part SET k = 3 - k WHERE id = %d AND NOT EXISTS (SELECT 1 FROM part p WHERE p.id = %[2]d AND p.k <> part.k)`, id, other)
	case 5:
		return fmt.Sprintf(`DELETE FROM "Odd ""name"".x" WHERE "Key" IN (SELECT "Key" FROM "Odd ""name"".x" LIMIT %d); SELECT nextval('counter')`, amount)
	default:
		return fmt.Sprintf(`BEGIN; UPDATE account SET amount = amount - %d WHERE id = %d; UPDATE account SET amount = amount + %[1]d WHERE id = %[3]d;
			INSERT INTO history (account, delta) VALUES (%[2]d, -%[1]d), (%[3]d, %[1]d); COMMIT`, amount, min(id, other), max(id, other))
	}
}

func TestFollowUnderEachPlugin(t *testing.T) {
	for _, plugin := range []string{"pgoutput", "test_decoding", "wal2json"} {
		t.Run(plugin, func(t *testing.T) {
			src, dst := pgtest.Pair(t)
			needPlugin(t, src, plugin)
			db := src.FreshDB(t)
			src.Exec(t, db, followSchema+"ALTER TABLE history REPLICA IDENTITY FULL") // wal2json follows no table without an identity
			w := followed(t, src, dst, db, "follow_"+plugin, "--plugin", plugin)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			wait := loaders(ctx, t, w.source, 4)
			p := w.clone()
			w.applying()
			interleave(t, w.source)
			src.Exec(t, db, "TRUNCATE gone_a, gone_b; INSERT INTO gone_a VALUES (7)")
			time.Sleep(2 * time.Second) // of load, while changes are applied
			cancel()
			wait()
			w.endHere()
			w.mustEnd(p, 0)
			w.mustEqual()
			if n := w.count("SELECT sum(open) FROM ledger"); n != 0 {
				t.Errorf("the ledger is open by %d changes", n)
			}
			if r := w.stream("cleanup"); r.code != 0 {
				t.Fatalf("cleanup: %s", r)
			}
			w.nothingOfFollow(db)
			if r := w.stream("cleanup"); r.code != 0 {
				t.Fatalf("cleanup, again: %s", r)
			}
		})
	}
}

// nothingOfFollow checks that what following made is gone from both sides.
func (w *work) nothingOfFollow(db string) {
	w.t.Helper()
	name := w.args[2]
	for _, q := range []string{"SELECT count(*) FROM pg_replication_slots WHERE slot_name = '" + name + "'", "SELECT count(*) FROM pg_publication WHERE pubname = '" + name + "'"} {
		if n := w.src.Value(w.t, db, q); n != "0" {
			w.t.Errorf("%s: %s", q, n)
		}
	}
	if n := w.dst.Value(w.t, w.targetDB, "SELECT count(*) FROM pg_publication WHERE pubname = '"+name+"'"); n != "0" {
		w.t.Error("the publication was copied to the target")
	}
	if n := w.dst.Value(w.t, w.targetDB, "SELECT count(*) FROM pg_replication_origin WHERE roname = '"+name+"'"); n != "0" {
		w.t.Errorf("the origin is still there")
	}
}

// interleave has transactions commit in another order than they began in: A begins, B begins and commits, A commits.
func interleave(t testing.TB, uri string) {
	t.Helper()
	ctx := context.Background()
	a, err := pgx.Connect(ctx, uri)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close(ctx)
	b, err := pgx.Connect(ctx, uri)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close(ctx)
	for i := 1001; i < 1021; i += 2 {
		for _, step := range []struct {
			conn *pgx.Conn
			sql  string
		}{{a, "BEGIN"}, {a, fmt.Sprintf("INSERT INTO account VALUES (%d, 'A')", i)}, {b, "BEGIN"}, {b, fmt.Sprintf("INSERT INTO account VALUES (%d, 'B')", i+1)},
			{b, "COMMIT"}, {a, "COMMIT"}} {
			if _, err := step.conn.Exec(ctx, step.sql); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func TestFollowSurvivesKills(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, followSchema+"CREATE TABLE keyless (n bigserial, t text);")
	w := followed(t, src, dst, db, "follow_kills")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	wait := loaders(ctx, t, w.source, 2)
	p := w.clone()
	w.applying()
	for i := range 6 {
		src.Exec(t, db, "INSERT INTO keyless (t) SELECT 'row' FROM generate_series(1, 100)")
		time.Sleep(time.Duration(200+rand.IntN(700)) * time.Millisecond)
		p.signal(syscall.SIGKILL)
		p.wait()
		if i == 3 {
			dst.Kill()
			if err := dst.Startup(); err != nil {
				t.Fatal(err)
			}
		}
		p = w.resume(nil)
		w.applying()
	}
	cancel()
	wait()
	w.endHere()
	w.mustEnd(p, 0)
	w.mustEqual()
	if got := dst.Value(t, w.targetDB, "SELECT count(*) - count(DISTINCT n) || ' of ' || count(*) FROM keyless"); got != "0 of 600" {
		t.Errorf("rows doubled or lost in a table without a key: %s", got)
	}
}

func TestFollowStopsAtAConflict(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, followSchema)
	w := followed(t, src, dst, db, "follow_conflict")
	p := w.clone()
	w.applying()
	dst.Exec(t, w.targetDB, "INSERT INTO account VALUES (9001, 'planted')")
	src.Exec(t, db, "INSERT INTO account VALUES (9000, 'before')")
	src.Exec(t, db, "INSERT INTO account VALUES (9001, 'the conflict')")
	src.Exec(t, db, "INSERT INTO account VALUES (9002, 'after')")
	r := w.mustEnd(p, 1)
	for _, want := range []string{"account", "9001", "duplicate key"} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("the message does not say %q: %s", want, r.stderr)
		}
	}
	if got := dst.Value(t, w.targetDB, "SELECT string_agg(owner, ',' ORDER BY id) FROM account WHERE id >= 9000"); got != "before,planted" {
		t.Errorf("applied around the conflict: %s", got)
	}
	dst.Exec(t, w.targetDB, "DELETE FROM account WHERE id = 9001")
	w.endHere()
	w.mustEnd(w.resume(nil), 0)
	w.mustEqual()
}

func TestFollowEndsOnAnIdleSource(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, followSchema)
	w := followed(t, src, dst, db, "follow_idle")
	p := w.clone()
	w.applying()
	src.Exec(t, db, "INSERT INTO account VALUES (2000, 'last')")
	w.endHere()
	set := time.Now()
	w.mustEnd(p, 0)
	if took := time.Since(set); took > 10*time.Second { // 2 s on a machine that is not busy; the bound is for one that is
		t.Errorf("an idle source took %s to end", took)
	}
	w.mustEqual()
	src.Exec(t, db, "INSERT INTO account VALUES (2001, 'behind endpos')")
	w.mustEnd(w.resume(nil), 0)
	if got := dst.Value(t, w.targetDB, "SELECT count(*) FROM account WHERE id = 2001"); got != "0" {
		t.Error("a transaction behind endpos was applied")
	}
}
