package pgschema

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Tablespace is one of a server's.
type Tablespace struct {
	Name     string
	Owner    string
	Location string            // directory on the server; relative to the data directory for one that was made "in place"
	Options  []string          // as pg_tablespace.spcoptions has them: seq_page_cost=1.5
	Comment  string            // "" for none
	Grants   []TablespaceGrant // CREATE, to others than the owner
	Default  bool              // the database's own
	Used     bool              // something of the database is in it
	May      bool              // the role may make things in it
}

// BuiltIn tells pg_default and pg_global, which every server has, from those that people have made.
func (t Tablespace) BuiltIn() bool { return strings.HasPrefix(t.Name, "pg_") }

// TablespaceGrant is the right to make things in a tablespace.
type TablespaceGrant struct {
	Role   string `json:"role"` // "" is PUBLIC
	Option bool   `json:"option"`
}

// TablespaceMapping is one line of a map of tablespaces: what is in Source on the source comes to be in Target on the target.
type TablespaceMapping struct {
	Source   string `json:"source"`
	Target   string `json:"target"`
	Location string `json:"location,omitempty"` // directory on the target's server for one that is missing; "": where the source has it
	Line     int    `json:"-"`                  // in the file, from 1
}

// ParseTablespaces understands a map of tablespaces: lines "source = target" or "source = target : /directory/on/the/target", comments from #
// or ; to the end of the line. Names follow Postgres's rules: without double quotes they are folded to lower case. A directory with blanks
// or comment signs stands in single quotes. The result is sorted by source. An error is a *FilterError. file is for messages only.
func ParseTablespaces(file string, text []byte) ([]TablespaceMapping, error) {
	if !utf8.Valid(text) {
		line := 1 + bytes.Count(text[:invalidAt(text)], []byte("\n"))
		return nil, &FilterError{file, line, "the text is not UTF-8", "save the file in UTF-8"}
	}
	var all []TablespaceMapping
	for i, line := range strings.Split(string(bytes.TrimPrefix(text, []byte("\ufeff"))), "\n") {
		line = strings.Trim(line, " \t\r\f\v")
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		m, err := parseTablespace(line)
		m.Line = i + 1
		if err == nil {
			err = conflicting(all, m)
		}
		if err != nil {
			return nil, &FilterError{file, i + 1, err.msg, err.hint}
		}
		all = append(all, m)
	}
	if len(all) == 0 {
		return nil, &FilterError{file, 0, "no tablespace is in the file", "write lines such as: fast = ssd; or leave --tablespaces away"}
	}
	slices.SortFunc(all, func(a, b TablespaceMapping) int { return strings.Compare(a.Source, b.Source) })
	return all, nil
}

// conflicting holds a line against those above it.
func conflicting(all []TablespaceMapping, m TablespaceMapping) *syntaxError {
	for _, was := range all {
		switch {
		case was.Source == m.Source:
			return wrong("keep one of the two lines", "tablespace %s is mapped already, in line %d", DisplayIdent(m.Source), was.Line)
		case was.Target == m.Target && was.Location != "" && m.Location != "" && was.Location != m.Location:
			return wrong("a tablespace has one directory: name it once", "line %d has %s in another directory, %s", was.Line, DisplayIdent(m.Target), was.Location)
		}
	}
	return nil
}

const mappingForm = "write it as source = target, or source = target : /directory/on/the/target"

func parseTablespace(line string) (m TablespaceMapping, err *syntaxError) {
	r := &entryReader{text: line, kind: "a tablespace"}
	if r.is('[') {
		return m, wrong("remove it: a map of tablespaces has no sections", "%s is no mapping", line)
	}
	if m.Source, err = r.tablespace(); err != nil {
		return m, err
	}
	if r.blanks(); !r.is('=') {
		return m, wrong(mappingForm, "no = follows the name in %s", line)
	}
	r.at++
	r.blanks()
	if m.Target, err = r.tablespace(); err != nil {
		return m, err
	}
	if r.blanks(); r.is(':') {
		r.at++
		r.blanks()
		if m.Location, err = r.directory(); err != nil {
			return m, err
		}
		r.blanks()
	}
	if r.at < len(line) && !r.is('#') && !r.is(';') {
		return m, wrong(mappingForm+"; a name with blanks needs double quotes, a directory with blanks single ones", "%q is not understood, behind %s",
			line[r.at:], strings.TrimSpace(line[:r.at]))
	}
	return m, m.check()
}

// check refuses what no server could do.
func (m TablespaceMapping) check() *syntaxError {
	for _, name := range []string{m.Source, m.Target} {
		if name == "pg_global" {
			return wrong("remove the line", "pg_global holds nothing of a database")
		}
	}
	switch {
	case m.Location == "":
	case strings.HasPrefix(m.Target, "pg_"):
		return wrong("name another tablespace, or leave the directory away", "%s is there on every server, and its directory is not to be chosen", m.Target)
	case m.Location[0] != '/' && !(len(m.Location) > 2 && m.Location[1] == ':'):
		return wrong("write the whole path, as the target's server sees it", "%s is not an absolute path", m.Location)
	}
	return nil
}

// tablespace reads one name.
func (r *entryReader) tablespace() (string, *syntaxError) {
	if r.is('"') {
		p, err := r.quoted()
		return p.Text, err
	}
	start := r.at
	for r.at < len(r.text) && r.isPlain(r.text[r.at]) {
		r.at++
	}
	if r.at > start {
		return foldIdent(r.text[start:r.at]), nil
	}
	if r.at == len(r.text) || strings.IndexByte("#;=:", r.text[r.at]) >= 0 {
		return "", wrong(mappingForm, "the name of a tablespace is missing in %s", r.text)
	}
	return "", wrong("a name with special characters needs double quotes", "%q is no name", r.text[r.at:])
}

// directory reads a path: in single quotes, or up to a blank.
func (r *entryReader) directory() (string, *syntaxError) {
	if !r.is('\'') {
		start := r.at
		for r.at < len(r.text) && strings.IndexByte(" \t#;", r.text[r.at]) < 0 {
			r.at++
		}
		if r.at == start {
			return "", wrong(mappingForm, "no directory follows the colon in %s", r.text)
		}
		return r.text[start:r.at], nil
	}
	var path strings.Builder
	for i := r.at + 1; i < len(r.text); i++ {
		if r.text[i] != '\'' {
			path.WriteByte(r.text[i])
			continue
		}
		if i+1 < len(r.text) && r.text[i+1] == '\'' {
			path.WriteByte('\'')
			i++
			continue
		}
		if r.at = i + 1; path.Len() == 0 {
			return "", wrong("write the path between the quotes, or leave the colon away", "'' is no directory")
		}
		return path.String(), nil
	}
	return "", wrong("a quote within a path is written twice: 'a''b'", "the quoted directory is not closed: %s", r.text[r.at:])
}

// String is the mapping as it could stand in a file.
func (m TablespaceMapping) String() string {
	s := fmt.Sprintf("%s = %s", DisplayIdent(m.Source), DisplayIdent(m.Target))
	if m.Location != "" {
		s += " : '" + strings.ReplaceAll(m.Location, "'", "''") + "'"
	}
	return s
}
