package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// progress is what programs read of list progress --json: the same names as the columns of the view.
type progress struct {
	State string `json:"state"`
	Steps []struct {
		Step     string  `json:"step"`
		Total    int64   `json:"total"`
		Pending  int64   `json:"pending"`
		Running  int64   `json:"running"`
		Done     int64   `json:"done"`
		Failed   int64   `json:"failed"`
		Skipped  int64   `json:"skipped"`
		Bytes    int64   `json:"bytes"`
		Size     int64   `json:"size"`
		SizeDone int64   `json:"size_done"`
		Percent  float64 `json:"percent"`
	} `json:"steps"`
}

func (p progress) String() string {
	var b strings.Builder
	for _, s := range p.Steps {
		fmt.Fprintln(&b, s.Step, s.Total, s.Pending, s.Running, s.Done, s.Failed, s.Skipped, s.Bytes, s.Size, s.SizeDone, fmt.Sprintf("%.1f", s.Percent))
	}
	return b.String()
}

// viewOf is the same from the catalog, asked as docs/catalog.md tells people to.
func viewOf(t testing.TB, dir string) string {
	t.Helper()
	rows, err := readCatalog(dir, `SELECT step, total, pending, running, done, failed, skipped, bytes, size, size_done, printf('%.1f', percent) FROM progress`)
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintln(&b, strings.Join(row, " "))
	}
	return b.String()
}

// widely is a database whose copy takes a moment and many tasks.
func widely(t testing.TB, src *pgtest.Server) (db string) {
	t.Helper()
	db = src.FreshDB(t)
	var sql strings.Builder
	for n := range 20 {
		fmt.Fprintf(&sql, "CREATE TABLE t%d (id int PRIMARY KEY, v text); CREATE INDEX ON t%d (v); INSERT INTO t%d SELECT n, md5(n::text) FROM generate_series(1, 6000) n;", n, n, n)
	}
	src.Exec(t, db, sql.String())
	return db
}

// TestListProgressSaysWhatTheViewSays: during a run, of which every moment can be held, and after it.
func TestListProgressSaysWhatTheViewSays(t *testing.T) {
	src, dst := pgtest.Pair(t)
	w := newWork(t, src, dst, widely(t, src), "--split-tables-larger-than", "256kB")
	compare := func() (state string) {
		t.Helper()
		r := pgcopy(t, nil, "list", "progress", "--json", "--dir", w.dir)
		var p progress
		if err := json.Unmarshal([]byte(r.stdout), &p); r.code != exitDone || err != nil {
			t.Fatalf("%v: %s", err, r)
		}
		if got, want := p.String(), viewOf(t, w.dir); got != want {
			t.Errorf("list progress says\n%s\nand the view\n%s", got, want)
		}
		return p.State
	}
	p := w.clone()
	eventually(t, "the clone has begun", 20*time.Second, func() bool {
		rows, _ := readCatalog(w.dir, "SELECT count(*) FROM task")
		return len(rows) == 1 && rows[0][0] != "0"
	})
	held := 0
	for p.alive() {
		p.signal(syscall.SIGSTOP)
		if state := compare(); state == "running" {
			held++
		}
		p.signal(syscall.SIGCONT)
		time.Sleep(200 * time.Millisecond)
	}
	w.mustEnd(p, exitDone)
	if state := compare(); state != "done" {
		t.Errorf("after the run its state is %s", state)
	}
	if held == 0 {
		t.Error("the run was never seen running")
	}
	t.Logf("compared at %d moments of the run", held)
}

