package pgtarget

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

func TestIndexState(t *testing.T) {
	ctx := context.Background()
	_, _, conn := fresh(t, `CREATE SCHEMA "s.1"; CREATE TABLE "s.1"."T" (a int PRIMARY KEY, b int REFERENCES "s.1"."T");
		CREATE INDEX "i ""x""" ON "s.1"."T" (lower(b::text)) WHERE b > 0; CREATE TABLE d (a int); INSERT INTO d VALUES (1), (1);
		CREATE TABLE parted (a int) PARTITION BY LIST (a);
		CREATE TABLE parted_1 PARTITION OF parted DEFAULT; CREATE INDEX parted_i ON ONLY parted (a)`)
	if _, err := conn.Exec(ctx, "CREATE UNIQUE INDEX CONCURRENTLY d_i ON public.d (a)"); err == nil {
		t.Fatal("a unique index on equal values")
	}
	table := pgschema.Name{Schema: "s.1", Rel: "T"}
	for name, want := range map[pgschema.Name]Index{
		{Schema: "s.1", Rel: `i "x"`}: {Exists: true, Valid: true, Table: table,
			Def: `CREATE INDEX "i ""x""" ON "s.1"."T" USING btree (lower((b)::text)) WHERE (b > 0)`},
		{Schema: "s.1", Rel: "T_pkey"}: {Exists: true, Valid: true, Table: table, Constraint: "T_pkey",
			Def: `CREATE UNIQUE INDEX "T_pkey" ON "s.1"."T" USING btree (a)`},
		{Schema: "public", Rel: "d_i"}: {Exists: true, Table: pgschema.Name{Schema: "public", Rel: "d"},
			Def: `CREATE UNIQUE INDEX d_i ON public.d USING btree (a)`},
		{Schema: "public", Rel: "parted_i"}: {Exists: true, Partitioned: true, Table: pgschema.Name{Schema: "public", Rel: "parted"},
			Def: `CREATE INDEX parted_i ON ONLY public.parted USING btree (a)`},
		{Schema: "public", Rel: "T_pkey"}: {},
		{Schema: "public", Rel: "d"}:      {}, // a table
	} {
		if got, err := IndexState(ctx, conn, name); err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", name, got, err, want)
		}
	}
	for range 2 {
		if err := DropIndex(ctx, conn, pgschema.Name{Schema: "public", Rel: "d_i"}); err != nil {
			t.Error(err)
		}
	}
	if got, err := IndexState(ctx, conn, pgschema.Name{Schema: "public", Rel: "d_i"}); err != nil || got.Exists {
		t.Error(got, err)
	}
	if err := DropIndex(ctx, conn, pgschema.Name{Schema: "s.1", Rel: "T_pkey"}); err == nil {
		t.Error("dropped the index of a primary key")
	}
}

// TestIndexStateAsSource: a session in another time zone sees other constants, and keeps its settings.
func TestIndexStateAsSource(t *testing.T) {
	_, _, conn := fresh(t, `CREATE TABLE t (at timestamptz, i interval); CREATE INDEX t_at ON t (i) WHERE at > '2024-01-01 00:00:00+00' AND i > '-1 day 02:00'`)
	ctx := context.Background()
	name := pgschema.Name{Schema: "public", Rel: "t_at"}
	const want = `CREATE INDEX t_at ON public.t USING btree (i) WHERE ((at > '2024-01-01 00:00:00+00'::timestamp with time zone) AND (i > '-1 days +02:00:00'::interval))`
	for _, begin := range []string{"SET timezone = 'Asia/Tokyo'; SET intervalstyle = 'iso_8601'; SET datestyle = 'SQL, DMY'", "BEGIN; CREATE TABLE public.mine (a int)"} {
		if _, err := conn.Exec(ctx, begin); err != nil {
			t.Fatal(err)
		}
		if i, err := IndexState(ctx, conn, name); err != nil || i.Def == want {
			t.Errorf("the session's own settings do not show: %+v %v", i, err)
		}
		if i, err := IndexStateAsSource(ctx, conn, name); err != nil || i.Def != want || !i.Valid {
			t.Errorf("%+v %v", i, err)
		}
		var zone, style string
		if err := conn.QueryRow(ctx, "SELECT current_setting('timezone'), current_setting('datestyle')").Scan(&zone, &style); err != nil || zone != "Asia/Tokyo" || style != "SQL, DMY" {
			t.Errorf("the session has %s and %s: %v", zone, style, err)
		}
	}
	if _, err := conn.Exec(ctx, "COMMIT; DROP TABLE public.mine"); err != nil {
		t.Error(err)
	}
}

