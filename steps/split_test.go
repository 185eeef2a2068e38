package steps

import (
	"context"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// Without a word about splitting, only the table that would keep the other workers waiting is cut, with its rows in ranges that lack none and
// share none.
func TestTablesAreCutByTheirShare(t *testing.T) {
	defer func(n int64) { autoPartBytes = n }(autoPartBytes)
	autoPartBytes = 64 << 10
	src, dst := pgtest.Pair(t)
	source := src.FreshDB(t)
	src.Exec(t, source, `
		CREATE TABLE long (id bigint PRIMARY KEY, t text);
		INSERT INTO long SELECT i, repeat('x', 100) FROM generate_series(1, 30000) i;
		DELETE FROM long WHERE id % 7 = 0;
		CREATE TABLE other (id int PRIMARY KEY, t text);
		INSERT INTO other SELECT i, repeat('y', 100) FROM generate_series(1, 3000) i;
		CREATE TABLE small (id int PRIMARY KEY);
		INSERT INTO small VALUES (1)`)
	for _, c := range []struct {
		set  func(*Options)
		want string
	}{
		{func(*Options) {}, "long ctid 4, other whole 0, small whole 0"},
		{func(o *Options) { o.TableJobs = 2 }, "long ctid 2, other whole 0, small whole 0"},
		{func(o *Options) { o.TableJobs = 1 }, "long whole 0, other whole 0, small whole 0"},
		{func(o *Options) { o.SplitMaxParts = 3 }, "long ctid 3, other whole 0, small whole 0"},
		{func(o *Options) { o.NeverSplit = true }, "long whole 0, other whole 0, small whole 0"},
		{func(o *Options) { o.SkipSplitByCTID = true }, "long whole 0, other whole 0, small whole 0"},
	} {
		o := testOptions(t, src.URI(source), dst.URI(dst.FreshDB(t)))
		c.set(&o)
		if out, err := Clone(context.Background(), o); err != nil {
			t.Fatalf("%v %+v", err, out)
		}
		mustEqual(t, src, o.Source, o.Target)
		db, err := catalogdb.Look(t.Context(), o.Dir)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		got := strings.Join(lines(t, db, `SELECT name || ' ' || copy_method || ' ' || (SELECT count(*) FROM part WHERE table_oid = oid) FROM source_table ORDER BY name`), ", ")
		if got != c.want {
			t.Errorf("%+v: cut as %s, want %s", o, got, c.want)
		}
		if over := lines(t, db, `SELECT step || ' ' || seconds FROM estimates WHERE expected_seconds IS NULL OR seconds IS NULL`); len(over) > 0 {
			t.Errorf("estimates without figures: %v", over)
		}
	}
}
