package e2e

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// holderName is the application name of the connection that holds the snapshot. Losing it is a matter of its own.
const holderName = "pgcopy snapshot"

// throughProxies puts a proxy in front of both servers. The connection that holds the snapshot is spared from their faults.
func (w *work) throughProxies() (src, dst *pgtest.Proxy) {
	w.t.Helper()
	src, dst = w.src.Proxy(w.t), w.dst.Proxy(w.t)
	src.Spare(holderName)
	w.source, w.target = src.URI(databaseOf(w.direct[0])), dst.URI(w.targetDB)
	return src, dst
}

func databaseOf(uri string) string {
	_, path, _ := strings.Cut(strings.TrimPrefix(uri, "postgresql://"), "/")
	db, _, _ := strings.Cut(path, "?")
	return db
}

// fault breaks something of a running copy.
type fault struct {
	name string
	do   func(rnd *rand.Rand)
}

// proxyFaults are the ways in which a proxy breaks connections. A stall ends after a moment: one that never ends cannot be told from a server
// that thinks.
func proxyFaults(side string, p *pgtest.Proxy) []fault {
	return []fault{
		{"cut the " + side, func(*rand.Rand) { p.Cut() }},
		{"reset the " + side, func(*rand.Rand) { p.Reset() }},
		{"end what is sent to the " + side, func(*rand.Rand) { p.HalfClose(pgtest.ToServer) }},
		{"end what comes from the " + side, func(*rand.Rand) { p.HalfClose(pgtest.ToClient) }},
		{"stall the " + side, func(rnd *rand.Rand) {
			p.Stall()
			time.Sleep(time.Duration(rnd.IntN(1000)) * time.Millisecond)
			p.Resume()
		}},
		{"stall the " + side + " and reset it", func(rnd *rand.Rand) {
			p.Stall()
			time.Sleep(time.Duration(rnd.IntN(500)) * time.Millisecond)
			p.Reset()
			p.Resume()
		}},
		{"take the " + side + " off the network", func(rnd *rand.Rand) {
			p.Refuse(true)
			p.Reset()
			time.Sleep(time.Duration(rnd.IntN(500)) * time.Millisecond)
			p.Refuse(false)
		}},
		{"reset the " + side + " within a message", func(rnd *rand.Rand) {
			p.Arm(pgtest.Fault{Dir: pgtest.Dir(rnd.IntN(2)), After: rnd.Int64N(200_000), Do: pgtest.Reset})
		}},
	}
}

// terminate ends one or all of the backends that serve the copy, but not the one that holds the snapshot.
func terminate(t testing.TB, side string, s *pgtest.Server, all bool) fault {
	limit, what := "LIMIT 1", "one backend"
	if all {
		limit, what = "", "all backends"
	}
	return fault{"terminate " + what + " of the " + side, func(*rand.Rand) {
		_ = s.ExecContext(context.Background(), "postgres", fmt.Sprintf(`SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity
			WHERE (application_name LIKE 'pgcopy%%' OR application_name IN ('pg_dump','pg_restore')) AND application_name <> '%s'
			ORDER BY random() %s) x`, holderName, limit))
	}}
}

// TestBrokenConnections breaks connections of a running clone at random, in every way there is, and expects nothing of anybody: the
// clone ends by itself, well.
func TestBrokenConnections(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := gauntletDB(t, src, dst)
	loadBig(t, src, db, number(t, "PGCOPY_FAULT_ROWS", 150_000))
	rnd := luck(t)
	for i := range number(t, "PGCOPY_FAULT_COPIES", 2) {
		t.Run(fmt.Sprintf("copy %d", i+1), func(t *testing.T) {
			w := newWork(t, src, dst, db, "--split-tables-larger-than", "1MB", "--table-jobs", "3", "--retry-for", "2m")
			toSrc, toDst := w.throughProxies()
			faults := append(proxyFaults("source", toSrc), proxyFaults("target", toDst)...)
			faults = append(faults, terminate(t, "source", src, false), terminate(t, "source", src, true),
				terminate(t, "target", dst, false), terminate(t, "target", dst, true))
			p := w.clone()
			eventually(t, "the run has begun", time.Minute, func() bool {
				rows, err := readCatalog(w.dir, "SELECT id FROM run")
				return !p.alive() || err == nil && len(rows) > 0
			})
			rnd.Shuffle(len(faults), func(i, j int) { faults[i], faults[j] = faults[j], faults[i] })
			done := 0
			for _, f := range faults {
				if !p.alive() {
					break
				}
				f.do(rnd)
				done++
				time.Sleep(time.Duration(rnd.IntN(400)) * time.Millisecond)
			}
			toSrc.Disarm()
			toDst.Disarm()
			r := p.wait()
			t.Logf("%d faults, %s, %d attempts came to nothing", done, r.took.Round(time.Millisecond), w.count("SELECT count(*) FROM task_attempt"))
			if r.code != exitDone {
				t.Fatalf("%s\n%s", r, w.report())
			}
			w.mustEqual()
		})
	}
}

