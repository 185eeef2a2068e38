package changes

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

// recorded reads a stream as a PostgreSQL 15 sent it: testdata/NAME.stream has a line for each message, its position and the message as a
// Go string. testdata/record.sql says how they were made.
func recorded(t testing.TB, name string, each func(lsn pgschema.LSN, message []byte)) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", name+".stream"))
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		pos, quoted, _ := strings.Cut(line, " ")
		lsn, err1 := pgschema.ParseLSN(pos)
		message, err2 := strconv.Unquote(quoted)
		if err := errors.Join(err1, err2); err != nil {
			t.Fatalf("%s line %d: %v", name, i+1, err)
		}
		each(lsn, []byte(message))
	}
}

// asNow describes the recorded tables as they were at the end. That is what can be asked for when the stream is decoded later.
func asNow(t testing.TB) func(pgschema.Name) (*Relation, error) {
	tables := map[pgschema.Name]*Relation{}
	d := NewPgoutput()
	recorded(t, "pgoutput", func(lsn pgschema.LSN, message []byte) {
		if e, err := d.Decode(lsn, message); err != nil {
			t.Fatal(err)
		} else if e.Kind == Describe {
			tables[e.Relation.Name] = e.Relation
		}
	})
	gen := tables[pgschema.Name{Schema: "public", Rel: "gen"}] // pgoutput leaves the generated column out
	gen.Columns = append([]RelationColumn{{Name: "g", TypeOID: 23}}, gen.Columns...)
	return func(name pgschema.Name) (*Relation, error) { return tables[name], nil }
}

func rowText(b *strings.Builder, rel *Relation, tuple *Tuple) {
	if tuple == nil {
		return
	}
	if len(tuple.Values) != len(rel.Columns) {
		panic("a tuple of another size than its table")
	}
	fmt.Fprintf(b, " key=%t(", tuple.Key)
	columns := []string{}
	for i, v := range tuple.Values {
		if v.Kind != Absent && rel.Columns[i].Name != "g" {
			columns = append(columns, fmt.Sprintf("%s %c %q", rel.Columns[i].Name, v.Kind, v.Data))
		}
	}
	slices.Sort(columns)
	b.WriteString(strings.Join(columns, ", ") + ")")
}

// eventText writes an event down in a way in which events of different plugins compare.
func eventText(e *Event) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%c", e.Kind)
	switch e.Kind {
	case Insert, Update, Delete:
		b.WriteString(" " + e.Relation.Name.String())
		rowText(&b, e.Relation, e.Old)
		if b.WriteString(" ->"); e.Kind != Delete {
			rowText(&b, e.Relation, e.New)
		}
	case Truncate:
		for _, rel := range e.Truncated {
			b.WriteString(" " + rel.Name.String())
		}
	case Begin:
		fmt.Fprintf(&b, " %d", e.XID)
	}
	return b.String()
}

// story is what a recorded stream tells, of its inserts, updates, deletes, truncations and the transactions around them.
func story(t *testing.T, name string, d Decoder) []string {
	t.Helper()
	var told []string
	recorded(t, name, func(lsn pgschema.LSN, message []byte) {
		e, err := d.Decode(lsn, message)
		if err != nil {
			t.Errorf("%v in %.200q", err, message)
			return
		}
		switch e.Kind {
		case Begin, Commit, Insert, Update, Delete:
			told = append(told, eventText(e))
		case Truncate:
			for _, rel := range e.Truncated {
				if rel.Name.Rel != "part" { // partitioned: pgoutput names the partitions only
					told = append(told, eventText(&Event{Kind: Truncate, Truncated: []*Relation{rel}}))
				}
			}
		}
	})
	return strings.Split(emptyOnes.ReplaceAllString(strings.Join(told, "\n"), ""), "\n")
}

// Transactions with nothing in them are left out by some plugins.
var emptyOnes = regexp.MustCompile(`(?m)^B \d+\nC$\n?`)

// lost are the values that wal2json 2.5 sends as null.
var lost = regexp.MustCompile(`(f4|f8|n|n2) t "(NaN|-?Infinity)"`)

// TestPluginsAgree decodes what the three plugins sent of the same changes.
func TestPluginsAgree(t *testing.T) {
	want := story(t, "pgoutput", NewPgoutput())
	if len(want) < 100 {
		t.Fatalf("the recording has only %d events", len(want))
	}
	compare := func(name string, got, want []string) {
		for i := range max(len(got), len(want)) {
			if i >= len(got) || i >= len(want) || got[i] != want[i] {
				t.Fatalf("event %d of %s differs\n got: %s\nwant: %s", i, name, at(got, i), at(want, i))
			}
		}
	}
	compare("test_decoding", story(t, "test_decoding", NewTestDecoding(asNow(t))), want)
	for i, s := range want {
		want[i] = lost.ReplaceAllString(s, `$1 n ""`)
	}
	compare("wal2json", story(t, "wal2json", NewWal2JSON(asNow(t), true)), want)
}

func at(list []string, i int) string {
	if i < len(list) {
		return list[i]
	}
	return "(none)"
}
