package pgtest

import (
	"errors"
	"os"
	"os/exec"
	osuser "os/user"
	"strconv"
	"syscall"
)

// user is who runs the servers: ourselves, or somebody unprivileged when we are root, since postgres and initdb
// refuse to run as root.
type user struct {
	cred *syscall.Credential // nil: ourselves
}

func serverUser() (*user, error) {
	if os.Geteuid() != 0 {
		return &user{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := osuser.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		return &user{cred: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return nil, errors.New("a server must not run as root, and there is neither a user postgres nor a user nobody to run it as")
}

// mkdir makes a folder that the user owns and can reach.
func (u *user) mkdir() (string, error) {
	parent := os.TempDir()
	if !usable(parent) {
		parent = "/tmp"
	}
	dir, err := os.MkdirTemp(parent, "pgcopy-pg-")
	if err != nil {
		return "", err
	}
	if err := errors.Join(os.Chmod(dir, 0o755), u.own(dir)); err != nil {
		return "", errors.Join(err, os.RemoveAll(dir))
	}
	return dir, nil
}

func (u *user) own(path string) error {
	if u.cred == nil {
		return nil
	}
	return os.Chown(path, int(u.cred.Uid), int(u.cred.Gid))
}

// writeFile writes a file that only the user may read, as the server demands of its key.
func (u *user) writeFile(path string, b []byte) error {
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return err
	}
	return u.own(path)
}

// dress prepares cmd to run as the user, in dir, deaf to the terminal's Ctrl-C, with an environment that holds none of
// the developer's PG variables.
func (u *user) dress(cmd *exec.Cmd, dir string) {
	cmd.Dir = dir
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "LC_ALL=C"}
	if lib := os.Getenv("LD_LIBRARY_PATH"); lib != "" {
		cmd.Env = append(cmd.Env, "LD_LIBRARY_PATH="+lib)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: u.cred}
}
