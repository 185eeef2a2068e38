package main

import (
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

func TestParseStat(t *testing.T) {
	const text = "4711 (a (wild) name) S 1 4711 4711 0 -1 4194560 1 2 3 4 150 50 1000 25 20 0 1 0 99 1 2\n"
	got, err := parseStat(text)
	if err != nil || got != (times{own: 2, waited: 10.25}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, bad := range []string{"", "4711 (x", "4711 (x) S 1 2", "1 (x) S 1 4711 4711 0 -1 4194560 1 2 3 4 a 50 1000 25 20"} {
		if _, err := parseStat(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestParseMachine(t *testing.T) {
	got, err := parseMachine("cpu  100 200 300 99999 88888 10 20 70 5 5\ncpu0 1 2 3 4 5 6 7 8\n")
	if err != nil || got != 7 {
		t.Errorf("got %v, %v: idle and waiting are not busy, guests are counted already", got, err)
	}
	if _, err := parseMachine("intr 1 2 3"); err == nil {
		t.Error("no error")
	}
}

func TestParsePss(t *testing.T) {
	if got := parsePss("55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:  900 kB\nPss:     321 kB\nPss_Anon:  300 kB\n"); got != 321 {
		t.Errorf("got %d", got)
	}
	if got := parsePss(""); got != 0 {
		t.Errorf("a process that is gone has %d", got)
	}
}

// TestDescendants needs a child of a child: the shell waits for sleep, and would replace itself by it without the second command.
func TestDescendants(t *testing.T) {
	cmd := exec.Command("/bin/sh", "-c", "echo started; sleep 60; true")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		for _, p := range descendants(cmd.Process.Pid) {
			if process, err := os.FindProcess(p); err == nil {
				_ = process.Kill()
			}
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	if _, err := out.Read(make([]byte, 8)); err != nil {
		t.Fatal(err)
	}
	if got := descendants(os.Getpid()); !slices.Contains(got, cmd.Process.Pid) {
		t.Errorf("%v lack the child %d", got, cmd.Process.Pid)
	}
	if got, err := serverCPU(os.Getpid()); err != nil || math.IsNaN(got) || got < 0 {
		t.Errorf("cpu of this process and its children: %v, %v", got, err)
	}
	if _, err := serverCPU(1 << 30); err == nil || !strings.Contains(err.Error(), "cpu of the server") {
		t.Errorf("a server that is not there: %v", err)
	}
}
