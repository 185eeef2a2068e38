package e2e

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// mix is what pgbench runs beside its own scripts: savepoints, some of them rolled back; COPY; keys that change; TRUNCATE of several tables.
const mix = `\set r random(1, 40)
BEGIN;
INSERT INTO notes (body) VALUES (repeat('x', :r * 100));
SAVEPOINT a;
DELETE FROM keyed;
ROLLBACK TO a;
SAVEPOINT b;
UPDATE keyed SET id = nextval('keys'), v = v + 1 WHERE id = (SELECT min(id) FROM keyed);
RELEASE b;
COMMIT;
COPY bulk (v) FROM PROGRAM 'seq 1 300';
\if :r < 3
TRUNCATE bulk, bulk_more RESTART IDENTITY;
\endif
`

const mixSchema = `CREATE TABLE notes (id bigserial PRIMARY KEY, body text); ALTER TABLE notes ALTER body SET STORAGE EXTERNAL;
	CREATE SEQUENCE keys START 100000; CREATE TABLE keyed (id bigint PRIMARY KEY, v int NOT NULL DEFAULT 0, pad text);
	INSERT INTO keyed SELECT i, 0, repeat(md5(i::text), 200) FROM generate_series(1, 500) i;
	CREATE TABLE bulk (n bigserial, v int); CREATE TABLE bulk_more (n bigserial, v int)`

