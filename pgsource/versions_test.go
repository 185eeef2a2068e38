package pgsource

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
)

// since holds what a version adds to the sample that every version is asked about, and the lines that discovery then
// gives beside those of older versions.
var since = []struct {
	version      int
	script, want string
}{
	{90600, `CREATE TABLE a (id bigserial PRIMARY KEY, t text NOT NULL, CHECK (id > 0)); INSERT INTO a (t) SELECT 'x' FROM generate_series(1, 2000);
		CREATE UNLOGGED TABLE b (id int REFERENCES a, u smallint UNIQUE DEFERRABLE);
		CREATE MATERIALIZED VIEW v AS SELECT * FROM a WITH NO DATA; CREATE SEQUENCE s START 7;
		SELECT lo_create(20001); SELECT lo_put(20001, 0, 'abc'); GRANT SELECT ON LARGE OBJECT 20001 TO PUBLIC;`, `
		table a r p heap key=id! pages=true populated=true
		table b r u heap key= pages=false populated=true
		table v m p heap key= pages=false populated=false
		column a.id bigint "" "" true
		column a.t text "" "" true
		column b.id integer "" "" false
		column b.u smallint "" "" false
		column v.id bigint "" "" false
		column v.t text "" "" false
		index a_pkey valid=true of a_pkey
		index b_u_key valid=true of b_u_key
		constraint a_id_check c CHECK ((id > 0)) period=false
		constraint a_pkey p PRIMARY KEY (id) period=false
		constraint b_id_fkey f FOREIGN KEY (id) REFERENCES public.a(id) period=false
		constraint b_u_key u UNIQUE (u) DEFERRABLE period=false
		sequence a_id_seq 2000 true
		sequence s 7 false
		large object 20001 abc 3 grants`},
	{100000, `CREATE TABLE i (n int GENERATED ALWAYS AS IDENTITY); CREATE TABLE m (a int, n int) PARTITION BY LIST (a); CREATE TABLE m1 PARTITION OF m FOR VALUES IN (1) PARTITION BY LIST (n);
		CREATE TABLE m11 PARTITION OF m1 FOR VALUES IN (1);`, `
		table m p p key= pages=false populated=true
		table m1 p p parent=m root=m key= pages=false populated=true
		table m11 r p heap parent=m1 root=m key= pages=false populated=true
		column m.a integer "" "" false
		column m.n integer "" "" false
		table i r p heap key= pages=false populated=true
		column i.n integer "" "a" true
		column m1.a integer "" "" false
		column m1.n integer "" "" false
		column m11.a integer "" "" false
		column m11.n integer "" "" false
		sequence i_n_seq 1 false`},
	{110000, `CREATE INDEX m_a ON m (a); ALTER TABLE m ADD FOREIGN KEY (a) REFERENCES a;`, `
		index m_a valid=true partitioned
		index m1_a_idx valid=true partitioned
		index m11_a_idx valid=true
		constraint m_a_fkey f FOREIGN KEY (a) REFERENCES public.a(id) period=false`},
	{120000, `CREATE TABLE g (a int PRIMARY KEY, s int GENERATED ALWAYS AS (a * 2) STORED);`, `
		table g r p heap key=a! pages=false populated=true
		column g.a integer "" "" true
		column g.s integer "s" "" false
		index g_pkey valid=true of g_pkey
		constraint g_pkey p PRIMARY KEY (a) period=false`},
	{180000, `CREATE TABLE w (other int4range, during int4range, v int GENERATED ALWAYS AS (1), UNIQUE (other, during WITHOUT OVERLAPS)); ALTER TABLE w ADD CONSTRAINT w_nn NOT NULL during NOT VALID;
		CREATE TABLE x (k int UNIQUE); INSERT INTO x VALUES (NULL); ALTER TABLE x ADD CONSTRAINT x_nn NOT NULL k NOT VALID;`, `
		table w r p heap key= pages=false populated=true
		column w.other int4range "" "" false
		column w.during int4range "" "" true
		column w.v integer "v" "" false
		index w_other_during_key valid=true of w_other_during_key
		constraint w_other_during_key u UNIQUE (other, during WITHOUT OVERLAPS) period=true
		constraint w_nn n NOT NULL during NOT VALID period=false
		table x r p heap key=k pages=true populated=true
		column x.k integer "" "" true
		index x_k_key valid=true of x_k_key
		constraint x_k_key u UNIQUE (k) period=false
		constraint x_nn n NOT NULL k NOT VALID period=false
		constraint a_id_not_null n NOT NULL id period=false
		constraint a_t_not_null n NOT NULL t period=false
		constraint g_a_not_null n NOT NULL a period=false
		constraint i_n_not_null n NOT NULL n period=false`},
}

