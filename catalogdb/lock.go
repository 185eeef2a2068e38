package catalogdb

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ErrLocked says that another process works in the directory.
var ErrLocked = errors.New("work directory is in use")

// Lock is the right to run tasks in a work directory. The kernel holds it (flock) and drops it when the process dies,
// however it dies; no process id is ever looked at.
type Lock struct{ f *os.File }

// runLock is the file whose lock is the right to run tasks.
const runLock = "lock"

// TakeLock takes the lock of a work directory, or fails with ErrLocked and what the holder wrote of itself.
func TakeLock(dir, holder string) (*Lock, error) { return TakeNamedLock(dir, runLock, holder) }

// TakeNamedLock takes another lock of a work directory, by the name of its file.
func TakeNamedLock(dir, name, holder string) (*Lock, error) {
	path := filepath.Join(dir, name)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	if err := tryLock(f); err != nil {
		who, _ := io.ReadAll(io.LimitReader(f, 1000))
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w by %s", ErrLocked, strings.TrimSpace(string(who)))
		}
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	// For people only: who holds it. The lock itself is the kernel's.
	if err := f.Truncate(0); err == nil {
		_, _ = f.WriteAt([]byte(holder+"\n"), 0)
	}
	return &Lock{f}, nil
}

// tryLock asks for a lock more than once: somebody may be asking at this moment whether it is held (NamedLockHeld), and that takes it for
// as long as the question.
func tryLock(f *os.File) (err error) {
	for range 20 {
		if err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		time.Sleep(15 * time.Millisecond)
	}
	return err
}

// Close gives the lock back. It may be called twice.
func (l *Lock) Close() error {
	if l == nil || l.f == nil {
		return nil
	}
	f := l.f
	l.f = nil
	return f.Close()
}

// LockHeld tells whether some process holds the lock of a work directory, without taking it for longer than the question.
func LockHeld(dir string) bool { return NamedLockHeld(dir, runLock) }

// NamedLockHeld is LockHeld for another lock of the directory.
func NamedLockHeld(dir, name string) bool {
	f, err := os.Open(filepath.Join(dir, name))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(syscall.Flock(int(f.Fd()), syscall.LOCK_SH|syscall.LOCK_NB), syscall.EWOULDBLOCK)
}

// Gone tells that the lock's file was deleted, and its directory mostly with it: nobody can ask for the lock, or tell its holder anything, any
// more. A directory that was moved is not gone.
func (l *Lock) Gone() bool {
	st, err := l.f.Stat()
	if err != nil {
		return false
	}
	sys, ok := st.Sys().(*syscall.Stat_t)
	return ok && sys.Nlink == 0
}

// Told is what somebody has written into the lock's file since the lock was taken: by default who holds it.
func (l *Lock) Told() string {
	b := make([]byte, 1000)
	n, _ := l.f.ReadAt(b, 0)
	return strings.TrimSpace(string(b[:n]))
}

// TellHolder writes a word to whoever holds a lock of a directory. When nobody does, nothing is written.
func TellHolder(dir, name, word string) error {
	if !NamedLockHeld(dir, name) {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_WRONLY|os.O_TRUNC, 0o644)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	} else if err != nil {
		return err
	}
	_, err = f.WriteString(word + "\n")
	return errors.Join(err, f.Close())
}
