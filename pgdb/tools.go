package pgdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Tools are PostgreSQL's client programs of one installation.
type Tools struct {
	Dir     string // the folder that holds them
	Major   int    // major version of pg_dump
	Version string // its full version, such as "15.18 (Debian 15.18-0+deb12u1)" or "18beta1"
}

// Program is the path of one of the programs, such as "pg_dump".
func (t Tools) Program(name string) string { return filepath.Join(t.Dir, name) }

// Need makes sure that one of the programs is there which not every package of PostgreSQL's clients has. what is that which needs it.
func (t Tools) Need(program, what string) error {
	if _, err := os.Stat(t.Program(program)); err != nil {
		return &UserError{Msg: fmt.Sprintf("%s needs %s, and there is none beside the pg_dump in %s", what, program, t.Dir),
			Hint: "install all of PostgreSQL's client programs there, or name a folder that has them with --pg-bin-dir"}
	}
	return nil
}

// debianDirs is where Debian and Ubuntu put the programs of each major version; PATH only has a wrapper for them.
const debianDirs = "/usr/lib/postgresql/*/bin"

// rpmDirs is where PostgreSQL's own packages for Red Hat and its relatives put them.
const rpmDirs = "/usr/pgsql-*/bin"

// FindTools picks the pg_dump and pg_restore for a copy between two major versions. pg_dump refuses servers newer than
// itself, and writes SQL for servers of its own major, so the best one is that of the newer end; any newer one will
// do, and as a last resort one that is as new as the source. Looked through are the folders of
// extraDirs (separated like PATH, "" for none), then PATH, then the folders of RPM packages and of Debian's; a fitting program in extraDirs is taken even
// if there is a closer version elsewhere. When nothing fits the error is a [*UserError] that lists what was found.
func FindTools(extraDirs string, sourceMajor, targetMajor int) (Tools, error) {
	rpm, _ := filepath.Glob(rpmDirs) // the pattern is sound
	return findTools(searchPath{
		extra: filepath.SplitList(extraDirs),
		path:  append(filepath.SplitList(os.Getenv("PATH")), rpm...),
		glob:  debianDirs,
	}, sourceMajor, targetMajor)
}

type searchPath struct {
	extra, path []string
	glob        string
}

func findTools(in searchPath, sourceMajor, targetMajor int) (Tools, error) {
	extra := lookFor(in.extra)
	if len(in.extra) > 0 && len(extra) == 0 {
		return Tools{}, &UserError{
			Msg:  fmt.Sprintf("there is no pg_dump in %s, which --pg-bin-dir names", strings.Join(in.extra, ", ")),
			Hint: "name the folder that holds pg_dump and pg_restore themselves, such as /usr/lib/postgresql/17/bin",
		}
	}
	if t, ok := bestOf(extra, sourceMajor, targetMajor); ok {
		return t, nil
	}
	debian, _ := filepath.Glob(in.glob) // the pattern is sound
	found := append(extra, lookFor(append(in.path, debian...))...)
	if t, ok := bestOf(found, sourceMajor, targetMajor); ok {
		return t, nil
	}
	return Tools{}, noTools(found, sourceMajor)
}

func noTools(found []foundTools, sourceMajor int) error {
	var have []string
	seen := map[string]bool{}
	for _, f := range found {
		if s := f.String(); !seen[s] {
			have, seen[s] = append(have, s), true
		}
	}
	list := "none was found"
	if len(have) > 0 {
		list = "found " + strings.Join(have, ", ")
	}
	return &UserError{
		Msg: fmt.Sprintf("pg_dump %d or newer is needed to read the schema of a PostgreSQL %d source; %s", sourceMajor, sourceMajor, list),
		Hint: fmt.Sprintf("install postgresql-client-%d (or newer), or name the folder of its programs with --pg-bin-dir",
			sourceMajor),
	}
}

// foundTools is one folder with a pg_dump in it, of use or not.
type foundTools struct {
	Tools
	unusable string // why it cannot be used, "" when it can
}

func (f foundTools) String() string {
	if f.unusable != "" {
		return fmt.Sprintf("an unusable one in %s (%s)", f.Dir, f.unusable)
	}
	return fmt.Sprintf("%s in %s", strings.Fields(f.Version)[0], f.Dir)
}

// bestOf applies the rule of FindTools; of equals the first found wins.
func bestOf(found []foundTools, sourceMajor, targetMajor int) (best Tools, ok bool) {
	for _, floor := range []int{max(sourceMajor, targetMajor), sourceMajor} {
		for _, f := range found {
			if f.unusable == "" && f.Major >= floor && (!ok || f.Major < best.Major) {
				best, ok = f.Tools, true
			}
		}
		if ok {
			return best, true
		}
	}
	return Tools{}, false
}

// lookFor asks the programs of each folder for their versions. Folders without a pg_dump are left out. So is postgresql-common's
// pg_wrapper: it decides by the options it is given which version to start, and the real programs are looked at anyway.
func lookFor(dirs []string) []foundTools {
	var found []foundTools
	for _, dir := range dirs {
		if dir == "" {
			continue
		}
		dump := filepath.Join(dir, "pg_dump")
		real, err := filepath.EvalSymlinks(dump)
		if errors.Is(err, os.ErrNotExist) || filepath.Base(real) == "pg_wrapper" {
			continue
		}
		f := foundTools{Tools: Tools{Dir: dir}}
		f.Major, f.Version, f.unusable = askVersion(dump)
		if f.unusable == "" {
			major, version, problem := askVersion(filepath.Join(dir, "pg_restore"))
			switch {
			case problem != "":
				f.unusable = "its pg_restore: " + problem
			case major < f.Major:
				f.unusable = fmt.Sprintf("its pg_restore is %s, older than its pg_dump", strings.Fields(version)[0])
			}
		}
		found = append(found, f)
	}
	return found
}

// askVersion runs a program with --version. problem says why that did not work.
func askVersion(path string) (major int, version, problem string) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = toolEnviron(nil)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return 0, "", toolProblem(ctx, err)
	}
	major, version, ok := parseToolVersion(string(out))
	if !ok {
		return 0, "", fmt.Sprintf("--version says %q", clip(oneLine(string(out)), 80))
	}
	return major, version, ""
}

func toolProblem(ctx context.Context, err error) string {
	var exit *exec.ExitError
	var path *os.PathError
	switch {
	case ctx.Err() != nil:
		return "does not answer to --version"
	case errors.As(err, &exit):
		if text := oneLine(string(exit.Stderr)); text != "" {
			return clip(text, 200)
		}
		return exit.Error()
	case errors.As(err, &path):
		return path.Err.Error()
	}
	return err.Error()
}

var toolVersion = regexp.MustCompile(`^\S+ \(PostgreSQL\) ((\d+)\S*.*)`)

// parseToolVersion reads "pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", also of a beta: "pg_dump (PostgreSQL) 18beta1".
func parseToolVersion(out string) (major int, version string, ok bool) {
	m := toolVersion.FindStringSubmatch(strings.TrimSpace(out))
	if m == nil {
		return 0, "", false
	}
	major, err := strconv.Atoi(m[2])
	return major, strings.TrimSpace(m[1]), err == nil && major > 0
}
