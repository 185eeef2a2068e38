package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// refusal is a row of "What bad input gets": what somebody types, and what pgcopy has to answer.
type refusal struct {
	name   string
	args   []string
	env    []string
	status int
	says   []string // each of these is in the sentence
	remedy []string // each of these is in the hint
	logged bool     // the run had begun: log lines and a summary come before the sentence
}

// answer is what pgcopy wrote to a person: the sentence and the hint behind it.
type answer struct {
	result
	sentence, hint string
	log            []string // lines before the sentence
}

var logLine = regexp.MustCompile(`^\d\d:\d\d:\d\d (INFO|WARN|ERROR|DEBUG) `)

// answerOf takes the last sentence and its hint out of what was written.
func answerOf(r result) (a answer) {
	a.result = r
	lines := strings.Split(strings.TrimRight(r.stderr, "\n"), "\n")
	for i, l := range lines {
		switch {
		case strings.HasPrefix(l, "pgcopy: "):
			a.sentence, a.hint = strings.TrimPrefix(l, "pgcopy: "), ""
			a.log = lines[:i]
		case strings.HasPrefix(l, "hint: "), strings.HasPrefix(l, "try: "):
			a.hint = l
		}
	}
	return a
}

// check judges the answer of a row.
func (want refusal) check(t testing.TB, a answer) {
	t.Helper()
	t.Logf("%d  %s\n      %s", a.code, a.sentence, a.hint)
	if a.code != want.status {
		t.Errorf("exit status %d, want %d", a.code, want.status)
	}
	if want.status != exitDone && (a.sentence == "" || a.hint == "") {
		t.Errorf("no sentence, or no remedy")
	}
	for _, s := range want.says {
		if !strings.Contains(a.sentence, s) {
			t.Errorf("the sentence does not say %q", s)
		}
	}
	for _, s := range want.remedy {
		if !strings.Contains(a.hint, s) {
			t.Errorf("the hint does not say %q", s)
		}
	}
	if !want.logged {
		for _, l := range a.log {
			t.Errorf("a line before the sentence: %s", l)
		}
		if a.stdout != "" {
			t.Errorf("stdout: %s", a.stdout)
		}
	}
	for _, l := range a.log {
		if want.logged && !logLine.MatchString(l) {
			t.Errorf("a line that is neither log nor sentence: %s", l)
		}
	}
	if strings.Contains(a.sentence, "\n") || len(a.sentence) > 400 || strings.Contains(a.stderr, "goroutine ") {
		t.Errorf("not one clear sentence: %s", a.stderr)
	}
	if t.Failed() {
		t.Logf("stderr:\n%s", a.stderr)
	}
	mustKeepSecrets(t, "stdout", []byte(a.stdout))
	mustKeepSecrets(t, "stderr", []byte(a.stderr))
}

// tools is where the field's client programs are.
func (f *field) tools() string { return filepath.Dir(f.src.Bin("pg_dump")) }

// refuse runs a row and makes sure that neither server was touched by it. target is the database of the target server to look at.
func (f *field) refuse(t testing.TB, target string, row refusal) answer {
	t.Helper()
	src, dst := fingerprint(t, f.src, f.db), fingerprint(t, f.dst, target)
	srcSessions, dstSessions := sessions(t, f.src), sessions(t, f.dst)
	a := answerOf(pgcopy(t, append([]string{"PGCOPY_PG_BIN_DIR=" + f.tools()}, row.env...), row.args...))
	row.check(t, a)
	mustLeave(t, f.src, srcSessions)
	mustLeave(t, f.dst, dstSessions)
	mustBeSame(t, "source", src, fingerprint(t, f.src, f.db))
	mustBeSame(t, "target", dst, fingerprint(t, f.dst, target))
	return a
}

// mustNotExist makes sure that a refused run left no directory.
func mustNotExist(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Lstat(path); err == nil {
		t.Errorf("%s was made", path)
	}
}
