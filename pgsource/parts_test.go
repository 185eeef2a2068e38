package pgsource

import (
	"context"
	"math"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func TestChooseSplit(t *testing.T) {
	heap := pgschema.Table{Kind: "r", AM: "heap", Bytes: 1 << 30, Pages: 1 << 17}
	keyed := heap
	keyed.KeyColumn = "id"
	columnar := keyed
	columnar.AM = "columnar"
	now := SplitOptions{Threshold: 1 << 20, ServerVersion: 150000}
	old, noCTID, off, one := now, now, now, now
	byShare := SplitOptions{ByShare: true, ServerVersion: 150000}
	old.ServerVersion, noCTID.SkipCTID, off.Threshold, one.MaxParts = 130014, true, 0, 1
	for _, c := range []struct {
		name  string
		table pgschema.Table
		o     SplitOptions
		want  SplitMethod
		why   string
	}{
		{"heap", heap, now, SplitCTID, "heap table"},
		{"heap with key", keyed, now, SplitCTID, "heap table"},
		{"old", heap, old, SplitNone, "servers before 14 have no ctid range scans, and there is no integer key"},
		{"old with key", keyed, old, SplitKey, "servers before 14 have no ctid range scans"},
		{"no ctid", keyed, noCTID, SplitKey, "ctid ranges are switched off"},
		{"no ctid, no key", heap, noCTID, SplitNone, "ctid ranges are switched off, and there is no integer key"},
		{"columnar", columnar, now, SplitKey, "access method columnar has no ctid ranges"},
		{"off", keyed, off, SplitNone, "splitting is off"},
		{"by share", keyed, byShare, SplitNone, "too small to keep other workers waiting"},
		{"one", keyed, one, SplitNone, "at most one part allowed"},
		{"small", pgschema.Table{Kind: "r", AM: "heap", Bytes: 1 << 20, Pages: 9}, now, SplitNone, "not larger than 1.0 MB"},
		{"view", pgschema.Table{Kind: "m", AM: "heap", Bytes: 1 << 30, Pages: 9}, now, SplitNone, "holds no rows of its own to copy"},
	} {
		if got, why := ChooseSplit(c.table, c.o); got != c.want || why != c.why {
			t.Errorf("%s: %s because %q, want %s because %q", c.name, got, why, c.want, c.why)
		}
	}
}

func TestPlanPartsByKeysOfAllKinds(t *testing.T) {
	ctx := context.Background()
	_, _, conn := explored(t, `CREATE TABLE none (k int UNIQUE); CREATE TABLE nulls (k int UNIQUE); INSERT INTO nulls SELECT NULL FROM generate_series(1, 99);
		CREATE TABLE single (k smallint PRIMARY KEY); INSERT INTO single VALUES (-1);
		CREATE TABLE ends (k bigint PRIMARY KEY); INSERT INTO ends VALUES (-9223372036854775808), (9223372036854775807)`)
	o := SplitOptions{Threshold: 1, SkipCTID: true, MaxParts: 4}
	want := map[string]int{"none": 1, "nulls": 1, "single": 1, "ends": 4}
	for _, tab := range collect(t, func(y func(pgschema.Table) error) error { return Tables(ctx, conn, TableOptions{}, y) }) {
		tab.Bytes = 100
		parts, method, why, err := PlanParts(ctx, conn, tab, o)
		if err != nil || len(parts) != want[tab.Name.Rel] || (len(parts) == 1) != (method == SplitNone) || why == "" {
			t.Errorf("%s: %d parts by %s because %q, %v", tab.Name, len(parts), method, why, err)
		}
	}
	lo, hi, found, err := TableKeyRange(ctx, conn, pgschema.Name{Schema: "public", Rel: "ends"}, "k")
	if lo != math.MinInt64 || hi != math.MaxInt64 || !found || err != nil {
		t.Errorf("range of ends: %d %d %v %v", lo, hi, found, err)
	}
	if _, _, _, err := TableKeyRange(ctx, conn, pgschema.Name{Schema: "public", Rel: "nope"}, "k"); err == nil {
		t.Error("a missing table has a range")
	}
}
