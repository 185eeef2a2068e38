package steps

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// createIndex builds one index. It looks before it leaps: the index may be there, whole or as an INVALID leftover.
type createIndex struct{ base }

func newCreateIndex(e *Env) *createIndex {
	return &createIndex{base{env: e, name: "create-index", kind: "indexes", pool: "index",
		tasks: []planning{planned(sql.CatalogPlanCreateIndex)},
		needs: []planning{planned(sql.CatalogPlanCreateIndexNeeds), planned(sql.CatalogPlanIndexFunctionNeeds, "create-index", rowsCopied),
			planned(sql.CatalogPlanRoutedNeeds, "create-index", rowsCopied), planned(sql.CatalogPlanRowsMilestone, rowsCopied),
			planned(sql.CatalogPlanNeedsMilestone, "create-index", schemaCreated)}}}
}

func (s *createIndex) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	x, err := s.env.Catalog.Index(ctx, t.OID)
	if err != nil {
		return workflow.Result{}, err
	}
	script, err := s.statement(ctx, x)
	if err != nil {
		return workflow.Result{}, err
	}
	if script.settings, err = s.tuning(ctx, t, script.settings); err != nil {
		return workflow.Result{}, err
	}
	there := func(ctx context.Context, conn *pgx.Conn, _ uint64) (bool, error) { return s.there(ctx, conn, x) }
	return s.env.once(ctx, t, there, func(ctx context.Context, conn *pgx.Conn) (workflow.Result, error) {
		done, err := s.there(ctx, conn, x)
		if err != nil || done {
			return workflow.Result{}, err
		}
		if err := execScript(ctx, conn, script.text()); err != nil {
			return workflow.Result{}, fmt.Errorf("create index %s: %w", x.Name, err)
		}
		return workflow.Result{}, nil
	})
}

// RunBatch builds small indexes in one target transaction. That one of them is there already is found by the error, which has them done one by one.
func (s *createIndex) RunBatch(ctx context.Context, ts []workflow.Task) ([]workflow.Result, error) {
	scripts := make([]script, len(ts))
	for i, t := range ts {
		x, err := s.env.Catalog.Index(ctx, t.OID)
		if err == nil {
			scripts[i], err = s.statement(ctx, x)
		}
		if err != nil {
			return nil, err
		}
	}
	return s.env.scripts(ctx, ts, scripts)
}

// script is the SQL of a task, behind the settings that it depends on.
type script struct{ settings, sql string }

func (s script) text() string { return s.settings + s.sql }

// scripts runs the SQL of several tasks in one target transaction, in one round trip. Settings that are the same as before are not sent again.
func (e *Env) scripts(ctx context.Context, ts []workflow.Task, scripts []script) ([]workflow.Result, error) {
	return e.together(ctx, ts, func(ctx context.Context, conn *pgx.Conn) ([]workflow.Result, error) {
		var b strings.Builder
		for i, s := range scripts {
			if i == 0 || s.settings != scripts[i-1].settings {
				b.WriteString(s.settings)
			}
			b.WriteString(s.sql)
			b.WriteString(";\n")
		}
		return make([]workflow.Result, len(ts)), execScript(ctx, conn, b.String())
	})
}

// statement is the index's own CREATE INDEX from the archive, or, when the index backs a constraint, what the source says of it. Both with the
// tablespace that the archive wants.
func (s *createIndex) statement(ctx context.Context, x pgschema.Index) (script, error) {
	if x.ConstraintOID == 0 {
		a, err := s.env.Catalog.ArchiveEntryOf(ctx, pgschema.ClassCatalog, x.OID, "create-index")
		if err != nil {
			return script{}, fmt.Errorf("archive entry of index %s: %w", x.Name, err)
		}
		return script{s.env.buildMemory() + sessionOf(a), pgtarget.SplitStatements(a.SQL)[0]}, nil
	}
	a, err := s.env.Catalog.ArchiveEntryOf(ctx, pgschema.ConstraintCatalog, x.ConstraintOID, "add-constraint")
	if err != nil {
		return script{}, fmt.Errorf("archive entry of constraint index %s: %w", x.Name, err)
	}
	return script{s.env.buildMemory() + sessionOf(a), x.Def}, nil
}

