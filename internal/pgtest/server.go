package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// Superuser is the name of the bootstrap superuser of every server.
const Superuser = "postgres"

// Mode is a way to shut a server down, with the meaning of pg_ctl's --mode.
type Mode string

// The modes of [Server.Shutdown] and [Server.Restart].
const (
	Smart     Mode = "smart"     // waits for the clients to leave
	Fast      Mode = "fast"      // ends the sessions, rolls back, checkpoints
	Immediate Mode = "immediate" // no checkpoint: the next start recovers from the WAL, as after a crash
)

var modeSignal = map[Mode]syscall.Signal{Smart: syscall.SIGTERM, Fast: syscall.SIGINT, Immediate: syscall.SIGQUIT}

// startTimeout bounds one start, recovery after a crash included.
const startTimeout = 120 * time.Second

// Server is a running throwaway server. Its methods may be called from several goroutines.
type Server struct {
	Port  int // on 127.0.0.1; stays the same over restarts
	Major int // major version

	bin  string
	base string // holds data/, log, and the TLS files
	opts Options
	as   *user
	reap *reaper

	mu      sync.Mutex // guards the fields below, held over start and shutdown
	proc    *process   // nil while the server is down
	stopped bool
	databases
}

// Start starts a server for one test and stops it when the test ends. It ends the test when it cannot; a missing
// PostgreSQL is a failure and never a skip, because a skipped suite looks like a passed one.
func Start(t testing.TB, opts ...Option) *Server {
	t.Helper()
	var o Options
	for _, set := range opts {
		set(&o)
	}
	s, err := StartServer(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("log of the server on port %d ends with:\n%s", s.Port, s.Log())
		}
		if err := s.Stop(); err != nil {
			t.Errorf("pgtest: stop the server on port %d: %v", s.Port, err)
		}
	})
	return s
}

// StartServer starts a server that runs until [Server.Stop] or the end of this process. ctx bounds the start only.
func StartServer(ctx context.Context, o Options) (_ *Server, err error) {
	in, err := Find(o.Major)
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	as, err := serverUser()
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	base, err := as.mkdir()
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	reap, err := newReaper(base)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("pgtest: %w", err), os.RemoveAll(base))
	}
	s := &Server{Major: in.Major, bin: in.Dir, base: base, opts: o.withDefaults(), as: as, reap: reap}
	if err := s.initdb(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("pgtest: %w", err), s.Stop())
	}
	if err := s.firstStart(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("pgtest: %w", err), s.Stop())
	}
	return s, nil
}

// firstStart looks for a port. Between looking and the server's bind somebody may take it, hence the loop.
func (s *Server) firstStart(ctx context.Context) error {
	var err error
	for range 20 {
		if s.Port, err = freePort(); err != nil {
			return err
		}
		s.mu.Lock()
		err = s.start(ctx)
		s.mu.Unlock()
		if !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return err
}

// Startup starts a server that was shut down, on its old port.
func (s *Server) Startup() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.startup()
}

func (s *Server) startup() error {
	if s.stopped {
		return errors.New("the server is gone: Stop was called")
	}
	if s.proc != nil && s.proc.alive() {
		return nil
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := s.start(context.Background())
		if !errors.Is(err, errPortTaken) || time.Now().After(deadline) {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// Shutdown ends the server in the given way and waits until it is gone. The data stays for [Server.Startup].
func (s *Server) Shutdown(mode Mode) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shutdown(mode)
}

func (s *Server) shutdown(mode Mode) error {
	sig, ok := modeSignal[mode]
	if !ok {
		return fmt.Errorf("shutdown mode %q is none of smart, fast, immediate", mode)
	}
	if s.proc == nil {
		return nil
	}
	err := s.proc.end(sig, 60*time.Second)
	s.proc = nil
	return err
}

// Restart is [Server.Shutdown] and [Server.Startup]. After Immediate the server recovers as from a crash.
func (s *Server) Restart(mode Mode) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.shutdown(mode); err != nil {
		return err
	}
	return s.startup()
}

// Kill takes the server down at once, as a crash does to its clients; [Server.Startup] brings it back.
func (s *Server) Kill() error { return s.Shutdown(Immediate) }

// Stop ends the server for good and removes everything it had. It may be called again.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return nil
	}
	s.stopped = true
	// nothing will read the data again, so there is no need to wait for a checkpoint
	err := s.shutdown(Immediate)
	return errors.Join(err, os.RemoveAll(s.base), s.reap.dismiss())
}

// PID is the postmaster's process id, 0 while the server is down.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.proc == nil || !s.proc.alive() {
		return 0
	}
	return s.proc.pid
}

// DataDir is the server's data directory.
func (s *Server) DataDir() string { return filepath.Join(s.base, "data") }

// Password is the superuser's password, empty when there is none.
func (s *Server) Password() string { return s.opts.Password }

// URI is the superuser's connection string for a database, with the password when there is one.
func (s *Server) URI(db string) string { return s.URIAs(Superuser, s.opts.Password, db) }

// URIAs is the connection string of another role; password may be empty.
func (s *Server) URIAs(role, password, db string) string {
	return s.uri(s.Port, role, password, db)
}

func (s *Server) uri(port int, role, password, db string) string {
	u := url.URL{Scheme: "postgresql", User: url.User(role), Host: "127.0.0.1:" + strconv.Itoa(port)}
	if password != "" {
		u.User = url.UserPassword(role, password)
	}
	// libpq takes the path up to the first '?' and decodes it, slashes and all
	u.Path, u.RawPath = "/"+db, "/"+url.PathEscape(db)
	if !s.opts.TLS {
		u.RawQuery = "sslmode=disable" // spares every connection a refused TLS request
	}
	return u.String()
}

// CAFile is the certificate file that a client gives as sslrootcert; empty without TLS.
func (s *Server) CAFile() string {
	if !s.opts.TLS {
		return ""
	}
	return filepath.Join(s.base, "server.crt")
}

// Bin is the path of a program (psql, pg_dump, pgbench ...) that fits this server: from its own folder, else of the
// nearest newer major installed, else any installed one. Where none has it, the path it should have had.
func (s *Server) Bin(name string) string {
	own := filepath.Join(s.bin, name)
	if isFile(own) {
		return own
	}
	best, bestMajor := "", 0
	for _, in := range Installed() {
		p := filepath.Join(in.Dir, name)
		newer, bestNewer := in.Major >= s.Major, bestMajor >= s.Major
		if isFile(p) && (best == "" || newer && (!bestNewer || in.Major < bestMajor)) {
			best, bestMajor = p, in.Major
		}
	}
	if best == "" {
		return own
	}
	return best
}

// Log is the end of the server's log, at most some 16 kB.
func (s *Server) Log() string {
	b, err := os.ReadFile(filepath.Join(s.base, "log"))
	if err != nil {
		return err.Error()
	}
	const tail = 16 << 10
	if len(b) > tail {
		b = b[len(b)-tail:]
		if _, rest, ok := strings.Cut(string(b), "\n"); ok {
			return rest
		}
	}
	return string(b)
}

func isFile(path string) bool {
	fi, err := os.Stat(path)
	return err == nil && fi.Mode().IsRegular()
}
