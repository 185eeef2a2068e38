package main

import (
	"os"
	"os/exec"
	"runtime"
	"strings"

	"strconv"
)

// Machine is what the figures depend on.
type Machine struct {
	CPU        string  `json:"cpu"`
	Processors int     `json:"processors"`
	MemoryMB   int64   `json:"memory_mb"`
	Kernel     string  `json:"kernel"`
	LoadBefore float64 `json:"load_before"` // one minute's, before anything was started
}

func thisMachine() Machine {
	read := func(file string) string { b, _ := os.ReadFile(file); return string(b) }
	load, _ := strconv.ParseFloat(strings.Split(read("/proc/loadavg")+" ", " ")[0], 64)
	return Machine{CPU: field(read("/proc/cpuinfo"), "model name"), Processors: runtime.NumCPU(), MemoryMB: kilobytes(field(read("/proc/meminfo"), "MemTotal")) / 1024,
		Kernel: strings.TrimSpace(read("/proc/sys/kernel/osrelease")), LoadBefore: load}
}

// field is the value of the first "name : value" of a text.
func field(text, name string) string {
	for line := range strings.Lines(text) {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

func kilobytes(s string) int64 {
	n, _ := strconv.ParseInt(strings.TrimSuffix(s, " kB"), 10, 64)
	return n
}

// commit is the state of the sources, "unknown" outside a git checkout.
func commit() string {
	out, err := exec.Command("git", "-c", "safe.directory=*", "describe", "--always", "--dirty", "--abbrev=10").Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}
