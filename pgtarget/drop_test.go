package pgtarget

import (
	"context"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func TestDropTables(t *testing.T) {
	ctx := context.Background()
	dst, db, conn := fresh(t, `CREATE TABLE a (x int PRIMARY KEY); CREATE TABLE "b.""c" (x int REFERENCES a); CREATE VIEW v AS SELECT * FROM a;
		CREATE MATERIALIZED VIEW m AS SELECT * FROM v; CREATE TABLE p (x int) PARTITION BY LIST (x); CREATE TABLE p1 PARTITION OF p DEFAULT;
		CREATE VIEW was_a_table AS SELECT 1; CREATE SEQUENCE s; CREATE TABLE kept (x int); CREATE VIEW depends AS SELECT * FROM p;
		CREATE INDEX an_index ON kept (x)`)
	var names []pgschema.Name
	for _, rel := range []string{"a", `b."c`, "m", "p", "p1", "was_a_table", "s", "not there", "an_index"} {
		names = append(names, pgschema.Name{Schema: "public", Rel: rel})
	}
	for range 2 {
		if err := DropTables(ctx, conn, append(names, pgschema.Name{Schema: "no schema", Rel: "x"})); err != nil {
			t.Fatal(err)
		}
	}
	if got := dst.Value(t, db, "SELECT string_agg(relname, ' ' ORDER BY relname) FROM pg_class WHERE relnamespace = 'public'::regnamespace"); got != "an_index kept" {
		t.Error(got)
	}
	if err := DropTables(ctx, conn, nil); err != nil {
		t.Error(err)
	}
}
