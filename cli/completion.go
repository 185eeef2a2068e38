package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"The shell: bash, zsh or fish."`
}

// Run prints a script that completes pgcopy's command line. It is complete in itself: completing starts no pgcopy.
func (c *completionCmd) Run(a *app, kctx *kong.Context) error {
	commands := completionsOf(kctx.Model.Node)
	var b strings.Builder
	switch c.Shell {
	case "bash":
		bashCompletion(&b, commands)
	case "zsh":
		zshCompletion(&b, commands)
	case "fish":
		fishCompletion(&b, commands)
	}
	_, err := io.WriteString(a.stdout, b.String())
	return err
}

// completion is what may follow one command.
type completion struct {
	paths       []string // as it is typed, with all aliases: "pgcopy clone", "pgcopy fork"
	subcommands []choice
	flags       []flagChoice
	arguments   []valueKind
}

// choice is a word, and what it is for.
type choice struct{ word, help string }

// flagChoice is a flag in all its spellings.
type flagChoice struct {
	names []string // --dir, -D
	help  string
	bare  bool // it may stand alone
	value valueKind
}

// valueKind is what a value can be completed to: files, folders, some words, or nothing.
type valueKind struct {
	placeholder string
	files, dirs bool
	words       []string
}

// completionsOf are the completions of a command and of all below it.
func completionsOf(root *kong.Node) (list []completion) {
	var walk func(n *kong.Node, paths []string)
	walk = func(n *kong.Node, paths []string) {
		c := completion{paths: paths}
		for _, level := range n.AllFlags(true) {
			for _, f := range level {
				c.flags = append(c.flags, flagOf(f))
			}
		}
		for _, p := range n.Positional {
			c.arguments = append(c.arguments, kindOf(p.Name, p))
		}
		at := len(list)
		list = append(list, c)
		for _, child := range n.Children {
			if child.Hidden {
				continue
			}
			var below []string
			for _, p := range paths {
				for _, name := range append([]string{child.Name}, child.Aliases...) {
					below = append(below, p+" "+name)
				}
			}
			list[at].subcommands = append(list[at].subcommands, choice{child.Name, child.Help})
			walk(child, below)
		}
	}
	walk(root, []string{root.Name})
	return list
}

func flagOf(f *kong.Flag) flagChoice {
	c := flagChoice{names: []string{"--" + f.Name}, help: f.Help, bare: f.IsBool(), value: kindOf(f.Name, f.Value)}
	if f.Short != 0 {
		c.names = append(c.names, "-"+string(f.Short))
	}
	c.value.placeholder = f.PlaceHolder
	return c
}

// knownWords are the values of flags that are checked elsewhere than in the grammar.
var knownWords = map[string][]string{
	"log-level": {"debug", "info", "warn", "error"}, "log-format": {"text", "json"}, "plugin": {"pgoutput", "test_decoding", "wal2json"},
}

func kindOf(name string, v *kong.Value) valueKind {
	k := valueKind{placeholder: strings.ToUpper(name), words: knownWords[name]}
	if v.Enum != "" {
		k.words = v.EnumSlice()
	}
	placeholder := v.Tag.PlaceHolder
	k.dirs = placeholder == "DIR"
	k.files = placeholder == "FILE" || placeholder == "MAPFILE" || name == "file"
	return k
}

// shellQuoted is a word of a script.
func shellQuoted(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// knownPaths are all commands but the program itself, as a pattern of case.
func knownPaths(commands []completion) string {
	var all []string
	for _, c := range commands[1:] {
		for _, p := range c.paths {
			all = append(all, shellQuoted(p))
		}
	}
	return strings.Join(all, "|")
}

func pattern(paths []string) string {
	quoted := make([]string, len(paths))
	for i, p := range paths {
		quoted[i] = shellQuoted(p)
	}
	return strings.Join(quoted, "|")
}

func bashCompletion(b *strings.Builder, commands []completion) {
	fmt.Fprintf(b, `# bash completion of pgcopy, made by: pgcopy completion bash
