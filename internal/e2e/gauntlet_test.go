package e2e

import (
	"context"
	_ "embed"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

//go:embed testdata/gauntlet.sql
var gauntletSQL string

// gauntletDB loads the gauntlet's database into the source server, and makes the target's ready for it.
func gauntletDB(t testing.TB, src, dst *pgtest.Server) (db string) {
	t.Helper()
	ctx := context.Background()
	for _, s := range []*pgtest.Server{src, dst} { // roles, and the files of the test extension
		if err := truth.LoadRoles(ctx, s.URI("postgres")); err != nil {
			t.Fatal(err)
		}
	}
	db = src.FreshDB(t)
	src.Exec(t, db, gauntletSQL)
	src.Exec(t, db, "VACUUM ANALYZE")
	return db
}

// gauntletArgs make every step have something to do.
var gauntletArgs = []string{"--split-tables-larger-than", "64kB", "--drop-if-exists", "--table-jobs", "2", "--index-jobs", "2", "--large-objects-jobs", "1"}

// newGauntletWork is a copy of the gauntlet's database onto a target that already has something to drop.
func newGauntletWork(t testing.TB, src, dst *pgtest.Server, db string) *work {
	t.Helper()
	requirements := filepath.Join(t.TempDir(), "requirements.json")
	if err := os.WriteFile(requirements, []byte(`[{"name": "pgcopy_test", "version": "1.0"}]`), 0o644); err != nil {
		t.Fatal(err)
	}
	w := newWork(t, src, dst, db, append([]string{"--roles", "--requirements", requirements}, gauntletArgs...)...)
	dst.Exec(t, w.targetDB, "CREATE SCHEMA g; CREATE TABLE g.plain (leftover int); CREATE TABLE g.split (leftover int)")
	return w
}

// gauntletStep is a step of the clone as the catalog shows it after a run.
type gauntletStep struct {
	name       string
	boundaries []string
}

// aroundTheSteps are the moments before the first task and behind the last one, and one that only a step itself sees.
var aroundTheSteps = []gauntletStep{
	{"begin", []string{"created", "bound", "begun", "held", "named", "opened"}},
	{"release-snapshot", []string{"unnamed"}},
	{"end", []string{"over"}},
}

// boundariesOf are the moments at which a step can be killed. Those that the runner does not see are passed by what is done in one target
// transaction; such a task has its id.
func boundariesOf(transacted bool) []string {
	if transacted {
		return []string{"claimed", "recorded", "uncommitted", "committed", "ran", "settled"}
	}
	return []string{"claimed", "ran", "settled"}
}

// gauntletSteps are the steps that workers run. A step of the workflow that has no task here is a step that the gauntlet does not test.
func gauntletSteps(t *testing.T, w *work) (steps []gauntletStep) {
	t.Helper()
	for _, row := range w.catalog(`SELECT s.name, count(t.id), coalesce(min(t.pool), ''), coalesce(max(t.target_xid IS NOT NULL), 0)
		FROM step s LEFT JOIN task t ON t.step = s.name GROUP BY s.name ORDER BY s.position`) {
		switch {
		case row[1] == "0":
			t.Errorf("step %s has nothing to do in testdata/gauntlet.sql: give it something", row[0])
		case row[2] == "barrier" && row[0] != "copy-table":
			// no worker ever holds one
		default:
			steps = append(steps, gauntletStep{row[0], boundariesOf(row[3] == "1")})
		}
	}
	return steps
}

// TestGauntlet kills every step of a clone at each of its boundaries, twice where it has two tasks, resumes, and holds the result
// against the source, and the catalog against what it had promised.
func TestGauntlet(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := gauntletDB(t, src, dst)
	w := newGauntletWork(t, src, dst, db)
	r := w.mustEnd(w.clone(), exitDone)
	t.Logf("a run without a kill: %s", r.took)
	w.mustEqual()
	steps := gauntletSteps(t, w)
	t.Run("killed", func(t *testing.T) {
		for _, s := range slices.Concat(aroundTheSteps, steps) {
			for _, b := range s.boundaries {
				t.Run(s.name+"/"+b, func(t *testing.T) {
					t.Parallel()
					runGauntlet(t, newGauntletWork(t, src, dst, db), b+":"+s.name)
				})
			}
		}
	})
	t.Run("again", func(t *testing.T) {
		for _, s := range steps {
			t.Run(s.name, func(t *testing.T) {
				w.t = t
				runAgain(t, w, s)
			})
		}
		w.t = t
	})
}

// runGauntlet is one kill, a second one at the same boundary if there is anything left to meet it, and the way to the end.
func runGauntlet(t *testing.T, w *work, crashAt string) {
	crash := "PGCOPY_CRASH_AT=" + crashAt
	r := w.clone(crash).wait()
	if r.signal != syscall.SIGKILL {
		t.Fatalf("the clone was to die at %s: %s", crashAt, r)
	}
	before := w.witness()
	if r = w.goOn(crash).wait(); r.signal == syscall.SIGKILL {
		w.keptFaith(before)
		before = w.witness()
		r = w.goOn().wait()
	}
	if r.code != exitDone {
		t.Fatalf("going on after a kill at %s: %s\n%s", crashAt, r, w.report())
	}
	w.keptFaith(before)
	w.mustEqual()
	eventually(t, "the holder of the snapshot has ended", exitGrace, func() bool { return w.holderPID() == 0 })
}

// again says which steps may be met as if they had never been, without the id of their transaction. Of the others the id tells
// that they are done, and their effect must not double.
var again = map[string]bool{
	"load-source": true, "dump-schema": true, "plan": true, "truncate-table": true, "release-snapshot": true, "set-sequences": true,
	"create-index": true, "add-constraint": true, "alter-index": true, "validate-foreign-key": true, "vacuum-table": true, "set-database-properties": true,
}

// runAgain makes the catalog believe that a step which is done was never done, or that its verdict was lost, and runs it again over what it
// has done.
func runAgain(t *testing.T, w *work, s gauntletStep) {
	if s.name == "drop-existing" {
		t.Skip("comes before everything else, and is not met after it")
	}
	forget := "state = 'pending', finished_at = NULL"
	if again[s.name] {
		forget += ", target_xid = NULL"
	}
	w.changeCatalog("UPDATE task SET " + forget + " WHERE step = '" + s.name + "' AND pool <> 'barrier'")
	before := w.witness()
	// the snapshot is gone with the last table; what is read with a new one may be done again for that reason
	maps.DeleteFunc(before, func(_ string, p promise) bool { return !strings.HasPrefix(p.name, s.name+" ") })
	w.mustEnd(w.resume(nil, "--not-consistent"), exitDone)
	if !again[s.name] {
		w.keptFaith(before)
	}
	w.mustEqual()
}

// promise is what the catalog and the target say of a task after a kill.
type promise struct {
	name, state, attempt, xid, finished string
	committed                           bool // the transaction that it names
}

// witness collects the promises that a killed run has left. Barriers are no work: whether they are done is counted anew by each run.
func (w *work) witness() map[string]promise {
	w.t.Helper()
	seen := map[string]promise{}
	for _, row := range w.catalog("SELECT id, step || ' ' || subject, state, attempt, target_xid, finished_at FROM task WHERE pool <> 'barrier'") {
		seen[row[0]] = promise{name: row[1], state: row[2], attempt: row[3], xid: row[4], finished: row[5]}
	}
	conn, err := pgconn.Connect(context.Background(), w.direct[1])
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for id, p := range seen {
		if p.state == "done" || p.xid == "" {
			continue
		}
		// The target is asked as an outsider. An error: the id was never given out, the target has crashed.
		r := conn.ExecParams(context.Background(), "SELECT pg_catalog.pg_xact_status($1)", [][]byte{[]byte(p.xid)}, []uint32{pgtype.XID8OID}, nil, nil).Read()
		if r.Err == nil && len(r.Rows) == 1 && string(r.Rows[0][0]) == "committed" {
			p.committed = true
			seen[id] = p
		}
	}
	return seen
}

// keptFaith checks that what was done has not been done again, and that what had committed was found out and not repeated.
func (w *work) keptFaith(before map[string]promise) {
	w.t.Helper()
	now := map[string][]string{}
	for _, row := range w.catalog("SELECT id, state, attempt, target_xid, finished_at, rows, step FROM task") {
		now[row[0]] = row
	}
	for id, p := range before {
		n, there := now[id]
		switch {
		case !there:
			w.t.Errorf("%s is not in the catalog any more", p.name)
		case p.state == "done" && (n[1] != "done" || n[2] != p.attempt || n[4] != p.finished):
			w.t.Errorf("%s was done (attempt %s at %s) and was touched again: %v", p.name, p.attempt, p.finished, n)
		case p.committed && n[1] == "done" && n[3] != p.xid && !mayRepeat(n[6], n[5]):
			w.t.Errorf("%s had committed as %s and was done again as %s", p.name, p.xid, n[3])
		}
	}
}

// mayRepeat tells the work that leaves no trace by which its commit could be proved, and does no harm when it is done twice: altering an
// index, copying no rows.
func mayRepeat(step, rows string) bool {
	return step == "alter-index" || strings.HasPrefix(step, "copy-") && rows == "0"
}
