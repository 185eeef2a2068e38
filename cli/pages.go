package cli

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"
)

//go:generate go test -run ^TestPages$ . -update

// pages are the documentation of all commands, made from what --help shows: a file of Markdown for each command right below pgcopy, an overview, and
// a manual page. The keys are paths below docs.
func pages(root *kong.Node) map[string]string {
	files := map[string]string{"commands/README.md": overview(root), "man/pgcopy.1": manualPage(root)}
	for _, n := range root.Children {
		if n.Hidden {
			continue
		}
		var b strings.Builder
		b.WriteString("# pgcopy " + n.Name + "\n\n" + generatedNote)
		page(&b, n, 2)
		files["commands/pgcopy-"+n.Name+".md"] = strings.TrimRight(b.String(), "\n") + "\n"
	}
	return files
}

const generatedNote = "This page says what `--help` says; both are made from one source (`cli/manual.txt` and the grammar), by `go generate ./cli`.\n\n"

func overview(root *kong.Node) string {
	var b strings.Builder
	b.WriteString("# Commands\n\nThese pages say what `pgcopy COMMAND --help` says; both are made from one source, by `go generate ./cli`.\n\n| command | does |\n| --- | --- |\n")
	for _, n := range root.Children {
		if n.Hidden {
			continue
		}
		fmt.Fprintf(&b, "| [`pgcopy %s`](pgcopy-%s.md) | %s |\n", n.Name, n.Name, cell(n.Help))
		for _, leaf := range n.Leaves(true) {
			if leaf != n {
				fmt.Fprintf(&b, "| [`pgcopy %s`](pgcopy-%s.md#%s) | %s |\n", pathOf(leaf), n.Name, anchor(leaf), cell(leaf.Help))
			}
		}
	}
	b.WriteString("\n## Exit statuses\n\n" + indented(exitStatusHelp) + "\nMore in [exit-status.md](../exit-status.md).\n")
	return b.String()
}

// page describes a command, then all below it.
func page(b *strings.Builder, n *kong.Node, level int) {
	if n.Parent.Type != kong.ApplicationNode {
		fmt.Fprintf(b, "%s pgcopy %s\n\n", strings.Repeat("#", level), pathOf(n))
		level++
	}
	fmt.Fprintf(b, "    %s\n\n%s\n\n", usageOf(n), n.Help)
	if len(n.Aliases) > 0 {
		fmt.Fprintf(b, "Also: `%s`.\n\n", strings.Join(n.Aliases, "`, `"))
	}
	b.WriteString(n.Detail + "\n\n")
	if len(n.Positional) > 0 {
		b.WriteString("| argument | meaning |\n| --- | --- |\n")
		for _, p := range n.Positional {
			fmt.Fprintf(b, "| `%s` | %s |\n", cell(p.Summary()), cell(p.Help))
		}
		b.WriteString("\n")
	}
	if n.Leaf() {
		flagTables(b, n)
	}
	for _, child := range n.Children {
		if !child.Hidden {
			page(b, child, level)
		}
	}
}

// flagTables lists the flags of a command group by group, without those that every command has.
func flagTables(b *strings.Builder, n *kong.Node) {
	group := "-"
	for _, f := range ownFlags(n) {
		title := ""
		if f.Group != nil {
			title = strings.TrimSuffix(f.Group.Title, ":")
		}
		if title != group {
			if group != "-" {
				b.WriteString("\n")
			}
			if group = title; title != "" {
				b.WriteString(title + ":\n\n")
			}
			b.WriteString("| option | meaning | variable |\n| --- | --- | --- |\n")
		}
		env := ""
		if len(f.Tag.Envs) > 0 {
			env = "`" + f.Tag.Envs[0] + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", cell(flagUsage(f)), cell(plainHelp(f)), env)
	}
	if group != "-" {
		b.WriteString("\n")
	}
}

// ownFlags are the flags of a command, without --help and --version.
func ownFlags(n *kong.Node) (list []*kong.Flag) {
	for _, f := range n.Flags {
		if !f.Hidden {
			list = append(list, f)
		}
	}
	return list
}

func flagUsage(f *kong.Flag) string {
	s := "--" + f.Name
	if f.Short != 0 {
		s = "-" + string(f.Short) + ", " + s
	}
	switch {
	case f.PlaceHolder != "" && f.IsBool() && f.Tag.PlaceHolder != "":
		s += "[=" + f.PlaceHolder + "]"
	case !f.IsBool():
		s += " " + f.PlaceHolder
	}
	return s
}

// plainHelp is the help of a flag on any machine: the folder for temporary files is not the same everywhere.
func plainHelp(f *kong.Flag) string {
	return strings.ReplaceAll(f.Help, "default "+defaultDir(), "default: pgcopy in the folder for temporary files")
}

func usageOf(n *kong.Node) string {
	return "pgcopy " + pathOf(n) + strings.TrimPrefix(strings.TrimPrefix(n.Summary(), pathOf(n)), "pgcopy "+pathOf(n))
}

// anchor is the name that a heading gets on the usual forges.
func anchor(n *kong.Node) string { return strings.ReplaceAll("pgcopy "+pathOf(n), " ", "-") }

// cell is text for a table of Markdown.
func cell(s string) string { return strings.ReplaceAll(s, "|", `\|`) }

func indented(s string) string {
	var b strings.Builder
	for line := range strings.Lines(s) {
		b.WriteString("    " + line)
	}
	return b.String()
}

// manualPage is all of it for man(1).
func manualPage(root *kong.Node) string {
	var b strings.Builder
	b.WriteString(".\\\" made by go generate ./cli\n.TH PGCOPY 1 \"\" \"pgcopy\" \"pgcopy\"\n.SH NAME\npgcopy \\- copies a whole PostgreSQL database to another server\n" +
		".SH SYNOPSIS\n.B pgcopy\n.I COMMAND\n[\\fIoptions\\fR]\n.SH DESCRIPTION\n" + roff(root.Help) + "\n.SH COMMANDS\n")
	for _, n := range root.Leaves(true) {
		fmt.Fprintf(&b, ".SS \"pgcopy %s\"\n%s\n", roff(pathOf(n)), roffText(n.Detail))
		for _, p := range n.Positional {
			fmt.Fprintf(&b, ".TP\n.I %s\n%s\n", roff(p.Summary()), roff(p.Help))
		}
		for _, f := range ownFlags(n) {
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(flagUsage(f)), roff(plainHelp(f)))
		}
	}
	b.WriteString(".SH EXIT STATUS\n.nf\n" + roff(strings.TrimPrefix(exitStatusHelp, "Exit status:\n")) + ".fi\n")
	return b.String()
}

// roffText is a text of manual.txt: paragraphs, and examples that are indented.
func roffText(text string) string {
	var b strings.Builder
	for _, paragraph := range strings.Split(text, "\n\n") {
		if strings.HasPrefix(paragraph, "    ") {
			b.WriteString(".PP\n.nf\n" + roff(paragraph) + "\n.fi\n")
		} else {
			b.WriteString(".PP\n" + roff(paragraph) + "\n")
		}
	}
	return strings.TrimSuffix(strings.TrimPrefix(b.String(), ".PP\n"), "\n")
}

// roff escapes what troff would take for its own.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}
