package pgsource

import (
	"context"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func TestSnapshot(t *testing.T) {
	ctx := context.Background()
	src, db, holder := explored(t, "CREATE TABLE t (a int); INSERT INTO t VALUES (1)")
	name, err := ExportSnapshot(ctx, holder)
	if err != nil {
		t.Fatal(err)
	}
	src.Exec(t, db, "INSERT INTO t VALUES (2)")
	other := session(t, src.URI(db))
	for range 2 { // once more after the end of the first transaction
		if err := AdoptSnapshot(ctx, other, name); err != nil {
			t.Fatal(err)
		}
		var n int
		if err := other.QueryRow(ctx, "SELECT count(*) FROM public.t").Scan(&n); err != nil || n != 1 {
			t.Errorf("%d rows, %v; want the 1 of the snapshot", n, err)
		}
		if _, err := other.Exec(ctx, "INSERT INTO public.t VALUES (3)"); err == nil {
			t.Error("the transaction can write")
		}
		if _, err := other.Exec(ctx, "ROLLBACK"); err != nil {
			t.Fatal(err)
		}
	}
	testAdopting(t, src.URI(db), holder, name)
}

func TestLockTables(t *testing.T) {
	ctx := context.Background()
	src, db, conn := explored(t, `CREATE TABLE a (); CREATE TABLE "b c" ()`)
	if _, err := ExportSnapshot(ctx, conn); err != nil {
		t.Fatal(err)
	}
	if err := LockTables(ctx, conn, []pgschema.Name{{Schema: "public", Rel: "a"}, {Schema: "public", Rel: "b c"}}); err != nil {
		t.Fatal(err)
	}
	if got := src.Value(t, db, "SELECT count(*) FROM pg_locks WHERE mode = 'AccessShareLock' AND relation IN ('a'::regclass, '\"b c\"'::regclass)"); got != "2" {
		t.Errorf("%s locks", got)
	}
	if err := LockTables(ctx, conn, []pgschema.Name{{Schema: "public", Rel: "nope"}}); err == nil {
		t.Error("a missing table was locked")
	}
}
