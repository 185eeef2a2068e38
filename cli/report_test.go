package cli

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
)

func TestReportsComeAtIntervalsAndWhenAStepIsOver(t *testing.T) {
	var b bytes.Buffer
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	r := newReporter(textLog(&b, slog.LevelInfo, false), func() time.Time { return now })
	i := func(n int64) *int64 { return &n }
	f := func(n float64) *float64 { return &n }
	look := func(after time.Duration, done int64) (said string) {
		now = now.Add(after)
		c := catalogdb.TaskCounts{Total: 57, Pending: 57 - done, Done: done, Bytes: done << 20, Size: 57 << 20, SizeDone: done << 20,
			Percent: 100 * float64(done) / 57, Seconds: f(float64(done)), BytesPerSecond: i(1 << 20), ETASeconds: i(57 - done)}
		b.Reset()
		r.show(catalogdb.Progress{State: catalogdb.StateRunning, Overall: &c, Steps: []catalogdb.StepProgress{
			{Step: "copy-table", Kind: "table data", Pool: "copy", TaskCounts: c}, {Step: "complete-table", Kind: "complete tables", Pool: "barrier", TaskCounts: c}}})
		return strings.TrimSuffix(strings.ReplaceAll(b.String(), "11:42:03 INFO  ", ""), "\n")
	}
	for _, c := range []struct {
		after time.Duration
		done  int64
		want  string
	}{
		{time.Second, 1, ""},
		{time.Second, 12, "tables 12 of 57, 12.0 MB of 57.0 MB (21.1 %), 1.0 MB/s, about 45s left, 0 failed"},
		{9 * time.Second, 20, ""},
		{time.Second, 30, "tables 30 of 57, 30.0 MB of 57.0 MB (52.6 %), 1.0 MB/s, about 27s left, 0 failed"},
		{time.Second, 57, "copy-table: 57 done, 57.0 MB, in 57s, 1.0 MB/s"},
		{time.Second, 57, ""},
		{9 * time.Second, 57, "tables 57 of 57, 57.0 MB of 57.0 MB (100.0 %), 1.0 MB/s, 0 failed"},
	} {
		if got := look(c.after, c.done); got != c.want {
			t.Errorf("with %d done: %q, not %q", c.done, got, c.want)
		}
	}
}
