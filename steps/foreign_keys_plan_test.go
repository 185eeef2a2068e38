package steps

import (
	"slices"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/workflow"
)

// keyed is a source of plain tables, each with a primary key, and foreign keys between them.
func keyed(bytes map[string]int64, keys ...[2]string) found {
	var f found
	oid := map[string]uint32{}
	for i, rel := range []string{"big", "small", "parted", "p1"} {
		size, there := bytes[rel]
		if !there {
			continue
		}
		id := uint32(100 + i)
		oid[rel] = id
		t := pgschema.Table{OID: id, Name: pgschema.Name{Schema: "public", Rel: rel}, Kind: "r", Persist: "p", AM: "heap", Bytes: size, Pages: size / 8192}
		switch rel {
		case "parted":
			t.Kind = "p"
		case "p1":
			t.ParentOID, t.RootOID = oid["parted"], oid["parted"]
		}
		f.tables = append(f.tables, t)
		f.entries = append(f.entries, entry{ArchiveEntry: pgschema.ArchiveEntry{DumpID: int(id), Section: "pre-data", Desc: "TABLE", Schema: "public", Name: rel,
			CatalogOID: pgschema.ClassCatalog, OID: id}})
	}
	for i, k := range keys {
		id := uint32(300 + i)
		f.constraints = append(f.constraints, pgschema.Constraint{OID: id, TableOID: oid[k[0]], RefTable: oid[k[1]], Name: "fk", Type: "f", Validated: true})
		f.entries = append(f.entries, entry{ArchiveEntry: pgschema.ArchiveEntry{DumpID: int(id), Section: "post-data", Desc: "FK CONSTRAINT", Schema: "public",
			Name: k[0] + " to " + k[1], CatalogOID: pgschema.ConstraintCatalog, OID: id, Needs: []int{int(oid[k[0]])}}})
	}
	return f
}

const orderOfKeys = `SELECT replace(replace(t.step || ' ' || t.subject || ' <- ' || n.step || ' ' || n.subject, 'fk constraint ', ''), 'public.', '')
	FROM task_need d JOIN task t ON t.id = d.task_id JOIN task n ON n.id = d.needs_id
	WHERE t.step = 'validate-foreign-key' OR t.step = 'vacuum-table' AND n.step <> 'complete-table' OR t.step = 'add-foreign-key' ORDER BY 1`

// TestForeignKeyOrder: no foreign key is added behind the ANALYZE of the larger of its tables, and each is validated behind that of its own table.
func TestForeignKeyOrder(t *testing.T) {
	for name, c := range map[string]struct {
		of   found
		want []string
	}{
		"of the larger": {keyed(map[string]int64{"big": 1 << 30, "small": 1 << 20}, [2]string{"big", "small"}, [2]string{"big", "big"}), []string{
			"add-foreign-key big to big <- complete-table big",
			"add-foreign-key big to small <- complete-table big", "add-foreign-key big to small <- complete-table small",
			"vacuum-table big <- add-foreign-key big to big", "vacuum-table big <- add-foreign-key big to small",
			"validate-foreign-key big to big <- add-foreign-key big to big", "validate-foreign-key big to big <- vacuum-table big",
			"validate-foreign-key big to small <- add-foreign-key big to small", "validate-foreign-key big to small <- vacuum-table big"}},
		"to the larger, both ways": {keyed(map[string]int64{"big": 1 << 30, "small": 1 << 20}, [2]string{"small", "big"}, [2]string{"big", "small"}), []string{
			"add-foreign-key big to small <- complete-table big", "add-foreign-key big to small <- complete-table small",
			"add-foreign-key small to big <- complete-table big", "add-foreign-key small to big <- complete-table small",
			"vacuum-table big <- add-foreign-key big to small", "vacuum-table big <- add-foreign-key small to big",
			"validate-foreign-key big to small <- add-foreign-key big to small", "validate-foreign-key big to small <- vacuum-table big",
			"validate-foreign-key small to big <- add-foreign-key small to big", "validate-foreign-key small to big <- vacuum-table small"}},
		"of a partition": { // adding that of the whole, on 15, takes as long as its check
			keyed(map[string]int64{"small": 1 << 20, "parted": 0, "p1": 1 << 30}, [2]string{"p1", "small"}, [2]string{"parted", "small"}), []string{
				"add-foreign-key p1 to small <- complete-table p1", "add-foreign-key p1 to small <- complete-table small",
				"add-foreign-key parted to small <- complete-table parted", "add-foreign-key parted to small <- complete-table small",
				"vacuum-table parted <- add-foreign-key p1 to small",
				"validate-foreign-key p1 to small <- add-foreign-key p1 to small", "validate-foreign-key p1 to small <- vacuum-table parted"}},
	} {
		t.Run(name, func(t *testing.T) {
			db, _ := planOf(t, c.of)
			got := slices.DeleteFunc(lines(t, db, orderOfKeys), func(s string) bool { return strings.Contains(s, "milestone") })
			if !slices.Equal(got, c.want) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(c.want, "\n"))
			}
			settleEverything(t, db, nil)
			if left := lines(t, db, "SELECT step || ' ' || subject FROM task WHERE state <> 'done'"); len(left) > 0 {
				t.Errorf("a circle: %v", left)
			}
		})
	}
}