// longBuild is from when on a build is worth a look at what else there is to do.
const longBuild = 200 * time.Millisecond

// tuning adds the workers of its own that a build may have: none while other work keeps the budget busy, since several indexes built side by
// side take less time than each of them in parallel; what is idle when this is (nearly) the last one.
func (s *createIndex) tuning(ctx context.Context, t workflow.Task, settings string) (string, error) {
	others, cost, err := s.env.Catalog.OthersAtWork(ctx, t, slices.Sorted(maps.Keys(sharedPools(s.env.Opts))))
	if err != nil || cost < longBuild {
		return settings, err
	}
	workers := max(0, (budget(s.env.Opts)-1-others)/(1+others))
	return settings + fmt.Sprintf("SET LOCAL max_parallel_maintenance_workers = %d;\n", workers), nil
}

// buildMemory gives a build, or the check of a foreign key, memory: a gigabyte shared by all that may run at once, which is beyond what a btree
// gains from.
func (e *Env) buildMemory() string {
	return fmt.Sprintf("SET LOCAL maintenance_work_mem = '%dMB';\n", max(64, 1024/max(e.Opts.IndexJobs, 1)))
}

func (s *createIndex) there(ctx context.Context, conn *pgx.Conn, x pgschema.Index) (bool, error) {
	st, err := pgtarget.IndexState(ctx, conn, x.Name)
	if err == nil && st.Exists && !sameDefinition(st.Def, x.Def) {
		st, err = pgtarget.IndexStateAsSource(ctx, conn, x.Name)
	}
	if err != nil || !st.Exists {
		return false, err
	}
	switch {
	case sameDefinition(st.Def, x.Def) && (st.Valid || x.Partitioned):
		return true, nil
	case !st.Valid:
		return false, pgtarget.DropIndex(ctx, conn, x.Name)
	}
	return false, &pgdb.UserError{Msg: fmt.Sprintf("index %s is on the target already, with another definition: %s", x.Name, st.Def),
		Hint: "drop it on the target, then: pgcopy resume --dir " + s.env.Opts.Dir}
}

// sameDefinition compares what two servers say of an index; versions differ in white space at most.
func sameDefinition(a, b string) bool {
	return strings.Join(strings.Fields(a), " ") == strings.Join(strings.Fields(b), " ")
}

// addConstraint makes a primary key, unique or exclusion constraint. The first two adopt the index that create-index built.
type addConstraint struct{ base }

func newAddConstraint(e *Env) *addConstraint {
	return &addConstraint{base{env: e, name: "add-constraint", kind: "constraints", pool: "index",
		tasks: []planning{planned(sql.CatalogPlanAddConstraint)},
		needs: []planning{planned(sql.CatalogPlanIndexFunctionNeeds, "add-constraint", rowsCopied),
			planned(sql.CatalogPlanRoutedNeeds, "add-constraint", rowsCopied), planned(sql.CatalogPlanRowsMilestone, rowsCopied),
			planned(sql.CatalogPlanNeedsMilestone, "add-constraint", schemaCreated)}}}
}

func (s *addConstraint) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	c, table, script, err := s.read(ctx, t)
	if err != nil {
		return workflow.Result{}, err
	}
	there := func(ctx context.Context, conn *pgx.Conn, _ uint64) (bool, error) {
		return pgtarget.ConstraintExists(ctx, conn, table.Name, c.Name)
	}
	return s.env.once(ctx, t, there, func(ctx context.Context, conn *pgx.Conn) (workflow.Result, error) {
		done, err := there(ctx, conn, 0)
		if err != nil || done {
			return workflow.Result{}, err
		}
		if err := execScript(ctx, conn, script.text()); err != nil {
			return workflow.Result{}, fmt.Errorf("add constraint %s to %s: %w", pgschema.DisplayIdent(c.Name), table.Name, err)
		}
		return workflow.Result{}, nil
	})
}

