package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// childVar holds the options of a clone that this test program is to do as a process of its own.
const childVar = "PGCOPY_TEST_CLONE"

// childOptions are what a child is told.
type childOptions struct {
	Source, Target string
	Options        Options
}

// childReport is what a child says of itself on stdout when its clone is over.
type childReport struct {
	Error    string
	Outcome  Outcome
	PeakRSS  int64         // bytes, the most it ever had in memory (VmHWM of proc_pid_status(5))
	CPU      time.Duration // of its own, without the programs it started
	ToolsCPU time.Duration // of pg_dump and pg_restore
	Wall     time.Duration
}

// String is what is measured by hand.
func (r childReport) String() string {
	return fmt.Sprintf("wall %.2fs, own CPU %.2fs, pg_dump and pg_restore %.2fs, peak memory %.1f MB, %d tasks",
		r.Wall.Seconds(), r.CPU.Seconds(), r.ToolsCPU.Seconds(), float64(r.PeakRSS)/(1<<20), r.Outcome.Tasks.Total)
}

// cloneInChild clones in a process of its own, so that its memory can be told from that of the test.
// PGCOPY_TEST_CPUPROFILE names a file for a CPU profile of it.
func cloneInChild(t *testing.T, o Options) childReport {
	t.Helper()
	told, err := json.Marshal(childOptions{Source: o.Source, Target: o.Target, Options: o})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "clone", o.Dir)
	cmd.Env = append(os.Environ(), childVar+"="+string(told))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var r childReport
	if jsonErr := json.Unmarshal(out, &r); jsonErr != nil {
		t.Fatalf("the child ended without a report: %v\n%s", err, stderr.String())
	}
	if r.Error != "" {
		t.Logf("%s\n%s", r.Error, stderr.String())
	}
	return r
}

// cloneAsChild is the child's main.
func cloneAsChild(dir string) int {
	var told childOptions
	if err := json.Unmarshal([]byte(os.Getenv(childVar)), &told); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	o := told.Options
	o.Source, o.Target, o.Dir, o.Command, o.Version = told.Source, told.Target, dir, "test", "test"
	o.HolderCommand = []string{os.Args[0], "snapshot"}
	o.Log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	if file := os.Getenv("PGCOPY_TEST_CPUPROFILE"); file != "" {
		f, err := os.Create(file)
		if err == nil {
			err = pprof.StartCPUProfile(f)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		defer pprof.StopCPUProfile()
	}
	begun := time.Now()
	out, err := Clone(context.Background(), o)
	r := childReport{Outcome: out, Wall: time.Since(begun), CPU: cpuTime(syscall.RUSAGE_SELF), ToolsCPU: cpuTime(syscall.RUSAGE_CHILDREN)}
	if err != nil {
		r.Error = err.Error()
	}
	if r.PeakRSS, err = peakRSS(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	if err := json.NewEncoder(os.Stdout).Encode(r); err != nil {
		return 2
	}
	return 0
}

func cpuTime(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// serverCPU is what the processes of a server have used so far, those that are gone included: proc_pid_stat(5).
func serverCPU(pid int) time.Duration {
	var ticks int64
	children, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, file := range children {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		f := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // from field 3, state, on
		add := func(first, last int) {
			for _, s := range f[first-3 : last-2] {
				n, _ := strconv.ParseInt(s, 10, 64)
				ticks += n
			}
		}
		switch {
		case f[1] == strconv.Itoa(pid): // a child: utime and stime
			add(14, 15)
		case file == fmt.Sprintf("/proc/%d/stat", pid): // the postmaster: its own and those of children it has waited for
			add(14, 17)
		}
	}
	return time.Duration(ticks) * 10 * time.Millisecond
}

// peakRSS reads this process's own high-water mark.
func peakRSS() (int64, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(os.Getpid()), "status"))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kb, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no VmHWM in /proc/%d/status", os.Getpid())
}
