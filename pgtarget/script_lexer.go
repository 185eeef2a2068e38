package pgtarget

import "bytes"

// sqlLexer follows SQL text line by line and knows, at any byte, whether it is inside a string, a quoted name, a dollar-quoted
// body or a comment, and where top-level statements end. It is no parser: it tells code from quotation, which is all that is
// needed to take a script apart without being fooled by what the quotations hold. The rules are those of psql's scanner
// (src/fe_utils/psqlscan.l) with standard_conforming_strings on, or off when backslash is set.
//
// Lines are given whole, with their line break; state is carried from one to the next.
type sqlLexer struct {
	backslash bool // plain '' strings honour backslashes (standard_conforming_strings = off)

	mode    lexMode
	escape  bool   // in modeString: backslash escapes count
	dollar  []byte // in modeDollar: the closing tag, "$tag$"
	comment int    // in modeComment: nesting depth

	ended     lexMode // modeString right after a string has ended, as it goes on if the next line starts with a quote
	endedEsc  bool
	sawBreak  bool
	parens    int
	words     int  // identifiers and keywords of this statement so far
	routine   bool // the statement starts with CREATE [OR REPLACE] FUNCTION|PROCEDURE
	creating  bool // ... may still turn out to
	wasBegin  bool // the last token was BEGIN
	blocks    int  // BEGIN ATOMIC and CASE not yet ENDed
	inStmt    bool // a token of the current statement was seen
	stmtStart int  // where it began, in the caller's offsets
	lastToken int  // end of the last token seen that is not a comment
}

type lexMode uint8

const (
	modePlain lexMode = iota
	modeString
	modeIdent
	modeDollar
	modeComment
)

// plain: the next byte is code, so that a line starting here is what it looks like.
func (x *sqlLexer) plain() bool { return x.mode == modePlain }

// newStatement forgets the current statement, as after its semicolon.
func (x *sqlLexer) newStatement() {
	x.parens, x.words, x.blocks = 0, 0, 0
	x.routine, x.creating, x.wasBegin, x.inStmt = false, false, false, false
	x.ended = modePlain
}

// line consumes one line (or the whole rest of the text) that lies at offset base of the caller's buffer, and calls end for each
// statement that a semicolon finishes within it: [start, stop) includes the semicolon.
func (x *sqlLexer) line(b []byte, base int, end func(start, stop int)) {
	for i := 0; i < len(b); {
		if m := x.mode; m != modePlain {
			if i = x.inside(b, i); m != modeComment {
				x.lastToken = base + i
			}
			continue
		}
		c := b[i]
		switch {
		case c == '\n' || c == '\r':
			x.sawBreak = true
			i++
		case c == ' ' || c == '\t' || c == '\f' || c == '\v':
			i++
		case c == '-' && i+1 < len(b) && b[i+1] == '-':
			i = lineEnd(b, i)
		case c == '/' && i+1 < len(b) && b[i+1] == '*':
			x.mode, x.comment = modeComment, 1
			i += 2
		default:
			i = x.token(b, i, base, end)
		}
	}
}

