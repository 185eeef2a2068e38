package changes

import (
	"encoding/hex"
	"errors"
	"fmt"

	"github.com/pgcopy/pgcopy/pgschema"
)

// The types that wal2json does not write as a string of the type's own output (pg_decode_write_value). A domain over one of them is not one.
const (
	oidBool    = 16
	oidBytea   = 17
	oidFloat4  = 700
	oidFloat8  = 701
	oidNumeric = 1700
)

// The JSON forms that a value may come in, in Value.Kind while the type is not looked at.
const (
	jsonNull   = Null
	jsonString = Text
	jsonNumber = ValueKind('1')
	jsonTrue   = ValueKind('T')
	jsonFalse  = ValueKind('F')
)

// fields passes an array of columns: {"name":…,"typeoid":…,"value":…}.
func (p *jsonScanner) fields(row []field) ([]field, error) {
	err := p.list("[", "]", func() error {
		if len(row) == maxColumns {
			return fmt.Errorf("more than %d columns", maxColumns)
		}
		var f field
		if err := p.object(func(key []byte) error { return p.fieldMember(&f, key) }); err != nil {
			return err
		}
		if len(f.name) == 0 || f.value.Kind == Absent {
			return errors.New("a column without name or value")
		}
		row = append(row, f)
		return nil
	})
	return row, err
}

func (p *jsonScanner) fieldMember(f *field, key []byte) (err error) {
	switch string(key) {
	case "name":
		f.name, err = p.str()
	case "typeoid":
		f.typeOID, err = p.oid()
	case "value":
		f.value, err = p.value()
	default:
		err = p.scalar()
	}
	return err
}

// oid passes an OID, which the plugin writes as a signed number.
func (p *jsonScanner) oid() (uint32, error) {
	negative := p.skip("-")
	n, err := p.uint32()
	if negative {
		n = -n
	}
	return n, err
}

func (p *jsonScanner) value() (Value, error) {
	if !p.done() && p.b[0] == '"' {
		text, err := p.str()
		return Value{Kind: jsonString, Data: text}, err
	}
	w := p.word()
	switch {
	case string(w) == "null":
		return Value{Kind: jsonNull}, nil
	case string(w) == "true":
		return Value{Kind: jsonTrue, Data: w[:1:1]}, nil
	case string(w) == "false":
		return Value{Kind: jsonFalse, Data: w[:1:1]}, nil
	case isNumber(w):
		return Value{Kind: jsonNumber, Data: w}, nil
	}
	return Value{}, fmt.Errorf("unexpected value %.40q", w)
}

// understand makes of a JSON value what the type's own output was.
func (d *Wal2JSON) understand(t *description, f *field, guess int) error {
	typeOID := f.typeOID
	if typeOID == 0 {
		if typeOID = t.Columns[t.position(f.name, guess)].TypeOID; typeOID == 0 {
			return d.cannot(f, "the stream does not say of what type it is", "start it with include-type-oids")
		}
	}
	switch v := &f.value; v.Kind {
	case jsonNull:
		if !d.numericAsString && (typeOID == oidFloat4 || typeOID == oidFloat8 || typeOID == oidNumeric) {
			return d.cannot(f, "wal2json sends NULL, NaN and Infinity alike",
				"use pgoutput or test_decoding, or install wal2json 2.6 or newer on the source (numeric-data-types-as-string)")
		}
	case jsonString:
		if typeOID == oidBytea {
			return d.bytea(f)
		}
	case jsonNumber:
		v.Kind = Text
	default: // a boolean, of which one letter was kept: t or f, as the type's own output
		if typeOID != oidBool {
			return fmt.Errorf("%s: a boolean in column %s", d.message.name, pgschema.DisplayIdent(string(f.name)))
		}
		v.Kind = Text
	}
	return nil
}

// bytea puts the \x back that the plugin took away.
func (d *Wal2JSON) bytea(f *field) error {
	v := &f.value
	if !isHex(v.Data) {
		return d.cannot(f, "the bytea is not in hex form", "bytea_output has to be hex in the replication session")
	}
	from := len(d.unescaped)
	d.unescaped = append(append(d.unescaped, `\x`...), v.Data...)
	v.Data = d.unescaped[from:len(d.unescaped):len(d.unescaped)]
	return nil
}

func isHex(text []byte) bool {
	for _, c := range text {
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return hex.DecodedLen(len(text))*2 == len(text)
}

func (d *Wal2JSON) cannot(f *field, why, hint string) error {
	return &CannotCarry{Table: d.message.name, Column: string(f.name), Why: why, Hint: hint}
}
