package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/steps"
)

// chatty is a clone that says something at each level and then fails.
func chatty(t *testing.T) {
	cloneWith(t, func(_ context.Context, o steps.Options) error {
		o.Log.Debug("a detail", "n", 1)
		o.Log.Info("some news")
		o.Log.Warn("a warning")
		return &pgdb.UserError{Msg: "it went wrong", Hint: "mend it"}
	})
}

func TestLogFile(t *testing.T) {
	chatty(t)
	file := filepath.Join(t.TempDir(), "pgcopy.log")
	clone := []string{"clone", "-S", source, "-T", target, "--log-file", file}
	status, stdout, stderr := pgcopy(t, append(clone, "--quiet")...)
	if status != ExitFailed || stdout != "" || !regexp.MustCompile(`^\d\d:\d\d:\d\d WARN  a warning\npgcopy: it went wrong\nhint: mend it\n$`).MatchString(stderr) {
		t.Errorf("status %d, what stderr is told has changed:\n%s%s", status, stdout, stderr)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatal(err, info.Mode())
	}
	first, _ := os.ReadFile(file)
	want := regexp.MustCompile(`^S INFO  pgcopy \S+ begins command="pgcopy clone -S postgresql://app@old.example:5433/shop [^\n]*" pid=\d+
S DEBUG a detail n=1
S INFO  some news
S WARN  a warning
S ERROR it went wrong hint="mend it"
S INFO  pgcopy ends status=1
$`)
	if got := regexp.MustCompile(`(?m)^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} `).ReplaceAllString(string(first), "S "); !want.MatchString(got) {
		t.Errorf("the file holds\n%s", got)
	}
	if strings.Contains(string(first), "geheim") {
		t.Error("a password is in the file")
	}
	// Another command adds to it, in the format that it is given, and the name may come from the environment.
	t.Setenv("PGCOPY_LOG_FILE", file)
	if status, _, stderr := pgcopy(t, "clone", "-S", source, "-T", target, "--log-format", "json"); status != ExitFailed || !strings.Contains(stderr, `"msg":"it went wrong"`) {
		t.Errorf("status %d, %s", status, stderr)
	}
	both, _ := os.ReadFile(file)
	added, ok := bytes.CutPrefix(both, first)
	if !ok {
		t.Fatal("what was in the file is gone")
	}
	var messages []string
	for line := range strings.Lines(string(added)) {
		var l struct{ Level, Msg string }
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatal(err, line)
		}
		messages = append(messages, l.Level+" "+l.Msg)
	}
	if got := strings.Join(messages[1:], ", "); got != "DEBUG a detail, INFO some news, WARN a warning, ERROR it went wrong, INFO pgcopy ends" {
		t.Error(got)
	}
}

func TestLogFileThatCannotBeWritten(t *testing.T) {
	cloneWith(t, func(context.Context, steps.Options) error {
		t.Error("the work was begun")
		return nil
	})
	dir := t.TempDir()
	for path, why := range map[string]string{dir: "is a directory", filepath.Join(dir, "no", "such"): "no such file or directory"} {
		status, stdout, stderr := pgcopy(t, "clone", "-S", source, "-T", target, "--log-file", path)
		if want := "pgcopy: --log-file: " + path + " cannot be written: " + why + "\nhint: name a file in a directory that is there and that this user may write to\n"; status != ExitUsage || stdout != "" || stderr != want {
			t.Errorf("status %d, %s", status, stderr)
		}
	}
}

// What a program reads on stderr is JSON line by line, the last error included; --quiet leaves warnings and errors.
func TestLogForPrograms(t *testing.T) {
	chatty(t)
	for args, want := range map[string]string{"": "some news, a warning, it went wrong", "--quiet": "a warning, it went wrong", "--verbose": "a detail, some news, a warning, it went wrong",
		"--log-level=error": "it went wrong"} {
		command := []string{"clone", "-S", source, "-T", target, "--log-format=json"}
		if args != "" {
			command = append(command, args)
		}
		_, stdout, stderr := pgcopy(t, command...)
		var messages []string
		for line := range strings.Lines(stderr) {
			var l struct{ Msg string }
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatal(err, line)
			}
			messages = append(messages, l.Msg)
		}
		if got := strings.Join(messages, ", "); got != want || stdout != "" {
			t.Errorf("%s: %s, wanted %s; stdout %q", args, got, want, stdout)
		}
	}
}

// Output that goes into a file or a pipe has no colours and moves no cursor, whatever the environment says.
func TestPipedOutputIsPlain(t *testing.T) {
	chatty(t)
	t.Setenv("TERM", "xterm-256color")
	dir := workDir(t, "failed.sql")
	for _, args := range [][]string{{"clone", "-S", source, "-T", target, "-v"}, {"list", "progress", "--dir", dir}, {"list", "steps", "--dir", dir}, {"--help"}} {
		_, stdout, stderr := pgcopy(t, args...)
		if strings.ContainsAny(stdout+stderr, "\x1b\r") {
			t.Errorf("%v: %q", args, stdout+stderr)
		}
		if _, again, _ := pgcopy(t, args...); again != stdout {
			t.Errorf("%v says something else the second time", args)
		}
	}
}

func TestNoColor(t *testing.T) {
	t.Setenv("NO_COLOR", "")
	if !wantsColor() {
		t.Error("an empty NO_COLOR counts")
	}
	t.Setenv("NO_COLOR", "1")
	if wantsColor() {
		t.Error("NO_COLOR does not count")
	}
}
