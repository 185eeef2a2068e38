package e2e

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

// The exit statuses as docs/exit-status.md has them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 4
)

// exitGrace is how long what a run started may need to end after it.
const exitGrace = 5 * time.Second

// patience bounds one run of the program. One that takes longer hangs. PGCOPY_TEST_PATIENCE is for the tests of make soak.
var patience = func() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("PGCOPY_TEST_PATIENCE")); err == nil {
		return d
	}
	return 4 * time.Minute
}()

// result is how a run of the program ended.
type result struct {
	code   int            // exit status, -1 when a signal ended it
	signal syscall.Signal // that signal
	stdout string
	stderr string
	took   time.Duration
}

func (r result) String() string {
	how := fmt.Sprintf("exit status %d", r.code)
	if r.code < 0 {
		how = "ended by " + r.signal.String()
	}
	return fmt.Sprintf("%s after %s\nstdout: %s\nstderr: %s", how, r.took.Round(time.Millisecond), strings.TrimSpace(r.stdout), strings.TrimSpace(r.stderr))
}

// process is a running pgcopy.
type process struct {
	PID     int
	t       testing.TB
	begun   time.Time
	out     lockedBuffer
	err     lockedBuffer
	cmd     *exec.Cmd
	done    chan struct{} // closed when it has ended
	timeout *time.Timer
	hung    atomic.Bool
}

// lockedBuffer may be read while the process writes.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start runs pgcopy with arguments and further environment variables (NAME=value). It dies with the test process.
func start(t testing.TB, env []string, args ...string) *process {
	t.Helper()
	p := &process{t: t, begun: time.Now(), done: make(chan struct{}), cmd: exec.Command(program(t), args...)}
	p.cmd.Env = append(cleanEnv(), env...)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.err
	p.cmd.WaitDelay = time.Second // the holder of a snapshot has pipes of its own; should it not, this is noticed as an error
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL, Setpgid: true}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // the parent-death signal comes when this thread ends
		defer runtime.UnlockOSThread()
		err := p.cmd.Start()
		started <- err
		if err == nil {
			_ = p.cmd.Wait()
			close(p.done)
		}
	}()
	if err := <-started; err != nil {
		t.Fatal(err)
	}
	p.PID = p.cmd.Process.Pid
	p.timeout = time.AfterFunc(patience, func() {
		p.hung.Store(true)
		p.signal(syscall.SIGABRT) // it ends with the stacks of all goroutines
	})
	t.Cleanup(func() { p.signal(syscall.SIGKILL); <-p.done })
	return p
}

// cleanEnv is the environment without what a developer may have set for PostgreSQL's programs or for pgcopy.
func cleanEnv() (env []string) {
	if format := os.Getenv("PGCOPY_TEST_COPY_FORMAT"); format != "" { // text or binary: the same tests once more with that
		env = append(env, "PGCOPY_COPY_FORMAT="+format)
	}
	if split := os.Getenv("PGCOPY_TEST_SPLIT"); split != "" { // a size or never: likewise, where a test does not say so itself
		env = append(env, "PGCOPY_SPLIT_TABLES_LARGER_THAN="+split)
	}
	for _, e := range os.Environ() {
		if !strings.HasPrefix(e, "PG") {
			env = append(env, e)
		}
	}
	return env
}

// signal sends a signal unless the process has ended.
func (p *process) signal(sig syscall.Signal) {
	select {
	case <-p.done:
	default:
		_ = p.cmd.Process.Signal(sig)
	}
}

// alive tells whether the process has not ended yet.
func (p *process) alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// stopped tells whether the process has been stopped, as by SIGSTOP (proc(5), state T).
func (p *process) stopped() bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", p.PID))
	_, rest, _ := strings.Cut(string(stat), ") ")
	return err == nil && strings.HasPrefix(rest, "T")
}

// wait waits for the end. It may be called again.
func (p *process) wait() result {
	p.t.Helper()
	<-p.done
	if p.timeout.Stop(); p.hung.Load() {
		p.t.Fatalf("pgcopy was not done after %s\nstderr: %s", patience, p.err.String())
	}
	r := result{stdout: p.out.String(), stderr: p.err.String(), took: time.Since(p.begun), code: p.cmd.ProcessState.ExitCode()}
	if ws, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
		r.signal = ws.Signal()
	}
	if strings.Contains(r.stderr, "panic") {
		p.t.Errorf("pgcopy panicked: %s", r)
	}
	return r
}

// pgcopy runs the program to its end.
func pgcopy(t testing.TB, env []string, args ...string) result {
	t.Helper()
	return start(t, env, args...).wait()
}

