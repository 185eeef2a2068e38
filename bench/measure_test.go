package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestMain lets the test's own program be the measuring process.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == "measure" {
		if err := measureCommand(context.Background(), os.Stdin, os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// burn is a shell command that needs some tenths of a second of CPU.
const burn = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"

func TestMeasure(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	sh := func(script string) []string { return []string{"/bin/sh", "-c", script} }
	for _, c := range []struct {
		name   string
		stages [][][]string
		check  func(u usage) string
	}{
		{"children of children count", [][][]string{{sh("(" + burn + ") & wait")}}, func(u usage) string {
			return unless(u.Failed == "" && u.CPU > 0.05 && u.Wall > 0.05 && u.PeakOne > 500)
		}},
		{"orphans count", [][][]string{{sh("(" + burn + ") & exit 0")}}, func(u usage) string {
			return unless(u.Failed == "" && u.CPU > 0.05)
		}},
		{"one stage after another", [][][]string{{sh("sleep 0.1")}, {sh("sleep 0.1")}}, func(u usage) string {
			return unless(u.Failed == "" && u.Wall >= 0.2)
		}},
		{"a pipe", [][][]string{{sh("echo through"), sh("cat"), sh("read w; test $w = through")}}, func(u usage) string { return unless(u.Failed == "") }},
		{"a pipe whose head fails", [][][]string{{sh("exit 3"), sh("cat >/dev/null")}}, func(u usage) string {
			return unless(strings.Contains(u.Failed, "exit status 3"))
		}},
		{"a pipe whose tail fails", [][][]string{{sh("yes"), sh("exit 4")}}, func(u usage) string { return unless(u.Failed != "") }},
		{"the second stage is left out", [][][]string{{sh("exit 3")}, {sh("sleep 60")}}, func(u usage) string {
			return unless(u.Failed != "" && u.Wall < 30)
		}},
		{"no such program", [][][]string{{{"/nowhere/tool"}}}, func(u usage) string { return unless(strings.Contains(u.Failed, "/nowhere/tool")) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, err := measure(t.Context(), plan{Stages: c.stages, Log: log})
			if err != nil {
				t.Fatal(err)
			}
			if why := c.check(u); why != "" {
				t.Errorf("%+v", u)
			}
		})
	}
}

func unless(ok bool) string {
	if ok {
		return ""
	}
	return "wrong"
}

func TestMeasureEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	start := time.Now()
	u, err := measure(ctx, plan{Stages: [][][]string{{{"sleep", "60"}}}, Log: filepath.Join(t.TempDir(), "log")})
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("took %s", took)
	}
	if err == nil && u.Failed == "" {
		t.Errorf("a tool that was ended looks good: %+v", u)
	}
}

func TestMeasureKeepsTheLog(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	in, _ := json.Marshal(plan{Stages: [][][]string{{{"/bin/sh", "-c", "echo to out; echo $MOOD >&2"}}}, Log: log, Env: []string{"MOOD=fine"}})
	if err := measureCommand(t.Context(), bytes.NewReader(in), &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if got := lastLines(log, 1); got != "fine" {
		t.Errorf("last line %q", got)
	}
	if got := lastLines(log, 5); got != "to out\nfine" {
		t.Errorf("log %q", got)
	}
}
