package pgtarget

import (
	"reflect"
	"testing"
)

func TestSplitStatements(t *testing.T) {
	for _, c := range []struct {
		sql  string
		want []string
	}{
		{"", nil},
		{" -- nothing;\n /* ; */ ", nil},
		{"SELECT 1", []string{"SELECT 1"}},
		{"SELECT 1 -- one\n", []string{"SELECT 1"}},
		{"SELECT 1; -- one\nSELECT 2 /* ; /* ; */ ; */ ;", []string{"SELECT 1;", "SELECT 2 /* ; /* ; */ ; */ ;"}},
		{"CREATE INDEX i ON t (a);\n\nALTER TABLE t CLUSTER ON i;\n\nALTER INDEX i ALTER COLUMN 1 SET STATISTICS 9;\n",
			[]string{"CREATE INDEX i ON t (a);", "ALTER TABLE t CLUSTER ON i;", "ALTER INDEX i ALTER COLUMN 1 SET STATISTICS 9;"}},
		{`SELECT ';', E'\';', "a"";", $$;$$, $x$;$$;$x$, $1; SELECT a$b$c; SELECT 2`,
			[]string{`SELECT ';', E'\';', "a"";", $$;$$, $x$;$$;$x$, $1;`, "SELECT a$b$c;", "SELECT 2"}},
		{`SELECT 'a\'; SELECT U&'\'; SELECT x'1;'; SELECT N'\'`, []string{`SELECT 'a\';`, `SELECT U&'\';`, `SELECT x'1;';`, `SELECT N'\'`}},
		{"SELECT E'a'\n'\\';' ; SELECT 'a'\n'\\' ; SELECT E'a' '\\';", []string{"SELECT E'a'\n'\\';' ;", "SELECT 'a'\n'\\' ;", "SELECT E'a' '\\';"}},
		{"CREATE RULE r AS ON UPDATE TO v DO (SELECT 1; SELECT 2); SELECT 3;", []string{"CREATE RULE r AS ON UPDATE TO v DO (SELECT 1; SELECT 2);", "SELECT 3;"}},
		{"create or replace procedure p() begin ATOMIC select 1; select case when x then 1 end; END; SELECT 2;",
			[]string{"create or replace procedure p() begin ATOMIC select 1; select case when x then 1 end; END;", "SELECT 2;"}},
		{"CREATE FUNCTION begin(begin int) RETURNS int RETURN atomic; SELECT 2;", []string{"CREATE FUNCTION begin(begin int) RETURNS int RETURN atomic;", "SELECT 2;"}},
		{"BEGIN; CREATE TABLE a (); END;", []string{"BEGIN;", "CREATE TABLE a ();", "END;"}},
		{"SELECT 1 AS naïve$x$; SELECT $ü$;$ü$", []string{"SELECT 1 AS naïve$x$;", "SELECT $ü$;$ü$"}},
		{"SELECT 1-- ;\n; SELECT 5 - -3 / 2 * 1;", []string{"SELECT 1-- ;\n;", "SELECT 5 - -3 / 2 * 1;"}},
		{"SELECT 'open; ", []string{"SELECT 'open; "}},
		{";;", []string{";", ";"}},
	} {
		if got := SplitStatements(c.sql); !reflect.DeepEqual(got, c.want) {
			t.Errorf("SplitStatements(%q)\n got  %q\n want %q", c.sql, got, c.want)
		}
	}
}
