package pgtarget

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/pgcopy/pgcopy/pgschema"
)

// ScriptEntry is the SQL that pg_restore prints for one entry of an archive.
type ScriptEntry struct {
	Position   int      // from 1, the order of the script: objects, then ACLs, then event triggers and materialized view data
	DumpID     int      // the entry's id in the archive
	CatalogOID uint32   // as the header comment has it, to be held against the archive's table of contents
	OID        uint32   // likewise
	SQL        string   // from the first to the last statement, without the comments around; "" when there is none
	Session    []string // SET statements the SQL depends on, to be sent before it on the same connection
}

// RestoreSettings are the settings a session needs for the SQL of any entry, beside the entry's own Session: what pg_restore puts at
// the head of its scripts, less what a server may not know (transaction_timeout is new in 17). They can be given as
// startup parameters of the connection. Encoding is that of the archive.
func RestoreSettings(encoding string) map[string]string {
	return map[string]string{
		"client_encoding":                     encoding,
		"standard_conforming_strings":         "on", // an archive that was written with off says so in each Session
		"search_path":                         "",   // every name in an archive is qualified; unqualified ones must not find anything
		"check_function_bodies":               "off",
		"xmloption":                           "content",
		"client_min_messages":                 "warning",
		"row_security":                        "off",
		"default_tablespace":                  "",
		"statement_timeout":                   "0",
		"lock_timeout":                        "0",
		"idle_in_transaction_session_timeout": "0",
	}
}

// ReadScript reads what "pg_restore -f - --verbose" prints and gives each entry to yield in the script's order. What stands
// before the first entry (the session's settings, and with --clean the DROP statements) is returned. Nothing is kept
// but the entry at hand. An error of yield ends the reading and is returned as it is.
//
// An entry starts at its header comment, "-- TOC entry N (class C OID O)" below a line of "--". pg_restore prints them only between
// statements, so lines that look the same inside a function's body, a comment's text or a name with line breaks
// are not taken for one. SET default_tablespace and its like are printed before the header of the first entry that wants
// another value than the one before: they are given to each entry they matter for, so that any entry can be executed
// alone. Client commands of psql (\restrict, \unrestrict, \connect) are dropped.
func ReadScript(r io.Reader, yield func(ScriptEntry) error) (preamble string, err error) {
	s := &scriptReader{r: bufio.NewReaderSize(r, 64<<10), yield: yield}
	err = s.run()
	return s.preamble, err
}

// ReadDrops reads the script of "pg_restore -f - --clean --if-exists --verbose" up to its first entry and gives each
// DROP statement (or ALTER ... DROP, or CREATE OR REPLACE VIEW, where pg_dump breaks a cycle that way) to yield, in order.
func ReadDrops(r io.Reader, yield func(stmt string) error) error {
	s := &scriptReader{r: bufio.NewReaderSize(r, 64<<10), yield: func(ScriptEntry) error { return errEnough }}
	s.lead = func(stmt string) error {
		word, _, _ := strings.Cut(stmt, " ")
		if word == "SET" || word == "SELECT" { // the preamble proper
			return nil
		}
		return yield(stmt)
	}
	if err := s.run(); err != nil && !errors.Is(err, errEnough) {
		return err
	}
	return nil
}

// errEnough stops a scriptReader whose caller has all it wants.
var errEnough = errors.New("enough read")

// scriptReader holds one segment of the script at a time: what stands before the first header, then each entry.
type scriptReader struct {
	r     *bufio.Reader
	yield func(ScriptEntry) error
	lead  func(stmt string) error // when set, gets the statements before the first entry instead of preamble

	lex      sqlLexer
	preamble string
	entry    ScriptEntry // of the segment being read
	started  bool        // the first header was seen
	lineNo   int

	buf     []byte   // the segment's text so far
	lo, hi  int      // its statements, from the first to the last that is not in trail; lo is -1 before the first
	mended  []mended // of them, those that are not to be sent as they are
	trail   []string // SET statements at its end, which belong to the next entry
	failure error    // of lead, which is called from within the lexer

	tablespace, accessMethod, conforming string // SET statements in force, "" when none was seen
}

func (s *scriptReader) run() error {
	s.lo = -1
	afterDashes := false
	for {
		line, err := s.readLine()
		if err == io.EOF && len(line) == 0 {
			break
		}
		s.lineNo++
		if err != nil && err != io.EOF {
			return fmt.Errorf("script: line %d: %w", s.lineNo, err)
		}
		code := s.lex.plain()
		if code && afterDashes {
			if next, ok := parseTOCLine(line); ok {
				if err := s.startEntry(next, len(line)); err != nil {
					return err
				}
				afterDashes = false
				continue
			}
		}
		afterDashes = code && bytes.Equal(bytes.TrimRight(line, "\r\n"), dashes)
		if code && line[0] == '\\' && !s.lex.inStmt {
			s.drop(len(line))
			continue
		}
		s.lex.line(line, len(s.buf)-len(line), s.statement)
		if s.failure != nil {
			return s.failure
		}
		if s.lo < 0 && !s.lex.inStmt && s.lex.plain() { // nothing but comments and blanks so far
			s.buf = s.buf[:0]
		}
	}
	if !s.lex.plain() || s.lex.inStmt {
		return fmt.Errorf("script: line %d: the script ends inside a statement", s.lineNo)
	}
	return s.endSegment()
}

