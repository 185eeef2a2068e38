package changes

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// jsonScanner reads JSON as wal2json writes it: without white space, in the encoding of the source's database. It keeps every byte of a
// string and every digit of a number, which encoding/json does not.
type jsonScanner struct {
	scanner
}

// str passes a string. Its bytes are a piece of the message, or of spare when something was escaped.
func (p *jsonScanner) str() ([]byte, error) {
	if !p.skip(`"`) {
		return nil, p.unexpected()
	}
	from := len(p.spare)
	for i := 0; ; {
		n := bytes.IndexAny(p.b[i:], "\"\\")
		if n < 0 {
			return nil, errors.New("a string without its end")
		}
		if i += n; p.b[i] == '"' {
			text := p.take(i)
			p.b = p.b[1:]
			if len(p.spare) > from {
				p.spare = append(p.spare, text...)
				text = p.spare[from:len(p.spare):len(p.spare)]
			}
			return text, nil
		}
		p.spare = append(p.spare, p.take(i)...)
		if err := p.escape(); err != nil {
			return nil, err
		}
		i = 0
	}
}

// escape passes a backslash and what it stands before.
func (p *jsonScanner) escape() error {
	if len(p.b) < 2 {
		return errShort
	}
	c := p.take(2)[1]
	switch c {
	case '"', '\\', '/':
		p.spare = append(p.spare, c)
		return nil
	case 'u':
		return p.unicode()
	}
	if i := bytes.IndexByte([]byte("bfnrt"), c); i >= 0 {
		p.spare = append(p.spare, "\b\f\n\r\t"[i])
		return nil
	}
	return fmt.Errorf("unknown escape %q", c)
}

func (p *jsonScanner) unicode() error {
	r, err := p.hex4()
	if err != nil {
		return err
	}
	if utf16.IsSurrogate(r) {
		if !p.skip(`\u`) {
			return errors.New("half a surrogate pair")
		}
		low, err := p.hex4()
		if r = utf16.DecodeRune(r, low); err != nil || r == utf8.RuneError {
			return errors.New("half a surrogate pair")
		}
	}
	p.spare = utf8.AppendRune(p.spare, r)
	return nil
}

func (p *jsonScanner) hex4() (rune, error) {
	if len(p.b) < 4 {
		return 0, errShort
	}
	n, err := strconv.ParseUint(string(p.take(4)), 16, 16)
	return rune(n), err
}

// word passes a number or a literal: all that stands before the next comma, bracket or brace.
func (p *jsonScanner) word() []byte {
	n := 0
	for n < len(p.b) && p.b[n] != ',' && p.b[n] != '}' && p.b[n] != ']' {
		n++
	}
	return p.take(n)
}

// object passes an object and calls member with each of its keys, ahead of the value, which member has to pass. The key is valid until
// member returns.
func (p *jsonScanner) object(member func(key []byte) error) error {
	return p.list("{", "}", func() error {
		key, err := p.str()
		if err != nil {
			return err
		}
		if !p.skip(":") {
			return p.unexpected()
		}
		return member(key)
	})
}

// list passes what is between two signs, calling item ahead of each element.
func (p *jsonScanner) list(open, shut string, item func() error) error {
	if !p.skip(open) {
		return p.unexpected()
	}
	for first := true; !p.skip(shut); first = false {
		if !first && !p.skip(",") {
			return p.unexpected()
		}
		if err := item(); err != nil {
			return err
		}
	}
	return nil
}

// scalar passes a string, a number, true, false or null, whichever comes.
func (p *jsonScanner) scalar() error {
	if !p.done() && p.b[0] == '"' {
		_, err := p.str()
		return err
	}
	if w := p.word(); !isNumber(w) && string(w) != "null" && string(w) != "true" && string(w) != "false" {
		return fmt.Errorf("unexpected value %.40q", w)
	}
	return nil
}
