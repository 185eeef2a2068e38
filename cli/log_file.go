package cli

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/alecthomas/kong"
)

// logFile is --log-file: a file that gets the whole log, debug lines included, whatever stderr is told. It is made for its owner only, and
// added to, never cut: several commands of a migration may share one.
type logFile struct {
	path    string
	handler slog.Handler // nil: there is none
}

// Decode implements kong.MapperValue. An empty environment variable counts as none.
func (l *logFile) Decode(kctx *kong.DecodeContext) error {
	return kctx.Scan.PopValueInto("FILE", &l.path)
}

// String is what kong shows.
func (l logFile) String() string { return l.path }

// openLogFile opens the file that the command line names, if it does, before anything is begun. The way to close it comes back.
func (a *app) openLogFile(kctx *kong.Context) (end func(status int), err error) {
	var l *logFile
	asJSON := false
	for _, f := range kctx.Flags() {
		switch f.Name {
		case "log-file":
			l, _ = f.Target.Addr().Interface().(*logFile)
		case "log-format":
			asJSON = f.Target.String() == "json"
		}
	}
	if l == nil || l.path == "" {
		return nil, nil
	}
	file, err := os.OpenFile(l.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		var cause *fs.PathError
		if errors.As(err, &cause) {
			err = cause.Err
		}
		return nil, &usageError{msg: "--log-file: " + l.path + " cannot be written: " + err.Error(),
			hint: "name a file in a directory that is there and that this user may write to"}
	}
	l.handler = &textHandler{w: file, level: slog.LevelDebug, mu: new(sync.Mutex), now: time.Now, stamp: fileStamp}
	if asJSON {
		l.handler = slog.NewJSONHandler(file, &slog.HandlerOptions{Level: slog.LevelDebug})
	}
	a.fileLog = slog.New(l.handler)
	a.fileLog.Info("pgcopy "+Version()+" begins", "command", commandLine(a.args), "pid", os.Getpid())
	return func(status int) {
		a.fileLog.Info("pgcopy ends", "status", status)
		_ = file.Close()
	}, nil
}

// fileStamp is the time of a line in a file, which people read on another day.
const fileStamp = "2006-01-02 15:04:05.000 "

// tee gives each record to both handlers.
type tee struct{ one, other slog.Handler }

// Enabled implements slog.Handler.
func (t tee) Enabled(ctx context.Context, level slog.Level) bool {
	return t.one.Enabled(ctx, level) || t.other.Enabled(ctx, level)
}

// Handle implements slog.Handler.
func (t tee) Handle(ctx context.Context, r slog.Record) (err error) {
	for _, h := range []slog.Handler{t.one, t.other} {
		if h.Enabled(ctx, r.Level) {
			err = errors.Join(err, h.Handle(ctx, r.Clone()))
		}
	}
	return err
}

// WithAttrs implements slog.Handler.
func (t tee) WithAttrs(attrs []slog.Attr) slog.Handler {
	return tee{t.one.WithAttrs(attrs), t.other.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (t tee) WithGroup(name string) slog.Handler {
	return tee{t.one.WithGroup(name), t.other.WithGroup(name)}
}

// tellFile puts what people are told at the end into the log file, too.
func (a *app) tellFile(message, hint string) {
	if a.fileLog != nil {
		a.fileLog.Error(strings.TrimSpace(message), "hint", hint)
	}
}
