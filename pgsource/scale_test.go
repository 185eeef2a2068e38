package pgsource

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// TestTimePerTable prints what discovery takes per table for few and for many tables, without statistics on the
// catalogs and with them. It asserts nothing about time, which depends on what else the machine does; a cost that is
// not linear shows at once.
func TestTimePerTable(t *testing.T) {
	if testing.Short() {
		t.Skip("creates 3,300 tables")
	}
	ctx := context.Background()
	for _, n := range []int{300, 3000} {
		src, db, _ := explored(t, "CREATE TABLE parent (id int PRIMARY KEY); CREATE TABLE many (k int) PARTITION BY LIST (k)")
		for from := 1; from <= n; from += 500 {
			src.Exec(t, db, fmt.Sprintf(`DO $$ BEGIN FOR i IN %d..%d LOOP
				IF i %% 5 = 0 THEN EXECUTE format('CREATE TABLE t%%s PARTITION OF many FOR VALUES IN (%%s)', i, i);
				ELSE EXECUTE format('CREATE TABLE t%%s (id bigserial PRIMARY KEY, p int REFERENCES parent, note text)', i); END IF;
			END LOOP; END $$`, from, min(from+499, n)))
		}
		for _, analyzed := range []bool{false, true} {
			if analyzed {
				src.Exec(t, db, "VACUUM ANALYZE pg_class, pg_attribute, pg_index, pg_constraint, pg_depend, pg_inherits, pg_namespace")
			}
			conn := session(t, src.URI(db))
			if _, err := ExportSnapshot(ctx, conn); err != nil {
				t.Fatal(err)
			}
			line, tables := timings(t, conn)
			t.Logf("%d tables (catalogs analyzed: %v):%s", tables, analyzed, line)
			if tables != n+2 {
				t.Errorf("%d tables, want %d", tables, n+2)
			}
		}
	}
}

// timings runs all that discovery does once per table and says what each took, in microseconds a table.
func timings(t *testing.T, conn *pgx.Conn) (line string, tables int) {
	ctx := context.Background()
	run := func(what string, do func() error) {
		start := time.Now()
		if err := do(); err != nil {
			t.Fatal(err)
		}
		line += fmt.Sprintf(" %s %d µs", what, time.Since(start).Microseconds()/int64(max(tables, 1)))
	}
	all := func(o TableOptions) func() error {
		return func() error {
			tables = 0
			return Tables(ctx, conn, o, func(pgschema.Table) error { tables++; return nil })
		}
	}
	if err := all(TableOptions{})(); err != nil { // warms the caches
		t.Fatal(err)
	}
	run("tables", all(TableOptions{}))
	run("estimated", all(TableOptions{EstimateSizes: true}))
	run("columns", func() error { return Columns(ctx, conn, func(pgschema.Column) error { return nil }) })
	run("indexes", func() error { return Indexes(ctx, conn, TableOptions{}, func(pgschema.Index) error { return nil }) })
	run("constraints", func() error { return Constraints(ctx, conn, func(pgschema.Constraint) error { return nil }) })
	run("sequences", func() error { return Sequences(ctx, conn, func(pgschema.Sequence) error { return nil }) })
	run("unreadable", func() error { return Unreadable(ctx, conn, func(pgschema.Unreadable) error { return nil }) })
	return line, tables
}
