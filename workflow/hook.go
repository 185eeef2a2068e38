package workflow

import (
	"os"
	"strings"
	"sync/atomic"
	"syscall"
)

// crashAt and stopAt are for the crash tests: PGCOPY_CRASH_AT="claimed:copy-table" makes the process kill itself with SIGKILL at that
// boundary of the first task of that step, PGCOPY_STOP_AT stop itself with SIGSTOP, once, until a test sends SIGCONT. Nothing else reads
// them, and they are looked up once.
var (
	crashAt, stopAt = os.Getenv("PGCOPY_CRASH_AT"), os.Getenv("PGCOPY_STOP_AT")
	stopped         atomic.Bool
)

// Boundary kills or stops the process when the crash tests asked for it at this boundary. Steps call it for boundaries that the runner
// cannot see, such as the moment between the target's commit and the verdict.
func Boundary(name string, t Task) {
	if isBoundary(crashAt, name, t) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {} // SIGKILL is on its way; not one more statement may run
	}
	if isBoundary(stopAt, name, t) && stopped.CompareAndSwap(false, true) {
		_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	}
}

func isBoundary(asked, name string, t Task) bool {
	at, step, _ := strings.Cut(asked, ":")
	return asked != "" && at == name && (step == "" || step == t.Step)
}
