package steps

import (
	"context"
	"fmt"
	"math/big"
	"strings"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// CompareData compares the rows of all tables of two databases: their number, and a digest that depends neither on their order nor on
// versions, encodings or settings of the servers. With o.Rows it looks for the rows that differ. The results are in the
// catalog of ComparisonDir(o.Dir, "data").
func CompareData(ctx context.Context, o CompareOptions) (CompareOutcome, error) {
	return compare(ctx, o, "data", dataComparison, func(ctx context.Context, db *catalogdb.DB) (int64, int64, error) {
		t, err := db.ComparedTotals(ctx)
		if err != nil {
			return 0, 0, err
		}
		tasks, err := db.Outcome(ctx)
		unverified := t.Unverified
		if unverified == 0 { // a load that failed knows of no table
			unverified = tasks.Total - tasks.Done
		}
		return t.Different + t.OnlySource + t.OnlyTarget, unverified, err
	})
}

func dataComparison(c *comparison) ([]workflow.Step, []catalogdb.Opening) {
	later := []workflow.Step{
		&comparePart{base{env: c.Env, name: "compare-part", kind: "table data", pool: "copy", tasks: []planning{planned(sql.CatalogComparePlanParts)}}, c},
		&compareTable{base{env: c.Env, name: "compare-table", kind: "table data", pool: "copy", tasks: []planning{planned(sql.CatalogComparePlanTables)},
			needs: []planning{planned(sql.CatalogComparePlanPartsNeeds)}}, c},
	}
	if c.rows > 0 {
		later = append(later, &compareRows{base{env: c.Env, name: "compare-rows", kind: "rows that differ", pool: "copy",
			tasks: []planning{planned(sql.CatalogComparePlanRows)}, needs: []planning{planned(sql.CatalogComparePlanRowsNeeds)}}, c})
	}
	load := &loadSides{base{env: c.Env, name: "load-both-sides", kind: "catalog queries", pool: "control"}, c}
	p := newPlan(c.Env, func() []workflow.Step { return later })
	return append([]workflow.Step{load, p}, later...), []catalogdb.Opening{
		{Step: load, Subject: "tables of both sides"}, {Step: p, Subject: "compare data", Needs: []string{load.Name()}},
	}
}

// loadSides reads which tables both sides have, and cuts big ones into parts, each side for itself.
type loadSides struct {
	base
	c *comparison
}

func (s *loadSides) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	return workflow.Result{}, s.c.Catalog.LoadComparison(ctx, func(l *catalogdb.ComparisonLoader) error {
		if err := s.c.loadSkips(ctx, l); err != nil {
			return err
		}
		if s.c.Opts.SkipLargeObjects {
			if err := l.Skip("TABLE DATA", allLargeObjects.Name.Schema, allLargeObjects.Name.Rel, "--skip-large-objects"); err != nil {
				return err
			}
			if err := l.Skip("TABLE", allLargeObjects.Name.Schema, allLargeObjects.Name.Rel, "--skip-large-objects"); err != nil {
				return err
			}
		}
		for _, side := range sides {
			if err := s.c.withSide(ctx, side, func(conn *pgx.Conn) error {
				// Key ranges are asked for while tables still stream: that takes a second session.
				return s.c.withSide(ctx, side, func(second *pgx.Conn) error { return s.load(ctx, l, side, conn, second) })
			}); err != nil {
				return fmt.Errorf("%s: %w", side, err)
			}
		}
		return l.Pair()
	})
}