// readLine appends one line to buf and returns it, its line break included. At the end of the script it returns io.EOF, with the
// last line if that has no line break.
func (s *scriptReader) readLine() ([]byte, error) {
	start := len(s.buf)
	for {
		part, err := s.r.ReadSlice('\n')
		s.buf = append(s.buf, part...)
		if err != bufio.ErrBufferFull {
			return s.buf[start:], err
		}
	}
}

func (s *scriptReader) drop(n int) { s.buf = s.buf[:len(s.buf)-n] }

// statement is told of each finished top-level statement.
func (s *scriptReader) statement(start, stop int) {
	stmt := s.buf[start:stop]
	if s.lo < 0 && (s.started || s.lead == nil) {
		s.lo, s.hi = start, start
	}
	if isSessionSet(stmt) {
		s.trail = append(s.trail, string(stmt))
		return
	}
	if len(s.trail) > 0 { // no header came between: they are this entry's own
		s.apply(s.trail)
		s.entry.Session = s.session(true)
		s.trail = nil
	}
	if !s.started && bytes.HasPrefix(stmt, []byte("SET standard_conforming_strings = off")) {
		s.lex.backslash, s.conforming = true, string(stmt)
	}
	if instead, ok := withoutAttributeVersions(stmt); ok {
		s.mended = append(s.mended, mended{start, stop, instead})
		if instead == "" {
			return
		}
	}
	if s.started || s.lead == nil {
		s.hi = stop
	} else if s.failure == nil {
		s.failure = s.lead(string(stmt))
	}
}

var (
	dashes      = []byte("--")
	tocLine     = []byte("-- TOC entry ")
	sessionSets = [][]byte{[]byte("SET default_tablespace = "), []byte("SET default_table_access_method = ")}
)

// isSessionSet: one of the statements that _selectTablespace and _selectTableAccessMethod of pg_backup_archiver.c print.
func isSessionSet(stmt []byte) bool {
	return bytes.HasPrefix(stmt, sessionSets[0]) || bytes.HasPrefix(stmt, sessionSets[1])
}

// startEntry ends the segment before a header's first line, of n bytes, and consumes the rest of the header.
func (s *scriptReader) startEntry(next ScriptEntry, n int) error {
	s.drop(n)
	if err := s.endSegment(); err != nil {
		return err
	}
	fresh := len(s.trail) > 0
	s.apply(s.trail)
	next.Position = s.entry.Position + 1
	s.entry, s.started, s.trail = next, true, nil
	s.entry.Session = s.session(fresh)
	for {
		line, err := s.readLine()
		s.lineNo++
		if err != nil || !bytes.HasPrefix(line, dashes) {
			return fmt.Errorf("script: line %d: the header of entry %d ends too early", s.lineNo, next.DumpID)
		}
		last := bytes.Equal(bytes.TrimRight(line, "\r\n"), dashes)
		s.drop(len(line))
		if last {
			return nil
		}
	}
}

// parseTOCLine reads "-- TOC entry 12 (class 1259 OID 16385)".
func parseTOCLine(line []byte) (e ScriptEntry, ok bool) {
	if !bytes.HasPrefix(line, tocLine) {
		return e, false
	}
	f := strings.Fields(string(line[len(tocLine):]))
	if len(f) != 5 || f[1] != "(class" || f[3] != "OID" || !strings.HasSuffix(f[4], ")") {
		return e, false
	}
	id, err1 := strconv.ParseInt(f[0], 10, 32)
	class, err2 := strconv.ParseUint(f[2], 10, 32)
	oid, err3 := strconv.ParseUint(strings.TrimSuffix(f[4], ")"), 10, 32)
	if err1 != nil || err2 != nil || err3 != nil || id <= 0 {
		return e, false
	}
	return ScriptEntry{DumpID: int(id), CatalogOID: uint32(class), OID: uint32(oid)}, true
}

// endSegment gives away what was read since the last header: the preamble is kept, an entry is yielded. trail stays for the next.
func (s *scriptReader) endSegment() error {
	if s.lex.inStmt { // a last statement without a semicolon
		if s.lo < 0 {
			s.lo = s.lex.stmtStart
		}
		s.hi = s.lex.lastToken
	}
	sql := ""
	if s.lo >= 0 {
		sql = s.text()
	}
	s.mended = s.mended[:0]
	if s.buf = s.buf[:0]; cap(s.buf) > 1<<20 { // let go of what a single huge entry has blown up
		s.buf = nil
	}
	s.lo, s.hi = -1, 0
	s.lex.newStatement()
	if !s.started {
		s.preamble = sql
		return nil
	}
	s.entry.SQL = sql
	return s.yield(s.entry)
}

func (s *scriptReader) apply(sets []string) {
	for _, stmt := range sets {
		if strings.HasPrefix(stmt, string(sessionSets[0])) {
			s.tablespace = stmt
		} else {
			s.accessMethod = stmt
		}
	}
}

// session lists the settings in force that matter for the current entry: relations and the constraints that make an index have a
// tablespace and an access method, other objects have not. An entry that a SET was printed for gets it whatever it is.
func (s *scriptReader) session(fresh bool) []string {
	var out []string
	relation := s.entry.CatalogOID == pgschema.ClassCatalog || s.entry.CatalogOID == pgschema.ConstraintCatalog
	for _, stmt := range []string{s.conforming, s.tablespace, s.accessMethod} {
		if stmt != "" && (fresh || relation || stmt == s.conforming) {
			out = append(out, stmt)
		}
	}
	return out
}
