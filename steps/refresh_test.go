package steps

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// TestRefreshOfViewsInFunctions: a view reads another one in a function, so nothing says which has to be refreshed first. One that no other can help fails.
func TestRefreshOfViewsInFunctions(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, `CREATE MATERIALIZED VIEW z_first AS SELECT g AS n, repeat('x', 5) FROM generate_series(1, 3) g; CREATE MATERIALIZED VIEW never AS SELECT 1 AS n WITH NO DATA;
		CREATE FUNCTION read_first() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT sum(n) FROM public.z_first); END $$;
		CREATE FUNCTION read_never() RETURNS bigint LANGUAGE plpgsql AS $$ BEGIN RETURN (SELECT sum(n) FROM public.never); END $$;
		CREATE MATERIALIZED VIEW a_second AS SELECT read_first() AS s, repeat('x', 500) FROM generate_series(1, 5000); CREATE INDEX ON a_second (s);
		CREATE MATERIALIZED VIEW b_slow AS SELECT g AS n, repeat('x', 500) FROM pg_sleep(0.5), generate_series(1, 2500) g`)
	o := testOptions(t, src.URI(from), dst.URI(to))
	o.RestoreJobs = 2 // the largest first: a_second and b_slow
	if out, err := Clone(t.Context(), o); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	mustEqual(t, src, o.Source, o.Target)
	src.Exec(t, from, `REFRESH MATERIALIZED VIEW never; CREATE MATERIALIZED VIEW m_hopeless AS SELECT read_never() AS s; REFRESH MATERIALIZED VIEW never WITH NO DATA`)
	o = testOptions(t, src.URI(from), dst.URI(dst.FreshDB(t)))
	out, err := Clone(t.Context(), o)
	if failed := join(catalogRows(t, o.Dir, "SELECT subject FROM failures WHERE state = 'failed'")); err == nil || out.Tasks.Failed != 1 || !strings.Contains(failed, "m_hopeless") {
		t.Errorf("%v %+v: %s", err, out, failed)
	}
}

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
