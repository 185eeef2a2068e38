package catalogdb

import (
	"bufio"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childVar has this test program play another process: "what directory".
const childVar = "PGCOPY_TEST_CATALOG_CHILD"

// TestChild is what the other processes of these tests run. What it has to say is a line on standard output.
func TestChild(t *testing.T) {
	what, dir, _ := strings.Cut(os.Getenv(childVar), " ")
	say := func(a ...any) { fmt.Println(append([]any{"child:"}, a...)...) }
	wait := func() { _, _ = io.Copy(io.Discard, os.Stdin) }
	switch what {
	case "":
		t.Skip("only in a child")
	case "lock":
		lock, err := TakeLock(dir, "the child")
		say(err)
		wait()
		_ = lock.Close()
	case "write": // leaves a log behind when it is killed
		db, err := Create(t.Context(), dir)
		if err != nil {
			say(err)
			return
		}
		seed(t, db, 100)
		run(t, db)
		for range 50 {
			task, _, err := db.Claim(t.Context(), "copy", "w")
			if err == nil {
				_, err = db.Settle(t.Context(), task, done)
			}
			if err != nil {
				say(err)
			}
		}
		if _, _, err := db.Claim(t.Context(), "copy", "w"); err != nil {
			say(err)
		}
		say("written")
		wait()
	case "look":
		say(lookAt(t, dir))
	case "watch": // a hundred looks a second until it is told to end
		say("watching")
		ended := make(chan struct{})
		go func() { wait(); close(ended) }()
		looks, every := 0, time.NewTicker(10*time.Millisecond)
		for {
			select {
			case <-ended:
				say(looks, "looks")
				return
			case <-every.C:
				if err := lookOnce(dir); err != nil {
					say(err)
				}
				looks++
			}
		}
	}
}

func lookAt(t *testing.T, dir string) string {
	db, err := Look(t.Context(), dir)
	if err != nil {
		return err.Error()
	}
	defer db.Close()
	var n string
	err = each(t.Context(), db.r, `SELECT group_concat(state || ' ' || tasks, ', ') FROM step_state WHERE tasks > 0 AND step = 'copy-table'`, nil,
		func(rows *sql.Rows) error { return rows.Scan(&n) })
	if err != nil {
		return err.Error()
	}
	return n
}

// child is another process that has said its line.
type child struct {
	cmd   *exec.Cmd
	stdin io.Closer
	lines *bufio.Scanner
	said  string
}

// startChild runs this program as another process, as uid when that is not 0, and waits for its line.
func startChild(t *testing.T, program, what, dir string, uid uint32) *child {
	t.Helper()
	c := &child{cmd: exec.Command(program, "-test.run=^TestChild$")}
	c.cmd.Env = append(os.Environ(), childVar+"="+what+" "+dir)
	c.cmd.Dir = "/"
	c.cmd.Stderr = os.Stderr
	if uid != 0 {
		c.cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.stdin = stdin
	t.Cleanup(c.kill)
	c.lines = bufio.NewScanner(out)
	if !c.listen() {
		t.Fatalf("the child %s said nothing", what)
	}
	return c
}

// listen waits for the next line.
func (c *child) listen() bool {
	for c.lines.Scan() {
		if said, ok := strings.CutPrefix(c.lines.Text(), "child: "); ok {
			c.said = said
			return true
		}
	}
	return false
}

// kill is SIGKILL; end lets the child finish.
func (c *child) kill() {
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
}

func (c *child) end() {
	_ = c.stdin.Close()
	_ = c.cmd.Wait()
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	if LockHeld(dir) {
		t.Error("an empty directory is held")
	}
	for _, how := range []string{"end", "kill"} {
		c := startChild(t, os.Args[0], "lock", dir, 0)
		if c.said != "<nil>" {
			t.Fatal(c.said)
		}
		if _, err := TakeLock(dir, "me"); err == nil || err.Error() != "work directory is in use by the child" {
			t.Errorf("a second lock: %v", err)
		}
		if !LockHeld(dir) {
			t.Error("the lock is not seen as held")
		}
		if how == "kill" {
			c.kill()
		} else {
			c.end()
		}
		if LockHeld(dir) {
			t.Errorf("after %s the lock is still held", how)
		}
		lock, err := TakeLock(dir, "me")
		if err != nil {
			t.Fatalf("after %s: %v", how, err)
		}
		if c := startChild(t, os.Args[0], "lock", dir, 0); c.said != "work directory is in use by me" {
			t.Errorf("the child got the lock: %s", c.said)
		}
		if err := lock.Close(); err != nil || lock.Close() != nil {
			t.Error("the lock cannot be closed twice")
		}
	}
	if _, err := TakeLock(filepath.Join(dir, "none"), "me"); !os.IsNotExist(err) {
		t.Errorf("in no directory: %v", err)
	}
}

// TestLockStandsQuestions: whoever asks whether a directory is held takes its lock for a moment. A run that begins at that moment must not
// be told that another one is there.
func TestLockStandsQuestions(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "lock"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	stop := make(chan struct{})
	defer close(stop)
	for range 3 {
		go func() {
			for {
				select {
				case <-stop:
					return
				case <-time.After(time.Millisecond):
					LockHeld(dir)
				}
			}
		}()
	}
	for range 300 {
		lock, err := TakeLock(dir, "me")
		if err != nil {
			t.Fatal(err)
		}
		_ = lock.Close()
	}
}

// nobody is a user that may read what everybody may, and write nothing.
const nobody = 65534

// TestLookAsNobody: a user who may only read the directory sees a run, what a killed run left, and a finished one.
func TestLookAsNobody(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can become somebody else")
	}
	home, err := os.MkdirTemp("", "pgcopy-nobody")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	program, dir := filepath.Join(home, "program"), filepath.Join(home, "work")
	if err := os.Chmod(home, 0o755); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("cp", os.Args[0], program).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	writer := startChild(t, os.Args[0], "write", dir, 0)
	want := "done 50, pending 49, running 1"
	look := func(when, want string) {
		t.Helper()
		c := startChild(t, program, "look", dir, nobody)
		if c.end(); c.said != want {
			t.Errorf("%s nobody sees %q, want %q", when, c.said, want)
		}
	}
	if writer.said != "written" {
		t.Fatal(writer.said)
	}
	look("during a run", want)
	writer.kill()
	look("after a kill", want)
	db, err := Create(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	run(t, db)
	look("during the next run", "done 50, pending 50")
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	look("after a run", "done 50, pending 50")
	if err := os.Chmod(filepath.Join(dir, FileName), 0o600); err != nil {
		t.Fatal(err)
	}
	c := startChild(t, program, "look", dir, nobody)
	if c.end(); !strings.Contains(c.said, "permission denied") && !strings.Contains(c.said, "unable to open") {
		t.Errorf("without permission nobody sees %q", c.said)
	}
}
