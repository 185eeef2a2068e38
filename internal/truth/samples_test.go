package truth_test

import (
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

func TestSamplesCopiedByPgDumpAreEqual(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	if err := truth.LoadTables(t.Context(), src.URI(from), 3, 40); err != nil {
		t.Fatal(err)
	}
	if err := truth.LoadLargeObjects(t.Context(), src.URI(from), 1100); err != nil {
		t.Fatal(err)
	}
	if err := truth.LoadRoles(t.Context(), dst.URI("postgres")); err != nil {
		t.Fatal(err)
	}
	if got := src.Value(t, from, "SELECT count(*) FROM pg_tables WHERE schemaname ~ '^s[0-9]'"); got != "120" {
		t.Errorf("%s tables", got)
	}
	if got := src.Value(t, from, "SELECT count(*) FROM pg_largeobject_metadata"); got != "1100" {
		t.Errorf("%s large objects", got)
	}
	copyByDump(t, src, from, dst, to)
	for _, d := range compare(t, src, from, dst, to, false) {
		t.Error(d)
	}
}
