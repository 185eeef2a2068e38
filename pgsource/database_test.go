package pgsource

import (
	"context"
	"fmt"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func TestDatabaseProperties(t *testing.T) {
	ctx := context.Background()
	src, db, conn := explored(t, "SELECT 1")
	read := func() string {
		got := ""
		for _, p := range collect(t, func(y func(pgschema.DatabaseProperty) error) error { return DatabaseProperties(ctx, conn, y) }) {
			got += fmt.Sprintf("%s(%s) %s=%s by %s\n", p.Kind, p.Role, p.Name, p.Value, p.By)
		}
		return got
	}
	if got := read(); got != "" {
		t.Errorf("a fresh database has %s", got)
	}
	src.Exec(t, db, `CREATE ROLE "props, ""role"""`)
	t.Cleanup(func() { src.Exec(t, db, `DROP OWNED BY "props, ""role"""; DROP ROLE "props, ""role"""`) })
	d := pgschema.QuoteIdent(db)
	src.Exec(t, db, "ALTER DATABASE "+d+` SET search_path = "$user", public, "a, b"`)
	src.Exec(t, db, "ALTER DATABASE "+d+` SET my.option = 'x=y ''z'''`)
	src.Exec(t, db, `ALTER ROLE "props, ""role""" IN DATABASE `+d+" SET work_mem = '5MB'")
	src.Exec(t, db, `ALTER ROLE "props, ""role""" SET work_mem = '6MB'`) // not of this database
	src.Exec(t, db, "COMMENT ON DATABASE "+d+" IS E'two\nlines'")
	src.Exec(t, db, "REVOKE TEMP ON DATABASE "+d+" FROM PUBLIC")
	src.Exec(t, db, "GRANT CREATE ON DATABASE "+d+` TO "props, ""role""" WITH GRANT OPTION`)
	want := `setting() search_path="$user", public, "a, b" by 
setting() my.option=x=y 'z' by 
role-setting(props, "role") work_mem=5MB by 
comment() =two
lines by 
acl() CONNECT= by postgres
acl(postgres) CREATE= by postgres
acl(postgres) TEMPORARY= by postgres
acl(postgres) CONNECT= by postgres
acl(props, "role") CREATE=grantable by postgres
`
	if got := read(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	src.Exec(t, db, "REVOKE ALL ON DATABASE "+d+` FROM PUBLIC, postgres, "props, ""role""" CASCADE`)
	if got := read(); got[len(got)-len("acl() = by \n"):] != "acl() = by \n" {
		t.Errorf("an empty ACL gives\n%s", got)
	}
	src.Exec(t, db, "UPDATE pg_database SET datacl = NULL WHERE datname = current_database()")
}

func TestUnreadable(t *testing.T) {
	ctx := context.Background()
	src, db, super := explored(t, `CREATE ROLE reader LOGIN PASSWORD 'secret'; CREATE SCHEMA closed; CREATE TABLE closed.a ();
		CREATE TABLE open (); GRANT SELECT ON open TO reader; CREATE TABLE refused ();
		CREATE TABLE veiled (a int); ALTER TABLE veiled ENABLE ROW LEVEL SECURITY; GRANT SELECT ON veiled TO reader;
		CREATE TABLE forced (a int); ALTER TABLE forced OWNER TO reader; ALTER TABLE forced ENABLE ROW LEVEL SECURITY; ALTER TABLE forced FORCE ROW LEVEL SECURITY;
		CREATE TABLE mine (a int); ALTER TABLE mine OWNER TO reader; ALTER TABLE mine ENABLE ROW LEVEL SECURITY;
		CREATE SEQUENCE s; CREATE SEQUENCE s2 START 7; GRANT SELECT ON s2 TO reader;
		CREATE EXTENSION hstore; CREATE TABLE member (); ALTER EXTENSION hstore ADD TABLE member`)
	t.Cleanup(func() { src.Exec(t, db, "DROP OWNED BY reader; DROP ROLE reader") })
	if n := len(collect(t, func(y func(pgschema.Unreadable) error) error { return Unreadable(ctx, super, y) })); n != 0 {
		t.Errorf("the superuser cannot read %d relations", n)
	}
	conn := session(t, src.URIAs("reader", "secret", db))
	got := ""
	for _, u := range collect(t, func(y func(pgschema.Unreadable) error) error { return Unreadable(ctx, conn, y) }) {
		got += u.Name.String() + " " + u.Why + ", "
	}
	if want := "closed.a schema, public.forced row-security, public.refused privilege, public.s privilege, public.veiled row-security, "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	for _, s := range collect(t, func(y func(pgschema.Sequence) error) error { return Sequences(ctx, conn, y) }) {
		if want := map[string]int64{"s": 0, "s2": 7}[s.Name.Rel]; s.LastValue != want || s.CanSelect != (want == 7) {
			t.Errorf("%+v", s)
		}
	}
	for _, tab := range collect(t, func(y func(pgschema.Table) error) error { return Tables(ctx, conn, TableOptions{}, y) }) {
		can := map[string]bool{"open": true, "veiled": true, "forced": true, "mine": true}
		rls := map[string]bool{"veiled": true, "forced": true}
		if rel := tab.Name.Rel; tab.CanSelect != can[rel] || tab.RLSActive != rls[rel] {
			t.Errorf("%s: can select %v, row security %v", rel, tab.CanSelect, tab.RLSActive)
		}
	}
}
