package steps

import (
	"context"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// TestPgDumpFindsAConnection: where a role may have so few that pg_dump finds none beside load-source, it has its turn afterwards.
func TestPgDumpFindsAConnection(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, "postgres", `CREATE ROLE few_connections LOGIN CONNECTION LIMIT 3; GRANT pg_read_all_data TO few_connections`)
	t.Cleanup(func() { _ = src.ExecContext(context.Background(), "postgres", `DROP ROLE few_connections`) })
	src.Exec(t, db, `CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 1000)`)
	source := strings.Replace(src.URI(db), "//postgres@", "//few_connections@", 1)
	if source == src.URI(db) {
		t.Fatalf("no other role in %s", source)
	}
	o := testOptions(t, source, dst.URI(dst.FreshDB(t)))
	if out, err := Clone(context.Background(), o); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	mustEqual(t, src, src.URI(db), o.Target)
}