# For this shell:    source <(pgcopy completion bash)
# For all of yours:  pgcopy completion bash > ~/.local/share/bash-completion/completions/pgcopy
_pgcopy() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=pgcopy value= words= flags= kind= i IFS=$' \t\n'
    COMPREPLY=()
    # bash takes --flag=value for three words
    if [[ $cur == = ]]; then cur= value=1
    elif [[ $prev == = ]]; then prev=${COMP_WORDS[COMP_CWORD-2]} value=1
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$command ${COMP_WORDS[i]}" in
            %s) command+=" ${COMP_WORDS[i]}" ;;
        esac
    done
    case "$command" in
`, knownPaths(commands))
	for _, c := range commands {
		bashCommand(b, c)
	}
	b.WriteString(`    esac
    if [[ -z $kind && -z $value ]]; then
        if [[ $cur == -* ]]; then kind=words words=$flags
        else kind=${default:-words} words=$arguments
        fi
    fi
    case "$kind" in
        words) COMPREPLY=($(compgen -W "$words" -- "$cur")) ;;
        files) compopt -o filenames 2>/dev/null; IFS=$'\n'; COMPREPLY=($(compgen -f -- "$cur")) ;;
        dirs) compopt -o filenames 2>/dev/null; IFS=$'\n'; COMPREPLY=($(compgen -d -- "$cur")) ;;
    esac
    return 0
}
complete -F _pgcopy pgcopy
`)
}

// bashCommand says what may follow one command: words by default, and the values of its flags.
func bashCommand(b *strings.Builder, c completion) {
	var flags, words []string
	byKind := map[string][]string{} // what to do with a value, and the flags that have such ones
	for _, f := range c.flags {
		flags = append(flags, f.names...)
		do := "kind=none"
		switch {
		case f.bare:
			continue
		case f.value.files:
			do = "kind=files"
		case f.value.dirs:
			do = "kind=dirs"
		case len(f.value.words) > 0:
			do = "kind=words words=" + shellQuoted(strings.Join(f.value.words, " "))
		}
		byKind[do] = append(byKind[do], f.names...)
	}
	for _, s := range c.subcommands {
		words = append(words, s.word)
	}
	standard := "words"
	for _, a := range c.arguments {
		words = append(words, a.words...)
		if a.files {
			standard = "files"
		}
	}
	fmt.Fprintf(b, "        %s)\n            local default=%s arguments=%s\n            flags=%s\n", pattern(c.paths), standard,
		shellQuoted(strings.Join(words, " ")), shellQuoted(strings.Join(flags, " ")))
	if len(byKind) > 0 {
		b.WriteString("            case \"$prev\" in\n")
		kinds := make([]string, 0, len(byKind))
		for do := range byKind {
			kinds = append(kinds, do)
		}
		slices.Sort(kinds)
		for _, do := range kinds {
			fmt.Fprintf(b, "                %s) %s ;;\n", strings.Join(byKind[do], "|"), do)
		}
		b.WriteString("            esac\n")
	}
	b.WriteString("            ;;\n")
}

func zshCompletion(b *strings.Builder, commands []completion) {
	fmt.Fprintf(b, `#compdef pgcopy
