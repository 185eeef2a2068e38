package e2e

import (
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// DDL on the source is not followed, and much of it shows in no change. A run does not end well over it: it stops at the first change that shows
// it, or at the end, when it compares the tables of both sides.
func TestFollowNoticesDDL(t *testing.T) {
	for name, c := range map[string]struct{ ddl, want, mend string }{
		"made anew": {"DROP TABLE t; CREATE TABLE t (id int PRIMARY KEY, x int); INSERT INTO t VALUES (5001, 1)",
			"another one than was copied", ""},
		"swapped": {"ALTER TABLE t RENAME TO t_old; ALTER TABLE u RENAME TO t; ALTER TABLE t_old RENAME TO u; INSERT INTO t VALUES (5001, 1)",
			"another one than was copied", ""},
		"column without a change": {"ALTER TABLE t ADD n int DEFAULT 7", "public.t column n is not on the target", "ALTER TABLE t ADD n int DEFAULT 7"},
		"column dropped":          {"ALTER TABLE t DROP x", "public.t column x is not on the source any more", "ALTER TABLE t DROP x"},
		"type changed":            {"ALTER TABLE t ALTER x TYPE bigint", "public.t column x is bigint on the source and integer on the target", "ALTER TABLE t ALTER x TYPE bigint"},
		"dropped":                 {"DROP TABLE t", "public.t is not on the source any more", "DROP TABLE t"},
		"made":                    {"CREATE TABLE fresh (id int PRIMARY KEY)", "public.fresh is not on the target", "CREATE TABLE fresh (id int PRIMARY KEY)"},
		"no matter of a table":    {"CREATE INDEX ON t (x)", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			src, dst := pgtest.Pair(t)
			db := src.FreshDB(t)
			src.Exec(t, db, `CREATE TABLE t (id int PRIMARY KEY, x int); INSERT INTO t SELECT i, i FROM generate_series(1, 100) i;
				CREATE TABLE u (id int PRIMARY KEY, x int); INSERT INTO u VALUES (1, 1)`)
			w := followed(t, src, dst, db, "ddl")
			defer w.stream("cleanup")
			p := w.clone()
			w.applying()
			src.Exec(t, db, c.ddl)
			src.Exec(t, db, "INSERT INTO u VALUES (777, 2)")
			w.endHere()
			if c.want == "" {
				w.mustEnd(p, exitDone)
				return
			}
			if r := w.mustEnd(p, exitFailed); !strings.Contains(r.stderr, c.want) {
				t.Errorf("it does not say %q: %s", c.want, r)
			}
			if c.mend == "" {
				return
			}
			dst.Exec(t, w.targetDB, c.mend)
			w.mustEnd(w.resume(nil), exitDone)
			w.mustEqual()
		})
	}
}

// What the target has of its own is no DDL of the source.
func TestFollowIntoATargetOfItsOwn(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, "CREATE TABLE t (id int PRIMARY KEY, x int); INSERT INTO t VALUES (1, 1)")
	w := followed(t, src, dst, db, "own")
	defer w.stream("cleanup")
	p := w.clone()
	w.applying()
	dst.Exec(t, w.targetDB, "ALTER TABLE t ADD own text DEFAULT 'target', ALTER x TYPE bigint; CREATE TABLE mine (id int)")
	src.Exec(t, db, "INSERT INTO t VALUES (2, 2)")
	w.endHere()
	w.mustEnd(p, exitDone)
	if got := dst.Value(t, w.targetDB, "SELECT string_agg(id || own || x, ' ' ORDER BY id) FROM t"); got != "1target1 2target2" {
		t.Errorf("followed %s", got)
	}
}

// A publication of somebody else's has to have all that is copied.
func TestFollowRefusesHalfAPublication(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, `CREATE TABLE mine (id int PRIMARY KEY); CREATE TABLE theirs (id int PRIMARY KEY, v int); CREATE TABLE parts (id int PRIMARY KEY) PARTITION BY LIST (id);
		CREATE TABLE part_1 PARTITION OF parts FOR VALUES IN (1)`)
	for publication, c := range map[string]struct{ make, want string }{
		"half":    {"FOR TABLE mine, parts", "public.theirs is not in it"},
		"rows":    {"FOR TABLE mine, parts, theirs WHERE (id > 100)", "public.theirs has a row filter in it"},
		"columns": {"FOR TABLE mine, parts, theirs (id)", "public.theirs has only some of its columns in it"},
		"kinds":   {"FOR ALL TABLES WITH (publish = 'insert, update')", "leaves out some kinds of changes"},
		"roots":   {"FOR ALL TABLES WITH (publish_via_partition_root)", "no TRUNCATE of a partition"},
	} {
		src.Exec(t, db, "CREATE PUBLICATION "+publication+" "+c.make)
		w := followed(t, src, dst, db, "half", "--publication", publication)
		if r := w.mustEnd(w.clone(), exitFailed); !strings.Contains(r.stderr, c.want) {
			t.Errorf("%s: it does not say %q: %s", publication, c.want, r)
		}
		if n := src.Value(t, db, "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'half'"); n != "0" {
			t.Errorf("%s: a slot was made", publication)
		}
	}
	src.Exec(t, db, "CREATE PUBLICATION whole FOR TABLE mine, parts, theirs")
	w := followed(t, src, dst, db, "whole", "--publication", "whole")
	defer w.stream("cleanup")
	p := w.clone()
	w.applying()
	src.Exec(t, db, "INSERT INTO theirs VALUES (1, 1); INSERT INTO parts VALUES (1)")
	w.endHere()
	w.mustEnd(p, exitDone)
	if got := dst.Value(t, w.targetDB, "SELECT (SELECT count(*) FROM theirs) || ' ' || (SELECT count(*) FROM parts)"); got != "1 1" {
		t.Errorf("followed %s", got)
	}
}

// Following goes on to a later endpos with all that belongs to it, large objects too, as long as the slot is there; with another slot there would be a
// gap.
func TestFollowGoesOnToALaterEnd(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, "CREATE TABLE t (id int PRIMARY KEY); SELECT lo_from_bytea(70001, 'one'), lo_from_bytea(70003, 'three')")
	w := followed(t, src, dst, db, "later")
	p := w.clone()
	w.applying()
	w.endHere()
	w.mustEnd(p, exitDone)
	src.Exec(t, db, "SELECT lo_put(70001, 0, 'TWO'), lo_unlink(70003), lo_from_bytea(70004, 'four'); INSERT INTO t VALUES (3)")
	w.endHere()
	if r := pgcopy(t, w.env, "follow", "--dir", w.dir); r.code != exitDone {
		t.Fatalf("follow: %s", r)
	}
	w.mustEqual()
	w.must("cleanup")
	src.Exec(t, db, "INSERT INTO t VALUES (4)")
	for _, args := range [][]string{{"follow"}, {"stream", "setup"}, {"stream", "receive"}} {
		if r := pgcopy(t, w.env, append(args, "--dir", w.dir)...); r.code != exitFailed || !strings.Contains(r.stderr, "no replication slot") {
			t.Errorf("%v behind a gap: %s", args, r)
		}
	}
	if n := src.Value(t, db, "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'later'"); n != "0" {
		t.Error("a slot was made")
	}
}
