package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// stopWithin is how soon after a signal pgcopy has to be gone.
const stopWithin = 5 * time.Second

// lingering is a database whose copy takes long wherever a test wants it: the target's setting test.linger names the place where a row takes a
// twentieth of a second, or waits for a lock.
const lingering = `
	CREATE FUNCTION public.linger(place text, i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$
	BEGIN
		IF current_setting('test.linger', true) = place THEN
			PERFORM pg_sleep(0.05);
		ELSIF current_setting('test.linger', true) = 'lock ' || place THEN
			PERFORM pg_advisory_xact_lock_shared(4711);
		END IF;
		RETURN i;
	END $$;
	CREATE TABLE copied (id int PRIMARY KEY, CHECK (public.linger('copy', id) > 0));
	INSERT INTO copied SELECT generate_series(1, 400);
	CREATE TABLE split (id int PRIMARY KEY, pad text, CHECK (public.linger('copy', id) > 0));
	INSERT INTO split SELECT i, repeat('x', 500) FROM generate_series(1, 2000) i;
	CREATE TABLE indexed (id int);
	INSERT INTO indexed SELECT generate_series(1, 400);
	CREATE INDEX indexed_slowly ON indexed (public.linger('index', id));
	CREATE TABLE referred (id int PRIMARY KEY);
	INSERT INTO referred SELECT generate_series(1, 400);
	CREATE MATERIALIZED VIEW refreshed AS SELECT public.linger('refresh', id) AS id FROM referred;
	SELECT count(lo_from_bytea(500000 + i, 'x')) FROM generate_series(1, 300) i`

func lingeringDB(t testing.TB, src *pgtest.Server) string {
	t.Helper()
	db := src.FreshDB(t)
	src.Exec(t, db, lingering)
	src.Exec(t, db, "VACUUM ANALYZE")
	return db
}

// linger has the target take its time at a place, nowhere when it is "".
func (w *work) linger(place string) {
	w.t.Helper()
	statement := `ALTER DATABASE "` + w.targetDB + `" RESET test.linger`
	if place != "" {
		statement = `ALTER DATABASE "` + w.targetDB + `" SET test.linger = '` + place + `'`
	}
	w.dst.Exec(w.t, "postgres", statement)
}

// TestTerminate stops a clone with one SIGTERM in the middle of whatever takes long, and looks for what is left behind.
func TestTerminate(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := lingeringDB(t, src)
	for _, c := range []struct {
		name, place string
		busy        string // a statement of the target that is under way when the signal comes
		holder      bool   // the snapshot is still wanted
	}{
		{"copying", "copy", "COPY%", true},
		{"waiting for a lock", "lock copy", "COPY%", true},
		{"building an index", "index", "%CREATE INDEX%", false},
		{"refreshing a view", "refresh", "%REFRESH%", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWork(t, src, dst, db, "--split-tables-larger-than", "256kB")
			w.linger(c.place)
			release := func() {}
			if strings.HasPrefix(c.place, "lock ") {
				release = holdLock(t, dst.URI(w.targetDB))
			}
			p := w.clone()
			eventually(t, c.busy+" runs on the target", time.Minute, func() bool {
				return !p.alive() || (c.holder || w.done("release-snapshot")) && dst.Value(t, "postgres", fmt.Sprintf("SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = '%s' AND state = 'active' AND query LIKE '%s'",
					w.targetDB, c.busy)) == "t"
			})
			w.terminate(p)
			w.nothingLeft(p, c.holder)
			before := w.witness()
			release()
			w.linger("")
			w.mustEnd(w.resume(nil), exitDone)
			w.keptFaith(before)
			w.mustEqual()
		})
	}
}

// holdLock holds the lock that rows wait for.
func holdLock(t testing.TB, uri string) (release func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	held := make(chan struct{})
	go func() { done <- keepLock(ctx, uri, held) }()
	select {
	case <-held:
	case err := <-done:
		t.Fatal(err)
	}
	once := false
	release = func() {
		if cancel(); !once {
			once = true
			<-done
		}
	}
	t.Cleanup(release)
	return release
}

