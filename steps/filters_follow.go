package steps

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// publishable finds out what the filters mean before publication and slot are made, so that a filter that is wrong leaves nothing behind on
// the source. It tells which tables need not be published; nil when all are to be. What is left out only because of what it needs is not
// known yet: its changes are received, and skipped by apply.
func (e *Env) publishable(ctx context.Context, conn *pgx.Conn) (skip func(pgschema.Name) bool, err error) {
	f := e.Opts.Filter
	if f.IsZero() {
		return nil, nil
	}
	include := map[string]map[pgschema.Name]bool{}
	exclude := map[pgschema.Name]bool{}
	parts := false // a partition is included by itself: its root, which is what is published, is not known by name
	if err := pgsource.FilterMatches(ctx, conn, f, func(string) {}, func(m pgschema.FilterMatch) error {
		switch section := m.Entry.Section; section {
		case pgschema.IncludeOnlyTable, pgschema.IncludeOnlySchema:
			if include[section] == nil {
				include[section] = map[pgschema.Name]bool{}
			}
			include[section][m.Name] = true
			parts = parts || (!m.IsPart && m.PartOf.Rel != "")
		case pgschema.ExcludeSchema, pgschema.ExcludeTable, pgschema.ExcludeTableData:
			exclude[m.Name] = true
		}
		return nil
	}); err != nil {
		return nil, err
	}
	return func(n pgschema.Name) bool {
		schema := pgschema.Name{Schema: n.Schema}
		switch tables, schemas := include[pgschema.IncludeOnlyTable], include[pgschema.IncludeOnlySchema]; {
		case exclude[n] || exclude[schema]:
			return true
		case parts:
			return false
		case tables != nil:
			return !tables[n]
		case schemas != nil:
			return !schemas[schema] && !schemas[n]
		}
		return false
	}, nil
}

// beforeStart is why a change is not applied that the target had before following began.
const beforeStart = "before startpos"

// mostRules bounds how many tables' rules apply remembers.
const mostRules = 10000

// change applies a change, unless filters leave its table or the table's rows out. Those are counted, with the rule: the ledger has to
// balance.
func (a *applier) change(ctx context.Context, ev *changes.Event) error {
	switch ev.Kind {
	case changes.Insert:
		return a.unlessLeftOut(ctx, ev, catalogdb.ChangeCounts{Inserts: 1})
	case changes.Update:
		return a.unlessLeftOut(ctx, ev, catalogdb.ChangeCounts{Updates: 1})
	case changes.Delete:
		return a.unlessLeftOut(ctx, ev, catalogdb.ChangeCounts{Deletes: 1})
	case changes.Truncate:
		kept := *ev
		kept.Truncated = nil
		for _, rel := range ev.Truncated {
			rule, err := a.leftOut(ctx, rel.Name)
			if a.before {
				rule = beforeStart
			}
			switch {
			case err != nil:
				return err
			case rule == "":
				if err := a.sameTable(ctx, ev.Kind, rel); err != nil {
					return err
				}
				kept.Truncated = append(kept.Truncated, rel)
			default:
				a.countLeftOut(rel.Name, catalogdb.ChangeCounts{Truncates: 1, LeftOut: rule})
			}
		}
		if len(kept.Truncated) == 0 {
			return nil
		}
		a.truncated(&kept)
		return a.to.Apply(ctx, &kept)
	}
	return a.to.Apply(ctx, ev)
}

func (a *applier) unlessLeftOut(ctx context.Context, ev *changes.Event, count catalogdb.ChangeCounts) error {
	rule, err := a.leftOut(ctx, ev.Relation.Name)
	if err != nil {
		return err
	}
	if a.before {
		rule = beforeStart
	}
	if rule == "" && a.beforeTruncate(ev.Relation.Name) {
		rule = "before the TRUNCATE that left nothing to copy"
	}
	if rule == "" {
		if err := a.sameTable(ctx, ev.Kind, ev.Relation); err != nil {
			return err
		}
		return a.to.Apply(ctx, ev)
	}
	count.LeftOut = rule
	a.countLeftOut(ev.Relation.Name, count)
	return nil
}

// leftOut is the rule that leaves a table's changes out, "" when they are applied.
func (a *applier) leftOut(ctx context.Context, name pgschema.Name) (string, error) {
	rule, known := a.rules[name]
	if known {
		return rule, nil
	}
	rule, err := a.env.Catalog.RowsLeftOut(ctx, name)
	if err != nil {
		return "", err
	}
	if a.rules == nil || len(a.rules) >= mostRules {
		a.rules = map[pgschema.Name]string{}
	}
	a.rules[name] = rule
	return rule, nil
}

func (a *applier) countLeftOut(name pgschema.Name, c catalogdb.ChangeCounts) {
	sum := a.skipped[name.String()]
	sum.Add(c)
	sum.LeftOut = c.LeftOut
	a.skipped[name.String()] = sum
}
