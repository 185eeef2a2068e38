package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
)

// The tools, by the names that they have in the figures.
const (
	pgcopy   = "pgcopy"
	pgcopydb = "pgcopydb"
	dumpDir  = "pg_dump -Fd + pg_restore"
	dumpPipe = "pg_dump | psql"
)

// tools in the order in which they are shown.
var tools = []string{pgcopy, pgcopydb, dumpDir, dumpPipe}

// contender is a tool with a number of jobs.
type contender struct {
	Tool string
	Jobs int // 0: it has no such option
}

func (c contender) String() string {
	if c.Jobs == 0 {
		return c.Tool
	}
	return fmt.Sprintf("%s, %d jobs", c.Tool, c.Jobs)
}

// kit is where the programs are.
type kit struct {
	pgcopy, pgcopydb string // pgcopydb is empty where there is none
	bin              string // of pg_dump, pg_restore and psql
	pgcopyArgs       []string
	pgcopydbArgs     []string
}

// contenders are all tools that the kit has, with each number of jobs.
func (k kit) contenders(jobs []int, wanted string) []contender {
	var out []contender
	for _, t := range tools {
		if t == pgcopydb && k.pgcopydb == "" || wanted != "" && !strings.Contains(","+wanted+",", ","+short(t)+",") {
			continue
		}
		if t == dumpPipe {
			out = append(out, contender{t, 0})
			continue
		}
		for _, j := range jobs {
			out = append(out, contender{t, j})
		}
	}
	return out
}

// short is how a tool is named on the command line and in the names of files.
func short(tool string) string {
	switch tool {
	case dumpDir:
		return "dump"
	case dumpPipe:
		return "pipe"
	}
	return tool
}

// plan says what a tool has to run. dir is an empty folder for its files.
func (k kit) plan(c contender, source, target, dir string) plan {
	work, n, prog := filepath.Join(dir, "work"), strconv.Itoa(c.Jobs), func(name string) string { return filepath.Join(k.bin, name) }
	// all find the same pg_dump and pg_restore
	p := plan{Log: filepath.Join(dir, "log"), Env: []string{"PATH=" + k.bin + ":" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}}
	switch c.Tool {
	case pgcopy, pgcopydb:
		program, extra := k.pgcopy, k.pgcopyArgs
		if c.Tool == pgcopydb {
			program, extra = k.pgcopydb, k.pgcopydbArgs
		}
		args := []string{program, "clone", "--source", source, "--target", target, "--dir", work,
			"--table-jobs", n, "--index-jobs", n, "--restore-jobs", n, "--large-objects-jobs", n}
		p.Stages = [][][]string{{append(args, extra...)}}
	case dumpDir:
		p.Stages = [][][]string{
			{{prog("pg_dump"), "-Fd", "-Z0", "-j" + n, "-f", work, "-d", source}},
			{{prog("pg_restore"), "--exit-on-error", "-j" + n, "-d", target, work}}}
	case dumpPipe:
		p.Stages = [][][]string{{{prog("pg_dump"), "-d", source}, {prog("psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-o", os.DevNull, "-d", target}}}
	}
	return p
}

// versions are what the tools call themselves.
func (k kit) versions(ctx context.Context) map[string]string {
	out := map[string]string{pgcopy: firstLine(ctx, k.pgcopy, "version"), "pg_dump": firstLine(ctx, filepath.Join(k.bin, "pg_dump"), "--version")}
	if k.pgcopydb != "" {
		out[pgcopydb] = firstLine(ctx, k.pgcopydb, "--version")
	}
	return out
}

func firstLine(ctx context.Context, program string, args ...string) string {
	out, _ := exec.CommandContext(ctx, program, args...).Output()
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	return line
}

// parseJobs reads "2,4". Nothing means as many as CPUs, and twice as many.
func parseJobs(list string) ([]int, error) {
	if list == "" {
		return []int{runtime.NumCPU(), 2 * runtime.NumCPU()}, nil
	}
	var out []int
	for w := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(w)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%q is no number of jobs", w)
		}
		out = append(out, n)
	}
	return out, nil
}