// begun tells whether a task of a step has begun.
func (w *work) begun(step string) bool {
	rows, err := readCatalog(w.dir, "SELECT 1 FROM task WHERE step = ?1 AND started_at IS NOT NULL LIMIT 1", step)
	return err == nil && len(rows) > 0
}

// done tells whether all tasks of some steps are done.
func (w *work) done(steps ...string) bool {
	for _, s := range steps {
		rows, err := readCatalog(w.dir, "SELECT count(*), coalesce(sum(state = 'done'), 0) FROM task WHERE step = ?1", s)
		if err != nil || len(rows) != 1 || rows[0][0] == "0" || rows[0][0] != rows[0][1] {
			return false
		}
	}
	return true
}

// copied is the share of the parts of tables that are done.
func (w *work) copied() float64 {
	rows, err := readCatalog(w.dir, "SELECT coalesce(avg(state = 'done'), 0) FROM task WHERE step = 'copy-part'")
	if err != nil || len(rows) != 1 {
		return 0 // the catalog is not there yet
	}
	share, err := strconv.ParseFloat(rows[0][0], 64)
	if err != nil {
		w.t.Fatal(err)
	}
	return share
}

// TestTargetCrashes takes the target down while a clone goes on: it recovers as from a crash, without what was in unlogged tables.
func TestTargetCrashes(t *testing.T) {
	src, _ := pgtest.Pair(t)
	dst := pgtest.Start(t, pgtest.WithFsync())
	db := gauntletDB(t, src, dst)
	loadBig(t, src, db, 150_000)
	for _, c := range []struct{ name, at string }{
		{"while tables are copied", "claimed:copy-part"},
		{"after tables have been copied", "claimed:release-snapshot"},
		{"while indexes are built", "claimed:add-constraint"},
		{"at the end", "claimed:set-database-properties"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWork(t, src, dst, db, "--split-tables-larger-than", "1MB", "--table-jobs", "3", "--retry-for", "2m")
			p := w.clone("PGCOPY_STOP_AT=" + c.at)
			w.crashTarget(p)
			r := w.mustEnd(p, exitDone)
			nothing := w.count("SELECT count(*) FROM task_attempt")
			if t.Logf("%s, %d attempts came to nothing", r.took.Round(time.Millisecond), nothing); nothing == 0 {
				t.Error("nothing met the crash")
			}
			w.mustEqual()
		})
	}
}

// crashTarget takes the target down while a process that stops itself (PGCOPY_STOP_AT) stands still, lets it meet that, and brings it up again.
func (w *work) crashTarget(p *process) {
	w.t.Helper()
	eventually(w.t, "the clone stands still", time.Minute, func() bool { return !p.alive() || p.stopped() })
	if !p.alive() {
		w.t.Fatalf("the clone is over: %s", p.wait())
	}
	if err := w.dst.Shutdown(pgtest.Immediate); err != nil {
		w.t.Fatal(err)
	}
	p.signal(syscall.SIGCONT)
	time.Sleep(300 * time.Millisecond) // nobody is there
	if err := w.dst.Startup(); err != nil {
		w.t.Fatal(err)
	}
}

