package e2e

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"
)

// follow is what list progress says of following.
func (w *work) follow() (f struct {
	Received   string   `json:"received_lsn"`
	Replayed   string   `json:"replayed_lsn"`
	Source     string   `json:"source_lsn"`
	LagBytes   int64    `json:"lag_bytes"`
	LagSeconds *float64 `json:"lag_seconds"`
	Applied    struct {
		Changes float64 `json:"changes_per_second"`
		Bytes   float64 `json:"bytes_per_second"`
	} `json:"applied"`
	WaitsFor string `json:"waits_for"`
}) {
	w.t.Helper()
	r := pgcopy(w.t, nil, "list", "progress", "--json", "--dir", w.dir)
	all := struct {
		Follow any `json:"follow"`
	}{&f}
	if err := json.Unmarshal([]byte(r.stdout), &all); err != nil || r.code != 0 {
		w.t.Fatalf("%v: %s", err, r)
	}
	return f
}

func TestSentinelHoldsApplyInTheMiddleOfARun(t *testing.T) {
	w := piecewise(t, "sentinel_hold")
	db := sourceDB(w)
	p := start(t, w.env, "stream", "replay", "--dir", w.dir)
	n := 0
	load := func(d time.Duration) {
		for until := time.Now().Add(d); time.Now().Before(until); n++ {
			w.src.Exec(t, db, fmt.Sprintf("INSERT INTO t VALUES (%d)", n))
		}
	}
	rows := func() string { return w.dst.Value(t, w.targetDB, "SELECT count(*) FROM t") }
	load(time.Second)
	eventually(t, "it follows", time.Minute, func() bool { return rows() == strconv.Itoa(n) })
	eventually(t, "it has caught up", 10*time.Second, func() bool {
		f := w.follow()
		return f.LagSeconds != nil && *f.LagSeconds == 0 && f.WaitsFor == "more changes" && f.Applied.Changes > 0 && f.Applied.Bytes > 0
	})
	for range 2 {
		w.must("sentinel", "set", "prefetch")
		load(time.Second)
		held := rows()
		load(1500 * time.Millisecond)
		if got := rows(); got != held {
			t.Fatalf("held a second ago at %s rows, and %s are there", held, got)
		}
		eventually(t, "what was committed meanwhile is received", 10*time.Second, func() bool {
			return w.spool("SELECT count(*) FROM txn")[0][0] == strconv.Itoa(n)
		})
		f := w.follow()
		if !strings.HasPrefix(f.WaitsFor, "the sentinel") || f.LagBytes == 0 || f.LagSeconds == nil || *f.LagSeconds < 1 {
			t.Errorf("while it is held: %+v", f)
		}
		w.must("sentinel", "set", "apply")
		eventually(t, "it goes on", 10*time.Second, func() bool { return rows() == strconv.Itoa(n) })
	}
	text := pgcopy(t, nil, "list", "progress", "--dir", w.dir)
	for _, want := range []string{"FOLLOWING", "received", "replayed", "follow: ", "changes/s"} {
		if !strings.Contains(text.stdout, want) {
			t.Errorf("list progress does not say %q: %s", want, text)
		}
	}
	w.endHere()
	w.mustEnd(p, 0)
}

// On an idle database of a busy server there is nothing to apply, and so no lag.
func TestLagOfAnIdleDatabase(t *testing.T) {
	w := piecewise(t, "sentinel_idle")
	p := start(t, w.env, "stream", "replay", "--dir", w.dir)
	w.src.Exec(t, sourceDB(w), "INSERT INTO t VALUES (1)")
	eventually(t, "it follows", time.Minute, func() bool { return w.ids() == "1" })
	other := w.src.FreshDB(t)
	w.src.Exec(t, other, "CREATE TABLE x AS SELECT repeat('x', 1000) FROM generate_series(1, 20000)")
	before := w.src.Value(t, "postgres", "SELECT pg_current_wal_flush_lsn()")
	eventually(t, "what others write is passed over", 15*time.Second, func() bool {
		f := w.follow()
		return f.LagSeconds != nil && *f.LagSeconds == 0 && w.src.Value(t, "postgres", "SELECT '"+f.Replayed+"'::pg_lsn >= '"+before+"'") == "t"
	})
	w.endHere()
	w.mustEnd(p, 0)
}

func TestStartPos(t *testing.T) {
	w := piecewise(t, "sentinel_startpos")
	refused := func(at, why string) {
		t.Helper()
		if r := w.stream("sentinel", "set", "startpos", at); r.code != 1 || !strings.Contains(r.stderr, why) {
			t.Errorf("startpos %s: %s", at, r)
		}
	}
	w.fill(sourceDB(w))
	refused("0/1", "before the slot begins")
	refused("7FFFFFFF/0", "beyond what was received")
	// The target was filled by other means after the second transaction.
	w.dst.Exec(t, w.targetDB, "INSERT INTO t VALUES (1), (2), (3)")
	end, _ := strconv.ParseUint(w.spool("SELECT end_lsn FROM txn WHERE seq = 2")[0][0], 10, 64)
	w.must("sentinel", "set", "startpos", lsn(end))
	w.must("apply")
	if got := w.ids(); got != "1 2 3 4" {
		t.Errorf("rows %q", got)
	}
	if n := w.count("SELECT sum(inserts) FROM ledger_applied WHERE kind = 'skipped' AND reason = 'before startpos'"); n != 3 {
		t.Errorf("the ledger says that %d changes were skipped, want 3", n)
	}
	if n := w.count("SELECT sum(open) FROM ledger"); n != 0 {
		t.Errorf("the ledger is open by %d", n)
	}
	refused(lsn(end+8), "has begun already")
}