// RunBatch adds constraints of small tables in one target transaction.
func (s *addConstraint) RunBatch(ctx context.Context, ts []workflow.Task) ([]workflow.Result, error) {
	scripts := make([]script, len(ts))
	for i, t := range ts {
		var err error
		if _, _, scripts[i], err = s.read(ctx, t); err != nil {
			return nil, err
		}
	}
	return s.env.scripts(ctx, ts, scripts)
}

// read gets a constraint, its table and its SQL from the catalog.
func (s *addConstraint) read(ctx context.Context, t workflow.Task) (c pgschema.Constraint, table catalogdb.TableInfo, sc script, err error) {
	if c, err = s.env.Catalog.Constraint(ctx, t.OID); err != nil {
		return c, table, sc, err
	}
	a, err := s.env.Catalog.ArchiveEntryOf(ctx, pgschema.ConstraintCatalog, c.OID, "add-constraint")
	if err != nil {
		return c, table, sc, err
	}
	if table, err = s.env.Catalog.TableInfo(ctx, c.TableOID); err != nil {
		return c, table, sc, err
	}
	sc.settings = sessionOf(a)
	sc.sql, err = s.statement(ctx, a, c, table)
	return c, table, sc, err
}

// statement is the archive's own, with the first statement replaced where an index is adopted: the riders behind it (CLUSTER ON, REPLICA
// IDENTITY USING INDEX) stay.
func (s *addConstraint) statement(ctx context.Context, a pgschema.ArchiveEntry, c pgschema.Constraint, table catalogdb.TableInfo) (string, error) {
	x, err := s.env.Catalog.Index(ctx, c.IndexOID)
	if err != nil {
		return "", err
	}
	if c.Type == "x" || c.Period || x.Partitioned {
		return a.SQL, nil
	}
	kind := "UNIQUE"
	if c.Type == "p" {
		kind = "PRIMARY KEY"
	}
	first := fmt.Sprintf("ALTER TABLE ONLY %s ADD CONSTRAINT %s %s USING INDEX %s", table.Name.Quoted(), pgschema.QuoteIdent(c.Name), kind,
		pgschema.QuoteIdent(x.Name.Rel))
	if c.Deferrable {
		first += " DEFERRABLE"
	}
	if c.Deferred {
		first += " INITIALLY DEFERRED"
	}
	return strings.Join(append([]string{first + ";"}, pgtarget.SplitStatements(a.SQL)[1:]...), "\n"), nil
}

// alterIndex does what rides on an index entry, once every index of the table is there: it locks the whole table.
type alterIndex struct{ base }

func newAlterIndex(e *Env) *alterIndex {
	return &alterIndex{base{env: e, name: "alter-index", kind: "indexes", pool: "index",
		tasks: []planning{planned(sql.CatalogPlanAlterIndex)},
		needs: []planning{planned(sql.CatalogPlanAfterIndexes)}}}
}

func (s *alterIndex) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	a, err := s.env.Catalog.ArchiveEntryOf(ctx, pgschema.ClassCatalog, t.OID, "create-index")
	if err != nil {
		return workflow.Result{}, err
	}
	riders := strings.Join(pgtarget.SplitStatements(a.SQL)[1:], "\n")
	return s.env.once(ctx, t, again, func(ctx context.Context, conn *pgx.Conn) (workflow.Result, error) {
		if err := execScript(ctx, conn, riders); err != nil {
			return workflow.Result{}, fmt.Errorf("alter index %s: %w", t.Subject, err)
		}
		return workflow.Result{}, nil
	})
}

// again is for statements that may be run twice: when in doubt they are.
func again(context.Context, *pgx.Conn, uint64) (bool, error) { return false, nil }