// work is a copy of one database to another in a work directory.
type work struct {
	t              testing.TB
	src, dst       *pgtest.Server
	source, target string    // connection strings, perhaps through a proxy
	direct         [2]string // the same without one, for the judge
	targetDB       string
	dir            string
	args           []string // of the clone, beside --source, --target and --dir
	env            []string // of every run
	last           *process // the clone or resume that was started last
}

// newWork prepares a copy of a database of src into a fresh one of dst.
func newWork(t testing.TB, src, dst *pgtest.Server, sourceDB string, args ...string) *work {
	t.Helper()
	targetDB := dst.FreshDB(t)
	source, target := src.URI(sourceDB), dst.URI(targetDB)
	w := &work{t: t, src: src, dst: dst, source: source, target: target, targetDB: targetDB, direct: [2]string{source, target},
		dir: filepath.Join(t.TempDir(), "work"), args: args, env: []string{"PGCOPY_PG_BIN_DIR=" + filepath.Dir(src.Bin("pg_dump"))}}
	t.Cleanup(func() {
		w.endHolder()
		_ = truth.Unload(context.Background(), target) // a subscription would keep the database from being dropped
	})
	return w
}

// clone starts the clone.
func (w *work) clone(env ...string) *process {
	w.t.Helper()
	w.last = start(w.t, append(append([]string{}, w.env...), env...),
		append([]string{"clone", "--source", w.source, "--target", w.target, "--dir", w.dir}, w.args...)...)
	return w.last
}

// resume starts a resume.
func (w *work) resume(env []string, args ...string) *process {
	w.t.Helper()
	w.last = start(w.t, append(append([]string{}, w.env...), env...), append([]string{"resume", "--dir", w.dir}, args...)...)
	return w.last
}

// mustEnd waits for a process that has to end with a status.
func (w *work) mustEnd(p *process, code int) result {
	w.t.Helper()
	r := p.wait()
	if r.code != code {
		w.t.Fatalf("pgcopy should have ended with status %d: %s\n%s", code, r, w.report())
	}
	return r
}

// mustEqual compares source and target.
func (w *work) mustEqual() {
	w.t.Helper()
	if diffs := w.differences(); len(diffs) > 0 {
		w.t.Fatalf("source and target differ:\n%s\n%s", strings.Join(diffs, "\n"), w.report())
	}
}

func (w *work) differences() []string {
	w.t.Helper()
	report, err := truth.Compare(context.Background(), truth.Options{SourceURI: w.direct[0], TargetURI: w.direct[1], BinDir: filepath.Dir(w.src.Bin("pg_dump"))})
	if err != nil {
		w.t.Fatal(err)
	}
	if i := slices.Index(w.args, "--slot-name"); i >= 0 { // the publication that following makes is on the source alone
		report = slices.DeleteFunc(report, func(line string) bool {
			return strings.Contains(line, "missing on the target: "+w.args[i+1]+"; Type: PUBLICATION")
		})
	}
	return report[:min(len(report), 30)]
}

// report is what a developer wants to see of a run that went wrong.
func (w *work) report() string {
	var b strings.Builder
	for _, q := range []string{"SELECT id, started_at, outcome, coalesce(note, '') FROM run",
		"SELECT step, subject, state, attempt, coalesce(error, '') FROM task WHERE state <> 'done' LIMIT 20"} {
		for _, row := range w.catalog(q) {
			fmt.Fprintln(&b, strings.Join(row, " | "))
		}
	}
	text, _ := os.ReadFile(filepath.Join(w.dir, "snapshot.log"))
	return b.String() + "snapshot.log: " + string(text)
}

// holderPID is the process that holds the snapshot of the directory, 0 when there is none.
func (w *work) holderPID() int {
	if !catalogdb.NamedLockHeld(w.dir, "snapshot.lock") {
		return 0
	}
	text, _ := os.ReadFile(filepath.Join(w.dir, "snapshot.lock"))
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0
	}
	pid, _ := strconv.Atoi(fields[1])
	return pid
}

// endHolder kills the holder of the snapshot, if one lives.
func (w *work) endHolder() {
	if pid := w.holderPID(); pid > 0 {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
}

// eventually waits until cond holds.
func eventually(t testing.TB, what string, within time.Duration, cond func() bool) {
	t.Helper()
	for deadline := time.Now().Add(within); !cond(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", within, what)
		}
	}
}

// exists tells whether a process is there, a zombie not counted.
func exists(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return !errors.Is(err, os.ErrNotExist) && syscall.Kill(pid, 0) == nil
	}
	_, after, _ := strings.Cut(string(stat), ") ")
	return !strings.HasPrefix(after, "Z")
}
