package steps

import (
	"database/sql"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/workflow"
)

// spread is a tree whose rows belong to other partitions on another server, below one whose rows do not.
const spread = `CREATE TYPE mood AS ENUM ('a', 'b', 'c', 'd', 'e', 'f', 'g', 'h');
	CREATE TABLE log (what text); CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (TG_TABLE_NAME); RETURN NEW; END';
	CREATE TABLE "Root" (id int, m mood, t text) PARTITION BY LIST ((id % 2));
	CREATE TABLE even (t text, id int, m mood) PARTITION BY HASH (m); ALTER TABLE "Root" ATTACH PARTITION even FOR VALUES IN (0);
	CREATE TABLE odd PARTITION OF "Root" FOR VALUES IN (1);
	CREATE TABLE even_1 PARTITION OF even FOR VALUES WITH (MODULUS 3, REMAINDER 0); CREATE UNLOGGED TABLE even_2 PARTITION OF even FOR VALUES WITH (MODULUS 3, REMAINDER 1);
	CREATE TABLE even_3 (id int, gone int, m mood, t text); ALTER TABLE even_3 DROP gone; ALTER TABLE even ATTACH PARTITION even_3 FOR VALUES WITH (MODULUS 3, REMAINDER 2);
	INSERT INTO "Root" SELECT i, (enum_range(NULL::mood))[1 + i / 2 % 8], repeat('t', 200) FROM generate_series(1, 4000) i;
	CREATE TABLE lists (id int, m mood[]) PARTITION BY HASH (m);
	CREATE TABLE lists_1 PARTITION OF lists FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE lists_2 PARTITION OF lists FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO lists SELECT i, ARRAY[(enum_range(NULL::mood))[1 + i % 8], 'a'] FROM generate_series(1, 1000) i;
	CREATE TABLE alone (m mood) PARTITION BY HASH (m); -- all rows in one partition, and mostly in another one on the target
	CREATE TABLE alone_1 PARTITION OF alone FOR VALUES WITH (MODULUS 4, REMAINDER 0); CREATE TABLE alone_2 PARTITION OF alone FOR VALUES WITH (MODULUS 4, REMAINDER 1);
	CREATE TABLE alone_3 PARTITION OF alone FOR VALUES WITH (MODULUS 4, REMAINDER 2); CREATE TABLE alone_4 PARTITION OF alone FOR VALUES WITH (MODULUS 4, REMAINDER 3);
	INSERT INTO alone SELECT 'f' FROM generate_series(1, 100);
	CREATE TABLE numbers (id int) PARTITION BY HASH (id); -- the same everywhere
	CREATE TABLE numbers_1 PARTITION OF numbers FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE numbers_2 PARTITION OF numbers FOR VALUES WITH (MODULUS 2, REMAINDER 1);
	INSERT INTO numbers SELECT generate_series(1, 1000);
	CREATE INDEX ON "Root" (t); CREATE INDEX ON even_1 (id); CREATE TRIGGER tr AFTER INSERT ON "Root" FOR EACH ROW EXECUTE FUNCTION log_it();
	CREATE TRIGGER own BEFORE INSERT ON even_1 FOR EACH ROW EXECUTE FUNCTION log_it(); ANALYZE`

// TestRoutedRoots: the hash of an enum is that of an OID, which every server gives by itself. Rows find their partitions on the target anew, as with pg_dump.
func TestRoutedRoots(t *testing.T) {
	src, dst := pgtest.Pair(t)
	source := src.FreshDB(t)
	src.Exec(t, source, spread)
	for _, c := range []struct {
		name string
		set  func(*Options)
	}{
		{"in one part", func(o *Options) { o.SplitTablesLargerThan, o.NeverSplit = 0, true }},
		{"in parts", func(o *Options) { o.SplitTablesLargerThan = 32 << 10 }},
		{"one after the other", func(o *Options) { o.TableJobs, o.IndexJobs, o.RestoreJobs = 1, 1, 1 }},
		{"with statistics of its own", func(o *Options) { o.Vacuum = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := dst.FreshDB(t)
			dst.Exec(t, target, "CREATE TYPE pg_temp.other AS ENUM ('x')") // another OID before it
			o := testOptions(t, src.URI(source), dst.URI(target))
			c.set(&o)
			if out, err := Clone(t.Context(), o); err != nil {
				t.Fatalf("%v %+v", err, out)
			}
			mustEqual(t, src, o.Source, o.Target)
			routed := "odd; even_1; even_2; even_3; lists_1; lists_2; alone_1; alone_2; alone_3; alone_4"
			if got := join(catalogRows(t, o.Dir, "SELECT name FROM source_table s WHERE kind = 'r' AND EXISTS (SELECT 1 FROM row_root r WHERE r.oid = s.root_oid) ORDER BY oid")); got != routed {
				t.Errorf("rows of %s were copied into roots, instead of %s", got, routed)
			}
			losesVerdicts(t, o.Dir)
			again := o
			again.NotConsistent = true // the snapshot is gone
			if out, err := Resume(t.Context(), again); err != nil {
				t.Fatalf("%v %+v", err, out)
			}
			mustEqual(t, src, o.Source, o.Target) // nothing was copied twice: rows are looked for in the whole tree
			data, err := CompareData(t.Context(), CompareOptions{Options: o, Rows: 10})
			if err != nil || data.Differences != 0 || data.Unverified != 0 {
				t.Errorf("compare data: %+v %v", data, err)
			}
			dst.Exec(t, target, `UPDATE "Root" SET t = 'changed' WHERE id = 8; DELETE FROM lists WHERE id = 9`)
			o.Restart = true
			if data, err = CompareData(t.Context(), CompareOptions{Options: o, Rows: 10}); err != nil || data.Differences != 2 {
				t.Errorf("compare data behind changes: %+v %v", data, err)
			}
		})
	}
}