// TestTargetCrashesAnywhere takes it down at boundaries of steps, of which make chaos meets all and this test some: what the target had not written down
// is lost, and the ids of its transactions are given out again.
func TestTargetCrashesAnywhere(t *testing.T) {
	src, _ := pgtest.Pair(t)
	dst := pgtest.Start(t)
	db := gauntletDB(t, src, dst)
	w := newGauntletWork(t, src, dst, db)
	w.mustEnd(w.clone(), exitDone)
	var points []string
	for _, s := range gauntletSteps(t, w) {
		for _, b := range s.boundaries {
			if s.name != "check-unlogged" || b == "claimed" { // what is lost behind the last look is lost behind the copy
				points = append(points, b+":"+s.name)
			}
		}
	}
	luck(t).Shuffle(len(points), func(i, j int) { points[i], points[j] = points[j], points[i] })
	for _, at := range points[:min(len(points), number(t, "PGCOPY_TARGET_CRASHES", 5))] {
		t.Run(at, func(t *testing.T) {
			w := newGauntletWork(t, src, dst, db)
			p := w.clone("PGCOPY_STOP_AT=" + at)
			w.crashTarget(p)
			if r := p.wait(); r.code != exitDone {
				if !strings.Contains(r.stderr, "has lost the rows of g.unlogged") { // and nothing reads the source as it was any more
					t.Fatalf("%s\n%s", r, w.report())
				}
				w.mustEnd(w.resume(nil, "--not-consistent"), exitDone)
			}
			w.mustEqual()
		})
	}
}

// TestSnapshotLost ends the connection that holds the snapshot. What is left to be read could only be read as of another moment: that is
// said, and decided by a person.
func TestSnapshotLost(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := gauntletDB(t, src, dst)
	w := newWork(t, src, dst, db, "--split-tables-larger-than", "64kB")
	r := w.clone("PGCOPY_CRASH_AT=settled:copy-part").wait()
	if r.signal != syscall.SIGKILL {
		t.Fatal(r)
	}
	src.Exec(t, "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '"+holderName+"' AND datname = '"+db+"'")
	eventually(t, "the holder has ended", exitGrace, func() bool { return w.holderPID() == 0 })
	before := w.witness()
	maps.DeleteFunc(before, func(_ string, p promise) bool { return strings.HasPrefix(p.name, "set-sequences ") }) // values of the new snapshot are set

	r = w.mustEnd(w.resume(nil), exitFailed)
	for _, want := range []string{"snapshot", "is gone", "lost its connection", "pgcopy resume --not-consistent --dir " + w.dir, "pgcopy resume --restart --dir " + w.dir} {
		if !strings.Contains(r.stderr, want) {
			t.Errorf("the refusal does not say %q: %s", want, r.stderr)
		}
	}
	if text := w.report(); !strings.Contains(text, "the connection that held snapshot") {
		t.Errorf("the holder does not say why it ended: %s", text)
	}

	r = w.mustEnd(w.resume(nil, "--not-consistent"), exitDone)
	for id, p := range before { // rows come from a later picture, so the sequences behind them are read and set again
		if strings.HasPrefix(p.name, "set-sequences") {
			if n := w.count("SELECT attempt FROM task WHERE id = " + id); n < 2 {
				t.Error("the sequences were not set again")
			}
			delete(before, id)
		}
	}
	w.keptFaith(before)
	w.mustEqual() // nobody has written meanwhile
	if n := w.count("SELECT consistent FROM setup"); n != 0 {
		t.Error("the catalog does not record that the copy is not consistent")
	}
	if !strings.Contains(r.stdout+r.stderr, "not one consistent") && !strings.Contains(r.stdout+r.stderr, "not consistent") && !strings.Contains(r.stdout+r.stderr, "two pictures") {
		t.Errorf("the summary does not say that the copy is not consistent: %s", r)
	}
}

// TestSnapshotLostDuringRun is the same under a running clone: it stops instead of failing table by table.
func TestSnapshotLostDuringRun(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := gauntletDB(t, src, dst)
	loadBig(t, src, db, 300_000)
	w := newWork(t, src, dst, db, "--split-tables-larger-than", "256kB", "--table-jobs", "1")
	p := w.clone()
	eventually(t, "parts are copied", time.Minute, func() bool { return !p.alive() || w.begun("copy-part") })
	src.Exec(t, "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '"+holderName+"' AND datname = '"+db+"'")
	r := w.mustEnd(p, exitFailed)
	if !strings.Contains(r.stderr, "is gone") || !strings.Contains(r.stderr, "--not-consistent") {
		t.Errorf("the error does not say what is lost and what to do: %s", r.stderr)
	}
	if n := w.count("SELECT count(*) FROM task WHERE state = 'failed'"); n > 1 {
		t.Errorf("%d tasks failed one by one for the same reason", n)
	}
	w.mustEnd(w.resume(nil, "--not-consistent"), exitDone)
	w.mustEqual()
}

