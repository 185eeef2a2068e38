package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
)

func TestListCommands(t *testing.T) {
	dir := workDir(t, "failed.sql")
	for _, command := range []string{"progress", "runs", "failures", "steps"} {
		for _, format := range []string{"text", "json"} {
			args := []string{"list", command, "--dir", dir}
			if format == "json" {
				args = append(args, "--json")
			}
			status, stdout, stderr := pgcopy(t, args...)
			if status != ExitDone || stderr != "" {
				t.Fatalf("%v: status %d, %s", args, status, stderr)
			}
			golden(t, "list_"+command+"_"+format, stdout, dir)
		}
	}
}

func TestSummary(t *testing.T) {
	dir := workDir(t, "failed.sql")
	db, err := catalogdb.Look(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for limit, name := range map[int]string{summaryTables: "summary", 2: "summary_short"} {
		s, err := db.Summary(t.Context(), limit)
		if err != nil {
			t.Fatal(err)
		}
		var text, values bytes.Buffer
		if err := printSummary(&text, s); err != nil {
			t.Fatal(err)
		}
		if err := printJSON(&values, s); err != nil {
			t.Fatal(err)
		}
		golden(t, name+"_text", text.String(), dir)
		golden(t, name+"_json", values.String(), dir)
	}
}

// What a run looks like while it goes on, which no fixture can hold still.
func TestProgressOfARunThatGoesOn(t *testing.T) {
	i := func(n int64) *int64 { return &n }
	f := func(n float64) *float64 { return &n }
	copies := catalogdb.TaskCounts{Total: 57, Pending: 41, Running: 4, Done: 12, Bytes: 1200 << 20, Size: 8400 << 20, SizeDone: 1300 << 20, Percent: 15.5,
		Seconds: f(14.2), BytesPerSecond: i(85 << 20), ETASeconds: i(80)}
	p := catalogdb.Progress{Dir: "/work", State: catalogdb.StateRunning, Held: true, Elapsed: 133, Consistent: true,
		Run:     &catalogdb.Run{ID: 1, Workflow: "clone", PID: 4711, Host: "runner", StartedAt: "2026-03-01T22:00:00.000Z", Outcome: "running"},
		Overall: &copies,
		Steps:   []catalogdb.StepProgress{{Step: "copy-table", Kind: "table data", Pool: "copy", TaskCounts: copies}},
		Kinds:   []catalogdb.KindProgress{{Kind: "table data", TaskCounts: copies}},
		Workers: []catalogdb.Worker{
			{Worker: "copy 1", Step: "copy-table", Subject: "public.orders", Bytes: 600 << 20, Size: 900 << 20, Attempt: 1, Seconds: 7.5},
			{Worker: "copy 12", Step: "copy-table", Subject: "public.\"line\nend and \x1b[31mescape\"", Size: 8 << 10, Attempt: 3, Seconds: 0.0213}},
		Retries:  []catalogdb.Retry{{Step: "copy-table", Subject: "public.customers", Attempt: 2, Error: "read source: connection reset", NotBefore: "2026-03-01T22:02:20.000Z"}},
		Failures: []catalogdb.Failure{}}
	var b bytes.Buffer
	if err := printProgress(&b, p); err != nil {
		t.Fatal(err)
	}
	golden(t, "progress_running_text", b.String(), "no directory")
}

// The list says what the view says, number by number.
func TestListProgressIsTheViewProgress(t *testing.T) {
	dir := workDir(t, "failed.sql")
	_, stdout, _ := pgcopy(t, "list", "progress", "--dir", dir, "--json")
	var listed struct {
		Steps []map[string]any `json:"steps"`
	}
	if err := json.Unmarshal([]byte(stdout), &listed); err != nil {
		t.Fatal(err)
	}
	db := openCatalog(t, dir)
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "select * from progress")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	n := 0
	for ; rows.Next(); n++ {
		values, targets := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		if len(listed.Steps) <= n || len(listed.Steps[n]) != len(columns) {
			t.Fatalf("row %d of the view has columns %q, listed is %v", n, columns, listed.Steps)
		}
		for i, c := range columns {
			want, got := fmt.Sprint(values[i]), fmt.Sprint(listed.Steps[n][c])
			if f, ok := listed.Steps[n][c].(float64); ok {
				got = strings.TrimSuffix(fmt.Sprintf("%.3f", f), ".000")
				want = strings.TrimSuffix(fmt.Sprintf("%.3f", toFloat(values[i])), ".000")
			}
			if got != want {
				t.Errorf("%v: the view says %s = %s, the list %s", values[0], c, want, got)
			}
		}
	}
	if n != len(listed.Steps) || n == 0 {
		t.Errorf("the view has %d rows, the list %d", n, len(listed.Steps))
	}
}

