package steps

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// checkFollowed compares the tables of both sides when everything up to endpos is applied: DDL is in no stream, and much of it shows in no change
// that follows. A run that ends "done" with another table on the target would be the worst kind of success.
type checkFollowed struct{ base }

func newCheckFollowed(e *Env) *checkFollowed {
	return &checkFollowed{base{env: e, name: "check-followed", kind: "check of the schema", pool: "control",
		tasks: []planning{planned(sql.CatalogPlanFollowCopy, "check-followed", "tables and columns of both sides", "control")},
		needs: []planning{planned(sql.CatalogPlanNeedsStep, "check-followed", "apply-changes")}}}
}

// mostChanged is how many differences a message names.
const mostChanged = 5

func (s *checkFollowed) Run(ctx context.Context, t workflow.Task) (res workflow.Result, err error) {
	var found []string
	n := 0
	if err := s.env.from.with(ctx, func(src *pgx.Conn) error {
		return s.env.withTarget(ctx, func(dst *pgx.Conn) error {
			return s.each(ctx, src, dst, func(what string) {
				if n++; len(found) < mostChanged {
					found = append(found, what)
				}
			})
		})
	}); err != nil || n == 0 {
		return res, err
	}
	list := strings.Join(found, "; ")
	if n > len(found) {
		list += fmt.Sprintf("; and %d more", n-len(found))
	}
	return res, &pgdb.UserError{Msg: "everything up to endpos is applied, but the source's tables were changed by DDL, which is not followed: " + list,
		Hint: "make the same changes on the target, compare both sides (pgcopy compare schema, compare data), and go on; or start over with --restart"}
}

// each goes through both sides' tables in one order.
func (s *checkFollowed) each(ctx context.Context, src, dst *pgx.Conn, tell func(string)) error {
	nextSource, stop := iter.Pull2(pgsource.Shapes(ctx, src))
	defer stop()
	nextTarget, stopTarget := iter.Pull2(pgsource.Shapes(ctx, dst))
	defer stopTarget()
	a, errA, okA := nextSource()
	b, errB, okB := nextTarget()
	for okA || okB {
		if errA != nil {
			return errA
		}
		if errB != nil {
			return errB
		}
		order := byName(a.Name, b.Name)
		if !okB {
			order = -1
		} else if !okA {
			order = 1
		}
		what, err := s.differs(ctx, order, a, b)
		if err != nil {
			return err
		}
		if what != "" {
			tell(what)
		}
		if order <= 0 {
			a, errA, okA = nextSource()
		}
		if order >= 0 {
			b, errB, okB = nextTarget()
		}
	}
	return nil
}

func byName(a, b pgschema.Name) int {
	if c := strings.Compare(a.Schema, b.Schema); c != 0 {
		return c
	}
	return strings.Compare(a.Rel, b.Rel)
}

// differs says how a table is another one than its copy, "" when it is not. order tells which side has it: -1 the source, 1 the target, 0 both.
func (s *checkFollowed) differs(ctx context.Context, order int, a, b pgsource.Shape) (string, error) {
	db := s.env.Catalog
	if order > 0 {
		oid, err := db.TableOID(ctx, b.Name)
		if err != nil || oid == 0 {
			return "", err // not of this copy
		}
		return b.Name.String() + " is not on the source any more", nil
	}
	if rule, err := db.RowsLeftOut(ctx, a.Name); err != nil || rule != "" {
		return "", err
	}
	oid, err := db.TableOID(ctx, a.Name)
	switch {
	case err != nil:
		return "", err
	case oid == 0 && !s.env.Opts.Filter.IsZero(): // made since; whether the filters are to leave it out is not known
		return "", nil
	case order < 0:
		return a.Name.String() + " is not on the target", nil
	case oid != 0 && oid != a.OID:
		return a.Name.String() + " is another table than the one that was copied: dropped and made anew, or renamed", nil
	case maps.Equal(a.Columns, b.Columns):
		return "", nil
	}
	copied := map[string]string{} // as it was found when it was copied
	columns, err := db.Columns(ctx, oid)
	if err != nil {
		return "", err
	}
	for _, c := range columns {
		copied[c.Name] = c.Type
	}
	return changedColumn(a, b, copied), nil
}

// changedColumn tells the first column by which the source's table has changed and the target's has not. A column that only the target ever had, or a
// type that was changed there alone, is nobody's DDL on the source.
func changedColumn(source, target pgsource.Shape, copied map[string]string) string {
	names := maps.Clone(source.Columns)
	maps.Copy(names, target.Columns)
	for _, c := range slices.Sorted(maps.Keys(names)) {
		there, onTarget := target.Columns[c]
		here, onSource := source.Columns[c]
		was, known := copied[c]
		switch name := source.Name.String() + " column " + pgschema.DisplayIdent(c); {
		case !onTarget:
			return name + " is not on the target"
		case !onSource && known:
			return name + " is not on the source any more"
		case onSource && here != there && here != was:
			return fmt.Sprintf("%s is %s on the source and %s on the target", name, here, there)
		}
	}
	return ""
}

// sameTable refuses the changes of a table that has only the name of one that was copied: pgoutput, and the source's catalogs for the other
// plugins, tell its OID.
func (a *applier) sameTable(ctx context.Context, kind changes.Kind, rel *changes.Relation) error {
	if rel == nil || rel.ID == 0 || a.same[rel.Name] == rel.ID {
		return nil
	}
	oid, err := a.env.Catalog.TableOID(ctx, rel.Name)
	if err != nil {
		return err
	}
	if oid != 0 && oid != rel.ID {
		return &pgtarget.ConflictError{Kind: pgtarget.Refused, Change: kind, Table: rel.Name,
			Err:  errors.New("the source's table of this name is another one than was copied: it was dropped and made anew, or another was renamed to it"),
			Hint: "its rows are not those of the copy: start over with --restart"}
	}
	if a.same == nil || len(a.same) >= mostRules {
		a.same = map[pgschema.Name]uint32{}
	}
	a.same[rel.Name] = rel.ID
	return nil
}
