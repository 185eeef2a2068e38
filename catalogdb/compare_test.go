package catalogdb

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/pgschema"
)

func comparison(t *testing.T) *DB {
	t.Helper()
	db, err := Create(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.PrepareComparison(t.Context()); err != nil {
		t.Fatal(err)
	}
	return db
}

// statuses lists the objects of a comparison that are not equal.
func statuses(t *testing.T, db *DB) string {
	t.Helper()
	var out []string
	if err := db.ObjectDifferences(t.Context(), func(d ObjectDifference) error {
		out = append(out, fmt.Sprintf("%s %s %s: %s/%s", d.Status, d.Kind, d.Name, d.Source, d.Target))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return strings.Join(out, "\n")
}

// TestMatchObjects: names may occur several times; alike ones are pairs whatever their order, the rest is matched in order.
func TestMatchObjects(t *testing.T) {
	db := comparison(t)
	if err := db.LoadComparison(t.Context(), func(l *ComparisonLoader) error {
		for _, e := range []struct {
			side       Side
			kind, name string
			definition string
		}{
			{SourceSide, "OPERATOR", "=", "a"}, {SourceSide, "OPERATOR", "=", "b"}, {SourceSide, "OPERATOR", "=", "c"},
			{TargetSide, "OPERATOR", "=", "c"}, {TargetSide, "OPERATOR", "=", "B"},
			{SourceSide, "TABLE", "t", "x"}, {TargetSide, "TABLE", "t", "y"}, {TargetSide, "TABLE", "u", "z"},
			{SourceSide, "INDEX", "i", "left out"}, {SourceSide, "SEQUENCE VALUE", "s", "1"}, {SourceSide, "ACL", "TABLE t", ""},
		} {
			if err := l.Fact(e.side, e.kind, "public", e.name, e.definition); err != nil {
				return err
			}
		}
		if err := l.Skip("INDEX", "public", "i", "[exclude-index] public.i"); err != nil {
			return err
		}
		if err := l.Skip("SEQUENCE", "public", "s", "[exclude-schema] public"); err != nil {
			return err
		}
		return l.Match()
	}); err != nil {
		t.Fatal(err)
	}
	want := `different OPERATOR =: a/B
only source OPERATOR =: b/
different TABLE t: x/y
only target TABLE u: /z`
	if got := statuses(t, db); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	kinds, err := db.ComparedKinds(t.Context())
	if err != nil || len(kinds) != 4 || kinds[0] != (ObjectKind{Kind: "INDEX", LeftOut: 1}) || kinds[1].Equal != 1 {
		t.Errorf("%v %+v", err, kinds)
	}
}

// TestPairTables: what makes a pair, what is left out, and what needs no comparing.
func TestPairTables(t *testing.T) {
	db := comparison(t)
	load := func(l *ComparisonLoader, side Side, oid uint32, name, kind string, populated bool) error {
		return l.Relation(side, pgschema.Table{OID: oid, Name: pgschema.Name{Schema: "public", Rel: name}, Kind: kind, Populated: populated, Bytes: 10}, "")
	}
	if err := db.LoadComparison(t.Context(), func(l *ComparisonLoader) error {
		for i, r := range []struct {
			name, source, target string // kinds; an upper case one is not populated
		}{{"both", "r", "r"}, {"here", "r", ""}, {"there", "", "r"}, {"parent", "p", "p"}, {"cut", "r", "p"}, {"empty", "M", "M"}, {"stale", "m", "M"},
			{"excluded", "r", ""}, {"structure", "r", "r"}, {"lonely parent", "p", ""}} {
			for side, kind := range map[Side]string{SourceSide: r.source, TargetSide: r.target} {
				if kind == "" {
					continue
				}
				oid := uint32(i + 1)
				if side == TargetSide {
					oid = 1000 - oid // OIDs of the two sides have nothing to do with each other
				}
				if err := load(l, side, oid, r.name, strings.ToLower(kind), kind == strings.ToLower(kind)); err != nil {
					return err
				}
			}
		}
		if err := l.Skip("TABLE", "public", "excluded", "[exclude-table]"); err != nil {
			return err
		}
		if err := l.Skip("TABLE DATA", "public", "structure", "[exclude-table-data]"); err != nil {
			return err
		}
		return l.Pair()
	}); err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	if err := db.ComparedTables(t.Context(), true, func(c ComparedTable) error {
		got[c.Name] = strings.TrimSpace(c.Status + " " + c.Note)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"both": "unverified", "here": "only source", "there": "only target", "cut": "unverified",
		"empty": "equal a materialized view that is not populated", "stale": "different a materialized view that is populated on the source only",
		"excluded": "left out [exclude-table]", "structure": "left out [exclude-table-data]"}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v\nwant %v", got, want)
	}
}

// TestComparisonsStayLinear: matching and pairing must not compare everything with everything.
func TestComparisonsStayLinear(t *testing.T) {
	const n = 40_000
	db := comparison(t)
	began := time.Now()
	if err := db.LoadComparison(context.Background(), func(l *ComparisonLoader) error {
		for i := range n {
			name := fmt.Sprint("t", i)
			for _, side := range []Side{SourceSide, TargetSide} {
				if err := l.Fact(side, "TABLE", "public", name, "CREATE TABLE "+name+fmt.Sprint(side == TargetSide && i%2 == 0)); err != nil {
					return err
				}
				if err := l.Relation(side, pgschema.Table{OID: uint32(i + 1), Name: pgschema.Name{Schema: "public", Rel: name}, Kind: "r", Populated: true}, ""); err != nil {
					return err
				}
			}
		}
		if err := l.Match(); err != nil {
			return err
		}
		return l.Pair()
	}); err != nil {
		t.Fatal(err)
	}
	took := time.Since(began)
	t.Log(took)
	if took > 40*time.Second {
		t.Errorf("%d objects took %v", n, took)
	}
	if totals, err := db.ComparedTotals(t.Context()); err != nil || totals.Tables != n {
		t.Errorf("%v %+v", err, totals)
	}
}
