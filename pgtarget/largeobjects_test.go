package pgtarget

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/sql"
)

// allLargeObjects says all of them in a way that two servers can be compared by.
const allLargeObjects = `SELECT m.oid, pg_get_userbyid(lomowner), md5(lo_get(m.oid)), length(lo_get(m.oid)),
	coalesce(obj_description(m.oid, 'pg_largeobject'), '-'),
	coalesce((SELECT string_agg(i::text, ' ' ORDER BY i::text) FROM unnest(lomacl) i), CASE WHEN lomacl IS NULL THEN 'default' ELSE 'nothing' END)
	FROM pg_largeobject_metadata m ORDER BY 1`

// sourceObjects reads the large objects of a server as the copy does.
func sourceObjects(t *testing.T, conn *pgx.Conn) []pgschema.LargeObject {
	t.Helper()
	rows, err := conn.Query(context.Background(), sql.Source("large_objects"), uint32(1), uint32(4294967295))
	if err != nil {
		t.Fatal(err)
	}
	var all []pgschema.LargeObject
	var lo pgschema.LargeObject
	var comment, privilege, grantee, grantor *string
	var grantable *bool
	if _, err := pgx.ForEachRow(rows, []any{&lo.OID, &lo.Owner, &comment, &lo.HasACL, &privilege, &grantee, &grantor, &grantable}, func() error {
		if n := len(all); n == 0 || all[n-1].OID != lo.OID {
			all = append(all, lo)
			if comment != nil {
				all[n].Comment = *comment
			}
		}
		if privilege != nil {
			last := &all[len(all)-1]
			last.ACL = append(last.ACL, pgschema.Grant{Privilege: *privilege, Grantee: *grantee, Grantor: *grantor, Grantable: *grantable})
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// copyLargeObjects copies all of them in chunks of a size that is not a multiple of anything.
func copyLargeObjects(t *testing.T, src, dst *pgx.Conn, o LargeObjectOptions) error {
	t.Helper()
	ctx := context.Background()
	w := NewLargeObjectWriter(dst, o)
	objects := sourceObjects(t, src)
	for _, lo := range objects {
		if err := w.Create(ctx, lo); err != nil {
			return err
		}
	}
	const chunk = 1000003
	for _, lo := range objects {
		for at, last := int64(0), false; !last; at += chunk {
			var data []byte
			if err := src.QueryRow(ctx, "SELECT lo_get($1, $2, $3)", lo.OID, at, chunk).Scan(&data); err != nil {
				t.Fatal(err)
			}
			last = len(data) < chunk
			if err := w.Write(ctx, lo.OID, at, data, last); err != nil {
				return err
			}
		}
	}
	return w.Flush(ctx)
}

const sampleObjects = `
	SELECT lo_from_bytea(i, convert_to('object ' || i, 'UTF8')) FROM generate_series(20001, 20030) i;
	SELECT lo_create(4294967295); SELECT lo_create(20100);
	SELECT lo_from_bytea(20101, convert_to(repeat('0123456789abcdef', 65536 * 9) || 'tail', 'UTF8'));
	SELECT lo_create(20103); SELECT lo_put(20103, 3000000, '\x00ff');
	DO $$ DECLARE o oid; BEGIN FOR o IN SELECT oid FROM pg_largeobject_metadata WHERE oid <> 20100 LOOP
	  EXECUTE format('ALTER LARGE OBJECT %s OWNER TO "Lo, ""keeper"', o); END LOOP; END $$;
	COMMENT ON LARGE OBJECT 20001 IS E'it''s \\ "one"\nand two'; COMMENT ON LARGE OBJECT 20100 IS 'of postgres';
	GRANT SELECT ON LARGE OBJECT 20002 TO lo_guest, PUBLIC; GRANT UPDATE ON LARGE OBJECT 20002 TO lo_guest WITH GRANT OPTION;
	REVOKE ALL ON LARGE OBJECT 20003 FROM "Lo, ""keeper";
	REVOKE UPDATE ON LARGE OBJECT 20004 FROM "Lo, ""keeper"; GRANT SELECT ON LARGE OBJECT 20004 TO lo_guest;
	GRANT SELECT, UPDATE ON LARGE OBJECT 20005 TO lo_guest WITH GRANT OPTION; SET ROLE lo_guest;
	GRANT SELECT, UPDATE ON LARGE OBJECT 20005 TO lo_third WITH GRANT OPTION; SET ROLE lo_third;
	GRANT UPDATE ON LARGE OBJECT 20005 TO PUBLIC; GRANT SELECT ON LARGE OBJECT 20005 TO lo_fourth WITH GRANT OPTION; RESET ROLE;
	GRANT SELECT ON LARGE OBJECT 20100 TO lo_guest; REVOKE ALL ON LARGE OBJECT 20100 FROM lo_guest;
	-- A stored list in which a grantor comes before his own grant option.
	GRANT SELECT ON LARGE OBJECT 20006 TO lo_guest, lo_third WITH GRANT OPTION; SET ROLE lo_third;
	GRANT SELECT ON LARGE OBJECT 20006 TO lo_fourth; RESET ROLE; SET ROLE lo_guest;
	GRANT SELECT ON LARGE OBJECT 20006 TO lo_third WITH GRANT OPTION; RESET ROLE;
	REVOKE SELECT ON LARGE OBJECT 20006 FROM lo_third`

const lotRoles = `"Lo, ""keeper"; lo_guest; lo_third; lo_fourth`

func TestLargeObjectsCopied(t *testing.T) {
	src, dst := pgtest.Pair(t)
	roles(t, lotRoles, src, dst)
	srcDB, dstDB := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, srcDB, sampleObjects)
	from, to := session(t, src.URI(srcDB)), session(t, dst.URI(dstDB))
	drop := "SELECT lo_unlink(oid) FROM pg_largeobject_metadata"
	t.Cleanup(func() { src.Exec(t, srcDB, drop); dst.Exec(t, dstDB, drop) })

	run(t, to, "BEGIN")
	if err := copyLargeObjects(t, from, to, LargeObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	run(t, to, "COMMIT")
	compare := func() {
		t.Helper()
		want, got := src.Rows(t, srcDB, allLargeObjects), dst.Rows(t, dstDB, allLargeObjects)
		if len(got) != len(want) {
			t.Fatalf("%d objects, want %d", len(got), len(want))
		}
		for i := range want {
			if a, b := strings.Join(got[i], " | "), strings.Join(want[i], " | "); a != b {
				t.Errorf("\ngot  %s\nwant %s", a, b)
			}
		}
	}
	compare()

	// Once more: refused by name, with nothing changed, unless they are to be replaced.
	run(t, to, "BEGIN")
	var user *pgdb.UserError
	err := copyLargeObjects(t, from, to, LargeObjectOptions{})
	if !errors.As(err, &user) || !strings.Contains(user.Msg, "large object 20001 and ") || !strings.Contains(user.Hint, "--drop-if-exists") {
		t.Errorf("%v", err)
	}
	run(t, to, "ROLLBACK")
	compare()
	dst.Exec(t, dstDB, "SELECT lo_put(20001, 0, 'changed'); SELECT lo_unlink(20002); SELECT lo_create(777)")
	run(t, to, "BEGIN")
	if err := copyLargeObjects(t, from, to, LargeObjectOptions{Replace: true}); err != nil {
		t.Fatal(err)
	}
	run(t, to, "COMMIT")
	dst.Exec(t, dstDB, "SELECT lo_unlink(777)") // no object of the source had this OID: it must still be there
	compare()
}

func TestLargeObjectsWithout(t *testing.T) {
	src, dst := pgtest.Pair(t)
	roles(t, lotRoles, src)
	srcDB, dstDB := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, srcDB, sampleObjects)
	t.Cleanup(func() { src.Exec(t, srcDB, "SELECT lo_unlink(oid) FROM pg_largeobject_metadata") })
	from, to := session(t, src.URI(srcDB)), session(t, dst.URI(dstDB))
	var user *pgdb.UserError
	if err := copyLargeObjects(t, from, to, LargeObjectOptions{}); !errors.As(err, &user) ||
		!strings.Contains(user.Msg, "large object 20001") || !strings.Contains(user.Msg, `role "Lo, "keeper" does not exist`) {
		t.Errorf("%v", err)
	}
	run(t, to, "SELECT pg_catalog.lo_unlink(oid) FROM pg_catalog.pg_largeobject_metadata")
	if err := copyLargeObjects(t, from, to, LargeObjectOptions{NoOwner: true, NoACL: true, NoComments: true}); err != nil {
		t.Fatal(err)
	}
	for i, row := range dst.Rows(t, dstDB, allLargeObjects) {
		want := src.Rows(t, srcDB, allLargeObjects)[i]
		if got := fmt.Sprint(row); got != fmt.Sprintf("[%s postgres %s %s - default]", want[0], want[2], want[3]) {
			t.Error(got)
		}
	}
}

// A role that is no superuser copies objects to roles it is a member of, which may not even write to their own objects.
func TestLargeObjectsByOrdinaryRole(t *testing.T) {
	src, dst := pgtest.Pair(t)
	roles(t, lotRoles, src, dst)
	roles(t, "lo_mover LOGIN", dst)
	srcDB, dstDB := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, srcDB, sampleObjects+"; SELECT lo_unlink(20100)")
	dst.Exec(t, dstDB, `GRANT "Lo, ""keeper", lo_guest, lo_third TO lo_mover`)
	drop := "SELECT lo_unlink(oid) FROM pg_largeobject_metadata"
	t.Cleanup(func() { src.Exec(t, srcDB, drop); dst.Exec(t, dstDB, drop) })
	from, to := session(t, src.URI(srcDB)), session(t, dst.URIAs("lo_mover", "", dstDB))
	run(t, to, "BEGIN")
	if err := copyLargeObjects(t, from, to, LargeObjectOptions{}); err != nil {
		t.Fatal(err)
	}
	run(t, to, "COMMIT")
	want, got := src.Rows(t, srcDB, allLargeObjects), dst.Rows(t, dstDB, allLargeObjects)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("\ngot  %v\nwant %v", got, want)
	}
}

// Large and many: pieces are sent on the way, and what a caller reuses is copied first.
func TestLargeObjectWriterPieces(t *testing.T) {
	ctx := context.Background()
	dst, db, conn := fresh(t, "")
	run(t, conn, "BEGIN")
	w := NewLargeObjectWriter(conn, LargeObjectOptions{})
	buf := make([]byte, 700_001)
	for oid := uint32(1); oid <= 30; oid++ {
		if err := w.Create(ctx, pgschema.LargeObject{OID: oid, Owner: "postgres", Comment: strings.Repeat("c", int(oid)*1000)}); err != nil {
			t.Fatal(err)
		}
		for at := int64(0); at < 2; at++ {
			copy(buf, bytes.Repeat([]byte{byte(oid) + byte(at)}, len(buf)))
			if err := w.Write(ctx, oid, at*int64(len(buf)), buf, at == 1); err != nil {
				t.Fatal(err)
			}
		}
		if w.size >= largeObjectBuffer {
			t.Fatalf("%d bytes gathered", w.size)
		}
	}
	if err := w.Write(ctx, 31, 0, buf, true); err == nil {
		t.Error("wrote to an object that nobody announced")
	}
	if err := w.Flush(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(ctx); err != nil { // nothing left
		t.Error(err)
	}
	run(t, conn, "COMMIT")
	want := `SELECT count(*) FROM pg_largeobject_metadata m WHERE length(lo_get(oid)) = 1400002
		AND lo_get(oid, 0, 700001) = decode(repeat(lpad(to_hex(oid::int), 2, '0'), 700001), 'hex')
		AND lo_get(oid, 700001, 700001) = decode(repeat(lpad(to_hex(oid::int + 1), 2, '0'), 700001), 'hex')
		AND length(obj_description(oid, 'pg_largeobject')) = oid::int * 1000`
	if n := dst.Value(t, db, want); n != "30" {
		t.Errorf("%s of 30 are right", n)
	}
	const readLast = "SELECT owner FROM (SELECT pg_get_userbyid(lomowner) AS owner FROM pg_largeobject_metadata WHERE oid = 30) o"
	if got := dst.Value(t, db, readLast); got != "postgres" {
		t.Error(got)
	}
}
