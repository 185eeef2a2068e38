package steps

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// TestCloneRefreshesLast: a view that groups by a primary key is a stand-in of one row of NULLs until its rule comes in post-data, and the
// archive has no dependency between that and the refresh of a materialized view over it. Refreshed too early, it would hold that one
// row, and nobody would notice.
func TestCloneRefreshesLast(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	var script strings.Builder
	script.WriteString("CREATE TABLE big (id int PRIMARY KEY, v text); INSERT INTO big SELECT i, i FROM generate_series(1, 1000) i;\n")
	for i := range 12 {
		over := "big"
		if i%3 > 0 { // views over materialized views over views
			over = fmt.Sprintf("big JOIN m%d USING (id, v)", i-1)
		}
		fmt.Fprintf(&script, `CREATE VIEW v%[1]d AS SELECT id, v FROM big GROUP BY id;
			CREATE VIEW w%[1]d AS SELECT big.id, big.v FROM %[2]s GROUP BY big.id;
			CREATE MATERIALIZED VIEW m%[1]d AS SELECT * FROM v%[1]d JOIN w%[1]d USING (id, v); CREATE UNIQUE INDEX ON m%[1]d (id);
			COMMENT ON MATERIALIZED VIEW m%[1]d IS 'over views'; CREATE STATISTICS s%[1]d ON id, v FROM m%[1]d;
			`, i, over)
	}
	src.Exec(t, from, script.String())
	o := testOptions(t, src.URI(from), dst.URI(to))
	o.RestoreJobs = 8
	if out, err := Clone(t.Context(), o); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	mustEqual(t, src, o.Source, o.Target)
}
