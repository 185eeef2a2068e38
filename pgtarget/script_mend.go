package pgtarget

import (
	"bytes"
	"strings"
)

// mended is a statement of a segment, at [start, stop) of its buffer, and what to send instead.
type mended struct {
	start, stop int
	instead     string
}

// attributeVersion is an option that a server of 15.20 keeps of each column for itself: "pg_attver=N" in pg_attribute.attoptions (seen in Debian's
// 15.20 of November 2026; 17.11 and 18.6 have none). Its own pg_dump passes it over. Another one, of 15.18, 17.11 or 18.6, takes it for an option
// that somebody has set, and writes statements that the servers of its version refuse.
const attributeVersion = "pg_attver="

// withoutAttributeVersions takes that option out of "ALTER TABLE t ALTER COLUMN c SET (pg_attver=N, n_distinct=2);". Nothing is left of a
// statement that was about it alone. ok: there was something to take out.
func withoutAttributeVersions(stmt []byte) (instead string, ok bool) {
	const set = " SET ("
	if !bytes.Contains(stmt, []byte(attributeVersion)) || !bytes.HasPrefix(stmt, []byte("ALTER ")) || !bytes.HasSuffix(stmt, []byte(");")) {
		return "", false
	}
	at := bytes.LastIndex(stmt, []byte(set))
	if at < 0 {
		return "", false
	}
	head, list := string(stmt[:at+len(set)]), string(stmt[at+len(set):len(stmt)-len(");")])
	if !strings.Contains(head, " ALTER COLUMN ") || strings.ContainsAny(list, `()'"`) {
		return "", false
	}
	var kept []string
	for option := range strings.SplitSeq(list, ", ") {
		if strings.HasPrefix(option, attributeVersion) {
			ok = true
		} else {
			kept = append(kept, option)
		}
	}
	if len(kept) == 0 {
		return "", ok
	}
	return head + strings.Join(kept, ", ") + ");", ok
}

// text is the SQL of the segment, with its mended statements. A statement that is left out takes the end of its line with it.
func (s *scriptReader) text() string {
	if len(s.mended) == 0 {
		return string(s.buf[s.lo:s.hi])
	}
	var b strings.Builder
	at := s.lo
	for _, m := range s.mended {
		if m.start >= s.hi {
			break
		}
		b.Write(s.buf[at:m.start])
		b.WriteString(m.instead)
		if at = m.stop; m.instead == "" && at < s.hi && s.buf[at] == '\n' {
			at++
		}
	}
	b.Write(s.buf[at:s.hi])
	return b.String()
}