// pgbench runs 8 clients of its own scripts and of mix, for a while.
func pgbench(t testing.TB, s *pgtest.Server, db string, seconds int) {
	t.Helper()
	script := filepath.Join(t.TempDir(), "mix.sql")
	if err := os.WriteFile(script, []byte(mix), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(s.Bin("pgbench"), "-n", "-c", "8", "-j", "2", "-T", strconv.Itoa(seconds), "--max-tries=50", "-b", "tpcb-like@4", "-b", "simple-update@4",
		"-f", script+"@2", s.URI(db)).CombinedOutput()
	if err != nil || strings.Contains(string(out), "aborted in command") {
		t.Errorf("pgbench: %v\n%s", err, out)
	}
	for _, line := range strings.Split(string(out), "\n") {
		if strings.HasPrefix(line, "number of transactions actually") || strings.HasPrefix(line, "tps") {
			t.Log(line)
		}
	}
}

// TestFollowPgbench follows 8 clients of pgbench under each plugin: every table is equal in the end, and so is the money. PGCOPY_FOLLOW_SECONDS says for
// how long (make soak: two minutes).
func TestFollowPgbench(t *testing.T) {
	seconds := number(t, "PGCOPY_FOLLOW_SECONDS", 4)
	for _, plugin := range []string{"pgoutput", "test_decoding", "wal2json"} {
		t.Run(plugin, func(t *testing.T) {
			src, dst := pgtest.Pair(t)
			needPlugin(t, src, plugin)
			db := src.FreshDB(t)
			if out, err := exec.Command(src.Bin("pgbench"), "-q", "-i", "-s", "2", src.URI(db)).CombinedOutput(); err != nil {
				t.Fatalf("pgbench -i: %v\n%s", err, out)
			}
			src.Exec(t, db, mixSchema)
			for _, table := range []string{"pgbench_history", "bulk", "bulk_more"} { // wal2json follows no table without an identity
				src.Exec(t, db, "ALTER TABLE "+table+" REPLICA IDENTITY FULL")
			}
			w := followed(t, src, dst, db, "bench_"+plugin, "--plugin", plugin)
			p := w.clone()
			pgbench(t, src, db, seconds)
			w.applying()
			w.endHere()
			w.mustEnd(p, exitDone)
			w.mustEqual()
			const money = `SELECT (SELECT sum(abalance) FROM pgbench_accounts) = (SELECT coalesce(sum(delta), 0) FROM pgbench_history)`
			if got := dst.Value(t, w.targetDB, money); got != "t" {
				t.Errorf("the accounts do not balance with their history")
			}
			if n := w.count("SELECT sum(open) FROM ledger"); n != 0 {
				t.Errorf("the ledger is open by %d changes", n)
			}
			w.must("cleanup")
			w.nothingOfFollow(db)
		})
	}
}

// needPlugin skips where a server does not have an output plugin.
func needPlugin(t testing.TB, s *pgtest.Server, plugin string) {
	t.Helper()
	if plugin != "wal2json" {
		return
	}
	err := s.ExecContext(context.Background(), "postgres", "SELECT pg_create_logical_replication_slot('probe', 'wal2json', true)")
	if err != nil && strings.Contains(err.Error(), "could not access file") {
		t.Skip("the source server has no wal2json (Debian: postgresql-15-wal2json)")
	}
}

// confirmed watches that the source is never told more than the spool holds on disk.
type confirmed struct {
	t       testing.TB
	w       *work
	samples int
	stop    chan struct{}
	done    sync.WaitGroup
}

func (w *work) watchConfirmed() *confirmed {
	c := &confirmed{t: w.t, w: w, stop: make(chan struct{})}
	c.done.Go(func() {
		for {
			select {
			case <-c.stop:
				return
			case <-time.After(20 * time.Millisecond):
				c.look()
			}
		}
	})
	return c
}

// look asks the source first and the spool after it: what was confirmed has to be there already. The slot begins at its consistent point, with
// nothing received.
func (c *confirmed) look() {
	conn, err := pgx.Connect(context.Background(), c.w.direct[0])
	if err != nil {
		return // it is being restarted
	}
	defer conn.Close(context.Background())
	var told int64
	if err := conn.QueryRow(context.Background(), "SELECT confirmed_flush_lsn - '0/0' FROM pg_replication_slots WHERE slot_name = $1", c.w.args[2]).Scan(&told); err != nil {
		return
	}
	rows := c.w.catalogIfAny("SELECT starts_at FROM replication WHERE starts_at IS NOT NULL")
	stored, ok := spoolPosition(c.w.dir)
	if !ok || len(rows) == 0 {
		return
	}
	var high, low int64
	if _, err := fmt.Sscanf(rows[0][0], "%X/%X", &high, &low); err != nil {
		c.t.Error(err)
		return
	}
	begins := high<<32 + low
	c.samples++
	if told > max(stored, begins) {
		c.t.Errorf("the source was told %X, and the spool holds up to %X", told, stored)
	}
}

// spoolPosition is what the newest file of the spool has stored.
func spoolPosition(dir string) (at int64, ok bool) {
	files, _ := filepath.Glob(filepath.Join(dir, "cdc", "spool-*.db"))
	slices.Sort(files)
	for _, f := range slices.Backward(files) {
		db, err := sql.Open("sqlite", "file:"+f+"?mode=ro&_pragma=busy_timeout(5000)")
		if err != nil {
			return 0, false
		}
		err = db.QueryRow("SELECT lsn FROM position").Scan(&at)
		_ = db.Close()
		if err == nil {
			return at, true
		}
	}
	return 0, false
}

func (c *confirmed) end() {
	close(c.stop)
	c.done.Wait()
	if c.samples == 0 {
		c.t.Error("the confirmed position was never seen")
	}
	c.t.Logf("the confirmed position was seen %d times", c.samples)
}

// steady changes the source until the context ends, whatever becomes of the source meanwhile.
func steady(ctx context.Context, t testing.TB, uri string, n int) (wait func()) {
	var wg sync.WaitGroup
	for who := range n {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(who), 11))
			for ctx.Err() == nil {
				conn, err := pgx.Connect(context.Background(), uri)
				if err != nil {
					time.Sleep(100 * time.Millisecond)
					continue
				}
				for err == nil && ctx.Err() == nil {
					text := oneLoad(r)
					if r.IntN(4) == 0 {
						text = "INSERT INTO keyless (t) SELECT 'row' FROM generate_series(1, 20)"
					}
					_, err = conn.PgConn().Exec(context.Background(), text).ReadAll()
					if err != nil && strings.Contains(err.Error(), "deadlock") {
						_, err = conn.Exec(context.Background(), "ROLLBACK")
					}
					time.Sleep(time.Duration(r.IntN(4)) * time.Millisecond)
				}
				_ = conn.Close(context.Background())
			}
		})
	}
	return wg.Wait
}

