package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// ticks is how many of /proc's time units are a second: USER_HZ, which is 100 on every Linux that Go runs on.
const ticks = 100

// times are the CPU times of a process, in seconds: its own, and those of the children that it has waited for, theirs included.
type times struct{ own, waited float64 }

// parseStat reads the text of /proc/PID/stat. The second field is the name of the program in parentheses and may hold anything, parentheses and
// blanks included, hence the search from the end.
func parseStat(text string) (times, error) {
	i := strings.LastIndexByte(text, ')')
	if i < 0 {
		return times{}, fmt.Errorf("no name in %q", text)
	}
	f := strings.Fields(text[i+1:])
	if len(f) < 15 {
		return times{}, fmt.Errorf("%d fields in %q", len(f), text)
	}
	var n [4]float64 // utime stime cutime cstime: fields 14 to 17 of proc(5), the third of which is f[0]
	for k := range n {
		v, err := strconv.ParseInt(f[11+k], 10, 64)
		if err != nil {
			return times{}, err
		}
		n[k] = float64(v) / ticks
	}
	return times{own: n[0] + n[1], waited: n[2] + n[3]}, nil
}

func statOf(pid int) (times, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return times{}, err
	}
	return parseStat(string(b))
}

// childrenOf lists the children of a process, those of all its threads. None for a process that is gone.
func childrenOf(pid int) []int {
	files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	var out []int
	for _, f := range files {
		b, _ := os.ReadFile(f)
		for w := range strings.FieldsSeq(string(b)) {
			if n, err := strconv.Atoi(w); err == nil {
				out = append(out, n)
			}
		}
	}
	return out
}

// descendants lists all processes under pid, without itself.
func descendants(pid int) []int {
	var out []int
	for _, c := range childrenOf(pid) {
		out = append(append(out, c), descendants(c)...)
	}
	return out
}

// serverCPU is what a server has used since its start, in seconds: the postmaster, every backend that lives, and every one that has ended.
// A backend that ends while it is counted would be counted twice or not at all, so it counts again until none has.
func serverCPU(postmaster int) (float64, error) {
	for range 100 {
		before, err := statOf(postmaster)
		if err != nil {
			return 0, fmt.Errorf("cpu of the server: %w", err)
		}
		sum := before.own + before.waited
		for _, pid := range descendants(postmaster) {
			if t, err := statOf(pid); err == nil {
				sum += t.own + t.waited
			}
		}
		if after, err := statOf(postmaster); err == nil && after.waited == before.waited {
			return sum, nil
		}
	}
	return 0, fmt.Errorf("cpu of the server: its backends come and go too fast to be counted")
}

// parseMachine gives the seconds that all CPUs have been busy since boot, from the text of /proc/stat. Time that the host of a virtual machine
// took for others counts as busy: it was not to be had.
func parseMachine(text string) (float64, error) {
	line, _, _ := strings.Cut(text, "\n")
	f := strings.Fields(line)
	if len(f) < 9 || f[0] != "cpu" {
		return 0, fmt.Errorf("/proc/stat begins with %q", line)
	}
	var sum float64
	for i, w := range f[1:9] { // user nice system idle iowait irq softirq steal; guest times are in user already
		v, err := strconv.ParseFloat(w, 64)
		if err != nil {
			return 0, err
		}
		if i != 3 && i != 4 {
			sum += v / ticks
		}
	}
	return sum, nil
}

func machineCPU() (float64, error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, err
	}
	return parseMachine(string(b))
}

// parsePss gives the proportional set size in kB from the text of smaps_rollup: resident memory, with what several processes share divided
// among them. Forked workers share most of theirs, so that a sum of resident sizes would count it many times.
func parsePss(text string) int64 {
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, "Pss:"); ok {
			f := strings.Fields(rest)
			if len(f) > 0 {
				n, _ := strconv.ParseInt(f[0], 10, 64)
				return n
			}
		}
	}
	return 0
}

// memoryBelow is the memory of all processes under pid, in kB.
func memoryBelow(pid int) int64 {
	var sum int64
	for _, p := range descendants(pid) {
		b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", p))
		sum += parsePss(string(b))
	}
	return sum
}
