package cli

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

func model(t *testing.T) *kong.Kong {
	t.Helper()
	parser, err := (&app{stdout: io.Discard, stderr: io.Discard}).parser()
	if err != nil {
		t.Fatal(err)
	}
	return parser
}

// The pages are what the grammar says now; go generate ./cli writes them.
func TestPages(t *testing.T) {
	docs := filepath.Join("..", "docs")
	want := pages(model(t).Model.Node)
	for _, folder := range []string{"commands", "man"} {
		if *update {
			if err := os.MkdirAll(filepath.Join(docs, folder), 0o755); err != nil {
				t.Fatal(err)
			}
		}
		entries, err := os.ReadDir(filepath.Join(docs, folder))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			name := folder + "/" + e.Name()
			if _, known := want[name]; !known && *update {
				if err := os.Remove(filepath.Join(docs, name)); err != nil {
					t.Fatal(err)
				}
			} else if !known {
				t.Errorf("docs/%s is of no command (go generate ./cli removes it)", name)
			}
		}
	}
	for name, text := range want {
		path := filepath.Join(docs, name)
		if *update {
			if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%s is not what --help says now (%v): go generate ./cli writes it anew", path, err)
		}
	}
}

// Every command's help says what the command needs, shows it at work, and says what comes next.
func TestHelpAnswers(t *testing.T) {
	parser := model(t)
	for _, n := range parser.Model.Leaves(true) {
		for _, want := range []string{"\n\nNeeds: ", "\n\nExample:\n\n    pgcopy ", "\n\nNext: "} {
			if !strings.Contains(n.Detail, want) {
				t.Errorf("%s: its text in manual.txt has no %q", pathOf(n), strings.TrimSpace(want))
			}
		}
		status, stdout, stderr := pgcopy(t, append(strings.Fields(pathOf(n)), "--help")...)
		if status != ExitDone || stderr != "" || !strings.Contains(stdout, "\nExample:\n") || !strings.Contains(stdout, "Needs: ") {
			t.Errorf("%s --help: status %d, %s\n%s", pathOf(n), status, stderr, stdout)
		}
		_, example, _ := strings.Cut(n.Detail, "Example:\n\n")
		for line := range strings.Lines(example) {
			command, ok := strings.CutPrefix(line, "    pgcopy ")
			if !ok {
				break
			}
			command, _, _ = strings.Cut(command, " > ")
			kctx, err := model(t).Parse(strings.Fields(command))
			if err != nil {
				t.Errorf("%s: the example cannot be parsed: %v", pathOf(n), err)
			} else if pathOf(kctx.Selected()) != pathOf(n) && kctx.Selected().Detail != n.Detail {
				t.Errorf("%s: the example is one of %s", pathOf(n), pathOf(kctx.Selected()))
			}
		}
	}
}

// Commands that texts speak of are there.
func TestManualNamesCommands(t *testing.T) {
	for _, quoted := range strings.Split(manualText, `"`) {
		command, ok := strings.CutPrefix(quoted, "pgcopy ")
		if !ok || strings.ContainsAny(command, "\n") {
			continue
		}
		if _, err := kong.Trace(model(t), strings.Fields(command)); err != nil {
			t.Errorf("pgcopy %s: %v", command, err)
		}
		if kctx, err := kong.Trace(model(t), strings.Fields(command)); err == nil && kctx.Error != nil && !strings.HasPrefix(kctx.Error.Error(), "expected") {
			t.Errorf("pgcopy %s: %v", command, kctx.Error)
		}
	}
}

// No command is without a text, no text without a command, and none is explained twice.
func TestManualIsComplete(t *testing.T) {
	for _, wrong := range explainCommands(model(t).Model.Node) {
		t.Errorf("manual.txt: %s", wrong)
	}
	if texts := manual("== a\nx\n\n== b, a\ny\n"); texts["a "] != "y" || texts["a"] != "x" || texts["b"] != "y" {
		t.Errorf("%q", texts)
	}
}
