package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strings"
	"syscall"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/workflow"
)

// The exit statuses. Scripts depend on them: docs/exit-status.md describes them, and a test pins both.
const (
	ExitDone        = 0 // all that was asked for is done
	ExitFailed      = 1 // something failed; the message says what, why, and what to do
	ExitUsage       = 2 // the command line makes no sense; nothing was touched
	ExitDifferences = 3 // a comparison found differences
	ExitInterrupted = 4 // stopped by a signal; what was done is recorded, and resume goes on from there
	ExitUnverified  = 5 // a comparison could not be made for all it was asked about
)

const exitStatusHelp = `Exit status:
  0  done
  1  failed: the message says what, why, and what to do
  2  bad usage: nothing was touched
  3  a comparison found differences
  4  interrupted: what was done is recorded, and resume goes on from there
  5  a comparison could not be made
`

// usageError says what is wrong with the command line, in one sentence.
type usageError struct {
	msg     string
	hint    string
	command string // whose --help tells more; empty for pgcopy's own
}

func (e *usageError) Error() string { return e.msg }

func usagef(format string, args ...any) error { return &usageError{msg: fmt.Sprintf(format, args...)} }

// Interrupted is the cause with which main cancels the context: the signal that asked pgcopy to stop.
type Interrupted struct{ Signal fmt.Stringer }

func (e Interrupted) Error() string { return "interrupted by signal: " + e.Signal.String() }

// StopSignals are the signals that ask pgcopy to stop. A hangup is one of them, unless nohup has it ignored.
func StopSignals() []os.Signal {
	list := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		list = append(list, syscall.SIGHUP)
	}
	return list
}

// ExitAtOnce says that a second signal ends the process without waiting for anything, and gives its status: 128 and the signal's number, as
// shells say it. It is resumable like any crash.
func ExitAtOnce(stderr io.Writer, s os.Signal) int {
	fmt.Fprintf(stderr, "pgcopy: ended at once by a second signal: %s\n", s)
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return ExitInterrupted
}

// conclude tells the error a command ended with, and chooses the exit status.
func (a *app) conclude(err error) int {
	var usage *usageError
	var comparison *comparisonError
	switch {
	case err == nil:
		return ExitDone
	case errors.As(err, &comparison):
		a.say(comparison.msg, comparison.hint)
		return comparison.status
	case errors.As(err, &usage):
		a.say(usage.msg, usage.hint)
		if usage.hint == "" {
			fmt.Fprintln(a.stderr, strings.ReplaceAll("try: pgcopy "+usage.command+" --help", "  ", " "))
		}
		return ExitUsage
	case a.ctx.Err() != nil && isInterruption(a.ctx, err):
		message, hint := context.Cause(a.ctx).Error(), ""
		var user *pgdb.UserError
		if errors.As(err, &user) {
			message, hint = explain(err)
		}
		a.say(message, hint)
		return ExitInterrupted
	}
	a.say(explain(err))
	return ExitFailed
}

// isInterruption tells an error that is the context's end, or a consequence of it, from one that happens to come after it. A
// catalog that cannot be written is the other kind: what was done is not all recorded.
func isInterruption(ctx context.Context, err error) bool {
	return errors.Is(err, context.Cause(ctx)) || errors.Is(err, context.Canceled) ||
		!errors.Is(err, catalogdb.ErrCannotStore) && !errors.Is(err, workflow.ErrFailed)
}

func (a *app) say(message, hint string) {
	message = nameVariable(message, a.variables)
	if a.logErr != nil {
		a.logErr(message, hint)
		return
	}
	a.tellFile(message, hint)
	fmt.Fprintln(a.stderr, "pgcopy: "+clean(message))
	if hint != "" {
		fmt.Fprintln(a.stderr, "hint: "+clean(hint))
	}
}

// explain words an error for people. What the catalog refuses is worded here, what the servers say by pgdb.
func explain(err error) (message, hint string) {
	message, hint = pgdb.Explain(err)
	if hint != "" {
		return redact(message), hint
	}
	switch {
	case errors.Is(err, catalogdb.ErrLocked):
		hint = "wait until it has ended, or give another directory with --dir; pgcopy list progress shows how far it is"
	case errors.Is(err, catalogdb.ErrNoCatalog):
		message = strings.TrimSuffix(message, ": "+catalogdb.ErrNoCatalog.Error()) + " is not a work directory of pgcopy: it has no " + catalogdb.FileName
		hint = "give the directory of a run with --dir"
	case errors.Is(err, catalogdb.ErrNotDirectory):
		hint = "give the directory of a run with --dir"
	case errors.Is(err, catalogdb.ErrForeign):
		hint = "give another directory with --dir: this one belongs to another program"
	case errors.Is(err, catalogdb.ErrNewer):
		hint = "go on with the pgcopy that wrote it, or a newer one"
	case errors.Is(err, catalogdb.ErrDamaged):
		hint = "look at it with: sqlite3 DIR/catalog.db 'pragma integrity_check'; to begin anew, give an empty directory with --dir"
	case errors.Is(err, catalogdb.ErrCannotStore):
		hint = "make room for the work directory and allow this user to write it; what was done until then is recorded"
	}
	return redact(message), hint
}

var (
	uriPassword = regexp.MustCompile(`(postgres(?:ql)?://[^:/@\s"']*:)[^@\s"']*@`)
	keyPassword = regexp.MustCompile(`(password\s*=\s*)('(?:[^'\\]|\\.)*'|[^\s'"&]+)`)
)

// redact takes out what looks like a password, should an argument that was not understood be quoted.
func redact(s string) string {
	return keyPassword.ReplaceAllString(uriPassword.ReplaceAllString(s, "${1}****@"), "${1}****")
}
