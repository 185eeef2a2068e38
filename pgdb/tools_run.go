package pgdb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// ToolRun is one run of a client program.
type ToolRun struct {
	Path   string
	Args   []string              // no passwords: everybody on the machine can read them
	Env    []string              // added to our own environment, see [Conninfo.ToolEnv]
	Output func(io.Reader) error // reads the program's output; nil when there is none. An error ends the program
	Warn   func(text string)     // gets each warning as one line, nil to drop them
}

// ToolError is a client program that failed, with what it said.
type ToolError struct {
	Program string // such as "pg_dump"
	Said    string // its messages, one line; never empty
	// Transient: the connection was lost or refused, or the program was killed, and the same run may well succeed later.
	Transient bool
	Err       error // *exec.ExitError, or why it could not be started
}

func (e *ToolError) Error() string { return e.Program + ": " + e.Said }

func (e *ToolError) Unwrap() error { return e.Err }

// Do runs the program to its end. It is told to stop when ctx ends, and killed when it does not comply or when this process
// dies first (on Linux). Its error is a [*ToolError], that of Output as it is, or that of ctx.
func (r ToolRun) Do(ctx context.Context) error {
	program := filepath.Base(r.Path)
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	cmd := exec.CommandContext(ctx, r.Path, r.Args...)
	cmd.Env = toolEnviron(r.Env)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 5 * time.Second
	cmd.SysProcAttr = toolProcAttr()
	said := &toolMessages{program: program, warn: r.Warn}
	cmd.Stderr = said

	// the kernel's promise to end the child is bound to the thread that started it
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	err, readErr := r.run(cmd, stop)
	said.end()
	switch {
	case readErr != nil:
		return readErr
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", program, context.Cause(ctx))
	}
	var exit *exec.ExitError
	killed := errors.As(err, &exit) && !exit.Exited()
	text := said.text()
	if text == "" || killed {
		text = strings.TrimSuffix(err.Error()+": "+text, ": ")
	}
	return &ToolError{Program: program, Said: text, Transient: killed || isTransientText(text), Err: err}
}

// run starts the program, has its output read, and waits for both. An error of the reader ends the program, unless its output had
// ended before: then a failure of the program explains the reader's better than the reader can.
func (r ToolRun) run(cmd *exec.Cmd, stop context.CancelCauseFunc) (err, readErr error) {
	if r.Output == nil {
		return cmd.Run(), nil
	}
	pipe, err := cmd.StdoutPipe()
	if err != nil {
		return err, nil
	}
	if err := cmd.Start(); err != nil {
		return err, nil
	}
	out := &endSeen{r: pipe}
	if readErr = r.Output(out); readErr == nil {
		_, readErr = io.Copy(io.Discard, out)
	}
	if readErr != nil && !out.ended {
		stop(readErr)
		_ = cmd.Wait()
		return nil, readErr
	}
	if err := cmd.Wait(); err != nil {
		return err, nil
	}
	return nil, readErr
}

// endSeen notes that the end of what it reads was reached.
type endSeen struct {
	r     io.Reader
	ended bool
}

func (e *endSeen) Read(p []byte) (int, error) {
	n, err := e.r.Read(p)
	e.ended = e.ended || err != nil
	return n, err
}

// toolEnviron is our environment with messages in English and without colours, so that they can be told apart.
func toolEnviron(more []string) []string {
	env := append(os.Environ(), "LC_ALL=C", "LANGUAGE=", "PG_COLOR=never")
	return append(env, more...)
}

// isTransientText knows libpq's words for a connection that was lost or not to be had just now.
func isTransientText(s string) bool {
	for _, words := range []string{
		"server closed the connection unexpectedly", "SSL connection has been closed unexpectedly", "Connection refused",
		"Connection reset by peer", "Connection timed out", "timeout expired", "could not receive data from server", "no connection to the server",
		"the database system is starting up", "the database system is shutting down", "the database system is in recovery mode",
		"terminating connection due to administrator command", "terminating connection because of crash", "too many clients already",
		"remaining connection slots are reserved", "too many connections for", "deadlock detected", "canceling statement due to statement timeout", "canceling statement due to lock timeout",
	} {
		if strings.Contains(s, words) {
			return true
		}
	}
	return false
}

// toolMessages collects what a program writes to stderr, as lines "pg_dump: warning: ...". Warnings are handed on, errors kept for the
// end, progress (of --verbose) dropped. Lines without the program's name continue the message before.
type toolMessages struct {
	program string
	warn    func(string)
	partial []byte
	kind    byte     // of the message being collected: w, e or p (progress)
	current string   // that message so far
	errors  []string // error messages, the first ones
	other   []string // messages of no known kind, the last ones
}

const (
	maxToolLine   = 8 << 10
	maxToolErrors = 5
)

func (m *toolMessages) Write(p []byte) (int, error) {
	n := len(p)
	for {
		i := bytes.IndexByte(p, '\n')
		if i < 0 {
			m.partial = append(m.partial, p[:min(len(p), max(0, maxToolLine-len(m.partial)))]...)
			return n, nil
		}
		m.line(string(append(m.partial, p[:i]...)))
		m.partial, p = m.partial[:0], p[i+1:]
	}
}

func (m *toolMessages) line(s string) {
	text, own := strings.CutPrefix(s, m.program+": ")
	if !own {
		m.add(s)
		return
	}
	for _, k := range []struct {
		prefix string
		kind   byte
	}{{"warning: ", 'w'}, {"error: ", 'e'}, {"fatal: ", 'e'}} {
		if rest, ok := strings.CutPrefix(text, k.prefix); ok {
			m.end()
			m.kind, m.current = k.kind, rest
			return
		}
	}
	if strings.HasPrefix(text, "detail: ") || strings.HasPrefix(text, "hint: ") {
		m.add(text)
		return
	}
	m.end()
	m.kind, m.current = 'p', text
}

func (m *toolMessages) add(s string) {
	if m.current == "" {
		m.kind = 'p'
	}
	if s = oneLine(s); s != "" && len(m.current) < maxToolLine {
		m.current = strings.TrimSpace(m.current + " " + s)
	}
}

// end finishes the message being collected.
func (m *toolMessages) end() {
	if len(m.partial) > 0 {
		s := string(m.partial)
		m.partial = nil
		m.line(s)
	}
	text := m.current
	m.current = ""
	switch {
	case text == "":
	case m.kind == 'w':
		if m.warn != nil {
			m.warn(text)
		}
	case m.kind == 'e':
		if len(m.errors) < maxToolErrors {
			m.errors = append(m.errors, text)
		}
	default:
		if len(m.other) == maxToolErrors {
			m.other = m.other[1:]
		}
		m.other = append(m.other, text)
	}
}

// text is what the program said about its failure.
func (m *toolMessages) text() string {
	if len(m.errors) > 0 {
		return strings.Join(m.errors, "; ")
	}
	return strings.Join(m.other, "; ")
}
