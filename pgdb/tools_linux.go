package pgdb

import "syscall"

// toolProcAttr keeps the terminal's Ctrl-C from the child, which is ours to stop, and lets the kernel end it when we die.
func toolProcAttr() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