// terminate sends a SIGTERM and checks how the process ends.
func (w *work) terminate(p *process) result {
	w.t.Helper()
	told := time.Now()
	p.signal(syscall.SIGTERM)
	r := w.mustEnd(p, exitInterrupted)
	if took := time.Since(told); took > stopWithin {
		w.t.Errorf("it took %s to end after SIGTERM", took)
	} else {
		w.t.Logf("ended %s after SIGTERM", took.Round(time.Millisecond))
	}
	if !strings.Contains(r.stderr, "pgcopy resume --dir "+w.dir) {
		w.t.Errorf("it does not say how to go on: %s", r)
	}
	for _, row := range w.catalog("SELECT step, subject, state FROM task WHERE state NOT IN ('pending','done')") {
		w.t.Errorf("%v: an interrupted run has done something or has not", row)
	}
	if rows := w.catalog("SELECT outcome FROM run ORDER BY id DESC LIMIT 1"); len(rows) != 1 || rows[0][0] != "interrupted" {
		w.t.Errorf("the run ended as %v", rows)
	}
	return r
}

// nothingLeft checks that no process and no backend of a run that is over is left, but for the holder of the snapshot while that is wanted.
func (w *work) nothingLeft(p *process, holder bool) {
	w.t.Helper()
	if left := group(p.PID); len(left) > 0 {
		w.t.Errorf("processes are left: %v", left)
	}
	switch pid := w.holderPID(); {
	case holder && (pid == 0 || !exists(pid)):
		w.t.Error("the snapshot is not held any more")
	case !holder && pid != 0:
		w.t.Error("a process holds the snapshot still")
	}
	for _, s := range []struct {
		server *pgtest.Server
		db     string
	}{{w.src, databaseOf(w.direct[0])}, {w.dst, w.targetDB}} {
		query := fmt.Sprintf(`SELECT application_name, state, left(query, 100) FROM pg_stat_activity WHERE datname = '%s' AND application_name <> '%s'
			AND (application_name LIKE 'pgcopy%%' OR application_name IN ('pg_dump','pg_restore'))`, s.db, holderName)
		var left [][]string
		for range 100 { // a backend that was cancelled needs a moment to go
			if left = s.server.Rows(w.t, "postgres", query); len(left) == 0 {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		if len(left) > 0 {
			w.t.Errorf("backends are left: %v", left)
		}
	}
}

// group lists the command lines of the processes of a group that live.
func group(pgid int) (left []string) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, f := range stats {
		text, err := os.ReadFile(f)
		if err != nil {
			continue
		}
		_, after, _ := strings.Cut(string(text), ") ") // state, parent, group
		if fields := strings.Fields(after); len(fields) > 2 && fields[0] != "Z" && fields[2] == fmt.Sprint(pgid) {
			line, _ := os.ReadFile(filepath.Join(filepath.Dir(f), "cmdline"))
			left = append(left, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return left
}

// TestTerminateEarly stops a clone before it has anything: while it waits for the source to lock its tables for the snapshot.
func TestTerminateEarly(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := lingeringDB(t, src)
	w := newWork(t, src, dst, db)
	ctx, unlock := context.WithCancel(context.Background())
	defer unlock()
	held, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- keepOpen(ctx, src.URI(db), held, "BEGIN; LOCK TABLE copied IN ACCESS EXCLUSIVE MODE") }()
	select {
	case <-held:
	case err := <-done:
		t.Fatal(err)
	}
	p := w.clone()
	eventually(t, "the holder waits for a lock", time.Minute, func() bool {
		return !p.alive() || src.Value(t, "postgres", "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name = '"+holderName+"' AND datname = '"+db+"'") == "t"
	})
	w.terminate(p)
	eventually(t, "nobody waits for a lock any more", exitGrace, func() bool {
		return w.holderPID() == 0 && src.Value(t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name = '"+holderName+"' AND datname = '"+db+"'") == "0"
	})
	w.nothingLeft(p, false)
	unlock()
	<-done
	w.mustEnd(w.resume(nil), exitDone)
	w.mustEqual()
}

// TestTerminateUnreachable stops a clone whose servers do not answer any more: neither can be asked to cancel. The second signal does not
// wait for anything.
func TestTerminateUnreachable(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := lingeringDB(t, src)
	for _, signals := range []int{1, 2} {
		t.Run(fmt.Sprintf("%d signals", signals), func(t *testing.T) {
			w := newWork(t, src, dst, db, "--split-tables-larger-than", "256kB")
			toSrc, toDst := w.throughProxies()
			w.linger("copy")
			p := w.clone()
			eventually(t, "rows are copied", time.Minute, func() bool { return !p.alive() || w.begun("copy-part") })
			toSrc.Stall()
			toDst.Stall()
			if signals == 1 {
				w.terminate(p)
			} else {
				p.signal(syscall.SIGTERM)
				time.Sleep(250 * time.Millisecond) // not what timeout(1) does, see main.go
				told := time.Now()
				p.signal(syscall.SIGTERM)
				if r := p.wait(); r.code != 128+int(syscall.SIGTERM) || !strings.Contains(r.stderr, "ended at once by a second signal: terminated") {
					t.Errorf("after a second SIGTERM: %s", r)
				}
				if took := time.Since(told); took > time.Second {
					t.Errorf("it took %s to end after the second SIGTERM", took)
				}
			}
			if left := group(p.PID); len(left) > 0 {
				t.Errorf("processes are left: %v", left)
			}
			toSrc.Resume()
			toDst.Resume()
			w.linger("")
			before := w.witness()
			w.mustEnd(w.resume(nil), exitDone)
			w.keptFaith(before)
			w.mustEqual()
		})
	}
}

// TestStopped stops the process for longer than both servers wait for their clients, and lets it go on: nothing is lost or doubled.
func TestStopped(t *testing.T) {
	t.Parallel() // it mostly waits, and has servers of its own
	impatient := []pgtest.Option{pgtest.WithSetting("tcp_user_timeout", "1500"), pgtest.WithSetting("tcp_keepalives_idle", "1"),
		pgtest.WithSetting("tcp_keepalives_interval", "1"), pgtest.WithSetting("tcp_keepalives_count", "2"),
		pgtest.WithSetting("client_connection_check_interval", "500")}
	src, dst := pgtest.Start(t, impatient...), pgtest.Start(t, impatient...)
	db := gauntletDB(t, src, dst)
	loadBig(t, src, db, 800_000)
	for _, s := range []string{"statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout", "lock_timeout"} {
		src.Exec(t, "postgres", fmt.Sprintf(`ALTER DATABASE "%s" SET %s = '2s'`, db, s))
	}
	rnd := luck(t)
	w := newWork(t, src, dst, db, "--split-tables-larger-than", "16MB", "--table-jobs", "3")
	for _, s := range []string{"statement_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout", "lock_timeout"} {
		dst.Exec(t, "postgres", fmt.Sprintf(`ALTER DATABASE "%s" SET %s = '2s'`, w.targetDB, s))
	}
	p := w.clone()
	copying := func() bool {
		return src.Value(t, "postgres", "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%COPY%big%rows%TO STDOUT%' AND application_name LIKE 'pgcopy%'") == "t"
	}
	for _, until := range []struct {
		what string
		met  func() bool
	}{{"load-source has begun", func() bool { return w.begun("load-source") }}, {"rows are under way", copying},
		{"create-index has begun", func() bool { return w.begun("create-index") }}} {
		eventually(t, until.what, time.Minute, func() bool { return !p.alive() || until.met() })
		time.Sleep(time.Duration(rnd.IntN(20)) * time.Millisecond)
		p.signal(syscall.SIGSTOP)
		time.Sleep(4 * time.Second)
		p.signal(syscall.SIGCONT)
	}
	for r, n := p.wait(), 0; r.code != exitDone; n++ {
		if n == 5 {
			t.Fatalf("it does not come to an end: %s\n%s", r, w.report())
		}
		t.Logf("stopped resumable: %s", r)
		r = w.resume(nil).wait()
	}
	t.Logf("%d attempts came to nothing", w.count("SELECT count(*) FROM task_attempt"))
	w.mustEqual()
}
