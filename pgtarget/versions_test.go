package pgtarget

import (
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgschema"
)

// TestEveryInstalledVersion sends every statement once to each major version found on this machine, beside the one that
// all other tests have.
func TestEveryInstalledVersion(t *testing.T) {
	usual, err := pgtest.Find(0)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{usual.Major: true}
	for _, in := range pgtest.Installed() {
		if !seen[in.Major] {
			seen[in.Major] = true
			t.Run(fmt.Sprint(in.Major), func(t *testing.T) { testVersion(t, in.Major) })
		}
	}
}

func testVersion(t *testing.T, major int) {
	ctx := context.Background()
	dst := pgtest.Start(t, pgtest.WithMajor(major))
	db := dst.FreshDB(t)
	conn, worker := session(t, dst.URI(db)), session(t, dst.URI(db))
	if v := serverMajor(conn); v != major {
		t.Errorf("version %d", v)
	}
	check := func(what string, ok bool, err error) {
		t.Helper()
		if !ok || err != nil {
			t.Errorf("%s: %v, %v", what, ok, err)
		}
	}
	all, err := Contents(ctx, conn)
	check("a new database", len(all) == 0, err)

	xid := begin(t, conn)
	run(t, conn, "CREATE ROLE other; CREATE TABLE public.t (a int); INSERT INTO public.t VALUES (1); CREATE INDEX i ON public.t (a); CREATE SEQUENCE public.s")
	w := NewLargeObjectWriter(conn, LargeObjectOptions{Replace: true})
	acl := []pgschema.Grant{{Privilege: "SELECT", Grantee: "other", Grantor: "other"}, {Privilege: "UPDATE", Grantee: "", Grantor: "other", Grantable: false}}
	check("create", true, w.Create(ctx, pgschema.LargeObject{OID: 20001, Owner: "other", Comment: "c", HasACL: true, ACL: acl}))
	check("write", true, w.Write(ctx, 20001, 0, []byte("abc"), true))
	check("flush", true, w.Flush(ctx))
	props := []pgschema.DatabaseProperty{{Kind: "setting", Name: "search_path", Value: `"a b", public`}, {Kind: "role-setting", Role: "other", Name: "work_mem", Value: "5MB"},
		{Kind: "comment", Value: "c"}, {Kind: "acl", Name: "CREATE", Role: "other", Value: "grantable", By: "postgres"}}
	_, err = SetDatabaseProperties(ctx, conn, db, props, PropertyOptions{})
	check("properties", true, err)
	check("sequence", true, SetSequences(ctx, conn, []pgschema.Sequence{{Name: public("s"), LastValue: 7, IsCalled: true}}))
	run(t, conn, "COMMIT")
	left := begin(t, worker)
	wantStatus(t, conn, xid, Committed)
	wantStatus(t, conn, left, Aborted)
	wantStatus(t, conn, left+1e6, Aborted)

	wrote, err := WroteRows(ctx, conn, public("t"), xid)
	check("rows", wrote, err)
	wrote, err = WroteCatalog(ctx, conn, xid)
	check("catalog", wrote, err)
	wrote, err = WroteLargeObjects(ctx, conn, 1, 30000, xid)
	check("large objects", wrote, err)
	index, err := IndexState(ctx, conn, public("i"))
	check("index", index.Valid, err)
	constraint, err := ConstraintState(ctx, conn, public("t"), "none")
	check("constraint", !constraint.Exists, err)
	empty, err := IsEmpty(ctx, conn, public("t"))
	check("not empty", !empty, err)
	may, err := CanTruncate(ctx, conn, public("t"))
	check("truncate", may, err)
	check("truncate", true, TruncateOnly(ctx, conn, public("t")))
	check("vacuum", true, VacuumTables(ctx, conn, []pgschema.Name{public("t")}, Care{Vacuum: true, Analyze: true}))
	check("analyze", true, VacuumTables(ctx, conn, []pgschema.Name{public("t")}, Care{Analyze: true}))
	analyzesPartitions(t, dst, db, conn)
	all, err = Contents(ctx, conn)
	check("contents", Describe(all) == "1 table (public.t), 1 sequence (public.s), 1 large object (20001)", err)
	check("drop", true, DropTables(ctx, conn, []pgschema.Name{public("t"), public("s")}))
	if got, want := fmt.Sprint(dst.Rows(t, db, allLargeObjects)), "[[20001 other 900150983cd24fb0d6963f7d28e17f72 3 c =w/other other=r/other]]"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got, want := fmt.Sprint(dst.Rows(t, db, databaseSays)), `[[  c other=C*/postgres] [other {work_mem=5MB}  ] [\N {"search_path=\"a b\", public"}  ]]`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// analyzesPartitions: a partitioned table is analyzed with its partitions in every version, an inheritance parent alone.
func analyzesPartitions(t *testing.T, dst *pgtest.Server, db string, conn *pgx.Conn) {
	t.Helper()
	run(t, conn, `CREATE TABLE public.part (a int) PARTITION BY LIST (a); CREATE TABLE public.leaf PARTITION OF public.part FOR VALUES IN (1);
		INSERT INTO public.part SELECT 1 FROM generate_series(1, 100); CREATE TABLE public.parent (a int); CREATE TABLE public.child () INHERITS (public.parent);
		INSERT INTO public.child SELECT generate_series(1, 100)`)
	for rel, how := range map[string]Care{"part": {Analyze: true, Children: true}, "parent": {Analyze: true}} {
		if err := VacuumTables(context.Background(), conn, []pgschema.Name{public(rel)}, how); err != nil {
			t.Error(err)
		}
	}
	if got, want := dst.Value(t, db, `SELECT string_agg(format('%s %s', tablename, inherited), ', ' ORDER BY tablename) FROM pg_stats WHERE schemaname = 'public' AND tablename <> 't'`),
		"leaf f, parent t, part t"; got != want {
		t.Errorf("statistics of %s, wanted %s", got, want)
	}
	run(t, conn, "DROP TABLE public.part, public.parent, public.child")
}
