package steps

import (
	"fmt"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/workflow"
)

// manyTables is a source of n tables, each with a primary key, an index, and a foreign key to the table before it.
func manyTables(n int) found {
	var f found
	add := func(section, desc string, catalog, oid uint32, needs ...int) int {
		id := len(f.entries) + 1
		f.entries = append(f.entries, entry{ArchiveEntry: pgschema.ArchiveEntry{DumpID: id, Section: section, Desc: desc, Schema: "public",
			Name: fmt.Sprint("e", id), CatalogOID: catalog, OID: oid, Needs: needs}})
		return id
	}
	var tables, keys []int
	for i := range n {
		oid := uint32(10000 + 10*i)
		name := func(suffix string) pgschema.Name {
			return pgschema.Name{Schema: "public", Rel: fmt.Sprint("t", i, suffix)}
		}
		f.tables = append(f.tables, pgschema.Table{OID: oid, Name: name(""), Kind: "r", Persist: "p", AM: "heap", Bytes: int64(8192 * (i % 97)), Pages: int64(i % 97)})
		f.indexes = append(f.indexes, pgschema.Index{OID: oid + 1, TableOID: oid, Name: name("_pkey"), Valid: true, ConstraintOID: oid + 3},
			pgschema.Index{OID: oid + 2, TableOID: oid, Name: name("_v_idx"), Valid: true})
		f.constraints = append(f.constraints, pgschema.Constraint{OID: oid + 3, TableOID: oid, IndexOID: oid + 1, Name: name("_pkey").Rel, Type: "p"},
			pgschema.Constraint{OID: oid + 4, TableOID: oid, RefTable: uint32(10000 + 10*max(i-1, 0)), Name: name("_fkey").Rel, Type: "f", Validated: true})
		tables = append(tables, add("pre-data", "TABLE", pgschema.ClassCatalog, oid))
	}
	for i := range n {
		oid := uint32(10000 + 10*i)
		keys = append(keys, add("post-data", "CONSTRAINT", pgschema.ConstraintCatalog, oid+3, tables[i]))
		add("post-data", "INDEX", pgschema.ClassCatalog, oid+2, tables[i])
	}
	for i := range n {
		add("post-data", "FK CONSTRAINT", pgschema.ConstraintCatalog, uint32(10000+10*i+4), tables[i], tables[max(i-1, 0)], keys[max(i-1, 0)])
	}
	return f
}

// TestPlanScales: the time to plan, claim and settle a task does not grow with the number of tables. To see the figures of a large source:
// PGCOPY_TEST_PLAN_TABLES=100000 go test ./steps -run TestPlanScales -v
func TestPlanScales(t *testing.T) {
	n := scale(t, "PGCOPY_TEST_PLAN_TABLES", 4000)
	small, large := planCosts(t, n/4), planCosts(t, n)
	t.Logf("%d tables: %v", n/4, small)
	t.Logf("%d tables: %v", n, large)
	if large.plan > 2*small.plan && large.plan > 2*time.Millisecond { // it takes half a millisecond; what is quadratic soon takes more
		t.Errorf("planning a table takes %v of %d tables, and %v of %d", large.plan, n, small.plan, n/4)
	}
	for what, cost := range map[string][2]time.Duration{
		"claim": {large.claim, 2 * time.Millisecond}, "settle": {large.settle, 3 * time.Millisecond}, "outlook": {large.outlook, 2 * time.Millisecond},
		"progress": {large.progress, 500 * time.Millisecond}, // generous: the machine may be busy with other tests
	} {
		if cost[0] > cost[1] {
			t.Errorf("%s takes %v with %d tables, more than %v", what, cost[0], n, cost[1])
		}
	}
}

// costs are times: plan per table, claim, settle and outlook each, progress once.
type costs struct {
	tasks                                              int64
	load, plan, open, claim, settle, outlook, progress time.Duration
}

func (c costs) String() string {
	return fmt.Sprintf("%d tasks; load %v a table, plan %v a table, schema milestone settled in %v, claim %v, settle %v, outlook %v, progress %v",
		c.tasks, c.load, c.plan, c.open, c.claim, c.settle, c.outlook, c.progress)
}

func planCosts(t *testing.T, n int) (c costs) {
	db, err := catalogdb.Create(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.BeginRun(t.Context(), catalogdb.Run{Command: "test", Workflow: "clone"}); err != nil {
		t.Fatal(err)
	}
	w := cloneWorkflow(&Env{SourceInfo: &pgdb.ServerInfo{VersionNum: 150000}, TargetInfo: &pgdb.ServerInfo{VersionNum: 150000}, Catalog: db})
	if err := db.Open(t.Context(), w.all(), nil); err != nil {
		t.Fatal(err)
	}
	f := manyTables(n)
	began := time.Now()
	lap := func(parts int) time.Duration {
		d := time.Since(began) / time.Duration(max(parts, 1))
		began = time.Now()
		return d
	}
	f.store(t, db)
	c.load = lap(n)
	if err := db.Plan(t.Context(), w.Steps); err != nil {
		t.Fatal(err)
	}
	c.plan = lap(n)
	for { // the schema: its batches are all that can be claimed until the last of them is done
		task, ok, err := db.Claim(t.Context(), "restore", "restore 1")
		if ok && task.Step != "restore-pre-data" {
			t.Fatalf("%s %s can be claimed before the schema is there", task.Step, task.Subject)
		}
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			break
		}
		began = time.Now()
		if _, err := db.Settle(t.Context(), task, workflow.Verdict{State: workflow.Done}); err != nil {
			t.Fatal(err)
		}
		c.open = lap(1)
		if left, err := db.Outlook(t.Context(), []string{"copy"}); err != nil || len(left.Claimable) > 0 {
			break
		}
	}
	c.claim, c.settle = claimCosts(t, db, min(n, 2000))
	began = time.Now()
	for range 200 {
		if _, err := db.Outlook(t.Context(), []string{"blob", "control", "copy", "index", "restore", "vacuum"}); err != nil {
			t.Fatal(err)
		}
	}
	c.outlook = lap(200)
	p, err := db.Progress(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	c.progress = lap(1)
	c.tasks = p.Overall.Total
	return c
}

// claimCosts does n tasks of each pool and gives the mean of a claim and of a verdict.
func claimCosts(t *testing.T, db *catalogdb.DB, n int) (claims, settles time.Duration) {
	done := 0
	for _, pool := range []string{"copy", "index", "restore", "vacuum"} {
		for range n {
			a := time.Now()
			task, ok, err := db.Claim(t.Context(), pool, pool+" 1")
			b := time.Now()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			if _, err := db.Settle(t.Context(), task, workflow.Verdict{State: workflow.Done, Result: workflow.Result{Bytes: 100, Rows: 1}}); err != nil {
				t.Fatal(err)
			}
			claims, settles, done = claims+b.Sub(a), settles+time.Since(b), done+1
		}
	}
	return claims / time.Duration(max(done, 1)), settles / time.Duration(max(done, 1))
}
