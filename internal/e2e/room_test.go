package e2e

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// run runs a program to its end, with the environment of pgcopy.
func run(t testing.TB, as *syscall.Credential, env []string, name string, args ...string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var out, errOut bytes.Buffer
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(cleanEnv(), env...), &out, &errOut
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	cmd.WaitDelay = time.Second
	begun := time.Now()
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return result{code: cmd.ProcessState.ExitCode(), stdout: out.String(), stderr: errOut.String(), took: time.Since(begun)}
}

// room is a mount namespace of its own: what is mounted in it nobody else sees, and the kernel takes it away with its keeper.
type room struct {
	t     testing.TB
	enter []string // nsenter and its arguments
	pid   int      // of the keeper
}

// newRoom makes a room, as root or, where the kernel lets anybody have one, in a user namespace.
func newRoom(t testing.TB) *room {
	t.Helper()
	flags, enter := []string{"-m"}, []string{"nsenter", "-m"}
	if exec.Command("unshare", "-m", "true").Run() != nil {
		flags, enter = []string{"-rm"}, []string{"nsenter", "-U", "--preserve-credentials", "-m"}
		if out, err := exec.Command("unshare", "-rm", "true").CombinedOutput(); err != nil {
			t.Skipf("this kernel gives this user no mount namespace, so no file system can be filled or made read-only: %s", bytes.TrimSpace(out))
		}
	}
	keeper := exec.Command("unshare", append(flags, "sh", "-c", "echo; exec cat")...) // ends with its standard input
	in, err := keeper.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := keeper.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := keeper.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { in.Close(); _ = keeper.Wait() })
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	pid := keeper.Process.Pid
	return &room{t: t, pid: pid, enter: append(enter, "-t", strconv.Itoa(pid))}
}

// mustSh runs a shell script in the room.
func (r *room) mustSh(script string) {
	r.t.Helper()
	args := append(append([]string{}, r.enter[1:]...), "sh", "-ec", script)
	if res := run(r.t, nil, nil, r.enter[0], args...); res.code != 0 {
		r.t.Fatalf("%s: %s", script, res)
	}
}

// pgcopy runs the program in the room.
func (r *room) pgcopy(env []string, args ...string) result {
	r.t.Helper()
	return run(r.t, nil, env, r.enter[0], append(append(append([]string{}, r.enter[1:]...), program(r.t)), args...)...)
}

// pgcopyIn is pgcopy with another PATH.
func (r *room) pgcopyIn(path string, env []string, args ...string) result {
	r.t.Helper()
	enter, err := exec.LookPath(r.enter[0])
	if err != nil {
		r.t.Fatal(err)
	}
	return run(r.t, nil, append(env, "PATH="+path), enter, append(append(append([]string{}, r.enter[1:]...), program(r.t)), args...)...)
}

// path is where something in the room is seen from outside.
func (r *room) path(inside string) string { return "/proc/" + strconv.Itoa(r.pid) + "/root" + inside }

// somebody is an unprivileged user, nil when that is who we are. The program and dir can be reached by him.
func somebody(t testing.TB, dir string) *syscall.Credential {
	t.Helper()
	if os.Geteuid() != 0 {
		return nil
	}
	for _, d := range []string{filepath.Dir(program(t)), dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	u, err := osuser.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}
