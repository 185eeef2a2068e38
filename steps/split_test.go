package steps

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgschema"
	stmt "github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// Without a word about splitting, only the table that would keep the other workers waiting is cut, with its rows in ranges that lack none and
// share none.
func TestTablesAreCutByTheirShare(t *testing.T) {
	defer func(n int64) { autoPartBytes = n }(autoPartBytes)
	autoPartBytes = 64 << 10
	defer func(n int) { cpus = n }(cpus)
	src, dst := pgtest.Pair(t)
	source := src.FreshDB(t)
	src.Exec(t, source, `
		CREATE TABLE long (id bigint PRIMARY KEY, t text);
		INSERT INTO long SELECT i, repeat('x', 100) FROM generate_series(1, 30000) i;
		DELETE FROM long WHERE id % 7 = 0;
		CREATE TABLE other (id int PRIMARY KEY, t text);
		INSERT INTO other SELECT i, repeat('y', 100) FROM generate_series(1, 3000) i;
		CREATE TABLE small (id int PRIMARY KEY);
		INSERT INTO small VALUES (1)`)
	for _, c := range []struct {
		set  func(*Options)
		want string
	}{
		{func(*Options) {}, "long ctid 4, other whole 0, small whole 0"},
		{func(o *Options) { o.TableJobs = 2 }, "long ctid 2, other whole 0, small whole 0"},
		{func(o *Options) { o.TableJobs = 1 }, "long whole 0, other whole 0, small whole 0"},
		{func(*Options) { cpus = 2 }, "long whole 0, other whole 0, small whole 0"}, // both servers are on it, and one copy keeps it busy
		{func(*Options) { cpus = 4 }, "long ctid 2, other whole 0, small whole 0"},
		{func(o *Options) { o.SplitMaxParts = 3 }, "long ctid 3, other whole 0, small whole 0"},
		{func(o *Options) { o.NeverSplit = true }, "long whole 0, other whole 0, small whole 0"},
		{func(o *Options) { o.SkipSplitByCTID = true }, "long whole 0, other whole 0, small whole 0"},
	} {
		o := testOptions(t, src.URI(source), dst.URI(dst.FreshDB(t)))
		o.NeverSplit, o.SplitTablesLargerThan = false, 0 // whatever PGCOPY_TEST_SPLIT says
		cpus = 64
		c.set(&o)
		if out, err := Clone(context.Background(), o); err != nil {
			t.Fatalf("%v %+v", err, out)
		}
		mustEqual(t, src, o.Source, o.Target)
		db, err := catalogdb.Look(t.Context(), o.Dir)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		got := strings.Join(lines(t, db, `SELECT name || ' ' || copy_method || ' ' || (SELECT count(*) FROM part WHERE table_oid = oid) FROM source_table ORDER BY name`), ", ")
		if got != c.want {
			t.Errorf("%+v: cut as %s, want %s", o, got, c.want)
		}
		if over := lines(t, db, `SELECT step || ' ' || seconds FROM estimates WHERE expected_seconds IS NULL OR seconds IS NULL`); len(over) > 0 {
			t.Errorf("estimates without figures: %v", over)
		}
	}
}

// How many parts a table gets depends on how much of it is TOAST, and a table whose copy is planned already stays as it is.
func TestTheShareOfTOASTAndOfWhatIsPlanned(t *testing.T) {
	f := found{tables: []pgschema.Table{
		{OID: 1, Name: pgschema.Name{Schema: "public", Rel: "plain"}, Kind: "r", Persist: "p", AM: "heap", Pages: 10000, Bytes: 10000*8192 + 10000*2048 - 1},
		{OID: 2, Name: pgschema.Name{Schema: "public", Rel: "toasted"}, Kind: "r", Persist: "p", AM: "heap", Pages: 10000, Bytes: 10000*8192 + 10000*2048},
	}}
	db, _ := planOf(t, f)
	cut := func() string {
		if err := db.Planning(t.Context(), func(p workflow.Planner) error {
			return p.Exec(t.Context(), stmt.CatalogPlanSplitShares, 4, 1<<20, 0, 2, 3)
		}); err != nil {
			t.Fatal(err)
		}
		return strings.Join(lines(t, db, `SELECT table_oid || ' in ' || count(*) FROM part GROUP BY table_oid`), ", ")
	}
	if got := cut(); got != "" {
		t.Errorf("what is planned was cut: %s", got)
	}
	if err := db.Planning(t.Context(), func(p workflow.Planner) error {
		for _, s := range []string{`DELETE FROM task_need`, `DELETE FROM task WHERE step = 'copy-table'`} {
			if err := p.Exec(t.Context(), s); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := cut(); got != "1 in 2, 2 in 3" {
		t.Errorf("cut as %s", got)
	}
}

// An index that is all there is to do gets workers of its own; while others are built beside it, none.
func TestParallelBuilds(t *testing.T) {
	src, dst := pgtest.Pair(t)
	source := src.FreshDB(t)
	src.Exec(t, source, `
		CREATE TABLE one (id bigint, t text);
		INSERT INTO one SELECT i, repeat('x', 100) FROM generate_series(1, 3000) i;
		CREATE INDEX one_id ON one (id)`)
	o := testOptions(t, src.URI(source), dst.URI(dst.FreshDB(t)))
	o.SplitTablesLargerThan = 0 // the copy is one task
	if _, err := Clone(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	db, err := catalogdb.Create(t.Context(), o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	e := &Env{Opts: o, Catalog: db}
	e.Opts.TableJobs, e.Opts.IndexJobs = 2, 6
	s := newCreateIndex(e)
	set := func(statement string) {
		h, err := sql.Open("sqlite", "file:"+filepath.Join(o.Dir, catalogdb.FileName))
		if err != nil {
			t.Fatal(err)
		}
		defer h.Close()
		if _, err := h.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	id, err := strconv.ParseInt(lines(t, db, `SELECT id FROM task WHERE step = 'create-index'`)[0], 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cost   int
		others string
		want   string
	}{
		{1000, "", "s"},
		{9_000_000, "", "sSET LOCAL max_parallel_maintenance_workers = 5;\n"},
		{9_000_000, "UPDATE task SET state = 'pending', cost = 5000000, priority = 5000000 WHERE step = 'copy-table'", "sSET LOCAL max_parallel_maintenance_workers = 2;\n"},
		{9_000_000, "UPDATE task SET state = 'pending', cost = 1000, priority = 9000000 WHERE step = 'copy-table'", "sSET LOCAL max_parallel_maintenance_workers = 5;\n"},
	} {
		set(fmt.Sprintf("UPDATE task SET cost = %d WHERE id = %d; %s", c.cost, id, c.others))
		if got, err := s.tuning(t.Context(), workflow.Task{ID: id}, "s"); err != nil || got != c.want {
			t.Errorf("%+v: %q, %v", c, got, err)
		}
	}
}
