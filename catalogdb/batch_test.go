package catalogdb

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/workflow"
)

// TestClaimMore: only what is small, of the same step and never tried goes with a task, and no more than a batch takes.
func TestClaimMore(t *testing.T) {
	db := create(t)
	graph(t, db, `
		1 copy:data 300000
		2 copy:data 40
		3 copy:data 30
		4 other:data 29
		5 copy:data 28 <- 1
		6 copy:data 27
		7 copy:data 26
		8 copy:data 0`)
	db.do(t, `UPDATE task SET attempt = 1 WHERE id = 6`)
	db.do(t, `UPDATE task SET target_xid = 4711 WHERE id = 7`)

	big := claim(t, db, "data", 1)
	if more, err := db.ClaimMore(t.Context(), big); err != nil || len(more) != 0 {
		t.Errorf("with a big task came %+v, %v", more, err)
	}
	first := claim(t, db, "data", 2)
	more, err := db.ClaimMore(t.Context(), first)
	if err != nil || len(more) != 2 || more[0].ID != 3 || more[1].ID != 8 {
		t.Fatalf("with a small task came %+v, %v", more, err)
	}
	if m := more[0]; m.Attempt != 1 || m.RunID != first.RunID || m.Worker != first.Worker || m.Pool != "data" || m.Step != "copy" || m.Size != 30 {
		t.Errorf("claimed %+v", m)
	}
	wantStates(t, db, "1 running, 2 running, 3 running, 4 pending, 5 pending by 1, 6 pending, 7 pending, 8 running")
}

func TestClaimMoreIsBounded(t *testing.T) {
	for tasks, want := range map[int]int{2000: batchTasks, 100: 7 + 99/batchShare, 5: 4} { // of a few, some are left for others
		db := create(t)
		text := ""
		for i := range tasks {
			text += fmt.Sprintf("%d copy:data 10\n", i+1)
		}
		graph(t, db, text)
		if more, err := db.ClaimMore(t.Context(), claim(t, db, "data", 1)); err != nil || len(more) != want {
			t.Errorf("of %d claimed %d more, %v", tasks, len(more), err)
		}
	}
}

// TestSettleAll: the verdicts of a batch are one transaction, and each task's time is its part of it.
func TestSettleAll(t *testing.T) {
	db := create(t)
	graph(t, db, `
		1 copy:copy 10
		2 copy:copy 10
		3 index:index 0 <- 1
		4 index:index 0 <- 2
		5 vacuum:vacuum 0 <- 3 4`)
	first := claim(t, db, "copy", 1)
	more, err := db.ClaimMore(t.Context(), first)
	if err != nil || len(more) != 1 {
		t.Fatal(more, err)
	}
	if err := db.RecordTargetXIDs(t.Context(), []workflow.Task{first, more[0]}, 4711); err != nil {
		t.Fatal(err)
	}
	if err := db.RecordResults(t.Context(), []workflow.Task{first, more[0]}, []workflow.Result{{Bytes: 1, Rows: 2}, {}}); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, db.w, `SELECT group_concat(target_xid || ' ' || bytes || ' ' || rows, ', ') FROM task WHERE step = 'copy'`); got[0] != "4711 1 2, 4711 0 0" {
		t.Errorf("the rows say %s", got[0])
	}
	part := workflow.Verdict{State: workflow.Done, Took: 10 * time.Second}
	stranger := more[0]
	stranger.RunID++
	if _, err := db.SettleAll(t.Context(), []workflow.Task{first, stranger}, []workflow.Verdict{part, part}); !errors.Is(err, workflow.ErrNotHeld) {
		t.Errorf("settled what was not held: %v", err)
	}
	wantStates(t, db, "1 running, 2 running, 3 pending by 1, 4 pending by 1, 5 pending by 2")
	pools, err := db.SettleAll(t.Context(), []workflow.Task{first, more[0]}, []workflow.Verdict{part, part})
	if err != nil || len(pools) != 1 || pools[0] != "index" {
		t.Errorf("unblocked %v, %v", pools, err)
	}
	wantStates(t, db, "1 done, 2 done, 3 pending, 4 pending, 5 pending by 2")
	for _, s := range texts(t, db.w, `SELECT round(seconds) FROM task_time WHERE step = 'copy'`) {
		if s != "10" && s != "10.0" {
			t.Errorf("a task took %s s", s)
		}
	}
	// what needs several of a batch waits for none of them any more
	built := claim(t, db, "index", 3)
	others, err := db.ClaimMore(t.Context(), built)
	if err != nil || len(others) != 1 {
		t.Fatal(others, err)
	}
	if pools, err := db.SettleAll(t.Context(), []workflow.Task{built, others[0]}, []workflow.Verdict{part, part}); err != nil || len(pools) != 1 || pools[0] != "vacuum" {
		t.Errorf("unblocked %v, %v", pools, err)
	}
	wantStates(t, db, "1 done, 2 done, 3 done, 4 done, 5 pending")
}
