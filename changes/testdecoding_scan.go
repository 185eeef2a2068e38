package changes

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/pgcopy/pgcopy/pgschema"
)

// scanner reads a text message from its start. What it takes are pieces of the message, or of spare when quotes had to be taken out.
type scanner struct {
	b     []byte
	spare []byte
}

func (p *scanner) done() bool { return len(p.b) == 0 }

func (p *scanner) end() error {
	if p.done() {
		return nil
	}
	return p.unexpected()
}

func (p *scanner) unexpected() error {
	if p.done() {
		return errShort
	}
	return fmt.Errorf("unexpected text %.40q", p.b)
}

// skip passes a text when it comes next.
func (p *scanner) skip(text string) bool {
	if len(p.b) < len(text) || string(p.b[:len(text)]) != text {
		return false
	}
	p.b = p.b[len(text):]
	return true
}

// take passes n bytes.
func (p *scanner) take(n int) []byte {
	t := p.b[:n:n]
	p.b = p.b[n:]
	return t
}

// until passes all up to a byte, or to the end.
func (p *scanner) until(stop byte) []byte {
	if i := bytes.IndexByte(p.b, stop); i >= 0 {
		return p.take(i)
	}
	return p.take(len(p.b))
}

// quoted passes a text in quotes, which are doubled inside it.
func (p *scanner) quoted(quote byte) ([]byte, error) {
	if p.done() || p.b[0] != quote {
		return nil, p.unexpected()
	}
	rest := p.b[1:]
	from := len(p.spare)
	for {
		i := bytes.IndexByte(rest, quote)
		if i < 0 {
			return nil, errors.New("a quote without its end")
		}
		if i+1 == len(rest) || rest[i+1] != quote {
			text := rest[:i:i]
			if len(p.spare) > from { // pieces of it are in spare
				p.spare = append(p.spare, text...)
				text = p.spare[from:len(p.spare):len(p.spare)]
			}
			p.b = rest[i+1:]
			return text, nil
		}
		p.spare = append(p.spare, rest[:i+1]...)
		rest = rest[i+2:]
	}
}

// identifier passes a name as quote_identifier writes it (src/backend/utils/adt/ruleutils.c).
func (p *scanner) identifier() ([]byte, error) {
	if !p.done() && p.b[0] == '"' {
		name, err := p.quoted('"')
		if err == nil && len(name) == 0 {
			err = errors.New("an empty name")
		}
		return name, err
	}
	n := 0
	for n < len(p.b) && isBare(p.b[n]) {
		n++
	}
	if n == 0 {
		return nil, p.unexpected()
	}
	return p.take(n), nil
}

func isBare(c byte) bool { return c == '_' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }

func (p *scanner) qualified() (pgschema.Name, error) {
	schema, err := p.identifier()
	if err != nil {
		return pgschema.Name{}, err
	}
	if !p.skip(".") {
		return pgschema.Name{}, p.unexpected()
	}
	rel, err := p.identifier()
	return pgschema.Name{Schema: string(schema), Rel: string(rel)}, err
}

// column passes " name[type]:value".
func (p *scanner) column() (f field, err error) {
	if !p.skip(" ") {
		return f, p.unexpected()
	}
	if f.name, err = p.identifier(); err != nil {
		return f, err
	}
	if f.typ, err = p.typeName(); err != nil {
		return f, fmt.Errorf("column %s: %w", pgschema.DisplayIdent(string(f.name)), err)
	}
	if !p.skip(":") {
		return f, p.unexpected()
	}
	if f.value, err = p.value(f.typ); err != nil {
		return f, fmt.Errorf("column %s: %w", pgschema.DisplayIdent(string(f.name)), err)
	}
	return f, nil
}

// typeName passes a type in brackets. Brackets inside are in pairs (arrays) or part of a quoted name.
func (p *scanner) typeName() ([]byte, error) {
	inQuotes, depth := false, 0
	for i, c := range p.b {
		switch {
		case i == 0 && c != '[':
			return nil, p.unexpected()
		case c == '"':
			inQuotes = !inQuotes
		case inQuotes:
		case c == '[':
			depth++
		case c == ']':
			if depth--; depth == 0 {
				text := p.take(i + 1)
				return text[1:i:i], nil
			}
		}
	}
	return nil, errors.New("a type without its end")
}

// value passes a value. print_literal of the plugin quotes all but numbers and booleans, and bit strings in its own way.
func (p *scanner) value(typ []byte) (Value, error) {
	if p.done() {
		return Value{}, errShort
	}
	switch {
	case p.b[0] == '\'':
		text, err := p.quoted('\'')
		return Value{Kind: Text, Data: text}, err
	case p.skip("B'"):
		text := p.until('\'')
		if !p.skip("'") {
			return Value{}, errors.New("a quote without its end")
		}
		return Value{Kind: Text, Data: text}, nil
	}
	switch word := p.until(' '); {
	case string(word) == "null":
		return Value{Kind: Null}, nil
	case string(word) == "unchanged-toast-datum":
		return Value{Kind: Unchanged}, nil
	case string(typ) == "boolean" && string(word) == "true":
		return Value{Kind: Text, Data: word[:1:1]}, nil // t, as the type's own output
	case string(typ) == "boolean" && string(word) == "false":
		return Value{Kind: Text, Data: word[:1:1]}, nil
	case isNumber(word) || string(word) == "NaN" || string(word) == "Infinity" || string(word) == "-Infinity":
		return Value{Kind: Text, Data: word}, nil
	default:
		return Value{}, fmt.Errorf("value %.40q of type %.40q is not understood", word, typ)
	}
}

// isNumber reports whether a word can be what a number type prints.
func isNumber(word []byte) bool {
	digit := false
	for _, c := range word {
		switch {
		case c >= '0' && c <= '9':
			digit = true
		case c != '.' && c != '-' && c != '+' && c != 'e':
			return false
		}
	}
	return digit
}
