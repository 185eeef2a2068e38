package changes

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/pgschema"
)

// table makes a description: columns with a star are the key, those with a number have that type.
func table(identity byte, columns ...string) *Relation {
	rel := &Relation{Name: pgschema.Name{Schema: "s", Rel: "t"}, Identity: identity}
	for _, c := range columns {
		name, typ, _ := strings.Cut(c, " ")
		col := RelationColumn{Name: strings.TrimSuffix(name, "*"), Key: strings.HasSuffix(name, "*")}
		_, _ = fmt.Sscan(typ, &col.TypeOID)
		rel.Columns = append(rel.Columns, col)
	}
	return rel
}

// always describes every table alike.
func always(rel *Relation) func(pgschema.Name) (*Relation, error) {
	return func(pgschema.Name) (*Relation, error) { return rel, nil }
}

func decodeAs(d Decoder, message string) string {
	e, err := d.Decode(1, []byte(message))
	if err != nil {
		return "error: " + err.Error()
	}
	return eventText(e)
}

func TestValuesOfTestDecoding(t *testing.T) {
	for in, want := range map[string]string{
		`a[integer]:-32768`:                          `-32768`,
		`a[numeric]:12345678901234567890.12345e-300`: `12345678901234567890.12345e-300`,
		`a[real]:NaN`:                                `NaN`,
		`a[double precision]:-Infinity`:              `-Infinity`,
		`a[boolean]:true`:                            `t`,
		`a[boolean]:false`:                           `f`,
		`a[bit]:B'0101'`:                             `0101`,
		`a[bit varying]:B''`:                         ``,
		`a[text]:''`:                                 ``,
		`a[text]:''''`:                               `'`,
		`a[text]:''''''`:                             `''`,
		`a[text]:'it''s'`:                            `it's`,
		`a[text]:'\x'`:                               `\x`,
		`a[text]:'null'`:                             `null`,
		`a[text]:'unchanged-toast-datum'`:            `unchanged-toast-datum`,
		`a[text]:' b[text]:''x'' new-tuple:'`:        ` b[text]:'x' new-tuple:`,
		"a[text]:'line\n\xff\t'":                     "line\n\xff\t",
		`a["t]""["[]]:'{"]"}'`:                       `{"]"}`,
		`a["My S"."char"]:'c'`:                       `c`,
	} {
		d := NewTestDecoding(always(table('d', "a*", "b")))
		e, err := d.Decode(1, []byte("table s.t: INSERT: "+in+" b[text]:null"))
		if err != nil {
			t.Errorf("%s: %v", in, err)
			continue
		}
		if v := e.New.Values; v[0].Kind != Text || string(v[0].Data) != want || v[1].Kind != Null {
			t.Errorf("%s: got %q", in, v)
		}
	}
}

func TestAwkwardNames(t *testing.T) {
	for _, name := range []string{"a", "select", "UPPER", `qu"ote`, "a.b", "a b", " lead", "colon:", "[x]", "[", "]", "old-key:", "new-tuple:", "(no-tuple-data)", "it's",
		`back\slash`, "tab\there", "line\nbreak", "ünïcödé", "日本", "\xff", "INSERT:", ": TRUNCATE:", ", ", "1", `""`, "null", "a,b"} {
		rel := table('d', "k*", "v 25")
		rel.Columns[0] = RelationColumn{Name: name, TypeOID: 25, Key: true}
		rel.Columns[1].Name = name + "2"
		rel.Name = pgschema.Name{Schema: name, Rel: name}
		q := pgschema.QuoteIdent(name)
		j := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`).Replace(name) + `"`
		q2, j2 := pgschema.QuoteIdent(name+"2"), strings.TrimSuffix(j, `"`)+`2"`
		want := fmt.Sprintf("U %s", rel.Name)
		for plugin, message := range map[string]string{
			"test_decoding": "table " + q + "." + q + ": UPDATE: old-key: " + q + "[text]:'x' new-tuple: " + q + "[text]:'y' " + q2 + "[text]:'z'",
			"wal2json": `{"action":"U","schema":` + j + `,"table":` + j + `,"columns":[{"name":` + j + `,"typeoid":25,"value":"y"},{"name":` + j2 +
				`,"typeoid":25,"value":"z"}],"identity":[{"name":` + j + `,"typeoid":25,"value":"x"}]}`,
		} {
			var d Decoder = NewTestDecoding(always(rel))
			if plugin == "wal2json" {
				d = NewWal2JSON(always(rel), false)
			}
			e, err := d.Decode(1, []byte(message))
			if err != nil {
				t.Errorf("%s: %v", plugin, err)
				continue
			}
			got := fmt.Sprintf("%c %s", e.Kind, e.Relation.Name)
			if got != want || e.Relation != rel || !e.Old.Key || string(e.Old.Values[0].Data) != "x" || e.Old.Values[1].Kind != Absent ||
				string(e.New.Values[0].Data) != "y" || string(e.New.Values[1].Data) != "z" {
				t.Errorf("%s of %q: %s", plugin, name, eventText(e))
			}
		}
		truncate := decodeAs(NewTestDecoding(nil), "table "+q+"."+q+", public.b: TRUNCATE: restart_seqs cascade")
		if truncate != "T "+rel.Name.String()+" public.b" {
			t.Errorf("truncate of %q: %s", name, truncate)
		}
	}
}

