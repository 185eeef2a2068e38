package steps

import (
	"testing"

	"github.com/pgcopy/pgcopy/pgdb"
)

// Options that ask for another copy are told as a command line has them.
func TestOptionsOfAnotherCopy(t *testing.T) {
	for _, c := range []struct {
		was, now Options
		want     string
	}{
		{Options{SplitTablesLargerThan: 700 << 20}, Options{SplitTablesLargerThan: 3 << 29}, "D was begun with --split-tables-larger-than 700MB, and this is with --split-tables-larger-than 1536MB"},
		{Options{SplitTablesLargerThan: 8193}, Options{}, "D was begun with --split-tables-larger-than 8193B, and this is without --split-tables-larger-than"},
		{Options{SplitMaxParts: 1024}, Options{}, "D was begun with --split-max-parts 1024, and this is without --split-max-parts"},
		{Options{}, Options{NoOwner: true}, "D was begun without --no-owner, and this is with --no-owner"},
	} {
		c.now.Whole, c.now.Dir = true, "D"
		if got, hint := pgdb.Explain(c.was.sameCopy(c.now)); got != c.want || hint == "" {
			t.Errorf("%s\nwant %s", got, c.want)
		}
	}
}
