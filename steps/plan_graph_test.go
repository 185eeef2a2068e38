package steps

import (
	"database/sql"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/workflow"
)

var updateGolden = flag.Bool("update", false, "write golden files anew")

// found is a database that was never there: small, but with one of everything that makes an edge in the plan.
type found struct {
	tables      []pgschema.Table
	parts       map[uint32]int
	routed      []uint32
	indexes     []pgschema.Index
	constraints []pgschema.Constraint
	entries     []entry
}

// entry is an archive entry, with the part of the archive it stands in and the statements behind its first.
type entry struct {
	pgschema.ArchiveEntry
	riders int
}

func richSource() found {
	name := func(rel string) pgschema.Name { return pgschema.Name{Schema: "public", Rel: rel} }
	table := func(oid uint32, rel, kind string, parent, root uint32, bytes int64) pgschema.Table {
		return pgschema.Table{OID: oid, Name: name(rel), Kind: kind, Persist: "p", AM: "heap", Bytes: bytes, Pages: bytes / 8192,
			ParentOID: parent, RootOID: root, Populated: kind == "m" && rel != "m_empty"}
	}
	index := func(oid, table uint32, rel string, con uint32, partitioned bool) pgschema.Index {
		return pgschema.Index{OID: oid, TableOID: table, Name: name(rel), Valid: true, ConstraintOID: con, Partitioned: partitioned, Bytes: 1000}
	}
	constraint := func(oid, table, index, ref uint32, rel, typ string) pgschema.Constraint {
		return pgschema.Constraint{OID: oid, TableOID: table, IndexOID: index, RefTable: ref, Name: rel, Type: typ, Validated: true}
	}
	f := found{
		tables: []pgschema.Table{
			table(100, "a", "r", 0, 0, 1<<20), table(101, "b", "r", 0, 0, 1<<30),
			table(102, "p", "p", 0, 0, 0), table(103, "p1", "r", 102, 102, 8192), table(104, "p2", "p", 102, 102, 0), table(105, "p2a", "r", 104, 102, 8192),
			table(106, "p_none", "p", 0, 0, 0), table(110, "bare", "r", 0, 0, 0), table(112, "checked", "r", 0, 0, 1<<32), table(116, "of_dom", "r", 0, 0, 1<<32),
			table(113, "q", "p", 0, 0, 0), table(114, "q1", "r", 113, 113, 8192), table(115, "q2", "r", 113, 113, 1<<20),
			table(107, "m1", "m", 0, 0, 0), table(108, "m2", "m", 0, 0, 0), table(109, "m_empty", "m", 0, 0, 0), table(111, "m_late", "m", 0, 0, 0),
		},
		parts:  map[uint32]int{101: 3, 115: 2},
		routed: []uint32{113},
		indexes: []pgschema.Index{
			index(200, 100, "a_pkey", 300, false), index(201, 100, "a_v_idx", 0, false), index(202, 100, "a_cluster_idx", 0, false),
			index(205, 100, "a_f_idx", 0, false), index(206, 110, "bare_hs_idx", 0, false),
			index(210210, 106, "p_none_idx", 0, true), index(207, 113, "q_idx", 0, true), index(208, 114, "q1_idx", 0, false), index(209, 114, "q1_x", 316, false),
			index(203, 101, "b_u", 301, false), index(204, 101, "b_x", 302, false),
			index(210, 102, "p_pkey", 303, true), index(211, 103, "p1_pkey", 304, false), index(212, 104, "p2_pkey", 305, true), index(213, 105, "p2a_pkey", 306, false),
			index(214, 102, "p_v_idx", 0, true), index(215, 103, "p1_v_idx", 0, false), index(216, 104, "p2_v_idx", 0, true), index(217, 105, "p2a_v_idx", 0, false),
			index(220, 107, "m1_idx", 0, false), index(222, 109, "m_empty_idx", 0, false), index(223, 111, "m_late_idx", 0, false),
		},
		constraints: []pgschema.Constraint{
			constraint(300, 100, 200, 0, "a_pkey", "p"), constraint(301, 101, 203, 0, "b_u", "u"), {OID: 302, TableOID: 101, IndexOID: 204, Name: "b_x", Type: "x", Def: `EXCLUDE USING btree (f7(id) WITH =)`},
			constraint(303, 102, 210, 0, "p_pkey", "p"), constraint(304, 103, 211, 0, "p1_pkey", "p"), constraint(305, 104, 212, 0, "p2_pkey", "p"),
			constraint(306, 105, 213, 0, "p2a_pkey", "p"),
			constraint(310, 101, 0, 100, "b_a_fkey", "f"), constraint(311, 101, 0, 102, "b_p_fkey", "f"), constraint(312, 106, 0, 106, "p_none_fkey", "f"),
			{OID: 313, TableOID: 100, Name: "a_check", Type: "c"}, constraint(314, 112, 0, 0, "checked_f", "c"), constraint(316, 114, 209, 0, "q1_x", "x"), constraint(315, 110, 0, 0, "bare_check", "c"),
		},
	}
	e := func(dump int, section, desc, rel string, catalog, oid uint32, needs ...int) {
		f.entries = append(f.entries, entry{ArchiveEntry: pgschema.ArchiveEntry{DumpID: dump, Section: section, Desc: desc, Schema: "public", Name: rel,
			CatalogOID: catalog, OID: oid, Needs: needs}})
	}
	const pre, post, class, con = "pre-data", "post-data", pgschema.ClassCatalog, pgschema.ConstraintCatalog
	e(1, pre, "EXTENSION", "hstore", pgschema.ExtensionCatalog, 500)
	e(2, pre, "COMMENT", "EXTENSION hstore", 0, 0, 1)
	for _, t := range f.tables {
		desc := map[string]string{"r": "TABLE", "p": "TABLE", "m": "MATERIALIZED VIEW"}[t.Kind]
		section := pre
		if t.Name.Rel == "m_late" { // groups by a primary key, so it comes after that
			section = post
		}
		e(int(t.OID), section, desc, t.Name.Rel, class, t.OID)
		switch t.Name.Rel {
		case "m_late":
			f.entries[len(f.entries)-1].Needs = []int{100, 300, 107}
		case "checked": // by a function, f2
			f.entries[len(f.entries)-1].Needs = []int{1002}
		case "of_dom":
			f.entries[len(f.entries)-1].Needs = []int{1991}
		}
	}
	e(120, pre, "VIEW", "v", class, 120)
	for i := range 250 {
		e(1000+i, pre, "FUNCTION", fmt.Sprintf("f%d(integer)", i), pgschema.ProcCatalog, uint32(1000+i))
	}
	e(201, post, "INDEX", "a_v_idx", class, 201, 100)
	e(202, post, "INDEX", "a_cluster_idx", class, 202, 100)
	f.entries[len(f.entries)-1].riders = 1
	e(205, post, "INDEX", "a_f_idx", class, 205, 100, 1000)  // calls f0
	e(206, post, "INDEX", "bare_hs_idx", class, 206, 110, 1) // of a type of hstore, which has a configuration
	e(207, post, "INDEX", "q_idx", class, 207, 113)
	e(208, post, "INDEX", "q1_idx", class, 208, 114)
	e(316, post, "CONSTRAINT", "q1 q1_x", con, 316, 114)
	e(317, post, "TRIGGER", "q1 tr", 2620, 317, 114)
	e(214, post, "INDEX", "p_v_idx", class, 214, 102)
	e(215, post, "INDEX", "p1_v_idx", class, 215, 103, 214)
	e(216, post, "INDEX", "p2_v_idx", class, 216, 104, 214)
	e(217, post, "INDEX", "p2a_v_idx", class, 217, 105, 216)
	e(220, post, "INDEX", "m1_idx", class, 220, 107)
	e(222, post, "INDEX", "m_empty_idx", class, 222, 109)
	e(223, post, "INDEX", "m_late_idx", class, 223, 111)
	e(300, post, "CONSTRAINT", "a a_pkey", con, 300, 100)
	e(301, post, "CONSTRAINT", "b b_u", con, 301, 101)
	e(302, post, "CONSTRAINT", "b b_x", con, 302, 101)
	e(303, post, "CONSTRAINT", "p p_pkey", con, 303, 102)
	e(304, post, "CONSTRAINT", "p1 p1_pkey", con, 304, 103, 303)
	e(305, post, "CONSTRAINT", "p2 p2_pkey", con, 305, 104, 303)
	e(306, post, "CONSTRAINT", "p2a p2a_pkey", con, 306, 105, 305)
	e(313, post, "CHECK CONSTRAINT", "a a_check", con, 313, 100)
	e(314, post, "CHECK CONSTRAINT", "domain d_check", con, 399, 9999) // of a domain, NOT VALID
	e(350, post, "INDEX ATTACH", "p1_pkey", 0, 0, 303, 103, 304, 102)
	e(351, post, "INDEX ATTACH", "p2_pkey", 0, 0, 303, 104, 305, 102)
	e(352, post, "INDEX ATTACH", "p2a_pkey", 0, 0, 305, 105, 306, 104)
	e(353, post, "INDEX ATTACH", "p1_v_idx", 0, 0, 214, 215)
	e(354, post, "INDEX ATTACH", "p2_v_idx", 0, 0, 214, 216)
	e(355, post, "INDEX ATTACH", "p2a_v_idx", 0, 0, 216, 217)
	e(360, post, "STATISTICS", "a_st", 3381, 360, 100)
	e(361, post, "STATISTICS", "p2a_st", 3381, 361, 105)
	e(370, post, "COMMENT", "INDEX a_v_idx", 0, 0, 201)
	e(371, post, "COMMENT", "INDEX m1_idx", 0, 0, 220)
	e(380, post, "RULE", "v _RETURN", 2618, 380, 100, 300, 120, 107)
	e(381, post, "RULE", "v2 _RETURN", 2618, 381, 121) // needs no table at all
	e(382, post, "TRIGGER", "a tr", 2620, 382, 100)
	e(383, post, "POLICY", "a pol", 3256, 383, 100)
	e(384, post, "ROW SECURITY", "a", 0, 0, 100)
	e(385, post, "PUBLICATION", "pub", 6104, 385)
	e(386, post, "PUBLICATION TABLE", "pub a", 6106, 386, 100, 385)
	e(310, post, "FK CONSTRAINT", "b b_a_fkey", con, 310, 101, 100, 300)
	e(311, post, "FK CONSTRAINT", "b b_p_fkey", con, 311, 101, 102, 303, 350, 351, 352)
	e(312, post, "FK CONSTRAINT", "p_none p_none_fkey", con, 312, 106)
	e(1990, pre, "OPERATOR", "=~=", 2617, 1990, 1003) // calls f3
	e(1991, pre, "DOMAIN", "dom", 1247, 1991, 1004)   // its check calls f4
	e(210210, post, "INDEX", "p_none_idx", class, 210210, 106, 1990)
	e(392, post, "DEFAULT ACL", "DEFAULT PRIVILEGES FOR TABLES", 826, 392)
	e(390, post, "EVENT TRIGGER", "et", 3466, 390)
	e(391, post, "COMMENT", "EVENT TRIGGER et", 0, 0, 390)
	e(400, post, "MATERIALIZED VIEW DATA", "m1", 0, 107, 107)
	e(401, post, "MATERIALIZED VIEW DATA", "m2", 0, 108, 108, 400)
	e(402, post, "MATERIALIZED VIEW DATA", "m_late", 0, 111, 111)
	return f
}

