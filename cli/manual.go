package cli

import (
	_ "embed"
	"strings"

	"github.com/alecthomas/kong"
)

//go:embed manual.txt
var manualText string

// explainCommands gives each command its long text: what it does, what it needs, an example, and what comes next. The texts are one file, manual.txt,
// which --help, the pages of docs/commands and the manual page are made from. Commands without a text and texts without a command come back: there
// are none, or a test fails.
func explainCommands(root *kong.Node) (wrong []string) {
	texts := manual(manualText)
	var walk func(n *kong.Node)
	walk = func(n *kong.Node) {
		for _, child := range n.Children {
			if !child.Hidden {
				var ok bool
				if child.Detail, ok = texts[pathOf(child)]; !ok {
					wrong = append(wrong, pathOf(child)+" has no text")
				}
				delete(texts, pathOf(child))
			}
			walk(child)
		}
	}
	walk(root)
	for path := range texts {
		wrong = append(wrong, path+" is no command, or is explained twice")
	}
	return wrong
}

// pathOf is a command as it is typed after pgcopy. Kong's own Path has the aliases in it.
func pathOf(n *kong.Node) string {
	var words []string
	for ; n != nil && n.Type != kong.ApplicationNode; n = n.Parent {
		words = append([]string{n.Name}, words...)
	}
	return strings.Join(words, " ")
}

// manual takes the texts apart: "== clone, copy db" is the head of a text for two commands.
func manual(text string) map[string]string {
	texts := map[string]string{}
	for _, section := range strings.Split("\n"+text, "\n== ")[1:] {
		head, body, _ := strings.Cut(section, "\n")
		for _, path := range strings.Split(head, ", ") {
			if _, twice := texts[path]; twice {
				path += " "
			}
			texts[path] = strings.TrimSpace(body)
		}
	}
	return texts
}
