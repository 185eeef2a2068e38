package pgtarget

import (
	"context"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func public(rel string) pgschema.Name { return pgschema.Name{Schema: "public", Rel: rel} }

func TestTableQuestions(t *testing.T) {
	ctx := context.Background()
	dst, db, conn := fresh(t, `CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent); INSERT INTO child VALUES (1);
		CREATE TABLE "P.1" (a int) PARTITION BY LIST (a); CREATE TABLE leaf PARTITION OF "P.1" DEFAULT; INSERT INTO leaf VALUES (1); CREATE VIEW v AS SELECT 1`)
	for rel, want := range map[string]struct {
		kind  string
		empty bool
	}{"parent": {"r", true}, "child": {"r", false}, "P.1": {"p", false}, "leaf": {"r", false}} {
		kind, exists, err := RelKind(ctx, conn, public(rel))
		if err != nil || !exists || kind != want.kind {
			t.Errorf("%s: %s, %v, %v", rel, kind, exists, err)
		}
		for range 2 { // the second time with whatever was prepared
			if empty, err := IsEmpty(ctx, conn, public(rel)); err != nil || empty != want.empty {
				t.Errorf("%s: empty %v, %v", rel, empty, err)
			}
		}
	}
	if kind, exists, err := RelKind(ctx, conn, public("none")); err != nil || exists {
		t.Error(kind, exists, err)
	}
	if _, err := IsEmpty(ctx, conn, public("none")); err == nil {
		t.Error("a table that is not there is empty")
	}
	roles(t, "little LOGIN", dst)
	dst.Exec(t, db, "GRANT TRUNCATE ON child TO little")
	t.Cleanup(func() { dst.Exec(t, db, "DROP OWNED BY little") })
	other := session(t, dst.URIAs("little", "", db))
	for rel, want := range map[string]bool{"child": true, "leaf": false, "none": false} {
		if may, err := CanTruncate(ctx, other, public(rel)); err != nil || may != want {
			t.Errorf("%s: may %v, %v", rel, may, err)
		}
	}
}

func TestTruncateOnly(t *testing.T) {
	ctx := context.Background()
	dst, db, conn := fresh(t, `CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent); INSERT INTO child VALUES (1); INSERT INTO parent VALUES (2);
		CREATE TABLE p (a int) PARTITION BY LIST (a); CREATE TABLE leaf PARTITION OF p DEFAULT; INSERT INTO leaf VALUES (1)`)
	for _, rel := range []string{"parent", "p"} {
		if err := TruncateOnly(ctx, conn, public(rel)); err != nil {
			t.Error(err)
		}
	}
	if got := dst.Value(t, db, "SELECT format('%s %s', (SELECT count(*) FROM parent), (SELECT count(*) FROM p))"); got != "1 0" {
		t.Error(got)
	}
}

func TestVacuumTable(t *testing.T) {
	ctx := context.Background()
	dst, db, conn := fresh(t, `CREATE TABLE "T" (a int) WITH (autovacuum_enabled = off); INSERT INTO "T" SELECT generate_series(1, 100)`)
	state := func() string {
		run(t, conn, "SELECT pg_catalog.pg_stat_force_next_flush()")
		return dst.Value(t, db, `SELECT format('%s %s', vacuum_count, analyze_count) FROM pg_stat_user_tables WHERE relname = 'T'`)
	}
	for _, c := range []struct {
		vacuum, analyze bool
		want            string
	}{{false, false, "0 0"}, {false, true, "0 1"}, {true, false, "1 1"}, {true, true, "2 2"}} {
		if err := VacuumTables(ctx, conn, []pgschema.Name{public("T")}, Care{Vacuum: c.vacuum, Analyze: c.analyze}); err != nil {
			t.Fatal(err)
		}
		if got := state(); got != c.want {
			t.Errorf("%+v: %s", c, got)
		}
	}
	if err := VacuumTables(ctx, conn, []pgschema.Name{public("none")}, Care{Vacuum: true, Analyze: true}); err == nil {
		t.Error("vacuumed nothing")
	}
}
