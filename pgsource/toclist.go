package pgsource

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pgcopy/pgcopy/pgschema"
)

// ListLine is one entry of what pg_restore --list prints, as such a file holds it after people have had it in their hands.
type ListLine struct {
	Line  int  // from 1
	Out   bool // it begins with a semicolon: pg_restore --use-list would not restore it
	OIDs  bool // they are given; the dump id alone is enough for pg_restore
	Sure  bool // kind, schema, name and owner can be read in one way only
	Entry pgschema.ArchiveEntry
}

// ListError is a line that is no line of a list.
type ListError struct {
	Line int
	Msg  string
}

func (e *ListError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Msg) }

// maxListLine bounds a line: pg_restore prints every name in full, and names have 63 bytes, signatures of functions some thousand.
const maxListLine = 1 << 20

// listEntry is "dump id; catalog OID, OID, and the rest", as PrintTOCSummary in pg_backup_archiver.c prints an entry.
var listEntry = regexp.MustCompile(`^(\d+);\s*(\d+)\s+(\d+)(?:\s+(\S.*))?$`)

// ReadList reads a table of contents in the form of pg_restore --list, hands out its entries line by line, and passes over comments. Lines are
// read as SortTocFromFile in pg_backup_archiver.c reads them: what stands behind a semicolon is for people, and the number in front of it
// is all that counts. Where pg_restore would ignore a line with a warning, this is a *ListError.
func ReadList(r io.Reader, yield func(ListLine) error) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	for n := 1; ; n++ {
		text, err := readListLine(lines)
		if err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("line %d: %w", n, err)
		}
		if text != "" {
			l, isEntry, bad := parseListLine(text)
			if bad != "" {
				return &ListError{n, bad}
			}
			if l.Line = n; isEntry {
				if err := yield(l); err != nil {
					return err
				}
			}
		}
		if err != nil {
			return nil
		}
	}
}

// readListLine gives a line without its end and the blanks around it.
func readListLine(r *bufio.Reader) (string, error) {
	var b strings.Builder
	for {
		piece, err := r.ReadSlice('\n')
		b.Write(piece)
		if b.Len() > maxListLine {
			return "", fmt.Errorf("it is longer than %d bytes", maxListLine)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return strings.TrimSpace(b.String()), err
		}
	}
}

func parseListLine(text string) (l ListLine, isEntry bool, bad string) {
	if strings.HasPrefix(text, `\restrict`) || strings.HasPrefix(text, `\unrestrict`) {
		return l, false, "" // of psql's, from a script; newer pg_dump put them at both ends
	}
	if rest := strings.TrimLeft(text, "; \t"); rest != text {
		m := listEntry.FindStringSubmatch(rest)
		if m == nil {
			return l, false, ""
		}
		text, l.Out = rest, true
	}
	number, _, _ := strings.Cut(text, ";")
	id, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
	if err != nil || id <= 0 {
		return l, false, fmt.Sprintf("%q is not the number of an entry", clipped(number))
	}
	l.Entry.DumpID = int(id)
	m := listEntry.FindStringSubmatch(text)
	if m == nil {
		if _, rest, _ := strings.Cut(text, ";"); strings.TrimSpace(rest) != "" {
			return l, false, fmt.Sprintf("entry %d: %q is not an OID of a system catalog, an OID and what they are", id, clipped(strings.TrimSpace(rest)))
		}
		return l, true, ""
	}
	for i, to := range map[int]*uint32{2: &l.Entry.CatalogOID, 3: &l.Entry.OID} {
		n, err := strconv.ParseUint(m[i], 10, 32)
		if err != nil {
			return l, false, fmt.Sprintf("entry %d: %s is too large for an OID", id, m[i])
		}
		*to = uint32(n)
	}
	l.OIDs = true
	rest := m[4]
	if i := strings.Index(rest, listComment); i >= 0 {
		rest = rest[:i]
	}
	l.Sure = describeListEntry(&l.Entry, rest)
	return l, true, ""
}

// listComment is what FormatListEntry puts before what it adds to a line.
const listComment = "  ; "

// describeListEntry takes "kind schema name owner" apart. That is for people: blanks are allowed in names, and nothing is quoted.
func describeListEntry(e *pgschema.ArchiveEntry, text string) (sure bool) {
	for _, kind := range archiveKinds {
		if rest, ok := strings.CutPrefix(text, kind+" "); ok {
			e.Desc, text = kind, rest
			break
		}
	}
	words := strings.Split(text, " ")
	if e.Desc == "" || len(words) < 3 {
		e.Name = text
		return false
	}
	e.Schema, e.Name, e.Owner = words[0], strings.Join(words[1:len(words)-1], " "), words[len(words)-1]
	if e.Schema == "-" {
		e.Schema = ""
	}
	return len(words) == 3
}

// FormatListEntry is the line for an entry, as pg_restore --list prints it, less line ends and other controls, with a remark that pg_restore does
// not read.
func FormatListEntry(e pgschema.ArchiveEntry, out bool, remark string) string {
	schema, mark := e.Schema, ""
	if schema == "" {
		schema = "-"
	}
	if out {
		mark = ";"
	}
	line := fmt.Sprintf("%s%d; %d %d %s %s %s %s", mark, e.DumpID, e.CatalogOID, e.OID, e.Desc, schema, e.Name, e.Owner)
	if remark != "" {
		line += listComment + remark
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, line)
}

func clipped(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "..."
	}
	return s
}

// archiveKinds are the kinds of entries that pg_dump 9.6 to 18 writes (the .description of ArchiveEntry's calls in pg_dump.c), longest first, so that
// TABLE DATA is not taken for a TABLE.
var archiveKinds = longestFirst("ACCESS METHOD", "ACL", "ACL LANGUAGE", "AGGREGATE", "BLOB", "BLOB COMMENTS", "BLOB METADATA", "BLOBS", "CAST",
	"CHECK CONSTRAINT", "COLLATION", "COMMENT", "CONSTRAINT", "CONVERSION", "DATABASE", "DATABASE PROPERTIES", "DEFAULT", "DEFAULT ACL", "DOMAIN",
	"ENCODING", "EVENT TRIGGER", "EXTENSION", "FK CONSTRAINT", "FOREIGN DATA WRAPPER", "FOREIGN TABLE", "FUNCTION", "INDEX", "INDEX ATTACH",
	"LARGE OBJECT", "MATERIALIZED VIEW", "MATERIALIZED VIEW DATA", "OPERATOR", "OPERATOR CLASS", "OPERATOR FAMILY", "POLICY", "PROCEDURAL LANGUAGE",
	"PROCEDURE", "PUBLICATION", "PUBLICATION TABLE", "PUBLICATION TABLES IN SCHEMA", "ROW SECURITY", "RULE", "SCHEMA", "SEARCHPATH", "SECURITY LABEL",
	"SEQUENCE", "SEQUENCE OWNED BY", "SEQUENCE SET", "SERVER", "SHELL TYPE", "STATISTICS", "STATISTICS DATA", "STDSTRINGS", "SUBSCRIPTION",
	"SUBSCRIPTION TABLE", "TABLE", "TABLE ATTACH", "TABLE DATA", "TEXT SEARCH CONFIGURATION", "TEXT SEARCH DICTIONARY", "TEXT SEARCH PARSER",
	"TEXT SEARCH TEMPLATE", "TRANSFORM", "TRIGGER", "TYPE", "USER MAPPING", "VIEW")

func longestFirst(kinds ...string) []string {
	slices.SortStableFunc(kinds, func(a, b string) int { return len(b) - len(a) })
	return kinds
}
