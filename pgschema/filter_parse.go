package pgschema

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// FilterError is what is wrong with a filter file, or with a map of tablespaces. Its text names file and line; Hint is the remedy.
type FilterError struct {
	File string
	Line int // 0 when it is about the whole file
	Msg  string
	Hint string
}

func (e *FilterError) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Msg
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Msg)
}

// syntaxError is a FilterError that does not know its place yet.
type syntaxError struct{ msg, hint string }

func (e *syntaxError) Error() string { return e.msg }

func wrong(hint, format string, args ...any) *syntaxError {
	return &syntaxError{fmt.Sprintf(format, args...), hint}
}

// ParseFilter understands a filter file: sections in brackets, an entry a line, comments from # or ; to the end of the line wherever they
// stand outside of quotes and regular expressions. Names follow Postgres's rules: without quotes they are folded to lower case, a dot outside
// of quotes splits schema and name. Any part may be a regular expression, ~/re/, with one of / | # $ ' " or a pair of brackets around it;
// segments that touch are one expression. An error is a *FilterError. file is for messages only.
func ParseFilter(file string, text []byte) (*Filter, error) {
	p := filterParser{f: &Filter{File: file}, headers: map[string]int{}}
	if !utf8.Valid(text) {
		line := 1 + bytes.Count(text[:invalidAt(text)], []byte("\n"))
		return nil, &FilterError{file, line, "the text is not UTF-8", "save the file in UTF-8"}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	for i, line := range strings.Split(string(text), "\n") {
		if err := p.line(i+1, strings.Trim(line, " \t\r\f\v")); err != nil {
			return nil, &FilterError{file, i + 1, err.msg, err.hint}
		}
	}
	if err := p.whole(); err != nil {
		return nil, err
	}
	return p.f, p.f.conflict()
}

func invalidAt(text []byte) int {
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

type filterParser struct {
	f       *Filter
	section string
	headers map[string]int // section -> line of its first header
}

func (p *filterParser) line(number int, line string) *syntaxError {
	switch {
	case line == "" || line[0] == '#' || line[0] == ';':
		return nil
	case strings.ContainsRune(line, 0):
		return wrong("is it a text file?", "there is a zero byte in the line")
	case line[0] == '[':
		return p.header(number, line)
	case p.section == "":
		return wrong("put a section such as [exclude-table] before it", "%s stands before any section", line)
	}
	e, err := parseEntry(p.section, line)
	if err != nil {
		return err
	}
	e.Line = number
	p.f.Entries = append(p.f.Entries, e)
	return nil
}

func (p *filterParser) header(number int, line string) *syntaxError {
	name, rest, closed := strings.Cut(line[1:], "]")
	name, rest = strings.TrimSpace(name), strings.TrimSpace(rest)
	switch {
	case !closed:
		return wrong("write it as [section]", "the section's name is not closed by ]: %s", line)
	case rest != "" && rest[0] != '#' && rest[0] != ';':
		return wrong("put it on a line of its own", "%s stands behind the section's name", rest)
	case !slices.Contains(FilterSections, name):
		hint := "the sections are " + strings.Join(FilterSections, ", ")
		if near := Nearest(name, FilterSections, 1); len(near) > 0 {
			hint = "did you mean [" + near[0] + "]?"
		}
		return wrong(hint, "there is no section [%s]", name)
	}
	p.section = name
	if _, seen := p.headers[name]; !seen {
		p.headers[name] = number
	}
	return nil
}

// whole checks what only the whole file can tell.
func (p *filterParser) whole() error {
	if len(p.f.Entries) == 0 {
		return &FilterError{p.f.File, 0, "no entry is in the file", "name what is to be left out, or leave --filters away"}
	}
	for _, s := range []string{IncludeOnlySchema, IncludeOnlyTable, IncludeOnlyExtension} {
		if line, seen := p.headers[s]; seen && !p.f.Has(s) {
			return &FilterError{p.f.File, line, "[" + s + "] has no entry", "name what is to be included, or remove the section"}
		}
	}
	return nil
}

// entryReader takes one line apart.
type entryReader struct {
	text string
	at   int
	kind string // what the section names
}

var sectionKinds = map[string]string{IncludeOnlySchema: "a schema", ExcludeSchema: "a schema", IncludeOnlyTable: "a table", ExcludeTable: "a table",
	ExcludeTableData: "a table", ExcludeIndex: "an index", IncludeOnlyExtension: "an extension", ExcludeExtension: "an extension"}

func parseEntry(section, line string) (FilterEntry, *syntaxError) {
	e := FilterEntry{Section: section}
	r := &entryReader{text: line, kind: sectionKinds[section]}
	parts := []Pattern{}
	for {
		p, err := r.part()
		if err != nil {
			return e, err
		}
		parts = append(parts, p)
		r.blanks()
		if !r.is('.') {
			break
		}
		r.at++
		r.blanks()
	}
	if err := r.end(); err != nil {
		return e, err
	}
	return e, e.fill(parts, r.kind)
}

// fill puts the parts of a name where they belong.
func (e *FilterEntry) fill(parts []Pattern, kind string) *syntaxError {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.String()
	}
	whole := strings.Join(texts, ".")
	switch {
	case !e.qualified() && len(parts) == 1:
		e.Name = parts[0]
	case e.qualified() && len(parts) == 2:
		e.Schema, e.Name = parts[0], parts[1]
	case !e.qualified():
		return wrong("write the name alone; a name that holds a dot needs quotes: "+QuoteIdent(plainJoin(parts)),
			"%s has %d parts, but [%s] names %s, which has one", whole, len(parts), e.Section, kind)
	case len(parts) == 1:
		return wrong("write schema and name, such as public."+whole+", or ~/.*/."+whole+" for every schema",
			"%s names no schema, but [%s] names %s within one", whole, e.Section, kind)
	default:
		return wrong("write schema.name; a name that holds a dot needs quotes", "%s has %d parts, but [%s] takes two", whole, len(parts), e.Section)
	}
	return nil
}

func plainJoin(parts []Pattern) string {
	texts := make([]string, len(parts))
	for i, p := range parts {
		texts[i] = p.Text
	}
	return strings.Join(texts, ".")
}

func (r *entryReader) is(c byte) bool { return r.at < len(r.text) && r.text[r.at] == c }

func (r *entryReader) blanks() {
	for r.is(' ') || r.is('\t') {
		r.at++
	}
}

// end makes sure that nothing but a comment follows.
func (r *entryReader) end() *syntaxError {
	if r.at == len(r.text) || r.is('#') || r.is(';') {
		return nil
	}
	rest := r.text[r.at:]
	switch {
	case rest[0] == '=' || rest[0] == ':':
		return wrong("write the name alone: "+strings.TrimSpace(r.text[:r.at]), "entries have no value: %s", r.text)
	case rest[0] == ',':
		return wrong("put each on a line of its own", "one line holds more than one entry: %s", r.text)
	}
	return wrong("one entry a line; a name with blanks or other special characters needs double quotes; a comment begins with # or ;",
		"%q is not understood, behind %s", rest, strings.TrimSpace(r.text[:r.at]))
}

// part reads one part of a name.
func (r *entryReader) part() (Pattern, *syntaxError) {
	switch {
	case r.is('~'):
		return r.regex()
	case r.is('"'):
		return r.quoted()
	}
	start := r.at
	for r.at < len(r.text) && r.isPlain(r.text[r.at]) {
		r.at++
	}
	if name := r.text[start:r.at]; name != "" {
		return Pattern{Text: foldIdent(name)}, nil
	}
	rest := r.text[r.at:]
	switch {
	case rest == "" || rest[0] == '#' || rest[0] == ';':
		return Pattern{}, wrong("write it as schema.name", "a name is missing at the end of %s", r.text)
	case rest[0] == '*' || rest[0] == '%':
		return Pattern{}, wrong("use a regular expression: ~/.*/ means everything", "%q is no name", rest)
	}
	return Pattern{}, wrong("a name with special characters needs double quotes, a regular expression begins with ~/", "%q is no name", rest)
}

// isPlain tells the characters of names that need no quotes. Those of extensions may hold hyphens, as uuid-ossp does: nothing else
// could be meant.
func (r *entryReader) isPlain(c byte) bool {
	return c == '_' || c == '$' || c >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c == '-' && r.kind == "an extension")
}

