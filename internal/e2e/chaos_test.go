package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// number is a whole number from the environment.
func number(t testing.TB, name string, otherwise int) int {
	t.Helper()
	text := os.Getenv(name)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return n
}

// luck is a source of randomness whose seed is in the log of a failed test. PGCOPY_CHAOS_SEED gives the same moments again, though
// not the same race.
func luck(t testing.TB) *rand.Rand {
	t.Helper()
	seed := number(t, "PGCOPY_CHAOS_SEED", int(time.Now().UnixNano()%1_000_000_000))
	t.Logf("PGCOPY_CHAOS_SEED=%d", seed)
	return rand.New(rand.NewPCG(uint64(seed), 1))
}

// loadBig adds a table that is copied in many parts, with what hangs on it.
func loadBig(t testing.TB, src *pgtest.Server, db string, rows int) {
	t.Helper()
	src.Exec(t, db, fmt.Sprintf(`CREATE SCHEMA big;
		CREATE TABLE big.rows (id bigint, n int, t text);
		INSERT INTO big.rows SELECT i, i %% 1000, md5(i::text) FROM generate_series(1, %d) i;
		ALTER TABLE big.rows ADD CONSTRAINT rows_key PRIMARY KEY (id);
		CREATE INDEX rows_n ON big.rows (n);
		CREATE TABLE big.refers (id bigint REFERENCES big.rows);
		INSERT INTO big.refers SELECT i FROM generate_series(1, 1000) i;`, rows))
	src.Exec(t, db, "VACUUM ANALYZE big.rows")
}

// chaos kills and resumes copies of one database until there have been enough kills.
type chaos struct {
	rnd    *rand.Rand
	most   time.Duration // the longest that a process may live before it is killed
	kills  int           // so far
	copies int
}

// copyOnce makes one copy with up to so many kills, and checks it.
func (c *chaos) copyOnce(t *testing.T, w *work, kills int) {
	t.Helper()
	c.copies++
	p := w.clone()
	snapshot := ""
	var before map[string]promise
	for n := 0; ; n++ {
		if n < kills {
			c.killSoon(p)
		}
		r := p.wait()
		if before != nil {
			w.keptFaith(before)
		}
		if r.signal != syscall.SIGKILL {
			if r.code != exitDone {
				t.Fatalf("after %d kills: %s\n%s", n, r, w.report())
			}
			break
		}
		c.kills++
		before = w.witness()
		snapshot = w.sameSnapshot(snapshot)
		p = w.goOn()
	}
	w.mustEqual()
	w.checkWaste()
	eventually(t, "the holder of the snapshot has ended", exitGrace, func() bool { return w.holderPID() == 0 })
}

// killSoon kills a process at a random moment. Most kills come early, since resuming is what is to be tested; some come late, so that the copy
// gets on.
func (c *chaos) killSoon(p *process) {
	life := time.Duration(c.rnd.Int64N(int64(c.most)))
	if c.rnd.IntN(3) > 0 {
		life /= 4
	}
	select {
	case <-p.done:
	case <-time.After(life):
		p.signal(syscall.SIGKILL)
	}
}

// goOn does what a person does after a kill: resume, or begin, when there is nothing to resume yet.
func (w *work) goOn(env ...string) *process {
	w.t.Helper()
	if rows, err := readCatalog(w.dir, "SELECT id FROM run"); err != nil || len(rows) == 0 {
		return w.clone(env...)
	}
	return w.resume(env)
}

// sameSnapshot checks that all runs read one picture, from the first task on that has read something, and that a process holds it for as long
// as it is wanted. Before that a run may take a new one.
func (w *work) sameSnapshot(known string) string {
	w.t.Helper()
	rows, err := readCatalog(w.dir, "SELECT snapshot, consistent, EXISTS (SELECT 1 FROM task WHERE step = 'load-source' AND state = 'done') FROM setup")
	if err != nil || len(rows) == 0 || rows[0][0] == "" {
		return known // not begun, or all that reads the source is done
	}
	if rows[0][2] == "0" {
		return known
	}
	name := rows[0][0]
	if known != "" && name != known {
		w.t.Errorf("the copy began under snapshot %s and goes on under %s\n%s", known, name, w.report())
	}
	if rows[0][1] != "1" {
		w.t.Error("the catalog calls the copy inconsistent")
	}
	if w.holderPID() == 0 {
		w.t.Errorf("nobody holds snapshot %s after the kill\n%s", name, w.report())
	}
	return name
}

