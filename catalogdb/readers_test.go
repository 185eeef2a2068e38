package catalogdb

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/workflow"
)

// TestManyLooksAtManyRuns: other processes look a hundred times a second each while four workers settle tasks and run after run begins
// and ends. Nobody gets an error, on either side.
func TestManyLooksAtManyRuns(t *testing.T) {
	db := create(t)
	seed(t, db, 20000)
	dir := db.Dir()
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	var watchers []*child
	for range 2 {
		watchers = append(watchers, startChild(t, os.Args[0], "watch", dir, 0))
	}
	settled := 0
	for began := time.Now(); time.Since(began) < 3*time.Second; {
		lock, err := TakeLock(dir, "test")
		if err != nil {
			t.Fatal(err)
		}
		db, err := Create(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		run(t, db)
		settled += settleFor(t, db, 150*time.Millisecond)
		if err := db.EndRun(t.Context(), "interrupted", ""); err != nil {
			t.Error(err)
		}
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		_ = lock.Close()
	}
	for _, w := range watchers {
		_ = w.stdin.Close()
		for w.listen() {
			if strings.HasSuffix(w.said, " looks") {
				t.Logf("%s at %d verdicts", w.said, settled)
				break
			}
			t.Errorf("somebody who looked: %s", w.said)
		}
	}
}

// settleFor has four workers claim and settle for a while.
func settleFor(t *testing.T, db *DB, while time.Duration) (n int) {
	t.Helper()
	var wg sync.WaitGroup
	var mu sync.Mutex
	for i := range 4 {
		pool := []string{"copy", "index"}[i%2]
		wg.Go(func() {
			for began := time.Now(); time.Since(began) < while; {
				task, ok, err := db.Claim(t.Context(), pool, fmt.Sprint(pool, " ", i))
				if err == nil && ok {
					err = db.RecordTargetXID(t.Context(), task, uint64(task.ID))
				}
				if err == nil && ok {
					err = db.Sent(t.Context(), map[int64]int64{task.ID: 10})
				}
				if err == nil && ok {
					_, err = db.Settle(t.Context(), task, workflow.Verdict{State: workflow.Done, Result: workflow.Result{Bytes: 20}})
				}
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				n++
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return n
}

// TestLogIsGivenBack: a reader that stays keeps the log from being taken over, so it grows; when he has gone it shrinks to its bound.
func TestLogIsGivenBack(t *testing.T) {
	db := create(t)
	seed(t, db, 10)
	db.do(t, `CREATE TABLE ballast (b BLOB)`)
	grow := func() {
		for range 12 {
			db.do(t, `INSERT INTO ballast VALUES (zeroblob(10000000))`)
			db.do(t, `DELETE FROM ballast`)
		}
	}
	tx, err := db.r.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(t, tx, `SELECT count(*) FROM task`); !slices.Equal(got, []string{"20"}) {
		t.Fatal(got)
	}
	grow()
	if n := db.walSize(t); n < 100<<20 {
		t.Errorf("the log has %d MB although a reader needs it", n>>20)
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		db.do(t, `INSERT INTO ballast VALUES (zeroblob(10000000))`)
		db.do(t, `DELETE FROM ballast`)
	}
	if n := db.walSize(t); n > 65<<20 {
		t.Errorf("the log still has %d MB", n>>20)
	}
}
