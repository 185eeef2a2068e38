package pgtest

import "syscall"

// dieWithParent makes the kernel send the child sig when we die, of SIGKILL included.
func dieWithParent(a *syscall.SysProcAttr, sig syscall.Signal) { a.Pdeathsig = sig }