// TestNothingLeftToCopy kills a clone between the last part and the first index: the reference then ends with an empty table and status 0.
func TestNothingLeftToCopy(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	loadBig(t, src, db, 100_000)
	src.Exec(t, db, "DROP TABLE big.refers")
	w := newWork(t, src, dst, db, "--split-tables-larger-than", "512kB")
	toSrc, toDst := w.throughProxies()
	if r := w.clone("PGCOPY_CRASH_AT=claimed:create-index").wait(); r.signal != syscall.SIGKILL {
		t.Fatal(r)
	}
	parts := w.count("SELECT count(*) FROM task WHERE step = 'copy-part'")
	if done := w.count("SELECT count(*) FROM task WHERE step = 'copy-part' AND state = 'done'"); parts < 5 || done != parts {
		t.Fatalf("%d of %d parts are done", done, parts)
	}
	before, read, written := w.witness(), toSrc.Bytes(pgtest.ToClient), toDst.Bytes(pgtest.ToServer)
	w.mustEnd(w.resume(nil), exitDone)
	w.keptFaith(before)
	w.mustEqual()
	read, written = toSrc.Bytes(pgtest.ToClient)-read, toDst.Bytes(pgtest.ToServer)-written
	if all := w.count("SELECT sum(bytes) FROM task"); read > all/50 || written > all/50 {
		t.Errorf("resume read %d bytes from the source and sent %d to the target; the table has %d", read, written, all)
	}
}

// TestInvariant has somebody move amounts between two tables all the time, in one transaction each, while a clone is killed and
// resumed: whenever the picture was taken, the sum is the same.
func TestInvariant(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, `CREATE TABLE here (id int PRIMARY KEY, amount bigint, pad text DEFAULT repeat('h', 100));
		CREATE TABLE there (id int PRIMARY KEY, amount bigint, pad text DEFAULT repeat('t', 100));
		CREATE TABLE moves (n bigserial PRIMARY KEY, amount bigint);
		INSERT INTO here SELECT i, 1000 FROM generate_series(1, 200000) i;
		INSERT INTO there SELECT i, 0 FROM generate_series(1, 200000) i;`)
	src.Exec(t, db, "VACUUM ANALYZE")
	ctx, stop := context.WithCancel(context.Background())
	var moves [2]int
	stopped := make(chan error, len(moves))
	for i := range moves {
		go func() { stopped <- keepMoving(ctx, src.URI(db), i, &moves[i]) }()
	}
	rnd := luck(t)
	w := newWork(t, src, dst, db, "--split-tables-larger-than", "256kB", "--table-jobs", "2")
	p := w.clone()
	snapshot, kills := "", 0
	for kills < 5 {
		deadline := time.Now().Add(time.Duration(100+rnd.IntN(200)) * time.Millisecond)
		for p.alive() && time.Now().Before(deadline) && w.copied() < float64(kills+1)/8 { // so that a fast machine has work left as well
			time.Sleep(5 * time.Millisecond)
		}
		p.signal(syscall.SIGKILL)
		r := p.wait()
		if r.signal != syscall.SIGKILL {
			break
		}
		kills++
		snapshot = w.sameSnapshot(snapshot)
		p = w.goOn()
	}
	w.mustEnd(p, exitDone)
	stop()
	for range moves {
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	}
	if kills < 5 {
		t.Errorf("the clone was done after %d kills, so five were not survived: it has too little to do", kills)
	}
	t.Logf("%d kills, %d transactions on the source", kills, moves[0]+moves[1])
	if moves[0]+moves[1] < 50 {
		t.Error("the writers did next to nothing")
	}
	got := dst.Rows(t, w.targetDB, `SELECT (SELECT sum(amount) FROM here) + (SELECT sum(amount) FROM there), (SELECT sum(amount) FROM there) - (SELECT coalesce(sum(amount), 0) FROM moves),
		(SELECT count(*) FROM here), (SELECT count(*) FROM there)`)
	if want := "[200000000 0 200000 200000]"; fmt.Sprint(got[0]) != want {
		t.Errorf("on the target: %v, want %s", got[0], want)
	}
}