// TestEveryInstalledVersion asks each major version found on this machine.
func TestEveryInstalledVersion(t *testing.T) {
	seen := map[int]bool{}
	for _, in := range pgtest.Installed() {
		if seen[in.Major] {
			continue
		}
		seen[in.Major] = true
		t.Run(fmt.Sprint(in.Major), func(t *testing.T) {
			srv := pgtest.Start(t, pgtest.WithMajor(in.Major))
			db := srv.FreshDB(t)
			want := ""
			for _, s := range since {
				if in.Major*10000 >= s.version {
					srv.Exec(t, db, s.script)
					want += s.want
				}
			}
			conn := session(t, srv.URI(db))
			if v := ServerVersion(conn); v/10000 != in.Major {
				t.Errorf("version %d", v)
			}
			name, err := ExportSnapshot(context.Background(), conn)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := sorted(describe(t, conn)), sorted(strings.ReplaceAll(strings.TrimSpace(want), "\t", "")+"\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			testAdopting(t, srv.URI(db), conn, name)
		})
	}
}

// describe writes one line for everything that discovery finds.
func describe(t *testing.T, conn *pgx.Conn) string {
	ctx := context.Background()
	var b strings.Builder
	rel, con := map[uint32]string{}, map[uint32]string{}
	for _, x := range collect(t, func(y func(pgschema.Table) error) error { return Tables(ctx, conn, TableOptions{}, y) }) {
		rel[x.OID] = x.Name.Rel
		fmt.Fprintf(&b, "table %s %s %s", x.Name.Rel, x.Kind, x.Persist)
		if x.AM != "" {
			b.WriteString(" " + x.AM)
		}
		if x.RootOID != 0 {
			fmt.Fprintf(&b, " parent=%s root=%s", rel[x.ParentOID], rel[x.RootOID])
		}
		fmt.Fprintf(&b, " key=%s%s pages=%v populated=%v\n", x.KeyColumn, map[bool]string{true: "!"}[x.KeyNotNull], x.Pages > 0, x.Populated)
	}
	for _, x := range collect(t, func(y func(pgschema.Column) error) error { return Columns(ctx, conn, y) }) {
		fmt.Fprintf(&b, "column %s.%s %s %q %q %v\n", rel[x.TableOID], x.Name, x.Type, x.Generated, x.Identity, x.NotNull)
	}
	for _, x := range collect(t, func(y func(pgschema.Constraint) error) error { return Constraints(ctx, conn, y) }) {
		con[x.OID] = " of " + x.Name
		fmt.Fprintf(&b, "constraint %s %s %s period=%v\n", x.Name, x.Type, x.Def, x.Period)
	}
	for _, x := range collect(t, func(y func(pgschema.Index) error) error { return Indexes(ctx, conn, TableOptions{}, y) }) {
		fmt.Fprintf(&b, "index %s valid=%v%s%s\n", x.Name.Rel, x.Valid, map[bool]string{true: " partitioned"}[x.Partitioned], con[x.ConstraintOID])
	}
	for _, x := range collect(t, func(y func(pgschema.Sequence) error) error { return Sequences(ctx, conn, y) }) {
		fmt.Fprintf(&b, "sequence %s %d %v\n", x.Name.Rel, x.LastValue, x.IsCalled)
	}
	for _, x := range collect(t, func(y func(pgschema.LargeObjectBatch) error) error { return LargeObjectBatches(ctx, conn, 10, y) }) {
		for _, o := range collect(t, func(y func(pgschema.LargeObject) error) error { return LargeObjects(ctx, conn, x, y) }) {
			var data bytes.Buffer
			if err := LargeObjectContents(ctx, conn, x, func(c LargeObjectChunk) error { data.Write(c.Data); return nil }); err != nil {
				t.Error(err)
			}
			fmt.Fprintf(&b, "large object %d %s %d grants\n", o.OID, data.String(), len(o.ACL))
		}
	}
	for _, x := range collect(t, func(y func(pgschema.Unreadable) error) error { return Unreadable(ctx, conn, y) }) {
		fmt.Fprintf(&b, "unreadable %s %s\n", x.Name, x.Why)
	}
	if n, first, err := UnreadableLargeObjects(ctx, conn); err != nil || n != 0 {
		t.Errorf("%d large objects are unreadable, %d the first, %v", n, first, err)
	}
	for _, x := range collect(t, func(y func(pgschema.DatabaseProperty) error) error { return DatabaseProperties(ctx, conn, y) }) {
		fmt.Fprintf(&b, "property %v\n", x)
	}
	for _, x := range collect(t, func(y func(pgschema.ExtensionConfig) error) error { return ExtensionConfigs(ctx, conn, y) }) {
		fmt.Fprintf(&b, "config %v\n", x)
	}
	return b.String()
}

// testAdopting adopts a snapshot while it is held and after it is gone; servers differ in how they say the latter.
func testAdopting(t *testing.T, uri string, holder *pgx.Conn, name string) {
	t.Helper()
	ctx := context.Background()
	other := session(t, uri)
	if err := AdoptSnapshot(ctx, other, name); err != nil {
		t.Error(err)
	}
	rollback(ctx, other)
	rollback(ctx, holder)
	for _, gone := range []string{name, "00000099-00000001-1", "no such'\\thing"} {
		err := AdoptSnapshot(ctx, other, gone)
		var user *pgdb.UserError
		if !errors.Is(err, ErrSnapshotGone) || !errors.As(err, &user) || !strings.Contains(user.Msg, gone[:7]) || user.Hint == "" {
			t.Errorf("%q: %v", gone, err)
		}
		if s := other.PgConn().TxStatus(); s != 'I' {
			t.Fatalf("the session is left in state %c", s)
		}
	}
}
