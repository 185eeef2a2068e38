package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// sampleEvery is how often the memory of the tool is looked at.
const sampleEvery = 250 * time.Millisecond

// patience is how long what a tool has left running may take to end after it.
const patience = 10 * time.Second

// plan is what one tool does for a copy: stages one after another, each a pipe of commands.
type plan struct {
	Stages [][][]string // stage, command, argument
	Env    []string     // on top of the environment
	Log    string       // the file that gets what they say
}

// usage is what a plan took.
type usage struct {
	Wall      float64 // seconds
	CPU       float64 // seconds, of all processes
	PeakTotal int64   // kB, all processes together (Pss), by samples
	PeakOne   int64   // kB, of the largest process, exact
	Failed    string  // why it is no copy
}

// peak is the tool's memory in kB. Short lives fall between the samples, hence the larger of the two.
func (u usage) peak() int64 { return max(u.PeakTotal, u.PeakOne) }

// measure runs a plan in a process of its own, this program again: so all processes of the tool, and none else, are below it, and what the
// kernel says of its children is the tool's.
func measure(ctx context.Context, p plan) (usage, error) {
	self, err := os.Executable()
	if err != nil {
		return usage{}, err
	}
	in, err := json.Marshal(p)
	if err != nil {
		return usage{}, err
	}
	cmd := exec.CommandContext(ctx, self, "measure")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 2 * patience
	var out bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, os.Stderr
	if err := cmd.Run(); err != nil {
		return usage{}, fmt.Errorf("measure: %w", err)
	}
	var u usage
	if err := json.Unmarshal(out.Bytes(), &u); err != nil {
		return usage{}, fmt.Errorf("measure: %w", err)
	}
	return u, nil
}

// measureCommand is the other side of measure: reads a plan, runs it, writes its usage.
func measureCommand(ctx context.Context, in io.Reader, out io.Writer) error {
	if err := becomeSubreaper(); err != nil {
		return err
	}
	var p plan
	if err := json.NewDecoder(in).Decode(&p); err != nil {
		return err
	}
	log, err := os.Create(p.Log)
	if err != nil {
		return err
	}
	defer log.Close()
	stop := make(chan struct{})
	peak := make(chan int64, 1)
	go func() { peak <- watchMemory(stop) }()

	var u usage
	start := time.Now()
	for _, stage := range p.Stages {
		if err := runPipe(ctx, stage, p.Env, log); err != nil {
			u.Failed = err.Error()
			break
		}
	}
	u.Wall = time.Since(start).Seconds()
	close(stop)
	u.PeakTotal = <-peak
	if left := waitForOrphans(); left > 0 && u.Failed == "" {
		u.Failed = fmt.Sprintf("%d processes went on after it had ended", left)
	}
	var ru syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_CHILDREN, &ru); err != nil {
		return err
	}
	u.CPU = seconds(ru.Utime) + seconds(ru.Stime)
	u.PeakOne = int64(ru.Maxrss)
	return json.NewEncoder(out).Encode(u)
}

func seconds(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }

// runPipe runs commands with the output of each as the input of the next and waits for all. The first that failed is the error.
func runPipe(ctx context.Context, commands [][]string, env []string, log *os.File) error {
	var started []*exec.Cmd
	var input *os.File
	var failed error
	for i, args := range commands {
		cmd := exec.CommandContext(ctx, args[0], args[1:]...)
		cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
		cmd.WaitDelay = patience
		cmd.Env = append(os.Environ(), env...)
		cmd.Stdout, cmd.Stderr = log, log
		mine := []*os.File{input}
		if input != nil {
			cmd.Stdin = input
		}
		input = nil
		if i < len(commands)-1 {
			r, w, err := os.Pipe()
			if err != nil {
				return err
			}
			cmd.Stdout, input = w, r
			mine = append(mine, w)
		}
		err := cmd.Start()
		for _, f := range mine {
			if f != nil {
				f.Close() // the commands have their own; an end that stays open here would keep the other from ending
			}
		}
		if err != nil {
			failed = err
			break
		}
		started = append(started, cmd)
	}
	if input != nil {
		input.Close()
	}
	for _, cmd := range started {
		if err := cmd.Wait(); err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", cmd.Args[0], err)
		}
	}
	return failed
}

// watchMemory samples until stop is closed and gives the highest sum.
func watchMemory(stop <-chan struct{}) int64 {
	var highest int64
	tick := time.NewTicker(sampleEvery)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return highest
		case <-tick.C:
			highest = max(highest, memoryBelow(os.Getpid()))
		}
	}
}

// waitForOrphans waits for processes that the tool has left behind, ends those that stay, and gives their number.
func waitForOrphans() int {
	deadline := time.Now().Add(patience)
	killed := 0
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		switch {
		case errors.Is(err, syscall.ECHILD):
			return killed
		case errors.Is(err, syscall.EINTR) || pid > 0:
			continue
		}
		if time.Now().After(deadline) {
			for _, p := range descendants(os.Getpid()) {
				killed++
				_ = syscall.Kill(p, syscall.SIGKILL) // all below this process was started for this plan
			}
			deadline = time.Now().Add(patience)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// lastLines is the end of a log, for people.
func lastLines(file string, n int) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}
