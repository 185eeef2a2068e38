package pgsource

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func TestLargeObjects(t *testing.T) {
	ctx := context.Background()
	src, db, _ := explored(t, `CREATE ROLE keeper LOGIN PASSWORD 'secret'; CREATE ROLE guest LOGIN PASSWORD 'secret';
		SELECT lo_from_bytea(i, convert_to('object ' || i, 'UTF8')) FROM generate_series(20001, 20025) i;
		SELECT lo_create(20100);
		SELECT lo_from_bytea(20101, convert_to(repeat('0123456789abcdef', 65536), 'UTF8'));
		SELECT lo_from_bytea(20102, convert_to(repeat('0123456789abcdef', 65536 * 9) || 'tail', 'UTF8'));
		SELECT lo_create(20103); SELECT lo_put(20103, 3000000, 'x');
		DO $$ DECLARE o oid; BEGIN FOR o IN SELECT oid FROM pg_largeobject_metadata LOOP EXECUTE format('ALTER LARGE OBJECT %s OWNER TO keeper', o); END LOOP; END $$;
		GRANT SELECT ON LARGE OBJECT 20002 TO guest, PUBLIC; GRANT UPDATE ON LARGE OBJECT 20002 TO guest WITH GRANT OPTION;
		REVOKE ALL ON LARGE OBJECT 20003 FROM keeper; COMMENT ON LARGE OBJECT 20004 IS 'it''s "one"'`)
	t.Cleanup(func() { src.Exec(t, db, "DROP OWNED BY keeper, guest; DROP ROLE keeper, guest") })
	src.Exec(t, db, "GRANT SELECT ON LARGE OBJECT 20003 TO keeper")
	conn := session(t, src.URIAs("keeper", "secret", db))

	batches := collect(t, func(y func(pgschema.LargeObjectBatch) error) error { return LargeObjectBatches(ctx, conn, 10, y) })
	got := ""
	for _, b := range batches {
		got += fmt.Sprint(b, " ")
	}
	if got != "{1 20001 20010 10} {2 20011 20020 10} {3 20021 20103 9} " {
		t.Error(got)
	}
	objects := map[uint32]pgschema.LargeObject{}
	sums := map[uint32]string{}
	for _, b := range batches {
		for _, o := range collect(t, func(y func(pgschema.LargeObject) error) error { return LargeObjects(ctx, conn, b, y) }) {
			objects[o.OID] = o
		}
		open := map[uint32][]byte{}
		err := LargeObjectContents(ctx, conn, b, func(c LargeObjectChunk) error {
			if _, done := sums[c.OID]; done || len(open[c.OID]) != int(c.Offset) || len(c.Data) > 1<<20 {
				t.Errorf("%d: chunk of %d bytes at %d after %d (done: %v)", c.OID, len(c.Data), c.Offset, len(open[c.OID]), done)
			}
			open[c.OID] = append(open[c.OID], c.Data...)
			if c.Last {
				sum := md5.Sum(open[c.OID])
				sums[c.OID] = hex.EncodeToString(sum[:])
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, row := range src.Rows(t, db, "SELECT oid, md5(lo_get(oid)) FROM pg_largeobject_metadata") {
		var oid uint32
		_, _ = fmt.Sscan(row[0], &oid)
		if sums[oid] != row[1] || objects[oid].Owner != "keeper" {
			t.Errorf("%d: digest %s, want %s; owner %s", oid, sums[oid], row[1], objects[oid].Owner)
		}
	}
	if len(sums) != 29 || len(objects) != 29 {
		t.Errorf("%d contents and %d objects, want 29", len(sums), len(objects))
	}
	if o := objects[20001]; o.HasACL || o.ACL != nil || o.Comment != "" {
		t.Errorf("%+v", o)
	}
	if o := objects[20004]; o.Comment != `it's "one"` {
		t.Errorf("%+v", o)
	}
	want := "[{SELECT keeper keeper false} {UPDATE keeper keeper false} {SELECT guest keeper false} {UPDATE guest keeper true} {SELECT  keeper false}]"
	if o := objects[20002]; !o.HasACL || fmt.Sprint(o.ACL) != want {
		t.Errorf("%v, want %s", o.ACL, want)
	}
	for role, want := range map[string]string{"keeper": "0 0", "guest": "28 20001"} { // 20002 is open to guest
		if n, first, err := UnreadableLargeObjects(ctx, session(t, src.URIAs(role, "secret", db))); err != nil || fmt.Sprint(n, first) != want {
			t.Errorf("%s cannot read %d large objects from %d on, %v; want %s", role, n, first, err, want)
		}
	}
	stop := LargeObjectContents(ctx, conn, batches[2], func(c LargeObjectChunk) error {
		if c.Offset > 0 {
			return context.Canceled
		}
		return nil
	})
	if stop != context.Canceled {
		t.Errorf("an error of yield came back as %v", stop)
	}
}