// store loads what was found, as load-source and dump-schema do.
func (f found) store(t *testing.T, db *catalogdb.DB) {
	t.Helper()
	must := func(err error) {
		if err != nil {
			t.Helper()
			t.Fatal(err)
		}
	}
	must(db.Load(t.Context(), func(l *catalogdb.Loader) error {
		for _, table := range f.tables {
			must(l.Table(table))
			if n := f.parts[table.OID]; n > 0 {
				var parts []pgschema.Part
				for i := range n {
					parts = append(parts, pgschema.Part{TableOID: table.OID, Number: i + 1, Count: n, Where: "true", Pages: table.Pages / int64(n)})
				}
				must(l.Parts(table.OID, "ctid", "", parts))
			}
		}
		for _, x := range f.indexes {
			must(l.Index(x))
		}
		for _, c := range f.constraints {
			must(l.Constraint(c))
		}
		for _, oid := range f.routed {
			must(l.RoutedRoot(oid, "the hash of an enum"))
		}
		must(l.Sequence(pgschema.Sequence{OID: 600, Name: pgschema.Name{Schema: "public", Rel: "s"}}))
		must(l.Extension(pgschema.Extension{OID: 500, Name: "hstore", Schema: "public"}))
		must(l.ExtensionConfig(pgschema.ExtensionConfig{ExtensionOID: 500, RelOID: 501, Kind: "r"}))
		must(l.LargeObjectBatch(pgschema.LargeObjectBatch{Number: 1, FirstOID: 700, LastOID: 800, Count: 50}, 1000))
		must(l.LargeObjectBatch(pgschema.LargeObjectBatch{Number: 2, FirstOID: 801, LastOID: 900, Count: 20}, 400))
		return l.DatabaseProperty(pgschema.DatabaseProperty{Kind: "comment", Value: "ours"})
	}))
	must(db.LoadArchive(t.Context(), func(l *catalogdb.ArchiveLoader) error {
		for _, e := range f.entries {
			must(l.Entry(e.ArchiveEntry, nil))
		}
		must(l.SkipCommentsOn("EXTENSION", "--skip-ext-comments"))
		for i, e := range f.entries {
			must(l.Script(e.DumpID, &catalogdb.Script{Position: i + 1, Section: e.Section, SQL: "SELECT 1;", Riders: e.riders}))
		}
		return nil
	}))
}

