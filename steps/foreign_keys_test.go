package steps

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/workflow"
)

// column is the first column of what a query on a catalog gives.
func column(t *testing.T, dir, query string) (list []string) {
	t.Helper()
	for _, row := range catalogRows(t, dir, query) {
		list = append(list, row[0])
	}
	return list
}

// TestForeignKeys: whatever its kind, a foreign key is on the target as on the source, and those that can be are validated apart.
func TestForeignKeys(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, `
		CREATE SCHEMA "S"; CREATE TABLE "S"."P" ("I d" int PRIMARY KEY, a int, b int, UNIQUE (a, b)); INSERT INTO "S"."P" SELECT i, i, i FROM generate_series(1, 100) i;
		CREATE TABLE child (id int PRIMARY KEY, p int REFERENCES "S"."P" DEFERRABLE INITIALLY DEFERRED, a int, b int, up int REFERENCES child ON DELETE SET NULL,
			CONSTRAINT "tw;o" FOREIGN KEY (a, b) REFERENCES "S"."P" (a, b) MATCH FULL ON UPDATE CASCADE);
		INSERT INTO child SELECT i, i, i, i, i / 2 + 1 FROM generate_series(1, 100) i;
		COMMENT ON CONSTRAINT "tw;o" ON child IS 'of two columns';
		ALTER TABLE "S"."P" ADD CONSTRAINT back FOREIGN KEY (a) REFERENCES child; -- in a circle
		CREATE TABLE orphans (p int); INSERT INTO orphans VALUES (4711); ALTER TABLE orphans ADD CONSTRAINT not_valid FOREIGN KEY (p) REFERENCES "S"."P" NOT VALID;
		CREATE TABLE parted (id int PRIMARY KEY, p int REFERENCES "S"."P") PARTITION BY RANGE (id);
		CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (50); CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (50) TO (200);
		INSERT INTO parted SELECT i, i FROM generate_series(1, 100) i;
		ALTER TABLE parted_1 ADD CONSTRAINT of_a_partition FOREIGN KEY (p) REFERENCES child;
		CREATE TABLE to_parted (id int CONSTRAINT to_parted REFERENCES parted); INSERT INTO to_parted VALUES (1), (99), (NULL);`)
	o := testOptions(t, src.URI(from), dst.URI(to))
	if out, err := Clone(t.Context(), o); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	mustEqual(t, src, o.Source, o.Target)
	const invalid = "SELECT conname || ' of ' || conrelid::regclass FROM pg_constraint WHERE contype = 'f' AND NOT convalidated"
	if got := dst.Value(t, to, invalid); got != "not_valid of orphans" {
		t.Errorf("not valid: %s", got)
	}
	got := column(t, o.Dir, "SELECT replace(subject, 'fk constraint ', '') FROM task WHERE step = 'validate-foreign-key' AND state = 'done' ORDER BY subject")
	want := []string{"S.P back", "public.child child_p_fkey", "public.child child_up_fkey", "public.child tw;o", "public.parted_1 of_a_partition"}
	if dst.Major >= 18 {
		want = append(want, "public.parted parted_p_fkey", "public.to_parted to_parted")
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("validated apart: %v, want %v", got, want)
	}
}

// TestOrphans: a row without the row it refers to is named by its key, what else there is is done, and the copy goes on when it is mended.
func TestOrphans(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, `
		CREATE TABLE p (id int PRIMARY KEY, a text, b date, UNIQUE (a, b)); INSERT INTO p SELECT i, 'a' || i, date '2026-01-01' + i FROM generate_series(1, 9) i;
		CREATE TABLE plain (x int, "Y" text, v int CONSTRAINT plain_fk REFERENCES p, ok int CONSTRAINT fine REFERENCES p, PRIMARY KEY (x, "Y"));
		CREATE TABLE bare (a text, b date, CONSTRAINT bare_fk FOREIGN KEY (a, b) REFERENCES p (a, b));
		CREATE TABLE whole (id int PRIMARY KEY, a text, b date, CONSTRAINT whole_fk FOREIGN KEY (b, a) REFERENCES p (b, a) MATCH FULL);
		CREATE TABLE parted (id int PRIMARY KEY, v int CONSTRAINT parted_fk REFERENCES p) PARTITION BY LIST (id); CREATE TABLE parted_1 PARTITION OF parted DEFAULT;
		SET session_replication_role = replica;
		INSERT INTO plain VALUES (1, 'good', 1, 1), (2, 'b,ad', 77, 2); INSERT INTO bare VALUES ('a1', '2026-01-02'), ('a1', NULL), ('a1', '2027-01-02');
		INSERT INTO whole VALUES (1, NULL, NULL), (2, 'a1', NULL); INSERT INTO parted VALUES (1, 1), (2, 66);`)
	o := testOptions(t, src.URI(from), dst.URI(to))
	if _, err := Clone(t.Context(), o); !errors.Is(err, workflow.ErrFailed) {
		t.Fatal("orphans were not noticed")
	}
	got := strings.Join(column(t, o.Dir, "SELECT error FROM task WHERE state = 'failed' ORDER BY error"), "\n")
	doing := "add"
	if dst.Major >= 18 {
		doing = "validate"
	}
	want := []string{
		`validate foreign key bare_fk of public.bare: the row at ctid (0,3) violates it: Key (a, b)=(a1, 2027-01-02) is not present in table "p"`,
		doing + ` foreign key parted_fk of public.parted: the row (id)=(2) violates it: Key (v)=(66) is not present in table "p"`,
		`validate foreign key plain_fk of public.plain: the row (x, Y)=(2, b,ad) violates it: Key (v)=(77) is not present in table "p"`,
		`validate foreign key whole_fk of public.whole: the row (id)=(2) violates it: MATCH FULL does not allow mixing of null and nonnull key values`}
	slices.Sort(want)
	if got != strings.Join(want, "\n") {
		t.Errorf("the orphans are named\n%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	for _, hint := range column(t, o.Dir, "SELECT hint FROM task WHERE state = 'failed'") {
		if !strings.Contains(hint, "Delete or mend them on the target") || !strings.Contains(hint, "pgcopy resume --dir "+o.Dir) {
			t.Errorf("hint: %s", hint)
		}
	}
	if got := column(t, o.Dir, "SELECT state FROM task WHERE step = 'validate-foreign-key' AND subject LIKE '%fine'"); !slices.Equal(got, []string{"done"}) {
		t.Errorf("a key without orphans is %s", got)
	}
	mend := `SET session_replication_role = replica; DELETE FROM plain WHERE v = 77; DELETE FROM bare WHERE b > '2027-01-01'; DELETE FROM whole WHERE id = 2; DELETE FROM parted WHERE v = 66;`
	dst.Exec(t, to, mend)
	src.Exec(t, from, mend)
	if out, err := Resume(t.Context(), o); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	mustEqual(t, src, o.Source, o.Target)
}

