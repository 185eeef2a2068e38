package truth_test

import (
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

// small holds one of each thing that a planted difference changes.
const small = `
CREATE TABLE t (id int PRIMARY KEY, v text, big text, n int);
INSERT INTO t SELECT i, 'v' || i, NULL, i FROM generate_series(1, 100) i;
INSERT INTO t VALUES (101, '', repeat('big', 100000), NULL);
CREATE TABLE no_key (v text);
INSERT INTO no_key SELECT 'same' FROM generate_series(1, 5);
INSERT INTO no_key VALUES ('other');
CREATE TABLE no_columns ();
INSERT INTO no_columns DEFAULT VALUES;
CREATE TABLE fk (id int PRIMARY KEY, t int);
INSERT INTO fk VALUES (1, 1);
ALTER TABLE fk ADD CONSTRAINT fk_t FOREIGN KEY (t) REFERENCES t NOT VALID;
CREATE INDEX t_expr ON t ((n + 1));
ALTER INDEX t_expr ALTER COLUMN 1 SET STATISTICS 99;
CREATE INDEX t_v ON t (v);
ALTER TABLE t CLUSTER ON t_v;
ALTER TABLE fk REPLICA IDENTITY USING INDEX fk_pkey;
COMMENT ON CONSTRAINT t_pkey ON t IS 'a comment';
COMMENT ON INDEX t_v IS 'another';
CREATE MATERIALIZED VIEW filled AS SELECT id FROM t;
CREATE MATERIALIZED VIEW unfilled AS SELECT id FROM t WITH NO DATA;
CREATE SEQUENCE s START 5;
SELECT nextval('s');
CREATE SEQUENCE fresh;
SELECT lo_from_bytea(500, '\x0001ff');
SELECT lo_put(lo_create(501), 100000, 'x');
COMMENT ON LARGE OBJECT 500 IS 'lo';
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();
`

// TestPlantedDifferencesAreFound changes one thing on one side at a time: each must be reported by its name, and
// nothing may be reported once it is undone.
func TestPlantedDifferencesAreFound(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	if err := truth.LoadRoles(t.Context(), dst.URI("postgres")); err != nil {
		t.Fatal(err)
	}
	src.Exec(t, from, small)
	copyByDump(t, src, from, dst, to)
	if report := compare(t, src, from, dst, to, true); len(report) > 0 {
		t.Fatalf("the copy differs: %s", strings.Join(report, "\n"))
	}
	for _, p := range []struct{ name, plant, undo, want string }{
		{"changed cell", `UPDATE t SET v = 'V1' WHERE id = 1`, `UPDATE t SET v = 'v1' WHERE id = 1`, "table public.t: contents differ"},
		{"changed cell, shown", `UPDATE t SET v = 'V1' WHERE id = 1`, `UPDATE t SET v = 'v1' WHERE id = 1`, "more often on the target (1 times, there 0): (,1,1,V1)"},
		{"empty for NULL", `UPDATE t SET v = NULL WHERE id = 101`, `UPDATE t SET v = '' WHERE id = 101`, "table public.t: contents differ"},
		{"last byte of a long value", `UPDATE t SET big = left(big, -1) || 'x' WHERE id = 101`, `UPDATE t SET big = repeat('big', 100000) WHERE id = 101`, "table public.t: contents differ"},
		{"swapped values", `UPDATE t SET n = 3 - id WHERE id IN (1, 2)`, `UPDATE t SET n = id WHERE id IN (1, 2)`, "table public.t: contents differ"},
		{"missing row", `DELETE FROM t WHERE id = 50`, `INSERT INTO t VALUES (50, 'v50', NULL, 50)`, "table public.t: 101 rows on the source, 100 on the target"},
		{"doubled row", `INSERT INTO no_key VALUES ('same')`, `DELETE FROM no_key WHERE ctid = (SELECT max(ctid) FROM no_key)`, "table public.no_key: 6 rows on the source, 7 on the target"},
		{"row doubled in place of another", `UPDATE no_key SET v = 'same' WHERE v = 'other'`, `UPDATE no_key SET v = 'other' WHERE ctid = (SELECT max(ctid) FROM no_key)`, "table public.no_key: contents differ"},
		{"row without columns", `INSERT INTO no_columns DEFAULT VALUES`, `DELETE FROM no_columns; INSERT INTO no_columns DEFAULT VALUES`, "table public.no_columns: 1 rows on the source, 2 on the target"},
		{"index statistics", `ALTER INDEX t_expr ALTER COLUMN 1 SET STATISTICS -1`, `ALTER INDEX t_expr ALTER COLUMN 1 SET STATISTICS 99`, "index public.t_expr: statistics_targets"},
		{"CLUSTER ON", `ALTER TABLE t SET WITHOUT CLUSTER`, `ALTER TABLE t CLUSTER ON t_v`, "index public.t_v: clustered"},
		{"replica identity", `ALTER TABLE fk REPLICA IDENTITY DEFAULT`, `ALTER TABLE fk REPLICA IDENTITY USING INDEX fk_pkey`, "index public.fk_pkey: replica_identity"},
		{"comment on a constraint", `COMMENT ON CONSTRAINT t_pkey ON t IS NULL`, `COMMENT ON CONSTRAINT t_pkey ON t IS 'a comment'`, "constraint t_pkey on public.t: comment"},
		{"comment on an index", `COMMENT ON INDEX t_v IS 'x'`, `COMMENT ON INDEX t_v IS 'another'`, "schema: differs: INDEX t_v; Type: COMMENT"},
		{"lost index", `DROP INDEX t_expr`, `CREATE INDEX t_expr ON t ((n + 1)); ALTER INDEX t_expr ALTER COLUMN 1 SET STATISTICS 99`, "index public.t_expr: missing on the target"},
		{"unique index for a constraint", `ALTER TABLE no_columns ADD COLUMN c int UNIQUE`, `ALTER TABLE no_columns DROP COLUMN c`, "no_columns_c_key"},
		{"index tablespace", `ALTER INDEX t_expr SET TABLESPACE ks_space`, `ALTER INDEX t_expr SET TABLESPACE pg_default`, `index public.t_expr: tablespace: "(default)" on the source, "ks_space" on the target`},
		{"invalid leftover", `CREATE INDEX left_over ON t (n); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'left_over'::regclass`, `DROP INDEX left_over`, "index public.left_over: invalid on the target"},
		{"validated", `ALTER TABLE fk VALIDATE CONSTRAINT fk_t`, `ALTER TABLE fk DROP CONSTRAINT fk_t; ALTER TABLE fk ADD CONSTRAINT fk_t FOREIGN KEY (t) REFERENCES t NOT VALID`, "constraint fk_t on public.fk: validated"},
		{"sequence value", `SELECT nextval('s')`, `SELECT setval('s', 5)`, "sequence public.s: last_value 5, is_called true on the source, last_value 6, is_called true on the target"},
		{"sequence called", `SELECT nextval('fresh')`, `SELECT setval('fresh', 1, false)`, "sequence public.fresh: last_value 1, is_called false on the source"},
		{"large object byte", `SELECT lo_put(500, 1, '\x02')`, `SELECT lo_put(500, 1, '\x01')`, "large object 500: md5"},
		{"large object longer by a zero", `SELECT lo_put(500, 3, '\x00')`, `SELECT lo_unlink(500), lo_from_bytea(500, '\x0001ff'); COMMENT ON LARGE OBJECT 500 IS 'lo'`, "large object 500: size"},
		{"large object owner", `ALTER LARGE OBJECT 501 OWNER TO ks_owner`, `ALTER LARGE OBJECT 501 OWNER TO postgres`, "large object 501: owner"},
		{"large object privileges", `GRANT SELECT ON LARGE OBJECT 501 TO ks_reader`, `REVOKE SELECT ON LARGE OBJECT 501 FROM ks_reader`, "large object 501: privileges"},
		{"large object comment", `COMMENT ON LARGE OBJECT 500 IS NULL`, `COMMENT ON LARGE OBJECT 500 IS 'lo'`, "large object 500: comment"},
		{"large object more", `SELECT lo_create(502)`, `SELECT lo_unlink(502)`, "large object 502: only on the target"},
		{"populated", `REFRESH MATERIALIZED VIEW unfilled`, `REFRESH MATERIALIZED VIEW unfilled WITH NO DATA`, "relation public.unfilled: populated"},
		{"stale materialized view", `UPDATE t SET id = 1000 WHERE id = 7; REFRESH MATERIALIZED VIEW filled; UPDATE t SET id = 7 WHERE id = 1000`, `REFRESH MATERIALIZED VIEW filled`, "table public.filled: contents differ"},
		{"trigger state", `ALTER TABLE t DISABLE TRIGGER tr`, `ALTER TABLE t ENABLE TRIGGER tr`, "trigger tr on public.t: enabled"},
		{"table left over", `CREATE TABLE more ()`, `DROP TABLE more`, "table public.more: only on the target"},
		{"extension", `CREATE EXTENSION cube`, `DROP EXTENSION cube`, "extension cube: only on the target"},
	} {
		t.Run(p.name, func(t *testing.T) {
			dst.Exec(t, to, p.plant)
			got := strings.Join(compare(t, src, from, dst, to, false), "\n")
			if !strings.Contains(got, p.want) {
				t.Errorf("want %q in the report:\n%s", p.want, got)
			}
			dst.Exec(t, to, p.undo)
		})
	}
	// Properties of the database itself, under the names that the two databases have.
	db := `"` + to + `"`
	for _, p := range []struct{ name, plant, undo, want string }{
		{"setting", `SET work_mem = '8MB'`, `RESET work_mem`, "setting of role (any) in the database: work_mem: only on the target"},
	} {
		t.Run("database "+p.name, func(t *testing.T) {
			dst.Exec(t, to, "ALTER DATABASE "+db+" "+p.plant)
			if got := strings.Join(compare(t, src, from, dst, to, false), "\n"); !strings.Contains(got, p.want) {
				t.Errorf("want %q in the report:\n%s", p.want, got)
			}
			dst.Exec(t, to, "ALTER DATABASE "+db+" "+p.undo)
		})
	}
	dst.Exec(t, to, "COMMENT ON DATABASE "+db+" IS 'c'; GRANT CREATE ON DATABASE "+db+" TO ks_reader; ALTER ROLE ks_reader IN DATABASE "+db+" SET work_mem = '8MB'")
	got := strings.Join(compare(t, src, from, dst, to, false), "\n")
	for _, want := range []string{"database: comment", "database: privileges", "setting of role ks_reader in the database: work_mem"} {
		if !strings.Contains(got, want) {
			t.Errorf("want %q in the report:\n%s", want, got)
		}
	}
	dst.Exec(t, to, "COMMENT ON DATABASE "+db+" IS NULL; REVOKE CREATE ON DATABASE "+db+" FROM ks_reader; ALTER ROLE ks_reader IN DATABASE "+db+" RESET work_mem")
	if report := compare(t, src, from, dst, to, false); len(report) > 0 {
		t.Errorf("after undoing everything: %s", strings.Join(report, "\n"))
	}
}

func TestAmcheckFindsAnIndexThatLacksRows(t *testing.T) {
	src, _ := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, `CREATE FUNCTION moved(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1';
		CREATE TABLE t (id int);
		INSERT INTO t SELECT generate_series(1, 1000);
		CREATE INDEX by_moved ON t (public.moved(id));`)
	amcheck := func() []string {
		report, err := truth.Amcheck(t.Context(), src.Bin("pg_amcheck"), src.URI(db))
		if err != nil {
			t.Fatal(err)
		}
		return report
	}
	if report := amcheck(); len(report) > 0 {
		t.Errorf("a sound index: %q", report)
	}
	src.Exec(t, db, `CREATE OR REPLACE FUNCTION moved(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 5000'`)
	if report := strings.Join(amcheck(), "\n"); !strings.Contains(report, "by_moved") {
		t.Errorf("an index without its rows: %q", report)
	}
	if left := src.Value(t, db, `SELECT count(*) FROM pg_extension WHERE extname = 'amcheck'`); left != "0" {
		t.Error("the extension was left behind")
	}
}