func TestTestDecodingAround(t *testing.T) {
	d := NewTestDecoding(nil)
	e, err := d.Decode(1, []byte("COMMIT 754 (at 2026-11-22 12:51:21.493629+05:30)"))
	if at := time.Date(2026, 11, 22, 7, 21, 21, 493629000, time.UTC); err != nil || e.Kind != Commit || e.XID != 754 || !e.CommitTime.Equal(at) || e.EndLSN != 0 {
		t.Errorf("%+v, %v", e, err)
	}
	for _, c := range []struct{ message, want string }{
		{"BEGIN 4294967295", "B 4294967295"},
		{"BEGIN", "B 0"},
		{"table public.a: TRUNCATE: (no-flags)", "T public.a"},
		{"BEGIN 4294967296", "error"},
		{"COMMIT PREPARED 'x', txid 5", "error"},
		{"opening a streamed block for transaction TXN 5", "error"},
		{"table public.a: INSERT: (no-tuple-data)", "error"},
		{"table public.a: INSERT: a[text]:'x", "error"},
		{"table public.a: INSERT: a[text", "error"},
		{"table public.a: INSERT: a[integer]:abc", "error"},
		{"table a: INSERT: a[integer]:1", "error"},
		{"", "error"},
	} {
		if got := decodeAs(d, c.message); got != c.want && (c.want != "error" || !strings.HasPrefix(got, "error: ")) {
			t.Errorf("%q: %s", c.message, got)
		}
	}
	e, err = d.Decode(1, []byte("message: transactional: 1 prefix: a, sz: 1 content:, sz: 3 content:x\x00y"))
	if err != nil || e.Kind != Message || e.Prefix != "a, sz: 1 content:" {
		t.Errorf("%+v, %v", e, err)
	}
}

// TestOldRows looks at what is made of an old row with what is known of the table.
func TestOldRows(t *testing.T) {
	const del = "table s.t: DELETE:"
	for _, c := range []struct {
		rel           *Relation
		message, want string
	}{
		{table('d', "a*", "b"), del + " a[integer]:1", `D s.t key=true(a t "1") ->`},
		{table('i', "a*", "b*", "c"), del + " b[integer]:2 a[integer]:1", `D s.t key=true(a t "1", b t "2") ->`},
		{table('f', "a*", "b*"), del + " a[integer]:1", `D s.t key=false(a t "1", b n "") ->`},
		{table('f', "a*", "b*"), del, `D s.t key=false(a n "", b n "") ->`},
		{table('f'), del, `D s.t key=false() ->`},
		{table('d', "a*", "b", "c"), del + " a[integer]:1 b[integer]:2", `D s.t key=false(a t "1", b t "2", c n "") ->`}, // it was FULL then
		{table('d', "a*", "b*"), del + " a[integer]:1", `D s.t key=false(a t "1") ->`},                                   // it had another key then
		{table('n', "a"), del + " a[integer]:1", `D s.t key=false(a t "1") ->`},
		{nil, del + " a[integer]:1", `D s.t key=false(a t "1") ->`}, // it is there no more
		{nil, "table s.t: INSERT: a[integer]:1 b[text]:null", `I s.t -> key=false(a t "1", b n "")`},
		{table('d', "a*", "new"), "table s.t: INSERT: a[integer]:1 gone[text]:'x'", `I s.t -> key=false(a t "1", gone t "x")`},
		{table('d', "a*", "b"), "table s.t: UPDATE: a[integer]:1 b[text]:unchanged-toast-datum", `U s.t -> key=false(a t "1", b u "")`},
	} {
		if got := decodeAs(NewTestDecoding(always(c.rel)), c.message); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", c.message, got, c.want)
		}
	}
}