func lineEnd(b []byte, i int) int {
	if n := bytes.IndexByte(b[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(b)
}

// token consumes one token of code at i, or the opening of a quotation.
func (x *sqlLexer) token(b []byte, i, base int, end func(start, stop int)) int {
	if !x.inStmt {
		x.inStmt, x.stmtStart = true, base+i
	}
	c := b[i]
	goesOn := x.ended == modeString && x.sawBreak && c == '\''
	x.ended, x.sawBreak = modePlain, false
	begin := x.wasBegin
	x.wasBegin = false
	i++
	switch {
	case c == '\'':
		x.openString(goesOn && x.endedEsc)
	case c == '"':
		x.mode = modeIdent
	case c == '$':
		i = x.openDollar(b, i-1)
	case isWordStart(c):
		i = x.word(b, i-1, begin)
	case c >= '0' && c <= '9': // a number may hold letters, which are no keywords
		for i < len(b) && (isWordPart(b[i]) || b[i] == '.') && b[i] != '$' {
			i++
		}
	case c == '(':
		x.parens++
	case c == ')':
		x.parens = max(0, x.parens-1)
	case c == ';' && x.parens == 0 && x.blocks == 0:
		start := x.stmtStart
		x.newStatement()
		x.lastToken = base + i
		end(start, base+i)
		return i
	}
	x.lastToken = base + i
	return i
}

func (x *sqlLexer) openString(escape bool) {
	x.mode, x.escape = modeString, escape || x.backslash
}

// openDollar starts a dollar-quoted string at i if there is one; a lone $ is just passed over.
func (x *sqlLexer) openDollar(b []byte, i int) int {
	j := i + 1
	if j < len(b) && isWordStart(b[j]) {
		for j < len(b) && isWordPart(b[j]) && b[j] != '$' {
			j++
		}
	}
	if j >= len(b) || b[j] != '$' {
		return i + 1
	}
	x.mode = modeDollar
	x.dollar = append(x.dollar[:0], b[i:j+1]...)
	return j + 1
}

// word consumes an identifier or keyword at i, and the quote after it when it is the prefix of a string. It keeps count of BEGIN
// ATOMIC ... END, whose semicolons do not end the statement.
func (x *sqlLexer) word(b []byte, i int, afterBegin bool) int {
	j := i + 1
	for j < len(b) && isWordPart(b[j]) {
		j++
	}
	w := b[i:j]
	if j < len(b) && b[j] == '\'' && len(w) == 1 {
		switch w[0] | 0x20 {
		case 'e':
			x.openString(true)
			return j + 1
		case 'b', 'x', 'n': // digits only, or as plain
			x.openString(false)
			return j + 1
		}
	}
	if j+1 < len(b) && b[j] == '&' && len(w) == 1 && w[0]|0x20 == 'u' {
		switch b[j+1] {
		case '\'':
			x.mode, x.escape = modeString, false
			return j + 2
		case '"':
			x.mode = modeIdent
			return j + 2
		}
	}
	x.words++
	switch x.words {
	case 1:
		x.creating = isWord(w, "create")
	case 2, 3, 4:
		if x.creating && (isWord(w, "function") || isWord(w, "procedure")) {
			x.routine = true
		}
		x.creating = x.creating && !x.routine && (isWord(w, "or") || isWord(w, "replace"))
	}
	if !x.routine || x.parens > 0 {
		return j
	}
	switch {
	case isWord(w, "begin"):
		x.wasBegin = true
	case afterBegin && isWord(w, "atomic"):
		x.blocks++
	case x.blocks > 0 && isWord(w, "case"):
		x.blocks++
	case x.blocks > 0 && isWord(w, "end"):
		x.blocks--
	}
	return j
}

// inside consumes what belongs to the open quotation or comment from i on, its end included.
func (x *sqlLexer) inside(b []byte, i int) int {
	switch x.mode {
	case modeString:
		for i < len(b) {
			switch c := b[i]; {
			case c == '\\' && x.escape:
				i += 2
			case c != '\'':
				i++
			case i+1 < len(b) && b[i+1] == '\'':
				i += 2
			default:
				x.mode, x.ended, x.endedEsc, x.sawBreak = modePlain, modeString, x.escape, false
				return i + 1
			}
		}
		return len(b)
	case modeIdent: // a doubled quote ends the name and opens it again, which comes to the same
		n := bytes.IndexByte(b[i:], '"')
		if n < 0 {
			return len(b)
		}
		x.mode = modePlain
		return i + n + 1
	case modeDollar:
		n := bytes.Index(b[i:], x.dollar)
		if n < 0 {
			return len(b)
		}
		x.mode = modePlain
		return i + n + len(x.dollar)
	}
	for ; i < len(b); i++ {
		if b[i] == '/' && i+1 < len(b) && b[i+1] == '*' {
			x.comment++
			i++
		} else if b[i] == '*' && i+1 < len(b) && b[i+1] == '/' {
			i++
			if x.comment--; x.comment == 0 {
				x.mode = modePlain
				return i + 1
			}
		}
	}
	return len(b)
}

func isWordStart(c byte) bool {
	return c == '_' || c >= 0x80 || c|0x20 >= 'a' && c|0x20 <= 'z'
}

func isWordPart(c byte) bool { return isWordStart(c) || c >= '0' && c <= '9' || c == '$' }

func isWord(w []byte, keyword string) bool {
	return len(w) == len(keyword) && bytes.EqualFold(w, []byte(keyword))
}

// SplitStatements takes SQL text apart at its top-level semicolons; each statement keeps its own. Comments between statements are
// dropped, those inside stay. Strings, quoted names, function bodies of both kinds and parentheses (a rule's actions) hide
// semicolons. It is how an index entry of an archive is separated from what rides on it:
// CREATE INDEX first, then ALTER TABLE ... CLUSTER ON and its like.
func SplitStatements(sql string) []string {
	var out []string
	var x sqlLexer
	x.line([]byte(sql), 0, func(start, stop int) { out = append(out, sql[start:stop]) })
	if x.inStmt {
		out = append(out, sql[x.stmtStart:max(x.lastToken, x.stmtStart)])
	}
	return out
}
