package pgschema

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

func lit(s string) Pattern { return Pattern{Text: s} }
func re(s string) Pattern  { return Pattern{Text: s, Regex: true} }

func TestParseFilterEntries(t *testing.T) {
	for _, c := range []struct {
		section, line string
		schema, name  Pattern
	}{
		{ExcludeTable, "public.orders", lit("public"), lit("orders")},
		{ExcludeTable, "Public.ORDERS", lit("public"), lit("orders")},
		{ExcludeTable, `"Public"."OR.DERS"`, lit("Public"), lit("OR.DERS")},
		{ExcludeTable, `"a""b".c`, lit(`a"b`), lit("c")},
		{ExcludeTable, `public."# not a ; comment" # one`, lit("public"), lit("# not a ; comment")},
		{ExcludeTable, "public.orders;comment", lit("public"), lit("orders")},
		{ExcludeTable, "public.orders#comment", lit("public"), lit("orders")},
		{ExcludeTable, " public . orders ", lit("public"), lit("orders")},
		{ExcludeTable, "schÖn.ÄB", lit("schÖn"), lit("Äb")},
		{ExcludeTable, "a$1._b", lit("a$1"), lit("_b")},
		{ExcludeTable, "public.~/^ord/", lit("public"), re("^ord")},
		{ExcludeTable, `~/.*/."A"`, re(".*"), lit("A")},
		{ExcludeTable, "~/a/.~|b|", re("a"), re("b")},
		{ExcludeIndex, "p.~[^[ab]c$]", lit("p"), re("^[ab]c$")},
		{ExcludeIndex, "p.~{^a{2}$}", lit("p"), re("^a{2}$")},
		{ExcludeIndex, "p.~(^(a|b)$)", lit("p"), re("^(a|b)$")},
		{ExcludeIndex, "p.~<a>", lit("p"), re("a")},
		{ExcludeIndex, `p.~"a'b"`, lit("p"), re("a'b")},
		{ExcludeIndex, `p.~'a"b'`, lit("p"), re(`a"b`)},
		{ExcludeIndex, "p.~#a;b#", lit("p"), re("a;b")},
		{ExcludeIndex, "p.~$a.b$", lit("p"), re("a.b")},
		{ExcludeIndex, `p.~/a\/b/`, lit("p"), re(`a\/b`)},
		{ExcludeIndex, `p.~/a\\/`, lit("p"), re(`a\\`)},
		{ExcludeIndex, `p.~/a/"/"/b/ # c`, lit("p"), re("a/b")},
		{ExcludeIndex, `p.~/a/~|b|`, lit("p"), re("ab")},
		{ExcludeTableData, "p.~/a b # c ; d = e/", lit("p"), re("a b # c ; d = e")},
		{ExcludeSchema, "Foo", Pattern{}, lit("foo")},
		{ExcludeSchema, `"Foo.Bar"`, Pattern{}, lit("Foo.Bar")},
		{IncludeOnlySchema, "~/^tenant_[0-9]+$/", Pattern{}, re("^tenant_[0-9]+$")},
		{ExcludeExtension, "uuid-ossp", Pattern{}, lit("uuid-ossp")},
		{IncludeOnlyExtension, `"uuid-ossp"`, Pattern{}, lit("uuid-ossp")},
	} {
		f, err := ParseFilter("f.ini", []byte("["+c.section+"]\n"+c.line+"\n"))
		if err != nil {
			t.Errorf("%s: %v", c.line, err)
			continue
		}
		want := []FilterEntry{{c.section, 2, c.schema, c.name}}
		if !reflect.DeepEqual(f.Entries, want) {
			t.Errorf("%s: %+v", c.line, f.Entries)
		}
	}
}

