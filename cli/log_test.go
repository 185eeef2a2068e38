package cli

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"
)

func textLog(w *bytes.Buffer, level slog.Level, colored bool) *slog.Logger {
	return slog.New(&textHandler{w: w, level: level, colored: colored, mu: new(sync.Mutex),
		now: func() time.Time { return time.Date(2026, 3, 1, 11, 42, 3, 0, time.UTC) }})
}

func TestLogLinesForPeople(t *testing.T) {
	var b bytes.Buffer
	log := textLog(&b, slog.LevelInfo, false)
	log.Debug("not told")
	log.Info("copied public.orders", "bytes", 1234, "rate", "85 MB/s", "note", "")
	log.With("run", 2).WithGroup("source").With("host", "old").Warn("slow", "lag", 3*time.Second, slog.Group("at", "lsn", "0/1"))
	log.Error("two\nlines \x1b[31m", "error", errors.New("said \"no\"\n"), "hint", "")
	want := "11:42:03 INFO  copied public.orders bytes=1234 rate=\"85 MB/s\" note=\"\"\n" +
		"11:42:03 WARN  slow run=2 source.host=old source.lag=3s source.at.lsn=0/1\n" +
		"11:42:03 ERROR two lines \uFFFD[31m error=\"said \\\"no\\\"\\n\"\n"
	if b.String() != want {
		t.Errorf("\n%s\nwanted\n%s", b.String(), want)
	}
	b.Reset()
	textLog(&b, slog.LevelDebug, true).Error("red")
	if got := b.String(); !strings.Contains(got, colorRed+"ERROR"+colorOff) {
		t.Errorf("%q", got)
	}
}
