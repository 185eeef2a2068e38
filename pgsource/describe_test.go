package pgsource

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgschema"
)

func TestDescribeRelation(t *testing.T) {
	src, _ := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, `
		CREATE SCHEMA "My S";
		CREATE TABLE "My S"."T.""1" (g int GENERATED ALWAYS AS (id * 2) STORED, gone int, id int GENERATED ALWAYS AS IDENTITY, v numeric(10,2), k text, PRIMARY KEY (k, id) INCLUDE (v));
		ALTER TABLE "My S"."T.""1" DROP gone;
		CREATE TABLE fullt (a int PRIMARY KEY, b text); ALTER TABLE fullt REPLICA IDENTITY FULL;
		CREATE TABLE idx (a int PRIMARY KEY, b int NOT NULL); CREATE UNIQUE INDEX i ON idx (b); ALTER TABLE idx REPLICA IDENTITY USING INDEX i;
		CREATE TABLE nothing (a int PRIMARY KEY); ALTER TABLE nothing REPLICA IDENTITY NOTHING;
		CREATE TABLE deferred (a int PRIMARY KEY DEFERRABLE);
		CREATE TABLE nocols ();`)
	conn := session(t, src.URI(db))
	for _, c := range []struct {
		name pgschema.Name
		want string
	}{
		{pgschema.Name{Schema: "My S", Rel: `T."1`}, "d g:integer:s id:integer: v:numeric: k:text: key id,k"},
		{pgschema.Name{Schema: "public", Rel: "fullt"}, "f a:integer: b:text: key a,b"},
		{pgschema.Name{Schema: "public", Rel: "idx"}, "i a:integer: b:integer: key b"},
		{pgschema.Name{Schema: "public", Rel: "nothing"}, "n a:integer: key "},
		{pgschema.Name{Schema: "public", Rel: "deferred"}, "d a:integer: key "},
		{pgschema.Name{Schema: "public", Rel: "nocols"}, "d key "},
	} {
		oid, identity, columns, key, err := DescribeRelation(t.Context(), conn, c.name)
		if err != nil || oid == 0 {
			t.Fatalf("%s: %d, %v", c.name, oid, err)
		}
		var b strings.Builder
		fmt.Fprintf(&b, "%c ", identity)
		for _, col := range columns {
			fmt.Fprintf(&b, "%s:%s:%s ", col.Name, col.Type, col.Generated)
		}
		if got := b.String() + "key " + strings.Join(key, ","); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	if oid, _, _, _, err := DescribeRelation(t.Context(), conn, pgschema.Name{Schema: "public", Rel: "none"}); oid != 0 || err != nil {
		t.Errorf("a table that is not there: %d, %v", oid, err)
	}
}
