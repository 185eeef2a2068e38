package workflow

import (
	"os"
	"strings"
	"syscall"
)

// crashAt is for the crash tests: PGCOPY_CRASH_AT="claimed:copy-table" makes the process kill itself with SIGKILL at that
// boundary of the first task of that step. Nothing else reads it, and it is looked up once.
var crashAt = os.Getenv("PGCOPY_CRASH_AT")

// Boundary kills the process when the crash tests asked for it at this boundary. Steps call it for boundaries that the runner
// cannot see, such as the moment between the target's commit and the verdict.
func Boundary(name string, t Task) {
	if crashAt == "" {
		return
	}
	at, step, _ := strings.Cut(crashAt, ":")
	if at == name && (step == "" || step == t.Step) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // SIGKILL is on its way; not one more statement may run
	}
}