// TestForeignKeyNotThere: a key that somebody has dropped before it was validated is no success; one that somebody has mended and added again is.
func TestForeignKeyNotThere(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, `CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int CONSTRAINT fk REFERENCES p);
		SET session_replication_role = replica; INSERT INTO c VALUES (1, 1)`)
	o := testOptions(t, src.URI(from), dst.URI(to))
	if _, err := Clone(t.Context(), o); err == nil {
		t.Fatal("an orphan was not noticed")
	}
	dst.Exec(t, to, "ALTER TABLE c DROP CONSTRAINT fk")
	if _, err := Resume(t.Context(), o); err == nil {
		t.Fatal("a foreign key is gone, and all is well")
	}
	if got := column(t, o.Dir, "SELECT error FROM task WHERE state = 'failed'"); !slices.Equal(got, []string{"validate foreign key fk of public.c: it is not on the target any more"}) {
		t.Errorf("a key that was dropped: %q", got)
	}
	dst.Exec(t, to, "ALTER TABLE c ADD CONSTRAINT fk FOREIGN KEY (p) REFERENCES p NOT VALID; DELETE FROM c")
	if out, err := Resume(t.Context(), o); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
}

// TestOrphansByFilter: the rows that a filter leaves out may be referred to by those that it does not, and the hint says so.
func TestOrphansByFilter(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, `CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (id int PRIMARY KEY, p int CONSTRAINT fk REFERENCES p);
		INSERT INTO p VALUES (1); INSERT INTO c VALUES (1, 1)`)
	o := testOptions(t, src.URI(from), dst.URI(to))
	o.Filters = filepath.Join(t.TempDir(), "filters.ini")
	if err := os.WriteFile(o.Filters, []byte("[exclude-table-data]\npublic.p\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Clone(t.Context(), o); !errors.Is(err, workflow.ErrFailed) {
		t.Fatal("an orphan was not noticed")
	}
	hint := strings.Join(column(t, o.Dir, "SELECT hint FROM task WHERE state = 'failed'"), "\n")
	if !strings.HasPrefix(hint, "the rows of public.p are left out by [exclude-table-data] public.p") {
		t.Errorf("hint: %s", hint)
	}
}

// TestLockKeys: a role that may only refer to a table cannot lock it, and goes on without.
func TestLockKeys(t *testing.T) {
	_, dst := pgtest.Pair(t)
	db := dst.FreshDB(t)
	role := "refers_" + db
	dst.Exec(t, db, `CREATE ROLE `+role+` LOGIN; CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE c (p int); ALTER TABLE c OWNER TO `+role+`;
		GRANT REFERENCES ON p TO `+role+`; GRANT CREATE ON SCHEMA public TO `+role)
	defer dst.Exec(t, db, "DROP OWNED BY "+role+"; DROP ROLE "+role)
	conn, err := pgx.Connect(t.Context(), dst.URIAs(role, "", db))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	key := foreignKey{Constraint: pgschema.Constraint{TableOID: 1, RefTable: 2}, table: catalogdb.TableInfo{Name: pgschema.Name{Schema: "public", Rel: "c"}},
		refTo: pgschema.Name{Schema: "public", Rel: "p"}}
	for _, statement := range []string{"BEGIN", "", "ALTER TABLE c ADD FOREIGN KEY (p) REFERENCES p NOT VALID", "COMMIT"} {
		if statement == "" {
			err = lockKeys(t.Context(), conn, key)
		} else {
			_, err = conn.Exec(t.Context(), statement)
		}
		if err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}