func TestNoIdentity(t *testing.T) {
	for message, rel := range map[string]*Relation{
		"table s.t: DELETE: (no-tuple-data)":                    table('n', "a"),
		"table s.t: UPDATE: a[integer]:1":                       table('d', "a"),
		"table s.t: UPDATE: a[integer]:2":                       table('f', "a*"),
		"table s.t: UPDATE: a[integer]:3":                       nil,
		"table s.t: DELETE:":                                    table('d', "a*"),
		`{"action":"D","schema":"s","table":"t"}`:               table('d', "a*"),
		`{"action":"D","schema":"s","table":"t","identity":[]}`: table('d', "a*"),
	} {
		var d Decoder = NewTestDecoding(always(rel))
		if message[0] == '{' {
			d = NewWal2JSON(always(rel), false)
		}
		_, err := d.Decode(1, []byte(message))
		var none *NoIdentity
		if !errors.As(err, &none) || none.Table.String() != "s.t" || none.Hint == "" {
			t.Errorf("%s: %v", message, err)
		}
	}
}

// TestAsksAgain counts how often a table is asked for.
func TestAsksAgain(t *testing.T) {
	now, asked := table('d', "a*"), 0
	d := NewTestDecoding(func(pgschema.Name) (*Relation, error) { asked++; return now, nil })
	for i, step := range []struct {
		change  func()
		message string
		want    string
		asked   int
	}{
		{nil, "table s.t: INSERT: a[integer]:1", `I s.t -> key=false(a t "1")`, 1},
		{nil, "table s.t: INSERT: a[integer]:2", `I s.t -> key=false(a t "2")`, 1},
		{func() { now = table('d', "a*", "b") }, "table s.t: INSERT: a[integer]:2 b[text]:'x'", `I s.t -> key=false(a t "2", b t "x")`, 2},
		{func() { now = table('i', "a", "b*") }, "table s.t: DELETE: b[text]:'x'", `D s.t key=true(b t "x") ->`, 3},
		{nil, "table s.t: DELETE: a[integer]:2", `D s.t key=false(a t "2", b n "") ->`, 4},
		{nil, "table s.t: DELETE: a[integer]:3", `D s.t key=false(a t "3", b n "") ->`, 4}, // the same doubt, asked for already
		{nil, "table s.t: INSERT: a[integer]:4 gone[text]:''", `I s.t -> key=false(a t "4", gone t "")`, 5},
		{nil, "table s.t: INSERT: a[integer]:5 gone[text]:''", `I s.t -> key=false(a t "5", gone t "")`, 5},
		{d.Forget, "table s.t: INSERT: a[integer]:6 b[text]:''", `I s.t -> key=false(a t "6", b t "")`, 6},
	} {
		if step.change != nil {
			step.change()
		}
		if got := decodeAs(d, step.message); got != step.want || asked != step.asked {
			t.Errorf("step %d: asked %d times\n got %s\nwant %s", i, asked, got, step.want)
		}
	}
	broken := NewTestDecoding(func(pgschema.Name) (*Relation, error) { return nil, errors.New("connection lost") })
	if got := decodeAs(broken, "table s.t: INSERT: a[integer]:1"); !strings.Contains(got, "describe s.t: connection lost") {
		t.Error(got)
	}
}

func TestMemoryOfTablesIsBounded(t *testing.T) {
	d := NewTestDecoding(always(table('d', "a*")))
	for i := range 3 * maxDescribed {
		if _, err := d.Decode(1, fmt.Appendf(nil, "table s.t%d: INSERT: a[integer]:1", i)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3000 {
		if _, err := d.Decode(1, fmt.Appendf(nil, "table s.t: INSERT: a%d[integer]:1", i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(d.known.tables); n > maxDescribed {
		t.Errorf("%d tables", n)
	}
	if n := len(d.known.tables[pgschema.Name{Schema: "s", Rel: "t"}].Columns); n > 10 {
		t.Errorf("%d columns", n)
	}
}

func TestPluginOptions(t *testing.T) {
	for _, c := range []struct {
		plugin string
		o      StreamOptions
		want   []string
	}{
		{"pgoutput", StreamOptions{Major: 13, Publication: `p"1'`, Binary: true}, []string{"proto_version '1'", `publication_names '"p""1''"'`}},
		{"pgoutput", StreamOptions{Major: 14, Publication: `a\b`, Binary: true}, []string{"proto_version '2'", `publication_names '"a\b"'`, "streaming 'on'", "binary 'true'"}},
		{"test_decoding", StreamOptions{}, []string{`"include-xids" 'on'`, `"include-timestamp" 'on'`, `"skip-empty-xacts" 'on'`}},
		{"other", StreamOptions{}, nil},
	} {
		if got := PluginOptions(c.plugin, c.o); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q", c.plugin, got)
		}
	}
	with, without := PluginOptions("wal2json", StreamOptions{NumericAsString: true}), PluginOptions("wal2json", StreamOptions{})
	if !slices.Equal(with, append(without, `"numeric-data-types-as-string" 'on'`)) || without[0] != `"format-version" '2'` {
		t.Errorf("%q", with)
	}
}