// TestStatusCommandsDuringAClone: many who look a hundred times a second, through processes of their own and through one that watches,
// see no error and cause none.
func TestStatusCommandsDuringAClone(t *testing.T) {
	src, dst := pgtest.Pair(t)
	w := newWork(t, src, dst, widely(t, src), "--split-tables-larger-than", "128kB", "--table-jobs", "2")
	p := w.clone()
	eventually(t, "the clone has begun", 20*time.Second, func() bool {
		rows, _ := readCatalog(w.dir, "SELECT count(*) FROM run")
		return len(rows) == 1 && rows[0][0] == "1"
	})
	begun := time.Now()
	var looks atomic.Int64
	var wait sync.WaitGroup
	var watchers []*process
	for range 3 {
		watchers = append(watchers, start(t, nil, "list", "progress", "--json", "--watch=0.02", "--dir", w.dir))
	}
	for n := range 2 {
		wait.Go(func() {
			for i := n; p.alive(); i++ {
				args := [][]string{{"progress"}, {"runs", "--json"}, {"steps"}, {"failures"}, {"progress", "--json"}, {"runs"}}[i%6]
				r := run(t, nil, nil, program(t), append(append([]string{"list"}, args...), "--dir", w.dir)...)
				if r.code != exitDone || r.stderr != "" {
					t.Errorf("list %v: %s", args, r)
				}
				looks.Add(1)
			}
		})
	}
	r := w.mustEnd(p, exitDone)
	took := time.Since(begun)
	wait.Wait()
	if strings.Contains(r.stderr, "WARN") || strings.Contains(r.stderr, "ERROR") {
		t.Errorf("the clone: %s", r)
	}
	for _, p := range watchers {
		r := p.wait()
		if r.code != exitDone || r.stderr != "" {
			t.Errorf("the watcher: %s", r)
		}
		looks.Add(mustGrow(t, r.stdout))
	}
	w.mustEqual()
	t.Logf("%d looks in %s", looks.Load(), took.Round(time.Millisecond))
	if looks.Load() < 50 {
		t.Errorf("only %d looks", looks.Load())
	}
}

// mustGrow makes sure that what a watcher printed are reports of a run that goes on to its end, and counts them.
func mustGrow(t testing.TB, lines string) (n int64) {
	t.Helper()
	var last progress
	done := int64(0)
	for line := range strings.Lines(lines) {
		n++
		var p progress
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatalf("line %d: %v: %s", n, err, line)
		}
		now := int64(0)
		for _, s := range p.Steps {
			now += s.Done
		}
		if now < done {
			t.Errorf("line %d: %d tasks were done, and now %d are", n, done, now)
		}
		done, last = now, p
	}
	if last.State != "done" {
		t.Errorf("the last report says %s", last.State)
	}
	return n
}

// TestAliases: pgcopydb's variables and options mean what they meant, and the command line comes first.
func TestAliases(t *testing.T) {
	t.Setenv("PGCOPY_TEST_SPLIT", "") // its own size has to count
	f := newField(t)
	target, dir := f.dst.FreshDB(t), filepath.Join(t.TempDir(), "work")
	env := []string{"PGCOPYDB_SOURCE_PGURI=" + f.source(), "PGCOPYDB_TARGET_PGURI=postgresql://nobody@127.0.0.1:1/nowhere", "PGCOPYDB_DIR=" + dir,
		"PGCOPYDB_TABLE_JOBS=2", "PGCOPYDB_INDEX_JOBS=3", "PGCOPYDB_SPLIT_TABLES_LARGER_THAN=1 MB", "PGCOPYDB_SKIP_VACUUM=on"}
	if r := pgcopy(t, append(f.env(), env...), "fork", "--target", f.dst.URI(target), "--skip-blobs"); r.code != exitDone {
		t.Fatal(r)
	}
	rows, err := readCatalog(dir, `SELECT options ->> 'table_jobs', options ->> 'index_jobs', options ->> 'skip_large_objects',
		(SELECT count(*) FROM task WHERE step = 'copy-part') > 1, (SELECT count(*) FROM task WHERE step = 'vacuum-table') FROM setup`)
	if want := "[[2 3 1 1 0]]"; err != nil || fmt.Sprint(rows) != want {
		t.Errorf("%v, want %s (%v)", rows, want, err)
	}
	mustKeepSecretsIn(t, dir)
}