func toFloat(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case float64:
		return v
	}
	return 0
}

func TestListOnOtherDirectories(t *testing.T) {
	empty := t.TempDir()
	foreign := t.TempDir()
	if err := os.WriteFile(filepath.Join(foreign, catalogdb.FileName), []byte(strings.Repeat("not a database ", 500)), 0o644); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		empty:                            "pgcopy: " + empty + " is not a work directory of pgcopy: it has no catalog.db\nhint: give the directory of a run with --dir\n",
		filepath.Join(empty, "not", "a"): "pgcopy: " + filepath.Join(empty, "not", "a") + " is not a work directory of pgcopy: it has no catalog.db\nhint: give the directory of a run with --dir\n",
	} {
		for _, command := range []string{"progress", "runs", "failures", "steps"} {
			if status, stdout, stderr := pgcopy(t, "list", command, "--dir", dir); status != ExitFailed || stdout != "" || stderr != want {
				t.Errorf("list %s: status %d, %q, %q", command, status, stdout, stderr)
			}
		}
	}
	status, _, stderr := pgcopy(t, "list", "progress", "--dir", foreign)
	if status != ExitFailed || !strings.Contains(stderr, "catalog is damaged") || !strings.Contains(stderr, "hint: ") {
		t.Errorf("a file of something else: status %d, %s", status, stderr)
	}
	if entries, _ := os.ReadDir(empty); len(entries) != 0 {
		t.Errorf("looking left %v behind", entries)
	}
}

// Before anything is planned there is a catalog, and it can be asked.
func TestListBeforeThereIsAPlan(t *testing.T) {
	dir := t.TempDir()
	db, err := catalogdb.Create(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, command := range []string{"progress", "runs", "failures", "steps"} {
		if status, stdout, stderr := pgcopy(t, "list", command, "--dir", dir); status != ExitDone || stdout == "" || stderr != "" {
			t.Errorf("list %s: status %d, %q, %q", command, status, stdout, stderr)
		}
		status, stdout, stderr := pgcopy(t, "list", command, "--dir", dir, "--json")
		if status != ExitDone || stderr != "" || command != "failures" && !json.Valid([]byte(stdout)) {
			t.Errorf("list %s --json: status %d, %q, %q", command, status, stdout, stderr)
		}
	}
}

func TestWatchEndsWithTheRun(t *testing.T) {
	dir := t.TempDir()
	db, err := catalogdb.Create(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lock, err := catalogdb.TakeLock(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if _, err := db.BeginRun(t.Context(), catalogdb.Run{Command: "test", Workflow: "clone"}); err != nil {
		t.Fatal(err)
	}
	ended := make(chan string, 1)
	go func() {
		_, stdout, stderr := pgcopyUntil(t.Context(), "list", "progress", "--dir", dir, "--json", "--watch=0.02")
		ended <- stdout + stderr
	}()
	time.Sleep(200 * time.Millisecond)
	select {
	case out := <-ended:
		t.Fatal("ended while the run goes on: ", out)
	default:
	}
	if err := db.EndRun(t.Context(), "done", ""); err != nil {
		t.Fatal(err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(<-ended), "\n")
	var states []string
	for _, l := range lines {
		var p catalogdb.Progress
		if err := json.Unmarshal([]byte(l), &p); err != nil {
			t.Fatal(err, l)
		}
		states = append(states, p.State)
	}
	if len(states) < 3 || states[0] != "running" || states[len(states)-1] != "done" || slices.Contains(states, "crashed") {
		t.Errorf("watched %q", states)
	}
}

func TestWatchEndsWithASignal(t *testing.T) {
	dir := t.TempDir()
	db, err := catalogdb.Create(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lock, err := catalogdb.TakeLock(dir, "test")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if status, _, stderr := pgcopyUntil(ctx, "list", "progress", "--dir", dir, "--watch=0.02"); status != ExitDone || stderr != "" {
		t.Errorf("status %d, %s", status, stderr)
	}
}
