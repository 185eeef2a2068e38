package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/cli"
)

// program is the real program, built for these tests.
var program string

func TestMain(m *testing.M) { os.Exit(build(m)) }

func build(m *testing.M) int {
	dir, err := os.MkdirTemp("", "pgcopy-main-")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "pgcopy")
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", program, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	return m.Run()
}

// gate is a server that asks for a password, tells what it got, and never answers it: whoever logs in waits.
func gate(t *testing.T) (address string, passwords <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	got := make(chan string, 10)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { _ = c.Close() })
			go func() {
				if password, err := askPassword(c); err == nil {
					got <- password
				}
			}()
		}
	}()
	t.Cleanup(func() { _ = l.Close() })
	return l.Addr().String(), got
}

// askPassword speaks the server's part of a login with a cleartext password, up to the password.
func askPassword(c net.Conn) (string, error) {
	r := bufio.NewReader(c)
	for {
		message, err := packet(r)
		if err != nil {
			return "", err
		}
		if code := binary.BigEndian.Uint32(message); code == 80877103 || code == 80877104 { // TLS? GSS? Neither.
			if _, err := c.Write([]byte{'N'}); err != nil {
				return "", err
			}
			continue
		}
		break
	}
	if _, err := c.Write([]byte{'R', 0, 0, 0, 8, 0, 0, 0, 3}); err != nil {
		return "", err
	}
	if _, err := r.ReadByte(); err != nil {
		return "", err
	}
	message, err := packet(r)
	return string(bytes.TrimRight(message, "\x00")), err
}

func packet(r io.Reader) ([]byte, error) {
	var size [4]byte
	if _, err := io.ReadFull(r, size[:]); err != nil {
		return nil, err
	}
	message := make([]byte, binary.BigEndian.Uint32(size[:])-4)
	_, err := io.ReadFull(r, message)
	return message, err
}

// start begins a clone that waits at the gate.
func start(t *testing.T) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	t.Helper()
	address, passwords := gate(t)
	cmd = exec.Command(program, "clone", "--source", "postgresql://app:geheim@"+address+"/shop", "--target=host=localhost dbname=b password='noch eins'",
		"--dir", filepath.Join(t.TempDir(), "work"))
	stderr = new(bytes.Buffer)
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	select {
	case got := <-passwords:
		if got != "geheim" {
			t.Fatalf("the password arrived as %q", got)
		}
	case <-time.After(20 * time.Second):
		t.Fatal("it does not connect: " + stderr.String())
	}
	return cmd, stderr
}

func status(cmd *exec.Cmd) int {
	_ = cmd.Wait()
	return cmd.ProcessState.ExitCode()
}

func TestNoPasswordInTheProcessList(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("looks into /proc")
	}
	cmd, _ := start(t)
	line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	if s := strings.Join(words, " "); strings.Contains(s, "geheim") || strings.Contains(s, "noch eins") {
		t.Errorf("every user of this machine can read: %s", s)
	}
	if len(words) != 7 || !strings.HasPrefix(words[3], "postgresql://app@127.0.0.1:") || words[4] != "--target=host=localhost dbname=b" {
		t.Errorf("the rest of the command line has changed: %q", words)
	}
}

func TestFirstSignalStops(t *testing.T) {
	for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if signal.Ignored(sig) {
			t.Logf("%v is ignored here (nohup), and so by what is started here", sig)
			continue
		}
		cmd, stderr := start(t)
		at := time.Now()
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if got := status(cmd); got != cli.ExitInterrupted {
			t.Errorf("%v: status %d, %s", sig, got, stderr)
		}
		if took := time.Since(at); took > 5*time.Second {
			t.Errorf("%v: took %v", sig, took)
		}
		if !strings.Contains(stderr.String(), "pgcopy: interrupted by signal: "+sig.String()+"\n") {
			t.Errorf("%v: %s", sig, stderr)
		}
	}
}

// timeout(1) signals its command and then the process group: who asked once waits for a good end.
func TestSignalThatComesTwice(t *testing.T) {
	for range 3 {
		cmd, stderr := start(t)
		for _, sig := range []os.Signal{os.Interrupt, syscall.SIGTERM} { // two of one kind may arrive as one
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
		}
		if got := status(cmd); got != cli.ExitInterrupted || strings.Contains(stderr.String(), "second signal") {
			t.Errorf("status %d, %s", got, stderr)
		}
	}
}

func TestBadUsageOfTheRealProgram(t *testing.T) {
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(program, "clone", "--table-jobs", "-3")
	cmd.Env = append(os.Environ(), "PGCOPY_SOURCE_PGURI=service=a", "PGCOPY_TARGET_PGURI=service=b", "PGSERVICEFILE="+services(t))
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run()
	want := "pgcopy: --table-jobs must be a whole number between 1 and 128, not -3\ntry: pgcopy clone --help\n"
	if got := cmd.ProcessState.ExitCode(); got != cli.ExitUsage || stdout.Len() > 0 || stderr.String() != want {
		t.Errorf("status %d, %s, %s", got, &stdout, &stderr)
	}
}

func services(t *testing.T) string {
	path := filepath.Join(t.TempDir(), "services")
	if err := os.WriteFile(path, []byte("[a]\nhost=a\n[b]\nhost=b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
