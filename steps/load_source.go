package steps

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/workflow"
)

// loadSource reads what the source database holds, under the snapshot, into the catalog.
type loadSource struct{ base }

func newLoadSource(e *Env) *loadSource {
	return &loadSource{base{env: e, name: "load-source", kind: "catalog queries", pool: "control"}}
}

func (s *loadSource) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	e := s.env
	if err := e.forgetDump(); err != nil {
		return workflow.Result{}, err
	}
	err := e.withSource(ctx, func(conn *pgx.Conn) error {
		// Key ranges are asked for while tables still stream: that takes a second session.
		return e.withSource(ctx, func(second *pgx.Conn) error {
			return e.Catalog.Load(ctx, func(l *catalogdb.Loader) error { return s.load(ctx, l, conn, second) })
		})
	})
	if err != nil {
		e.stopEarly()
		return workflow.Result{}, err
	}
	return workflow.Result{}, e.takeOwnSettings(ctx)
}

// checkReadable refuses before anything is made on the target: a table that cannot be read in full would end as a smaller copy.
// What filters leave out need not be read; pg_dump must not be shown it then, since it locks every table it describes.
func (s *loadSource) checkReadable(ctx context.Context, l *catalogdb.Loader, conn, _ *pgx.Conn) error {
	var first pgschema.Unreadable
	var names []string
	n, others := 0, 0 // others: for another reason than the first
	var hidden []uint32
	if err := pgsource.Unreadable(ctx, conn, func(u pgschema.Unreadable) error {
		if out, hide, err := s.unreadableLeftOut(l, u); err != nil || out {
			if hide {
				hidden = append(hidden, u.OID)
			}
			return err
		}
		if n++; n == 1 {
			first = u
		}
		if u.Why != first.Why {
			others++
		} else if len(names) < 5 {
			names = append(names, u.Name.String())
		}
		return nil
	}); err != nil {
		return err
	}
	if n == 0 {
		s.env.dumpEarly(ctx, len(hidden) > 0)
		if len(hidden) > 0 {
			if err := pgsource.Dependents(ctx, conn, hidden, l.HiddenNeed); err != nil {
				return err
			}
		}
		return s.checkLargeObjects(ctx, conn)
	}
	list := strings.Join(names, ", ")
	if more := n - others - len(names); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	role := s.env.SourceInfo.Acting()
	user := pgschema.QuoteIdent(s.env.SourceInfo.Role)
	grant := fmt.Sprintf("on the source: GRANT pg_read_all_data TO %s (version 14 and newer), or GRANT USAGE on the schema and SELECT on each of them", user)
	bypass := fmt.Sprintf("connect to the source as the tables' owner or a superuser, or: ALTER ROLE %s BYPASSRLS", user)
	if first.Why == "row-security" {
		e := &pgdb.UserError{Msg: fmt.Sprintf("row-level security hides rows of %s from %s", list, role), Hint: bypass}
		if others > 0 {
			e.Msg += fmt.Sprintf(", and the role may not read %d more at all", others)
			e.Hint += "; for the others, " + grant
		}
		return e
	}
	e := &pgdb.UserError{Msg: fmt.Sprintf("%s may not read %s", role, list), Hint: grant}
	if others > 0 {
		e.Msg += fmt.Sprintf(", and row-level security hides rows of %d more", others)
		e.Hint += "; for the others, " + bypass
	}
	return e
}

// checkLargeObjects refuses large objects that the role may not read.
func (s *loadSource) checkLargeObjects(ctx context.Context, conn *pgx.Conn) error {
	if s.env.Opts.SkipLargeObjects {
		return nil
	}
	n, first, err := pgsource.UnreadableLargeObjects(ctx, conn)
	if err != nil || n == 0 {
		return err
	}
	what := fmt.Sprintf("large object %d", first)
	if n > 1 {
		what = fmt.Sprintf("%d large objects, the first of them %d", n, first)
	}
	role := s.env.SourceInfo
	return &pgdb.UserError{Msg: fmt.Sprintf("%s may not read %s", role.Acting(), what),
		Hint: fmt.Sprintf("connect to the source as the owner or a superuser, or: GRANT SELECT ON LARGE OBJECT %d TO %s, or start over without them: --restart --skip-large-objects",
			first, pgschema.QuoteIdent(role.Role))}
}

