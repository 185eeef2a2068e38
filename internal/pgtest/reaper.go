package pgtest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

var errReaper = errors.New("start the process that cleans up behind us")

// reaper is a shell that waits for us to go. It holds the reading end of a pipe whose writing end only we have: end of
// file means that we are gone, in whatever way, and then it stops the server and removes its folder.
type reaper struct {
	cmd  *exec.Cmd
	pipe *os.File
}

// The postmaster is asked to end at once (SIGQUIT) and gets ten seconds for it. The number in postmaster.pid is negative
// for a single-user server, which initdb talks to: with initdb gone it reads end of file and ends by itself.
const reaperScript = `
read -r line && exit 0
pid=$(sed -n 1p "$1/data/postmaster.pid" 2>/dev/null)
case $pid in
-*) pid=${pid#-} ;;
?*) kill -QUIT "$pid" 2>/dev/null ;;
*)  sleep 1 ;;
esac
if [ -n "$pid" ]; then
	i=0
	while kill -0 "$pid" 2>/dev/null && [ $i -lt 50 ]; do
		sleep 0.2
		i=$((i + 1))
	done
	kill -KILL "$pid" 2>/dev/null
fi
rm -rf "$1" || { sleep 1; rm -rf "$1"; }
`

func newReaper(base string) (*reaper, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errReaper, err)
	}
	defer r.Close()
	cmd := exec.Command("/bin/sh", "-c", reaperScript, "pgtest-reaper", base)
	cmd.Dir = "/"
	cmd.Stdin = r
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w", errReaper, err), w.Close())
	}
	return &reaper{cmd: cmd, pipe: w}, nil
}

// dismiss sends the reaper home: a line instead of end of file means that we cleaned up ourselves.
func (r *reaper) dismiss() error {
	_, err := r.pipe.WriteString("done\n")
	return errors.Join(err, r.pipe.Close(), r.cmd.Wait())
}