// TestForeignKeyOrderOnly: statistics and foreign keys come one behind the other, but do not depend on each other. Whatever fails of them leaves
// the rest to be done, and so does a table whose copy has failed.
func TestForeignKeyOrderOnly(t *testing.T) {
	for fails, skipped := range map[string][]string{
		"add-foreign-key": {"milestone schema complete", "validate-foreign-key fk constraint public.big to small"},
		"vacuum-table":    nil,
		"copy-table small": {"add-foreign-key fk constraint public.big to small", "complete-table public.small", "milestone ready for views", "milestone schema complete",
			"milestone tables complete", "vacuum-table public.small", "validate-foreign-key fk constraint public.big to small"},
	} {
		t.Run(fails, func(t *testing.T) {
			db, w := planOf(t, keyed(map[string]int64{"big": 1 << 30, "small": 1 << 20}, [2]string{"big", "small"}))
			step, subject, _ := strings.Cut(fails, " ")
			bad := func(task workflow.Task) bool { return task.Step == step && strings.HasSuffix(task.Subject, subject) }
			settleEverything(t, db, bad)
			for _, query := range []string{"skipped", "pending"} {
				got := lines(t, db, "SELECT step || ' ' || subject FROM task WHERE state = '"+query+"' AND step NOT IN ('release-snapshot','restore-post-data','set-database-properties','check-unlogged') ORDER BY 1")
				if want := map[string][]string{"skipped": skipped}[query]; !slices.Equal(got, want) {
					t.Errorf("%s: %v, want %v", query, got, want)
				}
			}
			if err := db.Open(t.Context(), w.all(), nil); err != nil { // as a resume does
				t.Fatal(err)
			}
			settleEverything(t, db, nil)
			if left := lines(t, db, "SELECT step || ' ' || subject || ' ' || state FROM task WHERE state <> 'done'"); len(left) > 0 {
				t.Errorf("not done by the next run: %v", left)
			}
		})
	}
}

// settleEverything does all there is to do, but for the tasks that fail.
func settleEverything(t *testing.T, db *catalogdb.DB, bad func(workflow.Task) bool) {
	t.Helper()
	for progress := true; progress; {
		progress = false
		for _, pool := range []string{"vacuum", "blob", "restore", "index", "copy", "control"} {
			task, ok, err := db.Claim(t.Context(), pool, "w")
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				continue
			}
			progress = true
			v := workflow.Verdict{State: workflow.Done}
			if bad != nil && bad(task) {
				v = workflow.Verdict{State: workflow.Failed, Error: "no"}
			}
			if _, err := db.Settle(t.Context(), task, v); err != nil {
				t.Fatal(err)
			}
		}
	}
}