// losesVerdicts has the catalog forget that rows were copied, as when the process dies behind a COMMIT.
func losesVerdicts(t *testing.T, dir string) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, catalogdb.FileName))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if _, err := db.Exec("UPDATE task SET state = 'pending', started_at = NULL, finished_at = NULL WHERE step IN ('copy-table','copy-part') AND pool = 'copy' AND target_xid IS NOT NULL"); err != nil {
		t.Fatal(err)
	}
}

// TestRoutedRootsInSteps: the rows of a tree are copied by a command of their own, into tables that have triggers, and never twice.
func TestRoutedRootsInSteps(t *testing.T) {
	src, dst := pgtest.Pair(t)
	source, target := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, source, spread)
	o := testOptions(t, src.URI(source), dst.URI(target))
	for _, name := range []string{"restore pre-data", "copy table-data", "restore post-data"} {
		if out, err := Command(t.Context(), o, name); err != nil {
			t.Fatalf("%s: %v %+v", name, err, out)
		}
	}
	mustEqual(t, src, o.Source, o.Target)
	again := testOptions(t, src.URI(source), dst.URI(target))
	again.NeverSplit, again.SplitTablesLargerThan = true, 0
	_, err := Command(t.Context(), again, "copy table-data")
	if !errors.Is(err, workflow.ErrFailed) {
		t.Errorf("rows were copied a second time: %v", err)
	}
	failed := join(catalogRows(t, again.Dir, "SELECT DISTINCT error FROM failures WHERE state = 'failed' ORDER BY 1"))
	for _, want := range []string{`public."Root" on the target already has rows that this copy did not write`, "public.numbers_1 on the target already has rows"} {
		if !strings.Contains(failed, want) {
			t.Errorf("nothing says %q: %s", want, failed)
		}
	}
	dst.Exec(t, target, `TRUNCATE "Root", lists, alone, numbers, log; ALTER TABLE even_1 DISABLE TRIGGER own`)
	again.Restart = true
	if out, err := Command(t.Context(), again, "copy table-data"); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	dst.Exec(t, target, `ALTER TABLE even_1 ENABLE TRIGGER own`)
	mustEqual(t, src, o.Source, o.Target)
}

// TestRoutedRootsByEncoding: the hash of a text is that of its bytes.
func TestRoutedRootsByEncoding(t *testing.T) {
	src, dst := pgtest.Pair(t)
	source, target := "routed_latin1", dst.FreshDB(t)
	src.CreateDB(t, source, "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
	src.Exec(t, source, `CREATE TABLE t (id int, v text) PARTITION BY HASH (v);
		CREATE TABLE t_1 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 0); CREATE TABLE t_2 PARTITION OF t FOR VALUES WITH (MODULUS 2, REMAINDER 1);
		INSERT INTO t SELECT i, chr(200 + i % 50) || i FROM generate_series(1, 500) i`)
	o := testOptions(t, src.URI(source), dst.URI(target))
	if out, err := Clone(t.Context(), o); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	const rows = "SELECT count(*) || ' ' || sum(id) FROM t"
	if s, d := src.Value(t, source, rows), dst.Value(t, target, rows); s != d {
		t.Errorf("%s rows on the source, %s on the target", s, d)
	}
	if data, err := CompareData(t.Context(), CompareOptions{Options: o}); err != nil || data.Differences != 0 || data.Unverified != 0 {
		t.Errorf("compare data: %+v %v", data, err)
	}
}

// TestRoutedRootsAreNotFollowed: changes come by the partition that a row has on the source. Nothing is made before that is said.
func TestRoutedRootsAreNotFollowed(t *testing.T) {
	src, dst := pgtest.Pair(t)
	source, target := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, source, spread)
	o := testOptions(t, src.URI(source), dst.URI(target))
	o.Follow, o.SlotName = true, "routed"
	_, err := Clone(t.Context(), o)
	var user *pgdb.UserError
	if !errors.As(err, &user) || !strings.Contains(err.Error(), `cannot be followed: its rows belong to other partitions on the target, because the hash of an enum`) {
		t.Fatalf("a tree that cannot be followed: %v", err)
	}
	if n := src.Value(t, source, "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'routed'"); n != "0" {
		t.Error("a slot was made before")
	}
	if n := dst.Value(t, target, "SELECT count(*) FROM pg_class WHERE relname = 'log'"); n != "0" {
		t.Error("the target was changed")
	}
}
