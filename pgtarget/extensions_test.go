package pgtarget

import (
	"slices"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

func TestCompareVersions(t *testing.T) {
	want := []string{"", "0.9", "1", "1.0", "1.2", "1.2beta", "1.9", "1.010", "1.11", "2.0--x", "3.4.2", "3.4.10", "unpackaged"}
	got := slices.Clone(want)
	slices.Reverse(got)
	slices.SortStableFunc(got, compareVersions)
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestAvailableVersions(t *testing.T) {
	_, dst := pgtest.Pair(t)
	conn := session(t, dst.URI("postgres"))
	found := map[string]ExtensionVersions{}
	if err := AvailableVersions(t.Context(), conn, func(v ExtensionVersions) error {
		found[v.Name] = v
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if v := found["plpgsql"]; v.Default != "1.0" || !slices.Equal(v.Versions, []string{"1.0"}) {
		t.Errorf("plpgsql: %+v", v)
	}
	if v := found["hstore"]; v.Default == "" || len(v.Versions) < 3 || !slices.Contains(v.Versions, v.Default) {
		t.Errorf("hstore: %+v", v)
	}
}
