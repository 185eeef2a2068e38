package cli

import (
	"os"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"
)

// fromEnvironment tells which flags of a command have their value from an environment variable, by "--flag". An empty one gave none.
func fromEnvironment(kctx *kong.Context) map[string]string {
	from := map[string]string{}
	for _, f := range kctx.Flags() {
		for _, env := range f.Tag.Envs { // the first that is there counts, as for kong
			if value, ok := os.LookupEnv(env); ok {
				if value != "" {
					from["--"+f.Name] = env
				}
				break
			}
		}
	}
	for _, p := range kctx.Path {
		if p.Flag != nil { // given on the command line, which comes first
			delete(from, "--"+p.Flag.Name)
		}
	}
	return from
}

var flagInText = regexp.MustCompile(`--[a-z][a-z0-9-]*`)

// nameVariables words a message about the command line with what people have set, a variable where they gave no flag, and says which flag that is.
func nameVariables(message string, from map[string]string) string {
	return flagInText.ReplaceAllStringFunc(message, func(flag string) string {
		if env := from[flag]; env != "" {
			return env + " (" + flag + ")"
		}
		return flag
	})
}

// nameVariable does the same where a flag is but the label of what went wrong: "--source: host ... is not known".
func nameVariable(message string, from map[string]string) string {
	if flag, rest, ok := strings.Cut(message, ": "); ok && from[flag] != "" {
		return from[flag] + ": " + rest
	}
	return message
}