func (s *loadSource) load(ctx context.Context, l *catalogdb.Loader, conn, second *pgx.Conn) error {
	for _, part := range []func(context.Context, *catalogdb.Loader, *pgx.Conn, *pgx.Conn) error{
		s.filters, s.checkReadable, s.tables, s.routedRoots, s.columns, s.formats, s.indexes, s.extensions, s.sequences, s.largeObjects, s.properties,
	} {
		if err := part(ctx, l, conn, second); err != nil {
			return err
		}
	}
	return nil
}

func (s *loadSource) tables(ctx context.Context, l *catalogdb.Loader, conn, second *pgx.Conn) error {
	o := s.env.Opts
	split := pgsource.SplitOptions{Threshold: o.SplitTablesLargerThan, ByShare: s.env.autoSplit() != nil, MaxParts: o.SplitMaxParts,
		ServerVersion: s.env.SourceInfo.VersionNum, SkipCTID: o.SkipSplitByCTID}
	return pgsource.Tables(ctx, conn, s.tableOptions(), func(t pgschema.Table) error {
		if err := l.Table(t); err != nil || t.Kind != "r" {
			return err
		}
		if rule, err := s.leftOut(l, t.OID, t.Name.Schema, true); err != nil || rule != "" {
			return err // its keys need not be looked at, and perhaps must not
		}
		parts, method, reason, err := pgsource.PlanParts(ctx, second, t, split)
		if err != nil {
			return fmt.Errorf("plan the parts of %s: %w", t.Name, err)
		}
		how := string(method)
		if len(parts) < 2 {
			how = "whole"
		}
		return l.Parts(t.OID, how, reason, parts)
	})
}

func (s *loadSource) tableOptions() pgsource.TableOptions {
	return pgsource.TableOptions{EstimateSizes: s.env.Opts.EstimateTableSizes}
}

// columns groups the stream by table: the columns of one table are what is in memory at most.
func (s *loadSource) columns(ctx context.Context, l *catalogdb.Loader, conn, _ *pgx.Conn) error {
	var cols []pgschema.Column
	flush := func() error {
		if len(cols) == 0 {
			return nil
		}
		err := l.Columns(cols[0].TableOID, cols)
		cols = cols[:0]
		return err
	}
	if err := pgsource.Columns(ctx, conn, func(c pgschema.Column) error {
		if len(cols) > 0 && cols[0].TableOID != c.TableOID {
			if err := flush(); err != nil {
				return err
			}
		}
		cols = append(cols, c)
		return nil
	}); err != nil {
		return err
	}
	return flush()
}

func (s *loadSource) indexes(ctx context.Context, l *catalogdb.Loader, conn, _ *pgx.Conn) error {
	if err := pgsource.Indexes(ctx, conn, s.tableOptions(), l.Index); err != nil {
		return err
	}
	return pgsource.Constraints(ctx, conn, l.Constraint)
}

func (s *loadSource) extensions(ctx context.Context, l *catalogdb.Loader, conn, _ *pgx.Conn) error {
	if err := pgsource.Extensions(ctx, conn, l.Extension); err != nil {
		return err
	}
	return pgsource.ExtensionConfigs(ctx, conn, l.ExtensionConfig)
}

// sequences of extensions are restored with CREATE EXTENSION; the value of one matters only when it is configuration.
func (s *loadSource) sequences(ctx context.Context, l *catalogdb.Loader, conn, _ *pgx.Conn) error {
	return pgsource.Sequences(ctx, conn, func(q pgschema.Sequence) error {
		if q.Extension != "" {
			return l.ExtensionSequence(q)
		}
		return l.Sequence(q)
	})
}

func (s *loadSource) largeObjects(ctx context.Context, l *catalogdb.Loader, conn, _ *pgx.Conn) error {
	if s.env.Opts.SkipLargeObjects {
		return nil
	}
	bytes, objects, err := pgsource.LargeObjectsSize(ctx, conn)
	if err != nil {
		return err
	}
	return pgsource.LargeObjectBatches(ctx, conn, planLargeObjects(bytes, objects, s.env.Opts.LargeObjectsJobs), func(b pgschema.LargeObjectBatch) error {
		return l.LargeObjectBatch(b, int64(float64(bytes)*float64(b.Count)/float64(max(objects, 1))))
	})
}

func (s *loadSource) properties(ctx context.Context, l *catalogdb.Loader, conn, _ *pgx.Conn) error {
	if s.env.Opts.SkipDBProperties {
		return nil
	}
	return pgsource.DatabaseProperties(ctx, conn, l.DatabaseProperty)
}
