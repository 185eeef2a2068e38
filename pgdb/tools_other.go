//go:build unix && !linux

package pgdb

import "syscall"

// toolProcAttr keeps the terminal's Ctrl-C from the child, which is ours to stop.
func toolProcAttr() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
