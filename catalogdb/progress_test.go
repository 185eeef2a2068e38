package catalogdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/workflow"
)

func create(t *testing.T) *DB {
	t.Helper()
	db, err := Create(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func (db *DB) do(t *testing.T, statement string, args ...any) {
	t.Helper()
	if err := db.write(t.Context(), func(tx *sql.Tx) error {
		_, err := tx.ExecContext(t.Context(), statement, args...)
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

// seed gives a catalog two steps and n tasks of each.
func seed(t *testing.T, db *DB, n int) {
	t.Helper()
	db.do(t, `INSERT INTO step (name, position, kind, pool) VALUES ('copy-table', 1, 'table data', 'copy'), ('create-index', 2, 'index', 'index')`)
	db.do(t, `WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < ?1)
		INSERT INTO task (step, oid, subject, pool, size) SELECT s.name, n, 'public.t' || n, s.pool, 1000 FROM i, step s`, n)
}

// counted is the truth about step_state: every task counted one by one.
func counted(t *testing.T, db *DB) (kept, truth []string) {
	t.Helper()
	read := func(q string) (list []string) {
		if err := each(t.Context(), db.r, q, nil, func(rows *sql.Rows) error {
			var step, state string
			var tasks, bytes, size int64
			err := rows.Scan(&step, &state, &tasks, &bytes, &size)
			list = append(list, fmt.Sprintf("%s %s: %d tasks, %d bytes of %d", step, state, tasks, bytes, size))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return list
	}
	return read(`SELECT step, state, tasks, bytes, size FROM step_state WHERE tasks <> 0 OR bytes <> 0 OR size <> 0 ORDER BY 1, 2`),
		read(`SELECT step, state, count(*), sum(bytes), sum(size) FROM task GROUP BY 1, 2 ORDER BY 1, 2`)
}

func TestCountsAreThoseOfTheTasks(t *testing.T) {
	db := create(t)
	seed(t, db, 40)
	check := func(when string) {
		t.Helper()
		if kept, truth := counted(t, db); !reflect.DeepEqual(kept, truth) {
			t.Fatalf("%s: kept %q, counted %q", when, kept, truth)
		}
	}
	check("planned")
	if _, err := db.BeginRun(t.Context(), Run{Command: "test"}); err != nil {
		t.Fatal(err)
	}
	verdicts := []workflow.Verdict{
		{State: workflow.Done, Result: workflow.Result{Bytes: 700, Rows: 7}},
		{State: workflow.Failed, Error: "no", Result: workflow.Result{Bytes: 10}},
		{State: workflow.Pending, Error: "again", Trouble: true, Delay: time.Hour, Result: workflow.Result{Bytes: 20}},
	}
	for i := range 30 {
		task, ok, err := db.Claim(t.Context(), []string{"copy", "index"}[i%2], "w 1")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if err := db.Sent(t.Context(), map[int64]int64{task.ID: int64(100 + i)}); err != nil {
			t.Fatal(err)
		}
		check("sent")
		if i > 24 {
			continue // stays running
		}
		if _, err := db.Settle(t.Context(), task, verdicts[i%3]); err != nil {
			t.Fatal(err)
		}
		check(string(verdicts[i%3].State))
	}
	if _, err := db.BeginRun(t.Context(), Run{Command: "another"}); err != nil { // takes back what runs and what failed
		t.Fatal(err)
	}
	check("taken back")
	db.do(t, `DELETE FROM task WHERE id % 3 = 0`)
	check("deleted")
}

func TestProgressLeavesOutTheTimeBetweenRuns(t *testing.T) {
	db := create(t)
	seed(t, db, 4)
	db.do(t, `INSERT INTO run (id, command, version, host, pid, workflow, started_at, ended_at, outcome) VALUES
		(1, 'a', '', '', 1, '', '2026-01-01T00:00:00.000Z', '2026-01-01T00:01:00.000Z', 'interrupted'),
		(2, 'b', '', '', 1, '', '2026-01-02T00:00:00.000Z', '2026-01-02T00:02:00.000Z', 'done')`)
	db.do(t, `UPDATE task SET state = 'running', run_id = 1, started_at = '2026-01-01T00:00:30.000Z' WHERE step = 'copy-table' AND oid = 1`)
	db.do(t, `UPDATE task SET state = 'done', bytes = 600, run_id = 1, started_at = '2026-01-01T00:00:30.000Z', finished_at = '2026-01-01T00:00:50.000Z'
		WHERE step = 'copy-table' AND oid < 3`)
	db.do(t, `UPDATE task SET state = 'done', bytes = 600, run_id = 2, started_at = '2026-01-02T00:00:10.000Z', finished_at = '2026-01-02T00:00:30.000Z'
		WHERE step = 'copy-table' AND oid >= 3`)
	p, err := db.Progress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	s := p.Steps[0]
	if s.Step != "copy-table" || s.Seconds == nil || *s.Seconds != 30+30 || *s.BytesPerSecond != 2400/60 || *s.ETASeconds != 0 || s.Percent != 100 {
		t.Errorf("copy-table is %+v after %v s", s, *s.Seconds)
	}
	if p.Elapsed != 180 {
		t.Errorf("all runs took %v s, not 180", p.Elapsed)
	}
	if o := p.Overall; o.Total != 8 || o.Done != 4 || o.Percent != 50 || len(p.Kinds) != 2 {
		t.Errorf("overall is %+v", o)
	}
}

func TestStateOfADirectory(t *testing.T) {
	db := create(t)
	state := func() string {
		t.Helper()
		reader, err := Look(t.Context(), db.Dir())
		if err != nil {
			t.Fatal(err)
		}
		defer reader.Close()
		p, err := reader.Progress(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return p.State
	}
	if s := state(); s != StateEmpty {
		t.Errorf("before the first run: %s", s)
	}
	lock, err := TakeLock(db.Dir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.BeginRun(t.Context(), Run{Command: "test"}); err != nil {
		t.Fatal(err)
	}
	if s := state(); s != StateRunning {
		t.Errorf("while a run holds the directory: %s", s)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	if s := state(); s != StateCrashed {
		t.Errorf("after the process is gone without a word: %s", s)
	}
	if err := db.EndRun(t.Context(), StateInterrupted, "signal"); err != nil {
		t.Fatal(err)
	}
	if s := state(); s != StateInterrupted {
		t.Errorf("after its end: %s", s)
	}
}

func TestLookLeavesADirectoryAsItIs(t *testing.T) {
	db := create(t)
	seed(t, db, 3)
	dir := db.Dir()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	before := listing(t, dir)
	for range 3 {
		reader, err := Look(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		p, err := reader.Progress(t.Context())
		if err != nil || p.Overall.Total != 6 {
			t.Fatal(p.Overall, err)
		}
		if err := reader.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if after := listing(t, dir); !reflect.DeepEqual(before, after) {
		t.Errorf("looking changed %q to %q", before, after)
	}
}

func listing(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprint(e.Name(), info.Size(), info.ModTime()))
	}
	return list
}

func TestLookAtWhatIsNoCatalog(t *testing.T) {
	dir := t.TempDir()
	if _, err := Look(t.Context(), dir); !errors.Is(err, ErrNoCatalog) {
		t.Errorf("an empty directory: %v", err)
	}
	path := filepath.Join(dir, FileName)
	if err := os.WriteFile(path, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	db, err := Look(t.Context(), dir)
	if err != nil {
		t.Fatal("a file that is only just being made:", err)
	}
	if p, err := db.Progress(t.Context()); err != nil || p.State != StateEmpty {
		t.Error("a file that is only just being made:", p.State, err)
	}
	_ = db.Close()
	if err := os.WriteFile(path, []byte("this is not a database, however long one looks at it"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Look(t.Context(), dir); !errors.Is(err, ErrDamaged) {
		t.Errorf("a file of something else: %v", err)
	}
}

// A crash leaves the write-ahead log behind: what is in it counts.
func TestLookSeesWhatACrashLeftInTheLog(t *testing.T) {
	db := create(t)
	seed(t, db, 3)
	dir := t.TempDir()
	for _, f := range []string{FileName, FileName + "-wal"} {
		content, err := os.ReadFile(filepath.Join(db.Dir(), f))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, f), content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := Look(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	if p, err := reader.Progress(t.Context()); err != nil || p.Overall == nil || p.Overall.Total != 6 {
		t.Fatal(p.Overall, err)
	}
}

// Looking at half a million tasks must not cost what counting them costs.
func TestProgressOfManyTasksIsCheap(t *testing.T) {
	db := create(t)
	seed(t, db, 50_000)
	plan := ""
	for _, view := range []string{"progress", "kind_progress", "overall", "workers", "retries", "failures"} {
		if err := each(t.Context(), db.r, `EXPLAIN QUERY PLAN SELECT * FROM `+view, nil, func(rows *sql.Rows) error {
			var a, b, c int
			var line string
			err := rows.Scan(&a, &b, &c, &line)
			plan += view + ": " + line + "\n"
			return err
		}); err != nil {
			t.Fatal(err)
		}
	}
	at := time.Now()
	const looks = 20
	for range looks {
		if _, err := db.Progress(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if each := time.Since(at) / looks; each > 25*time.Millisecond {
		t.Errorf("one look at 100,000 tasks took %v:\n%s", each, plan)
	}
}

// Readers come and go while a run writes; neither may see an error.
func TestLookWhileARunWrites(t *testing.T) {
	db := create(t)
	seed(t, db, 300)
	lock, err := TakeLock(db.Dir(), "test")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if _, err := db.BeginRun(t.Context(), Run{Command: "test"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error, 1)
	go func() {
		defer close(failed)
		for ctx.Err() == nil {
			if err := lookOnce(db.Dir()); err != nil {
				failed <- err
				return
			}
		}
	}()
	for range 300 {
		task, ok, err := db.Claim(t.Context(), "copy", "copy 1")
		if err != nil || !ok {
			t.Fatal(ok, err)
		}
		if _, err := db.Settle(t.Context(), task, workflow.Verdict{State: workflow.Done}); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-failed; err != nil {
		t.Error(err)
	}
}

func lookOnce(dir string) error {
	db, err := Look(context.Background(), dir)
	if err != nil {
		return err
	}
	_, err = db.Progress(context.Background())
	return errors.Join(err, db.Close())
}