func TestParseFilterFile(t *testing.T) {
	text := "\ufeff# a comment\r\n\r\n  ; another\r\n[ exclude-table ] # tables\r\npublic.a\r\n\tpublic.b ; because\r\n[exclude-schema]\r\n\r\n[exclude-index]\r\npublic.i\r\n[exclude-table]\r\npublic.a\r\n"
	f, err := ParseFilter("dir/f.ini", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []FilterEntry{{ExcludeTable, 5, lit("public"), lit("a")}, {ExcludeTable, 6, lit("public"), lit("b")},
		{ExcludeIndex, 10, lit("public"), lit("i")}, {ExcludeTable, 12, lit("public"), lit("a")}}
	if !reflect.DeepEqual(f.Entries, want) {
		t.Errorf("%+v", f.Entries)
	}
	if got := f.Rule(f.Entries[1]); got != "[exclude-table] public.b (f.ini:6)" {
		t.Error(got)
	}
	if f.Has(ExcludeSchema) || !f.Has(ExcludeIndex) || len(f.Of(ExcludeTable)) != 3 {
		t.Error("sections are mixed up")
	}
	same, err := ParseFilter("other.ini", []byte("[exclude-index]\nPUBLIC.\"i\"\n[exclude-table]\npublic.b\npublic.a\n"))
	if err != nil || same.Digest() != f.Digest() {
		t.Errorf("order, repetition and spelling change the digest: %v", err)
	}
	other, _ := ParseFilter("f.ini", []byte("[exclude-index]\npublic.i\n[exclude-table]\npublic.~/b/\npublic.a\n"))
	if other.Digest() == f.Digest() {
		t.Error("a regular expression has the digest of a name")
	}
	var none *Filter
	if none.Digest() != "" || !none.IsZero() || none.Has(ExcludeTable) {
		t.Error("no filter is not zero")
	}
}

// TestParseFilterErrors is the part of the matrix of wrong files that needs no server: message, line and remedy of each.
func TestParseFilterErrors(t *testing.T) {
	for _, c := range []struct{ name, text, msg, hint string }{
		{"empty", "", "f.ini: no entry is in the file", "leave --filters away"},
		{"only comments", "# x\n[exclude-table]\n; y\n", "f.ini: no entry is in the file", ""},
		{"unknown section", "\n[exclude-tables]\npublic.a\n", "f.ini:2: there is no section [exclude-tables]", "did you mean [exclude-table]?"},
		{"unknown section, case", "[Exclude-Schema]\na\n", "f.ini:1: there is no section [Exclude-Schema]", "did you mean [exclude-schema]?"},
		{"unknown section, far", "[tables]\npublic.a\n", "f.ini:1: there is no section [tables]", "include-only-schema, exclude-schema"},
		{"open section", "[exclude-table\npublic.a\n", "f.ini:1: the section's name is not closed", "[section]"},
		{"behind section", "[exclude-table] public.a\n", "f.ini:1: public.a stands behind the section's name", "line of its own"},
		{"before section", "# c\npublic.a\n[exclude-table]\n", "f.ini:2: public.a stands before any section", "[exclude-table]"},
		{"key = value", "[exclude-table]\n\ntable = public.a\n", "f.ini:3: entries have no value: table = public.a", "write the name alone: table"},
		{"key=value qualified", "[exclude-table]\npublic.a=1\n", "f.ini:2: entries have no value: public.a=1", "public.a"},
		{"key: value", "[exclude-table]\npublic.a: yes\n", "f.ini:2: entries have no value", ""},
		{"list", "[exclude-table]\npublic.a, public.b\n", "f.ini:2: one line holds more than one entry", "line of its own"},
		{"two words", "[exclude-table]\npublic.my table\n", `f.ini:2: "table" is not understood, behind public.my`, "double quotes"},
		{"hyphen", "[exclude-table]\npublic.my-table\n", `f.ini:2: "-table" is not understood, behind public.my`, "double quotes"},
		{"no schema", "[exclude-table]\norders\n", "f.ini:2: orders names no schema", "public.orders"},
		{"no schema, index", "[exclude-index]\nix\n", "f.ini:2: ix names no schema, but [exclude-index] names an index within one", ""},
		{"three parts", "[exclude-table]\ndb.public.orders\n", "f.ini:2: db.public.orders has 3 parts", "needs quotes"},
		{"table in schema section", "[exclude-schema]\npublic.orders\n", "f.ini:2: public.orders has 2 parts, but [exclude-schema] names a schema", `"public.orders"`},
		{"open quote", "[exclude-table]\npublic.\"a\n", "f.ini:2: the quoted name is not closed", `"a""b"`},
		{"empty quote", "[exclude-table]\npublic.\"\"\n", `f.ini:2: "" is no name`, ""},
		{"missing name", "[exclude-table]\npublic.\n", "f.ini:2: a name is missing at the end of public.", "schema.name"},
		{"star", "[exclude-table]\npublic.*\n", `f.ini:2: "*" is no name`, "~/.*/"},
		{"open regex", "[exclude-table]\npublic.~/a\n", "f.ini:2: the regular expression is not closed: /a", "close it with /"},
		{"no delimiter", "[exclude-table]\npublic.~a\n", "f.ini:2: no delimiter follows ~", "~/regular expression/"},
		{"empty regex", "[exclude-table]\npublic.~//\n", "f.ini:2: the regular expression is empty", "~/.*/"},
		{"behind regex", "[exclude-table]\npublic.~/a/b\n", `f.ini:2: "b" is not understood, behind public.~/a/`, ""},
		{"not UTF-8", "[exclude-table]\npublic.a\npublic.\xff\n", "f.ini:3: the text is not UTF-8", "UTF-8"},
		{"binary", "[exclude-table]\npublic.\x00\n", "f.ini:2: there is a zero byte in the line", "text file"},
		{"empty include", "[exclude-table-data]\na.b\n[include-only-table]\n", "f.ini:3: [include-only-table] has no entry", "remove the section"},
		{"schemas both ways", "[include-only-schema]\na\n[exclude-schema]\nb\n", "f.ini:4: [include-only-schema] and [exclude-schema] cannot go together", "keep one"},
		{"tables both ways", "[exclude-table]\na.~/x/\n[include-only-table]\nb.c\n", "f.ini:4: [include-only-table] and [exclude-table] cannot go together", "keep one"},
		{"extensions both ways", "[include-only-extension]\na\n[exclude-extension]\nb\n", "f.ini:4: [include-only-extension] and [exclude-extension]", "keep one"},
		{"twice", "[exclude-table]\na.b\n[exclude-table-data]\na.B\n", "f.ini:4: a.b is in [exclude-table] and in [exclude-table-data]", "remove one"},
		{"included, schema excluded", "[exclude-schema]\na\n[include-only-table]\na.b\n", "f.ini:4: a.b is in [include-only-table], but [exclude-schema] leaves out its schema", "remove one"},
		{"kept, schema excluded", "[exclude-table-data]\na.b\n[exclude-schema]\na\n", "f.ini:4: a.b is in [exclude-table-data], but [exclude-schema] leaves out its schema", "remove one"},
	} {
		_, err := ParseFilter("f.ini", []byte(c.text))
		var wrong *FilterError
		if !errors.As(err, &wrong) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if !strings.HasPrefix(wrong.Error(), c.msg) || wrong.Hint == "" || !strings.Contains(wrong.Hint, c.hint) {
			t.Errorf("%s: %s (hint: %s)", c.name, wrong, wrong.Hint)
		}
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, s := range []string{"[exclude-table]\npublic.a\n", "[exclude-schema]\n~/a/\"b\" # c\n\"x\"\"\"", "[exclude-index]\na.~{b{2}\\}}\n", "[exclude-extension]\nuuid-ossp;\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		filter, err := ParseFilter("f", text)
		if err != nil {
			var wrong *FilterError
			if !errors.As(err, &wrong) || wrong.Hint == "" {
				t.Fatalf("an error without remedy: %v", err)
			}
			return
		}
		kept, err := json.Marshal(filter)
		if err != nil {
			t.Fatal(err)
		}
		var again Filter
		if err := json.Unmarshal(kept, &again); err != nil {
			t.Fatalf("%v: %s", err, kept)
		}
		if again.Digest() != filter.Digest() || len(again.Entries) != len(filter.Entries) {
			t.Fatalf("%q is kept as %s and read as %+v", text, kept, again)
		}
	})
}