// foldIdent folds as Postgres does in databases of multibyte encodings: ASCII letters only.
func foldIdent(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

func (r *entryReader) quoted() (Pattern, *syntaxError) {
	var name strings.Builder
	for i := r.at + 1; i < len(r.text); i++ {
		if r.text[i] != '"' {
			name.WriteByte(r.text[i])
			continue
		}
		if i+1 < len(r.text) && r.text[i+1] == '"' {
			name.WriteByte('"')
			i++
			continue
		}
		if r.at = i + 1; name.Len() == 0 {
			return Pattern{}, wrong("write the name between the quotes", `"" is no name`)
		}
		return Pattern{Text: name.String()}, nil
	}
	return Pattern{}, wrong(`a quote within a name is written twice: "a""b"`, "the quoted name is not closed: %s", r.text[r.at:])
}

// delimiters are what may stand around a regular expression, each with its end.
var delimiters = map[byte]byte{'/': '/', '[': ']', '{': '}', '(': ')', '<': '>', '"': '"', '\'': '\'', '|': '|', '#': '#', '$': '$'}

// regex reads a regular expression of one segment or more. A backslash keeps the next character from ending the segment, and brackets
// may nest, so that what looks closed is.
func (r *entryReader) regex() (Pattern, *syntaxError) {
	var re strings.Builder
	for first := true; first || r.opens(); first = false {
		if r.is('~') {
			r.at++
		}
		if r.at == len(r.text) || delimiters[r.text[r.at]] == 0 {
			return Pattern{}, wrong("write it as ~/regular expression/", "no delimiter follows ~ in %s", r.text)
		}
		segment, err := r.segment()
		if err != nil {
			return Pattern{}, err
		}
		re.WriteString(segment)
	}
	if re.Len() == 0 {
		return Pattern{}, wrong("to mean every name, write ~/.*/", "the regular expression is empty in %s", r.text)
	}
	return Pattern{Text: re.String(), Regex: true}, nil
}

// opens tells whether another segment touches the one just read.
func (r *entryReader) opens() bool {
	return r.at < len(r.text) && (r.is('~') || delimiters[r.text[r.at]] != 0)
}

func (r *entryReader) segment() (string, *syntaxError) {
	open := r.text[r.at]
	end, depth := delimiters[open], 1
	for i := r.at + 1; i < len(r.text); i++ {
		switch c := r.text[i]; {
		case c == '\\':
			i++
		case c == end:
			if depth--; depth == 0 {
				s := r.text[r.at+1 : i]
				r.at = i + 1
				return s, nil
			}
		case c == open:
			depth++
		}
	}
	return "", wrong(fmt.Sprintf("close it with %c, or choose another of the delimiters / | # $ ' \" () [] {} <>", end),
		"the regular expression is not closed: %s", r.text[r.at:])
}

// conflict finds entries that contradict each other by what they say; what only the source can tell is found there.
func (f *Filter) conflict() error {
	for _, pair := range [][2]string{{IncludeOnlySchema, ExcludeSchema}, {IncludeOnlyTable, ExcludeTable}, {IncludeOnlyExtension, ExcludeExtension}} {
		if a, b := f.Of(pair[0]), f.Of(pair[1]); len(a) > 0 && len(b) > 0 {
			return &FilterError{f.File, max(a[0].Line, b[0].Line), fmt.Sprintf("[%s] and [%s] cannot go together", pair[0], pair[1]),
				fmt.Sprintf("keep one of the two: what [%s] does not name is left out anyway", pair[0])}
		}
	}
	tables, schemas := map[FilterEntry]int{}, map[string]int{}
	for _, e := range f.Entries {
		switch {
		case !e.Literal():
		case e.Section == ExcludeTable:
			tables[FilterEntry{Schema: e.Schema, Name: e.Name}] = e.Line
		case e.Section == ExcludeSchema:
			schemas[e.Name.Text] = e.Line
		}
	}
	for _, e := range f.Entries {
		if !e.Literal() || (e.Section != IncludeOnlyTable && e.Section != ExcludeTableData) {
			continue
		}
		if line := schemas[e.Schema.Text]; line > 0 {
			return &FilterError{f.File, max(e.Line, line), fmt.Sprintf("%s is in [%s], but [exclude-schema] leaves out its schema", e, e.Section),
				"remove one of the two entries"}
		}
		if line := tables[FilterEntry{Schema: e.Schema, Name: e.Name}]; line > 0 {
			return &FilterError{f.File, max(e.Line, line), fmt.Sprintf("%s is in [exclude-table] and in [exclude-table-data]", e),
				"the first leaves the table out, the second keeps it without its rows: remove one"}
		}
	}
	return nil
}
