package pgtarget

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestContents(t *testing.T) {
	ctx := context.Background()
	dst, db, conn := fresh(t, "")
	contents := func() string {
		t.Helper()
		all, err := Contents(ctx, conn)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, c := range all {
			got += fmt.Sprintf("%s %d %s %v\n", c.Kind, c.Count, c.Example, c.Harmless)
		}
		return got + "= " + Describe(all)
	}
	if got := contents(); got != "= " {
		t.Errorf("a new database holds %s", got)
	}
	dst.Exec(t, db, "DROP SCHEMA public; CREATE SCHEMA public; CREATE EXTENSION hstore; CREATE EXTENSION citext; CREATE TABLE x (); DROP TABLE x")
	if got := contents(); got != "extension 2 citext true\n= " {
		t.Errorf("extensions alone: %s", got)
	}
	for _, text := range []string{
		`CREATE SCHEMA app; CREATE SCHEMA "App"; CREATE TEMP TABLE gone (a serial)`,
		`CREATE TABLE app.t (a serial PRIMARY KEY, b int GENERATED ALWAYS AS IDENTITY, c text); CREATE TABLE p (a int) PARTITION BY LIST (a)`,
		`CREATE INDEX ON app.t (c)`,
		`CREATE TABLE p_1 PARTITION OF p DEFAULT; CREATE VIEW v AS SELECT 1; CREATE MATERIALIZED VIEW m AS SELECT 1; CREATE SEQUENCE "S"`,
		`CREATE FOREIGN DATA WRAPPER fdw; CREATE SERVER srv FOREIGN DATA WRAPPER fdw; CREATE FOREIGN TABLE ft (a int) SERVER srv`,
		`CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE PROCEDURE pr() LANGUAGE sql AS 'SELECT 1'`,
		`CREATE TYPE e AS ENUM ('a'); CREATE TYPE c AS (a int); CREATE DOMAIN d AS int; CREATE TYPE r AS RANGE (subtype = int)`,
		`CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)`,
		`CREATE OPERATOR CLASS oc FOR TYPE int USING hash AS OPERATOR 1 =`,
		`CREATE COLLATION co FROM "C"; CREATE TEXT SEARCH CONFIGURATION tc (COPY = simple); CREATE TEXT SEARCH DICTIONARY td (TEMPLATE = simple)`,
		`CREATE CAST (int AS e) WITH INOUT; CREATE ACCESS METHOD am TYPE TABLE HANDLER heap_tableam_handler; CREATE PUBLICATION pub`,
		`CREATE FUNCTION et() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; CREATE EVENT TRIGGER evt ON ddl_command_end EXECUTE FUNCTION et()`,
		`SELECT lo_create(0) FROM generate_series(1, 12)`,
		`CREATE SUBSCRIPTION sub CONNECTION 'dbname=none' PUBLICATION p WITH (connect = false, slot_name = NONE)`,
	} {
		dst.Exec(t, db, text)
	}
	t.Cleanup(func() {
		dst.Exec(t, db, "DROP SUBSCRIPTION sub; SELECT lo_unlink(oid) FROM pg_largeobject_metadata")
	})
	first := dst.Value(t, db, "SELECT min(oid) FROM pg_largeobject_metadata")
	want := strings.ReplaceAll(`schema 2 "App" false
table 3 app.t false
materialized view 1 public.m false
view 1 public.v false
foreign table 1 public.ft false
sequence 1 public."S" false
function 3 public.et false
type 4 public.c false
operator 1 public."===" false
operator class 1 public.oc false
operator family 1 public.oc false
collation 1 public.co false
text search configuration 1 public.tc false
text search dictionary 1 public.td false
cast 1 integer AS public.e false
access method 1 am false
foreign data wrapper 1 fdw false
foreign server 1 srv false
event trigger 1 evt false
publication 1 pub false
subscription 1 sub false
large object 12 FIRST false
extension 2 citext true
`, "FIRST", first)
	got := contents()
	list, sentence, _ := strings.Cut(got, "= ")
	if list != want {
		t.Errorf("got\n%s", got)
	}
	if !strings.HasPrefix(sentence, `2 schemas ("App", ...), 3 tables (app.t, ...), 1 materialized view (public.m), 1 view`) ||
		!strings.HasSuffix(sentence, ", 1 subscription (sub), 12 large objects ("+first+", ...)") {
		t.Error(sentence)
	}
	if all, err := Contents(ctx, session(t, dst.URI(db)+"&options=-c%20role%3Dpg_monitor")); err != nil || len(all) != 23 {
		t.Error("an ordinary role is told less:", len(all), err)
	}
}

func TestPlural(t *testing.T) {
	for one, many := range map[string]string{"table": "tables", "operator class": "operator classes", "operator family": "operator families",
		"text search dictionary": "text search dictionaries"} {
		if got := plural(one, 2); got != many || plural(one, 1) != one {
			t.Error(got)
		}
	}
}
