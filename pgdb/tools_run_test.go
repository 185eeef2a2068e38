package pgdb

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"syscall"
	"testing"
	"time"
)

// tool makes a shell script that is run as pg_dump.
func tool(t *testing.T, body string) ToolRun {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pg_dump")
	script(t, path, body)
	return ToolRun{Path: path}
}

func TestToolRunKeepsMessagesApart(t *testing.T) {
	var warnings []string
	run := tool(t, `echo "pg_dump: creating TABLE \"a
b\"" >&2
echo 'pg_dump: warning: there are circular foreign-key constraints on this table:
pg_dump: detail:   x
pg_dump: hint: You might not be able to restore.
pg_dump: last built-in OID is 16383
pg_dump: error: query failed: ERROR:  permission denied for table t
pg_dump: detail: Query was: LOCK TABLE t' >&2
printf 'pg_dump: error: second' >&2
exit 1`)
	run.Warn = func(s string) { warnings = append(warnings, s) }
	err := run.Do(context.Background())
	var tool *ToolError
	if !errors.As(err, &tool) || tool.Transient || tool.Program != "pg_dump" {
		t.Fatalf("%#v", err)
	}
	if want := "pg_dump: query failed: ERROR: permission denied for table t detail: Query was: LOCK TABLE t; second"; strings.Join(strings.Fields(err.Error()), " ") != want {
		t.Errorf("%q, want %q", err, want)
	}
	if want := []string{"there are circular foreign-key constraints on this table: detail: x hint: You might not be able to restore."}; !reflect.DeepEqual(warnings, want) {
		t.Errorf("%q", warnings)
	}
}

func TestToolRunFailures(t *testing.T) {
	for _, c := range []struct {
		body, want string
		transient  bool
	}{
		{`echo 'pg_dump: error: connection to server at "h" failed: Connection refused' >&2; exit 1`, "Connection refused", true},
		{`echo 'pg_dump: error: connection to server at "h" failed: FATAL: password authentication failed' >&2; exit 1`, "password authentication failed", false},
		{`echo 'libpq.so.5: cannot open shared object file' >&2; exit 127`, "libpq.so.5: cannot open shared object file", false},
		{`exit 3`, "exit status 3", false},
		{`kill -9 $$`, "signal: killed", true},
	} {
		err := tool(t, c.body).Do(context.Background())
		var tool *ToolError
		if !errors.As(err, &tool) || !strings.Contains(err.Error(), c.want) || tool.Transient != c.transient {
			t.Errorf("%s: %v", c.body, err)
		}
	}
	err := (ToolRun{Path: "/nonexistent/pg_dump"}).Do(context.Background())
	if !errors.Is(err, os.ErrNotExist) {
		t.Error(err)
	}
}

func TestToolRunOutput(t *testing.T) {
	boom := errors.New("boom")
	endless := `while echo line; do :; done`
	for _, c := range []struct {
		name, body string
		read       func(io.Reader) error
		check      func(error) bool
	}{
		{"what the reader leaves is drained", `i=0; while [ $i -lt 20000 ]; do echo line; i=$((i+1)); done; exit 4`,
			func(io.Reader) error { return nil }, func(err error) bool { return strings.Contains(err.Error(), "exit status 4") }},
		{"the reader's error ends the program", endless,
			func(io.Reader) error { return boom }, func(err error) bool { return err == boom }},
		{"a failed program explains a short output", `echo x; echo 'pg_dump: error: disk full' >&2; exit 1`,
			func(r io.Reader) error { _, _ = io.ReadAll(r); return boom }, func(err error) bool { return strings.Contains(err.Error(), "disk full") }},
		{"the reader's error after the end stands", `echo x`,
			func(r io.Reader) error { _, _ = io.ReadAll(r); return boom }, func(err error) bool { return err == boom }},
	} {
		run := tool(t, c.body)
		run.Output = c.read
		if err := run.Do(context.Background()); err == nil || !c.check(err) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestToolRunEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("interrupted")
	run := tool(t, "echo started; exec sleep 60")
	run.Output = func(r io.Reader) error {
		_, err := bufio.NewReader(r).ReadString('\n')
		cancel(why)
		if err == nil {
			_, err = io.Copy(io.Discard, r)
		}
		return err
	}
	start := time.Now()
	if err := run.Do(ctx); !errors.Is(err, why) || time.Since(start) > 4*time.Second {
		t.Errorf("%v after %v", err, time.Since(start))
	}
}

// The program must not survive us: a holder of the source's locks that nobody waits for would block others for hours.
func TestToolRunDiesWithItsParent(t *testing.T) {
	if pidFile := os.Getenv("PGDB_TOOLS_CHILD"); pidFile != "" {
		run := tool(t, "echo $$ > "+pidFile+"; exec sleep 60")
		_ = run.Do(context.Background())
		return
	}
	if exec.Command("test", "-d", "/proc/self").Run() != nil {
		t.Skip("the kernel's promise is Linux's")
	}
	pidFile := filepath.Join(t.TempDir(), "pid")
	cmd := exec.Command(os.Args[0], "-test.run=^TestToolRunDiesWithItsParent$")
	cmd.Env = append(os.Environ(), "PGDB_TOOLS_CHILD="+pidFile)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var pid string
	for range 200 {
		b, _ := os.ReadFile(pidFile)
		if pid = strings.TrimSpace(string(b)); pid != "" {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	_ = cmd.Process.Signal(syscall.SIGKILL)
	_ = cmd.Wait()
	for range 100 {
		b, err := os.ReadFile("/proc/" + pid + "/stat")
		if pid != "" && (err != nil || strings.Contains(string(b), ") Z ")) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("process %q is still there", pid)
}