# zsh completion of pgcopy, made by: pgcopy completion zsh
# For this shell:    source <(pgcopy completion zsh)
# For all of yours:  pgcopy completion zsh > a file named _pgcopy in a folder of $fpath
_pgcopy() {
    local command=pgcopy depth=0 i
    for ((i = 2; i < CURRENT; i++)); do
        case "$command $words[i]" in
            (%s) command+=" $words[i]"; depth=$((i - 1)) ;;
        esac
    done
    # what follows the command is for _arguments to see, and nothing before it
    shift $depth words
    ((CURRENT -= depth))
    local -a commands
    case "$command" in
`, knownPaths(commands))
	for _, c := range commands {
		fmt.Fprintf(b, "        (%s)\n            commands=(", pattern(c.paths))
		for _, s := range c.subcommands {
			b.WriteString("\n                " + shellQuoted(s.word+":"+s.help))
		}
		if len(c.subcommands) > 0 {
			b.WriteString("\n            ")
		}
		b.WriteString(")\n            _arguments -s -S")
		for _, f := range c.flags {
			zshFlag(b, f)
		}
		if len(c.subcommands) > 0 {
			b.WriteString(" \\\n                '1:command:{_describe command commands}'")
		}
		for i, a := range c.arguments {
			fmt.Fprintf(b, " \\\n                '%d:%s:%s'", i+1, a.placeholder, zshAction(a))
		}
		b.WriteString("\n            ;;\n")
	}
	b.WriteString(`    esac
}
if [[ $funcstack[1] == _pgcopy ]]; then _pgcopy "$@"; else compdef _pgcopy pgcopy; fi
`)
}

func zshFlag(b *strings.Builder, f flagChoice) {
	help := "[" + strings.NewReplacer(`\`, `\\`, "[", `\[`, "]", `\]`).Replace(f.help) + "]"
	exclude := "(" + strings.Join(f.names, " ") + ")"
	for _, name := range f.names {
		spec := exclude + name
		if !f.bare {
			if strings.HasPrefix(name, "--") {
				spec += "="
			} else {
				spec += "+"
			}
			spec += help + ":" + strings.ReplaceAll(f.value.placeholder, ":", " ") + ":" + zshAction(f.value)
		} else {
			spec += help
		}
		b.WriteString(" \\\n                " + shellQuoted(spec))
	}
}

func zshAction(k valueKind) string {
	switch {
	case k.files:
		return "_files"
	case k.dirs:
		return "_files -/"
	case len(k.words) > 0:
		return "(" + strings.Join(k.words, " ") + ")"
	}
	return " "
}

func fishCompletion(b *strings.Builder, commands []completion) {
	fmt.Fprintf(b, `# fish completion of pgcopy, made by: pgcopy completion fish
# For this shell:    pgcopy completion fish | source
# For all of yours:  pgcopy completion fish > ~/.config/fish/completions/pgcopy.fish
function __pgcopy_at --description 'whether the words so far name this command'
    set --local command pgcopy
    for word in (commandline --tokenize --current-process --cut-at-cursor)[2..-1]
        switch "$command $word"
            case %s
                set command "$command $word"
        end
    end
    contains -- "$command" $argv
end
complete --command pgcopy --no-files
`, strings.ReplaceAll(knownPaths(commands), "|", " "))
	for _, c := range commands {
		at := "complete -c pgcopy -n " + shellQuoted("__pgcopy_at "+strings.NewReplacer("'", `"`, "|", " ").Replace(pattern(c.paths)))
		for _, s := range c.subcommands {
			fmt.Fprintf(b, "%s -a %s -d %s\n", at, s.word, shellQuotedFish(s.help))
		}
		for _, a := range c.arguments {
			switch {
			case a.files:
				fmt.Fprintf(b, "%s -F\n", at)
			case len(a.words) > 0:
				fmt.Fprintf(b, "%s -a %s\n", at, shellQuotedFish(strings.Join(a.words, " ")))
			}
		}
		for _, f := range c.flags {
			b.WriteString(at + " -l " + strings.TrimPrefix(f.names[0], "--"))
			if len(f.names) > 1 {
				b.WriteString(" -s " + strings.TrimPrefix(f.names[1], "-"))
			}
			switch {
			case f.bare:
			case f.value.files:
				b.WriteString(" -r -F")
			case f.value.dirs:
				b.WriteString(" -x -a '(__fish_complete_directories)'")
			case len(f.value.words) > 0:
				b.WriteString(" -x -a " + shellQuotedFish(strings.Join(f.value.words, " ")))
			default:
				b.WriteString(" -x")
			}
			b.WriteString(" -d " + shellQuotedFish(f.help) + "\n")
		}
	}
}

// shellQuotedFish is a word of a fish script, where a backslash counts within quotes, too.
func shellQuotedFish(s string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(s) + "'"
}