func (s *loadSides) load(ctx context.Context, l *catalogdb.ComparisonLoader, side catalogdb.Side, conn, second *pgx.Conn) error {
	o := s.c.Opts
	split := pgsource.SplitOptions{Threshold: o.SplitTablesLargerThan, MaxParts: o.SplitMaxParts, ServerVersion: pgsource.ServerVersion(conn), SkipCTID: o.SkipSplitByCTID}
	if err := pgsource.Tables(ctx, conn, pgsource.TableOptions{EstimateSizes: o.EstimateTableSizes}, func(t pgschema.Table) error {
		if err := l.Relation(side, t, ""); err != nil || !t.CanSelect || t.RLSActive { // such a table fails when it is read, with the reason
			return err
		}
		parts, _, _, err := pgsource.PlanParts(ctx, second, t, split)
		if err != nil {
			return fmt.Errorf("plan the parts of %s: %w", t.Name, err)
		}
		for _, p := range parts {
			if len(parts) > 1 {
				err = l.Part(side, p)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if err := pgsource.RoutedRoots(ctx, conn, s.c.otherEncoding(), func(r pgsource.RoutedRoot) error { return l.RoutedRoot(side, r.OID) }); err != nil {
		return err
	}
	if err := s.largeObjects(ctx, l, side, conn); err != nil {
		return err
	}
	if err := pgsource.ExtensionConfigs(ctx, conn, func(e pgschema.ExtensionConfig) error {
		if e.Kind != "r" {
			return nil
		}
		return l.Relation(side, pgschema.Table{OID: e.RelOID, Name: e.Name, Kind: "r", Populated: true}, e.Condition)
	}); err != nil {
		return err
	}
	if err := pgsource.ComparableColumns(ctx, conn, func(a pgsource.ComparableColumn) error {
		return l.Attribute(side, catalogdb.CompareColumn(a))
	}); err != nil {
		return err
	}
	return pgsource.Keys(ctx, conn, func(k pgsource.TableKey) error { return l.Key(side, k.TableOID, k.Columns) })
}

// comparePart reads one part of a table of one side.
type comparePart struct {
	base
	c *comparison
}

func (s *comparePart) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	pair, err := s.c.Catalog.ComparePair(ctx, int64(t.OID))
	if err != nil {
		return workflow.Result{}, err
	}
	i := (t.Part + 1) % 2 // the source's parts have odd numbers
	part, err := s.c.Catalog.ComparePart(ctx, sides[i], pair.Sides[i].OID, (t.Part+1)/2)
	if err != nil {
		return workflow.Result{}, err
	}
	d, err := s.c.digest(ctx, i, pair, part.Where)
	if err != nil {
		return workflow.Result{}, fmt.Errorf("compare %s: %w", t.Subject, err)
	}
	return workflow.Result{Bytes: t.Size, Rows: d.Rows}, s.c.Catalog.RecordPart(ctx, sides[i], part, d)
}

// digest asks one side what the rows of a part of a table come to.
func (c *comparison) digest(ctx context.Context, i int, pair catalogdb.ComparePair, where string) (d catalogdb.RowDigest, err error) {
	err = c.withSide(ctx, sides[i], func(conn *pgx.Conn) (err error) {
		if pair.Sides[i].Kind == catalogdb.LargeObjects {
			d, err = digestLargeObjects(ctx, conn, where)
			return err
		}
		r, err := pgsource.Digest(ctx, conn, digestTable(pair, i), where, c.dialect)
		d = catalogdb.RowDigest(r)
		return err
	})
	if err != nil {
		return d, fmt.Errorf("%s: %w", sides[i], err)
	}
	return d, nil
}

// digestTable is what a digest of one side is made of: the columns that both sides have with the same type, in the order of the source.
func digestTable(pair catalogdb.ComparePair, i int) pgsource.DigestTable {
	t := pgsource.DigestTable{Name: pair.Name, Parent: pair.Sides[i].Kind == "p", Condition: pair.Sides[i].Condition}
	for _, c := range pair.Columns {
		if c.SourceType == c.TargetType {
			t.Columns = append(t.Columns, digestColumn(c, i))
		}
	}
	return t
}

func digestColumn(c catalogdb.ColumnPair, i int) pgsource.DigestColumn {
	return pgsource.DigestColumn{Name: c.Name, BaseOID: c.BaseOID, ElemOID: c.ElemOID, Domain: [2]bool{c.SourceDomain, c.TargetDomain}[i]}
}

// compareTable compares a table: by reading both sides at once, or, when it is cut, by adding up what its parts came to.
type compareTable struct {
	base
	c *comparison
}

func (s *compareTable) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	pair, err := s.c.Catalog.ComparePair(ctx, int64(t.OID))
	if err != nil {
		return workflow.Result{}, err
	}
	var d [2]catalogdb.RowDigest
	if pair.Parts > 0 {
		for i := range sides {
			if d[i], err = s.sum(ctx, sides[i], pair.Sides[i].OID); err != nil {
				return workflow.Result{}, err
			}
		}
	} else if d, err = s.both(ctx, pair); err != nil {
		return workflow.Result{}, fmt.Errorf("compare %s: %w", t.Subject, err)
	}
	status, note := verdict(pair, d)
	return workflow.Result{Bytes: t.Size, Rows: d[0].Rows}, s.c.Catalog.RecordTable(ctx, pair.ID, status, note, d[0], d[1])
}

func (s *compareTable) both(ctx context.Context, pair catalogdb.ComparePair) (d [2]catalogdb.RowDigest, err error) {
	g, gctx := errgroup.WithContext(ctx)
	for i := range sides {
		g.Go(func() (err error) {
			d[i], err = s.c.digest(gctx, i, pair, "")
			return err
		})
	}
	return d, g.Wait()
}

// sum adds up the parts of one side. The sums are larger than any integer of the machine.
func (s *compareTable) sum(ctx context.Context, side catalogdb.Side, table uint32) (catalogdb.RowDigest, error) {
	var rows int64
	var high, low big.Int
	err := s.c.Catalog.PartDigests(ctx, side, table, func(d catalogdb.RowDigest) error {
		h, ok1 := new(big.Int).SetString(d.High, 10)
		l, ok2 := new(big.Int).SetString(d.Low, 10)
		if !ok1 || !ok2 {
			return fmt.Errorf("%q and %q are no sums", d.High, d.Low)
		}
		rows += d.Rows
		high.Add(&high, h)
		low.Add(&low, l)
		return nil
	})
	return catalogdb.RowDigest{Rows: rows, High: high.String(), Low: low.String()}, err
}

// verdict says how a pair of tables compares, and what differs beside the rows.
func verdict(pair catalogdb.ComparePair, d [2]catalogdb.RowDigest) (status, note string) {
	notes := structure(pair)
	status = "equal"
	if d[0] != d[1] || len(notes) > 0 {
		status = "different"
	}
	if d[0] == d[1] && len(notes) > 0 {
		notes = append(notes, "all else is equal")
	}
	if d[0] != d[1] && pair.Sides[0].Kind == "m" {
		notes = append(notes, "a materialized view: the copy refreshed it, the source may not have")
	}
	return status, strings.Join(notes, "; ")
}

var kindNames = map[string]string{"r": "a table", "p": "a partitioned table", "m": "a materialized view"}

// structure says in which ways the two tables are not the same kind of thing.
func structure(pair catalogdb.ComparePair) (notes []string) {
	if s, t := pair.Sides[0].Kind, pair.Sides[1].Kind; s != t {
		notes = append(notes, kindNames[s]+" on the source, "+kindNames[t]+" on the target")
	}
	for _, c := range pair.Columns {
		name := "column " + pgschema.DisplayIdent(c.Name)
		switch {
		case c.SourceType == c.TargetType:
		case c.TargetType == "":
			notes = append(notes, name+" is on the source only")
		case c.SourceType == "":
			notes = append(notes, name+" is on the target only")
		default:
			notes = append(notes, name+" is "+c.SourceType+" on the source and "+c.TargetType+" on the target")
		}
	}
	return notes
}
