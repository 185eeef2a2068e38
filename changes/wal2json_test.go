package changes

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func insertOf(typeoid, value string) string {
	return `{"action":"I","xid":5,"schema":"s","table":"t","columns":[{"name":"a","typeoid":` + typeoid + `,"value":` + value + `}]}`
}

func TestValuesOfWal2JSON(t *testing.T) {
	for _, c := range []struct{ typeoid, value, want string }{
		{"20", "9007199254740993", "9007199254740993"},
		{"20", "-9223372036854775808", "-9223372036854775808"},
		{"1700", "1234567890123456789012345678901234567890.50", "1234567890123456789012345678901234567890.50"},
		{"1700", "1000000000000000000001", "1000000000000000000001"},
		{"701", "1e-300", "1e-300"},
		{"701", "-0", "-0"},
		{"701", `"NaN"`, "NaN"}, // with numeric-data-types-as-string
		{"701", `"-Infinity"`, "-Infinity"},
		{"1700", `"1.50"`, "1.50"},
		{"16", "true", "t"},
		{"16", "false", "f"},
		{"17", `"00ff"`, `\x00ff`},
		{"17", `""`, `\x`},
		{"-6", `"\\x00"`, `\x00`}, // a domain over bytea
		{"25", `"00ff"`, "00ff"},
		{"25", `""`, ""},
		{"25", `"a\"b\\c\/d\b\f\n\r\t\u0001\u00e9\ud83c\udf89"`, "a\"b\\c/d\b\f\n\r\t\x01é🎉"},
		{"25", "\"\xff\xfe raw\"", "\xff\xfe raw"},
		{"25", `"null"`, "null"},
		{"0", `"typeoid from the description"`, "typeoid from the description"},
	} {
		d := NewWal2JSON(always(table('d', "a* 25")), true)
		e, err := d.Decode(1, []byte(insertOf(c.typeoid, c.value)))
		if err != nil {
			t.Errorf("%s: %v", c.value, err)
			continue
		}
		if v := e.New.Values[0]; v.Kind != Text || string(v.Data) != c.want {
			t.Errorf("%s: got %q", c.value, v.Data)
		}
	}
}

func TestWhatWal2JSONCannotCarry(t *testing.T) {
	for _, c := range []struct {
		typeoid, value string
		asString       bool
		refused        bool
	}{
		{"700", "null", false, true},
		{"701", "null", false, true},
		{"1700", "null", false, true},
		{"1700", "null", true, false},
		{"20", "null", false, false},
		{"25", "null", false, false},
		{"16500", "null", false, false}, // a domain over numeric is written as a string
		{"17", `"abc"`, false, true},
		{"17", `"zz"`, false, true},
		{"0", `"x"`, false, true}, // no type at all
	} {
		_, err := NewWal2JSON(nil, c.asString).Decode(1, []byte(insertOf(c.typeoid, c.value)))
		var cannot *CannotCarry
		if errors.As(err, &cannot) != c.refused || (err != nil) != c.refused {
			t.Errorf("%+v: %v", c, err)
		}
		if cannot != nil && (cannot.Table.String() != "s.t" || cannot.Column != "a" || cannot.Hint == "") {
			t.Errorf("%+v", cannot)
		}
	}
}

func TestWal2JSONAround(t *testing.T) {
	d := NewWal2JSON(always(table('d', "a* 25", "b 25", "c 25")), false)
	e, err := d.Decode(1, []byte(`{"action":"C","xid":754,"timestamp":"2026-11-22 12:51:21.493629+00","lsn":"0/19691A0","nextlsn":"0/19691D0"}`))
	if at := time.Date(2026, 11, 22, 12, 51, 21, 493629000, time.UTC); err != nil || e.Kind != Commit || e.XID != 754 || !e.CommitTime.Equal(at) ||
		e.CommitLSN != 0x19691A0 || e.EndLSN != 0x19691D0 {
		t.Errorf("%+v, %v", e, err)
	}
	column := func(name, value string) string { return `{"name":"` + name + `","typeoid":25,"value":"` + value + `"}` }
	update := func(columns, identity string) string {
		return `{"action":"U","schema":"s","table":"t","columns":[` + columns + `],"identity":[` + identity + `]}`
	}
	for _, c := range []struct{ message, want string }{
		{`{"action":"B"}`, "B 0"},
		{`{"action":"M","xid":null,"timestamp":null,"transactional":false,"prefix":"p","content":"\u0001"}`, "M"},
		{`{"action":"T","schema":"s","table":"t"}`, "T s.t"},
		{update(column("a", "1")+","+column("c", "3"), column("a", "1")), `U s.t -> key=false(a t "1", b u "", c t "3")`},
		{update(column("a", "2")+","+column("c", "3"), column("a", "1")), `U s.t key=true(a t "1") -> key=false(a t "2", b u "", c t "3")`},
		{update(column("c", "3"), column("a", "1")), `U s.t key=true(a t "1") -> key=false(a u "", b u "", c t "3")`},
		{update(column("a", "1"), column("b", "1")), `U s.t key=false(b t "1") -> key=false(a t "1", b u "", c u "")`},
		{`{"action":"D","schema":"s","table":"t","identity":[` + column("a", "1") + "," + column("b", "2") + `]}`, `D s.t key=false(a t "1", b t "2") ->`},
		{`{"action":"D","schema":"s","table":"t","columns":[],"identity":[` + column("a", "1") + `]}`, "error"},
		{`{"action":"I","schema":"s","table":"t"}`, "error"},
		{`{"action":"I","schema":"s","table":"","columns":[]}`, "error"},
		{`{"action":"X"}`, "error"},
		{`{"change":[]}`, "error"},
		{`{"action":"B"} `, "error"},
		{`{"action":"B","x":{"y":1}}`, "error"},
		{insertOf("25", `{"a":1}`), "error"},
		{insertOf("25", `true`), "error"},
		{insertOf("25", `"\ud83c"`), "error"},
		{insertOf("25", `"\q"`), "error"},
		{insertOf("25", ``), "error"},
		{``, "error"},
	} {
		if got := decodeAs(d, c.message); got != c.want && (c.want != "error" || !strings.HasPrefix(got, "error: ")) {
			t.Errorf("%s\n got %s\nwant %s", c.message, got, c.want)
		}
	}
}