// TestFollowChaos breaks what can be broken while changes are followed: pgcopy, both servers, and the connections to them. What goes on by itself
// does; the rest is resumed. PGCOPY_FOLLOW_CHAOS says for how many seconds (make soak: ten minutes).
func TestFollowChaos(t *testing.T) {
	seconds := number(t, "PGCOPY_FOLLOW_CHAOS", 20)
	src, dst := pgtest.Start(t), pgtest.Start(t)
	src.CreateDB(t, "busy", "")
	src.Exec(t, "busy", followSchema+"CREATE TABLE keyless (n bigserial, t text);")
	w := followed(t, src, dst, "busy", "chaos")
	from, to := w.throughProxies()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	wait := steady(ctx, t, w.direct[0], 3)
	watched := w.watchConfirmed()
	p := w.clone()
	w.applying()
	events := append(append(proxyFaults("source", from), proxyFaults("target", to)...), terminate(t, "source", src, true), terminate(t, "target", dst, true),
		fault{"crash of the target", func(*rand.Rand) { restart(t, dst, pgtest.Immediate) }},
		fault{"crash of the source", func(*rand.Rand) { restart(t, src, pgtest.Immediate) }},
		fault{"restart of the source", func(*rand.Rand) { restart(t, src, pgtest.Fast) }})
	rnd := luck(t)
	kills, resumed, count := 0, 0, map[string]int{}
	for end := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(end); {
		time.Sleep(time.Duration(100+rnd.IntN(1500)) * time.Millisecond)
		if !p.alive() {
			if r := p.wait(); r.code == exitDone {
				t.Fatalf("it ended although nobody has set endpos: %s", r)
			}
			p = w.resume(nil)
			resumed++
			continue
		}
		if rnd.IntN(2) == 0 {
			p.signal(syscall.SIGKILL)
			p.wait()
			p = w.resume(nil)
			kills++
			continue
		}
		e := events[rnd.IntN(len(events))]
		e.do(rnd)
		count[e.name]++
	}
	t.Logf("killed %d times, resumed after an end of its own %d times, %v", kills, resumed, count)
	cancel()
	wait()
	watched.end()
	w.endHere()
	for tries := 0; ; tries++ {
		r := p.wait()
		if r.code == exitDone {
			break
		}
		if tries == 3 {
			t.Fatalf("it does not come to an end: %s\n%s", r, w.report())
		}
		p = w.resume(nil)
	}
	w.mustEqual()
	if got := dst.Value(t, w.targetDB, "SELECT count(*) - count(DISTINCT n) FROM keyless"); got != "0" {
		t.Errorf("rows doubled in a table without a key: %s", got)
	}
}

func restart(t testing.TB, s *pgtest.Server, mode pgtest.Mode) {
	t.Helper()
	if err := s.Shutdown(mode); err != nil {
		t.Fatal(err)
	}
	if err := s.Startup(); err != nil {
		t.Fatal(err)
	}
}

// peakMemory is the most memory that a process has had resident, in bytes.
func peakMemory(t testing.TB, pid int) int64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skipf("no /proc: %v", err)
	}
	_, after, _ := strings.Cut(string(text), "VmHWM:")
	kb, err := strconv.ParseInt(strings.Fields(after)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return kb << 10
}

// TestFollowMemory follows one transaction of many rows, and many transactions of one row, and looks how much memory that took. PGCOPY_FOLLOW_ROWS
// and PGCOPY_FOLLOW_TRANSACTIONS say how many (make soak: 5 and 1 million).
func TestFollowMemory(t *testing.T) {
	rows, txns := number(t, "PGCOPY_FOLLOW_ROWS", 200_000), number(t, "PGCOPY_FOLLOW_TRANSACTIONS", 16_000)
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, `CREATE TABLE t (id bigserial PRIMARY KEY, who int, body text)`)
	w := followed(t, src, dst, db, "memory")
	p := w.clone()
	w.applying()
	src.Exec(t, db, fmt.Sprintf("INSERT INTO t (who, body) SELECT 0, md5(i::text) FROM generate_series(1, %d) i", rows))
	script := filepath.Join(t.TempDir(), "one.sql")
	if err := os.WriteFile(script, []byte("INSERT INTO t (who, body) VALUES (:client_id, 'one');\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(src.Bin("pgbench"), "-n", "-c", "8", "-j", "2", "-t", strconv.Itoa(txns/8), "-M", "prepared", "-f", script, src.URI(db))
	cmd.Env = append(os.Environ(), "PGOPTIONS=-c synchronous_commit=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pgbench: %v\n%s", err, out)
	}
	w.endHere()
	peak := int64(0)
	for p.alive() {
		if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID)); err == nil && strings.Contains(string(text), "VmHWM:") {
			peak = max(peak, peakMemory(t, p.PID))
		}
		time.Sleep(20 * time.Millisecond)
	}
	w.mustEnd(p, exitDone)
	w.mustEqual()
	t.Logf("%d rows in one transaction and %d transactions of one row: %d MB", rows, txns, peak>>20)
	if peak > 200<<20 {
		t.Errorf("following took %d MB", peak>>20)
	}
}

// TestFollowStopsInTime asks a clone that follows a busy source to stop: it does within five seconds, and goes on where it was.
func TestFollowStopsInTime(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, followSchema+"CREATE TABLE keyless (n bigserial, t text);")
	w := followed(t, src, dst, db, "stops")
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	wait := steady(ctx, t, w.source, 2)
	p := w.clone()
	w.applying()
	time.Sleep(time.Second)
	asked := time.Now()
	p.signal(syscall.SIGTERM)
	w.mustEnd(p, exitInterrupted)
	if took := time.Since(asked); took > 5*time.Second {
		t.Errorf("it took %s to stop", took)
	}
	p = w.resume(nil)
	w.applying()
	cancel()
	wait()
	w.endHere()
	w.mustEnd(p, exitDone)
	w.mustEqual()
}
