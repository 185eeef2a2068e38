package cli

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"
)

// logFlags say what is told on stderr while work goes on.
type logFlags struct {
	LogLevel  string  `placeholder:"LEVEL" default:"info" env:"PGCOPY_LOG_LEVEL" help:"What to log: debug, info, warn or error (default ${default})."`
	LogFormat string  `placeholder:"FORMAT" default:"text" env:"PGCOPY_LOG_FORMAT" help:"How to log: text for people, json for programs (default ${default})."`
	Verbose   toggle  `short:"v" aliases:"debug,notice,trace" help:"The same as --log-level=debug."`
	LogFile   logFile `placeholder:"FILE" env:"PGCOPY_LOG_FILE" help:"Add the whole log, debug lines included, to this file; what stderr is told stays as it is."`
	Quiet     toggle  `short:"q" help:"Log warnings and errors only, and show no progress and no summary."`
}

func (f *logFlags) level() (slog.Level, error) {
	switch {
	case bool(f.Verbose && f.Quiet):
		return 0, usagef("--verbose and --quiet contradict each other: give one of them")
	case bool(f.Verbose):
		return slog.LevelDebug, nil
	case bool(f.Quiet):
		return slog.LevelWarn, nil
	}
	switch f.LogLevel {
	case "debug":
		return slog.LevelDebug, nil
	case "", "info":
		return slog.LevelInfo, nil
	case "warn":
		return slog.LevelWarn, nil
	case "error":
		return slog.LevelError, nil
	}
	return 0, usagef("--log-level must be debug, info, warn or error, not %q", f.LogLevel)
}

func (f *logFlags) json() bool { return f.LogFormat == "json" }

// logger is the log that steps write to.
func (f *logFlags) logger(w io.Writer, colored bool) (*slog.Logger, error) {
	level, err := f.level()
	if err != nil {
		return nil, err
	}
	if f.LogFormat != "" && f.LogFormat != "text" && f.LogFormat != "json" {
		return nil, usagef("--log-format must be text or json, not %q", f.LogFormat)
	}
	var h slog.Handler = &textHandler{w: w, level: level, colored: colored, mu: new(sync.Mutex), now: time.Now}
	if f.json() {
		h = slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})
	}
	if f.LogFile.handler != nil {
		h = tee{h, f.LogFile.handler}
	}
	return slog.New(h), nil
}

// textHandler writes log lines for people: 11:42:03 INFO  copied public.orders bytes=1234. Each line is one Write.
type textHandler struct {
	w       io.Writer
	level   slog.Level
	colored bool
	mu      *sync.Mutex
	now     func() time.Time
	attrs   string // of the logger, written already
	group   string
	stamp   string // how the time is written, "": the time of day
}

// Enabled implements slog.Handler.
func (h *textHandler) Enabled(_ context.Context, level slog.Level) bool { return level >= h.level }

// Handle implements slog.Handler.
func (h *textHandler) Handle(_ context.Context, r slog.Record) error {
	var b strings.Builder
	stamp := h.stamp
	if stamp == "" {
		stamp = "15:04:05 "
	}
	b.WriteString(h.now().Format(stamp))
	label := fmt.Sprintf("%-5s", r.Level)
	if color := levelColor(r.Level); h.colored && color != "" {
		label = color + label + colorOff
	}
	b.WriteString(label + " " + clean(r.Message) + h.attrs)
	r.Attrs(func(a slog.Attr) bool {
		appendAttr(&b, h.group, a)
		return true
	})
	b.WriteByte('\n')
	h.mu.Lock()
	defer h.mu.Unlock()
	_, err := io.WriteString(h.w, b.String())
	return err
}

// WithAttrs implements slog.Handler.
func (h *textHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	var b strings.Builder
	for _, a := range attrs {
		appendAttr(&b, h.group, a)
	}
	c := *h
	c.attrs += b.String()
	return &c
}

// WithGroup implements slog.Handler.
func (h *textHandler) WithGroup(name string) slog.Handler {
	c := *h
	if name != "" {
		c.group += name + "."
	}
	return &c
}

func appendAttr(b *strings.Builder, group string, a slog.Attr) {
	v := a.Value.Resolve()
	if a.Equal(slog.Attr{}) {
		return
	}
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			group += a.Key + "."
		}
		for _, member := range v.Group() {
			appendAttr(b, group, member)
		}
		return
	}
	text := v.String()
	if a.Key == "hint" && text == "" {
		return // most errors have none
	}
	if text == "" || strings.ContainsAny(text, " \"=") || clean(text) != text {
		text = strconv.Quote(text)
	}
	b.WriteString(" " + group + a.Key + "=" + text)
}

const (
	colorRed    = "\x1b[31m"
	colorYellow = "\x1b[33m"
	colorGreen  = "\x1b[32m"
	colorDim    = "\x1b[2m"
	colorOff    = "\x1b[0m"
)

func levelColor(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return colorRed
	case l >= slog.LevelWarn:
		return colorYellow
	case l < slog.LevelInfo:
		return colorDim
	}
	return ""
}
