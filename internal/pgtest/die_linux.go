package pgtest

import "syscall"

// dieWithParent makes the kernel end the child when we die, SIGKILL included. SIGQUIT is the postmaster's immediate
// shutdown.
func dieWithParent(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGQUIT }
