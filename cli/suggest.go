package cli

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

var (
	// unknownWord is what kong says of a word for which it knows none of nearly the same letters among the commands that may stand there.
	unknownWord = regexp.MustCompile(`^unexpected argument (\S+)$`)
	// unknownLetter is what it says of a letter that is no flag. Every other letter is at a distance of one: that is no help.
	unknownLetter = regexp.MustCompile(`^(unknown flag -.), did you mean one of .*$`)
)

// suggest goes on where kong has no suggestion for a mistyped command: it looks among all commands, and else says what there is.
func suggest(msg string, kctx *kong.Context) string {
	if m := unknownLetter.FindStringSubmatch(msg); m != nil {
		return m[1]
	}
	m := unknownWord.FindStringSubmatch(msg)
	if m == nil {
		return msg
	}
	at := kctx.Model.Node
	if s := kctx.Selected(); s != nil {
		at = s
	}
	if len(at.Children) == 0 {
		return msg
	}
	var elsewhere []string
	for _, leaf := range kctx.Model.Leaves(true) {
		if leaf.Parent != kctx.Model.Node && leaf.Name == m[1] {
			elsewhere = append(elsewhere, fmt.Sprintf("%q", strings.TrimPrefix(leaf.FullPath(), kctx.Model.Name+" ")))
		}
	}
	switch len(elsewhere) {
	case 0:
		return msg + ": there are " + strings.Join(names(at.Children), ", ")
	case 1:
		return msg + ", did you mean " + elsewhere[0] + "?"
	}
	return msg + ", did you mean one of " + strings.Join(elsewhere, ", ") + "?"
}
