package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// errPortTaken says that another process got the port first.
var errPortTaken = errors.New("the port is taken")

// process is a running postmaster.
type process struct {
	pid  int
	done chan struct{} // closed when it has been waited for
}

// launch starts cmd and waits for it in the background. The kernel sends the parent-death signal when the *thread*
// that forked ends, not the process (prctl(2)), so that thread is kept for as long as the child lives.
func launch(cmd *exec.Cmd) (*process, error) {
	p := &process{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			p.pid = cmd.Process.Pid
		}
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return p, nil
}

func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// end signals the process and waits; one that will not go is killed, and that is an error.
func (p *process) end(sig syscall.Signal, wait time.Duration) error {
	if !p.alive() {
		return nil
	}
	_ = syscall.Kill(p.pid, sig)
	select {
	case <-p.done:
		return nil
	case <-time.After(wait):
	}
	_ = syscall.Kill(p.pid, syscall.SIGKILL)
	<-p.done
	return fmt.Errorf("postmaster %d did not end within %s of %s and was killed", p.pid, wait, sig)
}

// start runs the postmaster on s.Port and returns when it accepts connections. s.mu is held.
func (s *Server) start(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	log, err := os.OpenFile(filepath.Join(s.base, "log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer log.Close()
	from, err := log.Seek(0, 2)
	if err != nil {
		return err
	}
	// exec.Command, not CommandContext: the server outlives the context of its start
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), "-D", s.DataDir(), "-p", strconv.Itoa(s.Port))
	s.as.dress(cmd, s.base)
	dieWithParent(cmd.SysProcAttr, syscall.SIGQUIT) // an immediate shutdown
	// a file and not a pipe: `go test` waits for every holder of its own output
	cmd.Stdout, cmd.Stderr = log, log
	p, err := launch(cmd)
	if err != nil {
		return fmt.Errorf("start postgres: %w", err)
	}
	if err := s.awaitReady(ctx, p, from); err != nil {
		return errors.Join(err, p.end(syscall.SIGQUIT, 30*time.Second))
	}
	s.proc = p
	return nil
}

// awaitReady polls the status line that the postmaster keeps in postmaster.pid since version 10, as pg_ctl does.
func (s *Server) awaitReady(ctx context.Context, p *process, logFrom int64) error {
	for {
		b, _ := os.ReadFile(filepath.Join(s.DataDir(), "postmaster.pid"))
		l := bytes.Split(b, []byte("\n"))
		if len(l) >= 8 && string(l[0]) == strconv.Itoa(p.pid) && string(bytes.TrimSpace(l[7])) == "ready" {
			return nil
		}
		select {
		case <-p.done:
			log, _ := os.ReadFile(filepath.Join(s.base, "log"))
			said := strings.TrimSpace(string(log[min(logFrom, int64(len(log))):]))
			if strings.Contains(said, "could not bind") {
				return fmt.Errorf("port %d: %w", s.Port, errPortTaken)
			}
			return fmt.Errorf("postgres ended while starting: %s", said)
		case <-ctx.Done():
			return fmt.Errorf("postgres did not become ready: %w: %s", ctx.Err(), s.Log())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// freePort finds a port below the range from which kernels give out client ports (32768 on Linux): a server that is
// down for a moment would otherwise lose its port to any outgoing connection.
func freePort() (int, error) {
	var err error
	for range 100 {
		port := 15000 + rand.IntN(17000)
		var l net.Listener
		if l, err = net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port))); err == nil {
			return port, l.Close()
		}
	}
	return 0, fmt.Errorf("find a free port: %w", err)
}
