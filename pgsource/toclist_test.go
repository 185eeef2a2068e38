package pgsource

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func TestReadList(t *testing.T) {
	long := strings.Repeat("x", 200_000)
	var got []ListLine
	err := ReadList(strings.NewReader(";\n; Archive created at 2026-03-01 11:42:03 UTC\n;     TOC Entries: 7\n;\n; Selected TOC Entries:\n;\n\\restrict abc\n\n"+
		"215; 1259 16386 TABLE public orders app\r\n"+
		"216; 1259 16390 TABLE Odd schema Odd name the owner\n"+
		";217; 0 0 COMMENT - EXTENSION hstore \n"+
		"  218 ; just this one\n"+
		"219\n"+
		"3316; 0 16391 TABLE DATA public orders app  ; kept: done by copy-table\n"+
		"220; 1255 16400 FUNCTION public f("+long+") app"), func(l ListLine) error {
		got = append(got, l)
		return nil
	})
	var bad *ListError
	if !errors.As(err, &bad) || bad.Line != 12 || !strings.Contains(bad.Msg, `entry 218: "just this one" is not an OID`) || len(got) != 3 {
		t.Errorf("%v, %d lines", err, len(got))
	}
	got = nil
	err = ReadList(strings.NewReader("215; 1259 16386 TABLE public orders app\r\n216; 1259 16390 TABLE Odd schema Odd name the owner\n;217; 0 0 COMMENT - EXTENSION hstore \n  218 ;\n219\n"+
		"3316; 0 16391 TABLE DATA public orders app  ; kept: done by copy-table\n220; 1255 16400 FUNCTION public f("+long+") app"), func(l ListLine) error {
		got = append(got, l)
		return nil
	})
	e := func(id int, catalog, oid uint32, desc, schema, name, owner string) pgschema.ArchiveEntry {
		return pgschema.ArchiveEntry{DumpID: id, CatalogOID: catalog, OID: oid, Desc: desc, Schema: schema, Name: name, Owner: owner}
	}
	want := []ListLine{
		{1, false, true, true, e(215, 1259, 16386, "TABLE", "public", "orders", "app")},
		{2, false, true, false, e(216, 1259, 16390, "TABLE", "Odd", "schema Odd name the", "owner")},
		{3, true, true, true, e(217, 0, 0, "COMMENT", "", "EXTENSION", "hstore")},
		{4, false, false, false, e(218, 0, 0, "", "", "", "")},
		{5, false, false, false, e(219, 0, 0, "", "", "", "")},
		{6, false, true, true, e(3316, 0, 16391, "TABLE DATA", "public", "orders", "app")},
		{7, false, true, true, e(220, 1255, 16400, "FUNCTION", "public", "f("+long+")", "app")},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\n%+v\nwanted\n%+v", err, got[:6], want[:6])
	}
}

func TestReadListOfBadLines(t *testing.T) {
	for text, want := range map[string]string{
		"TABLE public orders app":        `line 1: "TABLE public orders app" is not the number of an entry`,
		"1;\n0; 1259 1 TABLE public a b": `line 2: "0" is not the number of an entry`,
		"-3; 1259 1 TABLE public a b":    `line 1: "-3" is not the number of an entry`,
		"1; 99999999999 1 TABLE a b c":   "line 1: entry 1: 99999999999 is too large for an OID",
		"99999999999999999999; 1 1 a":    `line 1: "99999999999999999999" is not the number of an entry`,
	} {
		if err := ReadList(strings.NewReader(text), func(ListLine) error { return nil }); err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
	if err := ReadList(strings.NewReader(strings.Repeat("y", maxListLine+1)), func(ListLine) error { return nil }); err == nil || !strings.Contains(err.Error(), "longer") {
		t.Errorf("an endless line: %v", err)
	}
}
