package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func completionScript(t *testing.T, shell string) string {
	t.Helper()
	status, stdout, stderr := pgcopy(t, "completion", shell)
	if status != ExitDone || stderr != "" {
		t.Fatalf("%s: status %d, %s", shell, status, stderr)
	}
	path := filepath.Join(t.TempDir(), shell)
	if err := os.WriteFile(path, []byte(stdout), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// lineTests are command lines, the last word not finished, and what it may become; a word that begins with ! may not be offered.
var lineTests = map[string]string{
	"pgcopy cl":                           "clone",
	"pgcopy list table":                   "tables table-parts",
	"pgcopy stream sentinel set ":         "startpos endpos apply prefetch",
	"pgcopy clone --table-":               "--table-jobs",
	"pgcopy fork --split":                 "--split-tables-larger-than --split-max-parts",
	"pgcopy copy db --fol":                "--follow",
	"pgcopy clone -J 4 --log-level ":      "debug info warn error",
	"pgcopy clone --log-level=w":          "warn",
	"pgcopy clone --table-jobs ":          "",
	"pgcopy list progress --watch --js":   "--json",
	"pgcopy list progress --table":        "",
	"pgcopy clone --filters fil":          "filters.ini filters.txt",
	"pgcopy clone --dir d":                "dir",
	"pgcopy restore parse-list filters.i": "filters.ini",
	"pgcopy completion ":                  "bash zsh fish",
	"pgcopy snapshot --plugin w":          "wal2json",
	"pgcopy snapshot --repo":              "", // hidden
}

// workFolder has files to complete to.
func workFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"filters.ini", "filters.txt", "other"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "dir"), 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func sameWords(got, want string) bool {
	g, w := strings.Fields(strings.ReplaceAll(got, "/", "")), strings.Fields(want)
	slices.Sort(g)
	slices.Sort(w)
	return slices.Equal(slices.Compact(g), w)
}

// bashLine calls the function as bash does: the line is taken apart at blanks and at "=".
const bashLine = `source "$1"; line=$2
read -ra COMP_WORDS <<< "${line//=/ = }"; [[ $line == *' ' || $line == *'=' ]] && COMP_WORDS+=('')
[[ $line == *'=' ]] && unset 'COMP_WORDS[-1]'
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); COMP_LINE=$line COMP_POINT=${#line}
_pgcopy && printf '%s\n' "${COMPREPLY[@]}"`

func TestBashCompletion(t *testing.T) {
	script := completionScript(t, "bash")
	if out, err := exec.Command("bash", "-n", script).CombinedOutput(); err != nil {
		t.Fatal(err, string(out))
	}
	folder := workFolder(t)
	for line, want := range lineTests {
		cmd := exec.Command("bash", "--norc", "-uec", bashLine, "bash", script, line)
		cmd.Dir = folder
		out, err := cmd.CombinedOutput()
		if err != nil || !sameWords(string(out), want) {
			t.Errorf("%q: %v, %q, wanted %s", line, err, out, want)
		}
	}
	out, err := exec.Command("bash", "--norc", "-c", `source "$1" && complete -p pgcopy`, "bash", script).CombinedOutput()
	if err != nil || !strings.Contains(string(out), "complete -F _pgcopy pgcopy") {
		t.Error(err, string(out))
	}
}

// The other shells are not on every machine. Where they are, they are asked.
func TestFishCompletion(t *testing.T) {
	script := completionScript(t, "fish")
	fish, err := exec.LookPath("fish")
	if err != nil {
		t.Skip("there is no fish here")
	}
	folder := workFolder(t)
	for line, want := range lineTests {
		cmd := exec.Command(fish, "--no-config", "-c", `source $argv[1]; complete -C $argv[2]`, script, line)
		cmd.Dir, cmd.Env = folder, append(os.Environ(), "HOME="+folder)
		out, err := cmd.CombinedOutput()
		var words []string
		for l := range strings.Lines(string(out)) {
			word, _, _ := strings.Cut(strings.TrimSpace(l), "\t")
			if strings.HasPrefix(word, "-") != strings.HasPrefix(line[strings.LastIndexByte(line, ' ')+1:], "-") {
				continue // fish offers flags to an empty word, too
			}
			if _, value, ok := strings.Cut(word, "="); ok {
				word = value
			}
			words = append(words, word)
		}
		if got := strings.Join(words, " "); err != nil || !sameWords(got, want) {
			t.Errorf("%q: %v, %s, wanted %s", line, err, got, want)
		}
	}
}

func TestZshCompletion(t *testing.T) {
	script := completionScript(t, "zsh")
	zsh, err := exec.LookPath("zsh")
	if err != nil {
		t.Skip("there is no zsh here")
	}
	if out, err := exec.Command(zsh, "-f", "-n", script).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatal(err, string(out))
	}
	if out, err := exec.Command(zsh, "-f", "-c", "autoload -Uz compinit; compinit -D -u; source "+script+"; [[ $_comps[pgcopy] == _pgcopy ]]").CombinedOutput(); err != nil {
		t.Error(err, string(out))
	}
}
