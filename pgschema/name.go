package pgschema

import "strings"

// Name is a schema-qualified object name as stored in pg_class and pg_namespace: not quoted, not folded.
type Name struct {
	Schema string
	Rel    string
}

// Quoted is the name as SQL text, both parts always quoted, so that no keyword list and no case rule is needed.
func (n Name) Quoted() string { return QuoteIdent(n.Schema) + "." + QuoteIdent(n.Rel) }

// String is the name for people: quoted only where Postgres itself would need it.
func (n Name) String() string { return DisplayIdent(n.Schema) + "." + DisplayIdent(n.Rel) }

// QuoteIdent quotes an identifier for SQL. A NUL byte cannot be in a Postgres name and is dropped.
func QuoteIdent(s string) string {
	return `"` + strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), `"`, `""`) + `"`
}

// QuoteLiteral quotes a string constant for SQL where a parameter cannot be used (utility statements). A backslash
// makes it an escape string, so that the text means the same whatever standard_conforming_strings says.
func QuoteLiteral(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "\x00", ""), `'`, `''`)
	if strings.Contains(s, `\`) {
		return ` E'` + strings.ReplaceAll(s, `\`, `\\`) + `'`
	}
	return `'` + s + `'`
}

// DisplayIdent shows an identifier to people: plain when lower-case letters, digits and underscores suffice, quoted
// otherwise. Line breaks and other control characters become \n, \t or \xNN so that one name is one line of a table.
func DisplayIdent(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for _, r := range QuoteIdent(s) {
		switch {
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < 0x20 || r == 0x7f:
			const hex = "0123456789abcdef"
			b.WriteString(`\x` + string(hex[r>>4]) + string(hex[r&15]))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isPlain(s string) bool {
	if s == "" || (s[0] >= '0' && s[0] <= '9') {
		return false
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '_' && (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}