func TestConstraintState(t *testing.T) {
	ctx := context.Background()
	_, _, conn := fresh(t, `CREATE TABLE t (a int PRIMARY KEY, b int); ALTER TABLE t ADD CONSTRAINT "c d" CHECK (b > 0) NOT VALID;
		CREATE DOMAIN dom AS int CONSTRAINT on_domain CHECK (VALUE > 0)`)
	table := pgschema.Name{Schema: "public", Rel: "t"}
	for name, want := range map[string]Constraint{
		"c d": {Exists: true, Def: "CHECK ((b > 0)) NOT VALID"}, "t_pkey": {Exists: true, Def: "PRIMARY KEY (a)", Validated: true},
		"on_domain": {}, "": {},
	} {
		got, err := ConstraintState(ctx, conn, table, name)
		if err != nil || got != want {
			t.Errorf("%q: %+v, %v; want %+v", name, got, err, want)
		}
		if exists, err := ConstraintExists(ctx, conn, table, name); err != nil || exists != want.Exists {
			t.Errorf("%q: %v, %v", name, exists, err)
		}
	}
}

// TestMergeValidation: hash joins go where few rows refer to many that an index alone can tell, and only for one transaction.
func TestMergeValidation(t *testing.T) {
	ctx := context.Background()
	_, _, conn := fresh(t, `
		CREATE TABLE many (a int PRIMARY KEY, b text COLLATE "C" UNIQUE); INSERT INTO many SELECT g, g FROM generate_series(1, 4000) g;
		CREATE TABLE "a few" (a int CONSTRAINT "f k" REFERENCES many, b text CONSTRAINT by_text REFERENCES many (b));
		INSERT INTO "a few" SELECT g, g FROM generate_series(1, 1000) g;
		CREATE TABLE more (a int CONSTRAINT more_fk REFERENCES many); INSERT INTO more SELECT g FROM generate_series(1, 1001) g;
		CREATE TABLE unknown (a int CONSTRAINT unknown_fk REFERENCES many); INSERT INTO unknown VALUES (1);
		CREATE TABLE unseen (a int PRIMARY KEY); INSERT INTO unseen SELECT generate_series(1, 4000);
		CREATE TABLE f2 (a int CONSTRAINT unseen_fk REFERENCES unseen); INSERT INTO f2 VALUES (1)`)
	if _, err := conn.Exec(ctx, `VACUUM (ANALYZE) public.many, public."a few", public.more`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, `ANALYZE public.unseen, public.f2`); err != nil {
		t.Fatal(err)
	}
	setting := func(q interface {
		QueryRow(context.Context, string, ...any) pgx.Row
	}) (s string) {
		if err := q.QueryRow(ctx, "SHOW enable_hashjoin").Scan(&s); err != nil {
			t.Fatal(err)
		}
		return s
	}
	for _, c := range []struct{ table, key, want string }{
		{"a few", "f k", "off"}, {"a few", "by_text", "on"}, {"more", "more_fk", "on"}, {"unknown", "unknown_fk", "on"}, {"f2", "unseen_fk", "on"},
		{"a few", "gone", "on"}, {"many", "many_pkey", "on"},
	} {
		tx, err := conn.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if err := MergeValidation(ctx, conn, pgschema.Name{Schema: "public", Rel: c.table}, c.key); err != nil {
			t.Fatal(err)
		}
		if got := setting(tx); got != c.want {
			t.Errorf("hash joins are %s for %s of %s, want %s", got, c.key, c.table, c.want)
		}
		if err := tx.Rollback(ctx); err != nil {
			t.Fatal(err)
		}
		if got := setting(conn); got != "on" {
			t.Errorf("hash joins are %s behind the transaction", got)
		}
	}
}
