//go:build !linux

package pgtest

import "syscall"

// dieWithParent does nothing where the kernel has no such service; the reaper ends the server there.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}