// planOf makes a catalog and plans a clone in it.
func planOf(t *testing.T, f found) (*catalogdb.DB, Workflow) {
	t.Helper()
	return planOn(t, f, 150000)
}

// planOn is planOf for a target of a version.
func planOn(t *testing.T, f found, version int) (*catalogdb.DB, Workflow) {
	t.Helper()
	db, err := catalogdb.Create(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Bind(t.Context(), catalogdb.Setup{SourceVersion: version, TargetVersion: version}); err != nil {
		t.Fatal(err)
	}
	if _, err := db.BeginRun(t.Context(), catalogdb.Run{Command: "test", Workflow: "clone"}); err != nil {
		t.Fatal(err)
	}
	w := cloneWorkflow(&Env{Opts: Options{DropIfExists: true}, SourceInfo: &pgdb.ServerInfo{VersionNum: version}, TargetInfo: &pgdb.ServerInfo{VersionNum: version}, Catalog: db, Log: slog.New(slog.DiscardHandler)})
	if err := db.Open(t.Context(), w.all(), nil); err != nil {
		t.Fatal(err)
	}
	f.store(t, db)
	if err := db.Plan(t.Context(), w.Steps); err != nil {
		t.Fatal(err)
	}
	return db, w
}

// lines runs a query of one text column.
func lines(t *testing.T, db *catalogdb.DB, query string) (list []string) {
	t.Helper()
	h, err := sql.Open("sqlite", "file:"+filepath.Join(db.Dir(), catalogdb.FileName)+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	rows, err := h.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		list = append(list, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return list
}

const edges = `SELECT t.step || ' ' || t.subject || ' (' || t.pool || ', ' || t.state || ')' || coalesce((
	SELECT group_concat(x, '') FROM (SELECT char(10) || '    <- ' || n.step || ' ' || n.subject AS x
	  FROM task_need d JOIN task n ON n.id = d.needs_id WHERE d.task_id = t.id ORDER BY n.id)), '')
	FROM task t ORDER BY t.id`

// TestPlanGraph holds the whole graph of a rich source against a golden file: every edge is a decision.
func TestPlanGraph(t *testing.T) {
	db, w := planOf(t, richSource())
	got := strings.Join(lines(t, db, edges), "\n") + "\n"
	golden := filepath.Join("testdata", "plan.golden")
	if *updateGolden {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("the plan has changed; look at it with -update and git diff")
	}

	before := lines(t, db, `SELECT id || step || oid || subject || state || blocked_by || size || priority FROM task ORDER BY id`)
	if err := db.Plan(t.Context(), w.Steps); err != nil {
		t.Fatal(err)
	}
	after := lines(t, db, `SELECT id || step || oid || subject || state || blocked_by || size || priority FROM task ORDER BY id`)
	if again := strings.Join(lines(t, db, edges), "\n") + "\n"; again != got || !slices.Equal(before, after) {
		t.Error("planning once more changes the plan")
	}
}

// TestPlanOfValidation: what the planner goes by when a foreign key is checked is there before. Building the index of the referenced side tells it
// that, but not for certain from version 18 on.
func TestPlanOfValidation(t *testing.T) {
	for version, want := range map[int]string{150000: "public.b", 170009: "public.b", 180000: "public.a public.b"} {
		db, _ := planOn(t, richSource(), version)
		got := lines(t, db, `SELECT coalesce(group_concat(subject, ' '), '') FROM (SELECT n.subject FROM task t JOIN task_need d ON d.task_id = t.id JOIN task n ON n.id = d.needs_id
			WHERE t.subject LIKE '%b_a_fkey' AND t.step = 'validate-foreign-key' AND n.step = 'vacuum-table' ORDER BY 1)`)
		if !slices.Equal(got, []string{want}) {
			t.Errorf("version %d: the validation comes behind the statistics of %q, want %q", version, got, want)
		}
	}
}

// TestEveryEntryHasOneDoer: each entry of the archive is done by one task, or left out for a reason on record.
func TestEveryEntryHasOneDoer(t *testing.T) {
	db, _ := planOf(t, richSource())
	for _, wrong := range lines(t, db, `
		WITH doer AS (SELECT e.dump_id, count(t.id) AS n
		  FROM archive_entry e LEFT JOIN task t ON t.step = e.done_by
		       AND CASE WHEN e.done_by = 'restore-pre-data' THEN t.part = e.batch
		                WHEN e.done_by IN ('create-index','add-constraint') THEN t.oid = e.object_oid ELSE t.oid = e.dump_id END
		 GROUP BY e.dump_id)
		SELECT e.description || ' ' || e.name || ' has ' || doer.n || ' doers of step ' || e.done_by
		  FROM archive_entry e JOIN doer USING (dump_id)
		 WHERE doer.n <> (NOT EXISTS (SELECT 1 FROM skipped_object k WHERE k.dump_id = e.dump_id))`) {
		t.Error(wrong)
	}
	if n := lines(t, db, `SELECT count(*) FROM skipped_object`); n[0] != "1" {
		t.Errorf("%s entries are skipped, not the extension's comment alone", n[0])
	}
}

// TestPlanRuns claims and settles the whole plan: no circle keeps anything from being done, and the order is that of the rules.
func TestPlanRuns(t *testing.T) {
	db, _ := planOf(t, richSource())
	var order []string
	for progress := true; progress; {
		progress = false
		for _, pool := range []string{"vacuum", "blob", "restore", "index", "copy", "control"} { // the latest first, to tempt fate
			task, ok, err := db.Claim(t.Context(), pool, "w")
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				continue
			}
			progress = true
			order = append(order, task.Step+" "+task.Subject)
			if _, err := db.Settle(t.Context(), task, workflow.Verdict{State: workflow.Done}); err != nil {
				t.Fatal(err)
			}
			break
		}
	}
	if left := lines(t, db, `SELECT step || ' ' || subject || ' is ' || state || ', blocked by ' || blocked_by FROM task WHERE state <> 'done'`); len(left) > 0 {
		t.Fatalf("a circle: %s", strings.Join(left, "\n"))
	}
	pre := "restore-pre-data 70 entries from 203"
	for _, rule := range []struct{ first, then string }{
		{"drop-existing objects of the same name", "restore-pre-data 200 entries from 1"}, {"restore-pre-data 200 entries from 1", pre},
		{pre, "truncate-table public.b"}, {pre, "copy-table public.bare"}, {pre, "add-foreign-key"}, {pre, "copy-large-objects"}, {pre, "set-sequences"},
		{pre, "vacuum-table public.p_none"}, {pre, "create-index public.m_empty_idx"},
		{"truncate-table public.b", "copy-part public.b part 1 of 3"}, {"copy-part public.b part 3 of 3", "create-index public.b_u"},
		{"copy-table public.a", "create-index public.a_v_idx"}, {"create-index public.a_v_idx", "add-constraint public.a a_pkey"},
		{"create-index public.a_v_idx", "alter-index public.a_cluster_idx"}, {"copy-part public.b part 2 of 3", "add-constraint public.b b_x"},
		{"add-constraint public.p2a p2a_pkey", "restore-post-data index attach public.p2a_pkey"},
		{"restore-post-data index attach public.p2a_pkey", "add-foreign-key fk constraint public.b b_p_fkey"},
		{"copy-table public.p2a", "add-foreign-key fk constraint public.b b_p_fkey"}, {"add-constraint public.a a_pkey", "add-foreign-key fk constraint public.b b_a_fkey"},
		{"copy-part public.b part 1 of 3", "refresh-materialized-view"}, {"restore-post-data rule public.v _RETURN", "refresh-materialized-view"},
		{"restore-post-data policy public.a pol", "refresh-materialized-view"},
		{"refresh-materialized-view materialized view data public.m1", "refresh-materialized-view materialized view data public.m2"},
		{"refresh-materialized-view materialized view data public.m1", "create-index public.m1_idx"},
		{"restore-post-data materialized view public.m_late", "refresh-materialized-view materialized view data public.m_late"},
		{"restore-post-data materialized view public.m_late", "create-index public.m_late_idx"},
		{"create-index public.a_v_idx", "vacuum-table public.a"}, {"restore-post-data statistics public.a_st", "vacuum-table public.a"},
		{"restore-post-data statistics public.p2a_st", "vacuum-table public.p"}, {"restore-post-data index attach", "restore-post-data event trigger public.et"},
		{"refresh-materialized-view", "restore-post-data event trigger public.et"}, {"validate-foreign-key", "restore-post-data event trigger public.et"},
		{"add-foreign-key fk constraint public.b b_a_fkey", "validate-foreign-key fk constraint public.b b_a_fkey"},
		{"restore-post-data default acl", "restore-post-data event trigger public.et"}, {"refresh-materialized-view", "restore-post-data default acl"},
		{"restore-post-data materialized view public.m_late", "restore-post-data default acl"},
		{"copy-table public.a", "copy-table public.of_dom"}, {"copy-table public.checked", "create-index public.p_none_idx"},
		{"copy-large-objects", "create-index public.a_f_idx"}, {"copy-large-objects", "copy-table public.checked"},
		{"copy-large-objects", "refresh-materialized-view"}, {"set-sequences", "refresh-materialized-view"}, {"add-foreign-key", "refresh-materialized-view"},
		{"restore-post-data trigger public.a tr", "refresh-materialized-view"}, {"restore-post-data row security public.a", "refresh-materialized-view"},
		{"validate-foreign-key fk constraint public.b b_a_fkey", "restore-post-data row security public.a"},
		{"restore-post-data event trigger public.et", "restore-post-data comment public.EVENT TRIGGER et"},
		{"copy-large-objects", "release-snapshot"}, {"copy-part public.b part 2 of 3", "release-snapshot"}, {"copy-extension-data", "release-snapshot"},
		{"refresh-materialized-view", "set-database-properties"}, {"copy-table public.p2a", "restore-post-data check constraint public.domain d_check"},
		{"truncate-table public.q", "copy-table public.q1"}, {"truncate-table public.q", "truncate-table public.q2"}, {"truncate-table public.q", "copy-part public.q2"},
		{"copy-part public.q2 part 2 of 2", "create-index public.q1_idx"}, {"copy-part public.q2 part 2 of 2", "add-constraint public.q1 q1_x"},
		{"copy-part public.q2 part 2 of 2", "restore-post-data trigger public.q1 tr"},
		{"copy-table public.a", "copy-table public.checked"}, {"copy-table public.p2a", "copy-table public.checked"}, {"copy-extension-data", "copy-table public.checked"},
		{"copy-table public.checked", "create-index public.a_f_idx"}, {"copy-part public.b part 2 of 3", "create-index public.a_f_idx"}, {"copy-table public.p1", "create-index public.a_f_idx"},
		{"copy-table public.p2a", "add-constraint public.b b_x"}, {"copy-extension-data hstore", "create-index public.a_f_idx"},
		{"copy-extension-data hstore", "create-index public.bare_hs_idx"},
		{"copy-part public.b part 2 of 3", "restore-post-data check constraint public.a a_check"}, // b may inherit from a
	} {
		matches := func(name, want string) bool {
			return name == want || !slices.Contains(order, want) && strings.HasPrefix(name, want)
		}
		last, first := 0, 0
		for i, name := range order {
			if matches(name, rule.first) {
				last = i + 1
			}
			if matches(name, rule.then) && first == 0 {
				first = i + 1
			}
		}
		if last == 0 || first == 0 || last > first {
			t.Errorf("%q (%d) has to come before %q (%d)", rule.first, last, rule.then, first)
		}
	}
	if _, err := db.Outlook(t.Context(), []string{"copy"}); err != nil {
		t.Error(err)
	}
}

// TestPlanOfNothing: sources without tables wait for their schema all the same.
func TestPlanOfNothing(t *testing.T) {
	for name, f := range map[string]found{
		"empty": {},
		"view": {
			tables: []pgschema.Table{{OID: 1, Name: pgschema.Name{Schema: "public", Rel: "m"}, Kind: "m", Persist: "p", Populated: true}},
			entries: []entry{{ArchiveEntry: pgschema.ArchiveEntry{DumpID: 1, Section: "pre-data", Desc: "MATERIALIZED VIEW", CatalogOID: pgschema.ClassCatalog, OID: 1}},
				{ArchiveEntry: pgschema.ArchiveEntry{DumpID: 2, Section: "post-data", Desc: "MATERIALIZED VIEW DATA", OID: 1, Needs: []int{1}}}},
		},
		"partitioned": {
			tables:  []pgschema.Table{{OID: 1, Name: pgschema.Name{Schema: "public", Rel: "p"}, Kind: "p", Persist: "p"}},
			entries: []entry{{ArchiveEntry: pgschema.ArchiveEntry{DumpID: 1, Section: "pre-data", Desc: "TABLE", CatalogOID: pgschema.ClassCatalog, OID: 1}}},
		},
	} {
		db, _ := planOf(t, f)
		open := lines(t, db, `SELECT step FROM task WHERE state = 'pending' AND blocked_by = 0 ORDER BY id`)
		if !slices.Equal(open, []string{"drop-existing"}) {
			if name != "empty" || slices.Contains(open, "set-database-properties") && len(f.entries) > 0 {
				t.Errorf("%s: at first %v can run", name, open)
			}
		}
	}
}