// checkWaste holds what was copied in vain against what may be: each kill costs each worker no more than the largest part. (A worker may
// have had several small tables at once.)
func (w *work) checkWaste() {
	w.t.Helper()
	largest := w.count("SELECT max(bytes) FROM task WHERE step LIKE 'copy-%'")
	var sum int64
	for _, row := range w.catalog(`SELECT run_id, worker, sum(bytes) FROM (
			SELECT DISTINCT a.run_id, a.worker, a.task_id, a.target_xid, t.bytes FROM task_attempt a JOIN task t ON t.id = a.task_id
			 WHERE t.step LIKE 'copy-%' AND a.target_xid <> t.target_xid AND a.outcome = 'crashed')
		GROUP BY run_id, worker`) {
		bytes, _ := strconv.ParseInt(row[2], 10, 64)
		if bytes > largest {
			w.t.Errorf("the kill of run %s cost worker %s %d bytes that were copied again; no part has more than %d", row[0], row[1], bytes, largest)
		}
		sum += bytes
	}
	jobs := w.count(`SELECT json_extract(options, '$.table_jobs') + json_extract(options, '$.large_objects_jobs') FROM setup`)
	for _, row := range w.catalog("SELECT a.run_id, count(DISTINCT a.worker) FROM task_attempt a JOIN task t ON t.id = a.task_id WHERE t.step LIKE 'copy-%' AND a.outcome = 'crashed' GROUP BY 1") {
		if n, _ := strconv.ParseInt(row[1], 10, 64); n > jobs {
			w.t.Errorf("run %s had %d workers that copied, of %d", row[0], n, jobs)
		}
	}
	w.t.Logf("%d bytes copied, at most %d again (%d runs, %d attempts cut short)", w.count("SELECT sum(bytes) FROM task WHERE step LIKE 'copy-%'"), sum,
		w.count("SELECT count(*) FROM run"), w.count("SELECT count(*) FROM task_attempt"))
}

// TestChaos kills a clone at random moments until it has had enough. `make chaos` does it for the kitchen sink and a table of millions of
// rows, at least 200 times; `make test` for something smaller.
func TestChaos(t *testing.T) {
	kills := number(t, "PGCOPY_CHAOS_KILLS", 0)
	src, dst := pgtest.Pair(t)
	var db string
	c := &chaos{rnd: luck(t), most: 1500 * time.Millisecond}
	args, atOnce := []string{"--split-tables-larger-than", "1MB", "--table-jobs", "3"}, 9
	if kills == 0 {
		kills = 24
		db = gauntletDB(t, src, dst)
		loadBig(t, src, db, 150_000)
	} else {
		c.most, atOnce = 6*time.Second, 20
		args = []string{"--split-tables-larger-than", "8MB", "--table-jobs", "4"}
		db = kitchenSink(t, src, dst)
		loadBig(t, src, db, number(t, "PGCOPY_CHAOS_ROWS", 2_500_000))
	}
	for begun := time.Now(); c.kills < kills; {
		t.Run(fmt.Sprintf("copy %d", c.copies+1), func(t *testing.T) {
			w := newWork(t, src, dst, db, args...)
			most := c.most
			if c.copies%5 == 0 { // every fifth has a hard time to begin at all
				c.most = 300 * time.Millisecond
			}
			c.copyOnce(t, w, min(atOnce, kills-c.kills))
			c.most = most
		})
		t.Logf("%d kills in %d copies after %s", c.kills, c.copies, time.Since(begun).Round(time.Second))
		if t.Failed() {
			return
		}
	}
}
