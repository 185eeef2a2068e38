package pgtarget

import (
	"container/list"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgschema"
)

// targetTable is a table of the target as applying needs it.
type targetTable struct {
	name    pgschema.Name
	kind    string // pg_class.relkind
	fires   bool   // it has triggers that fire although session_replication_role is replica
	later   []laterCheck
	columns []targetColumn
	shapes  []*shape // how the source has described it, the latest first
	counts  *ChangeCounts
	counted int // the transaction that counts is for
	used    *list.Element
}

// weight is what a table costs to keep, in columns.
func (t *targetTable) weight() int { return len(t.columns) + 8 }

type targetColumn struct {
	name      string
	typeOID   uint32
	typeName  string
	generated bool
	always    bool   // GENERATED ALWAYS AS IDENTITY: an UPDATE may not set it
	equals    string // OPERATOR(schema.name), "" when the type has no equality
	exact     bool   // equal values are the same value
}

// shape is a source's description of a table laid beside the target's table.
type shape struct {
	table      *targetTable
	relation   *changes.Relation // a copy: a decoder may reuse its own
	target     []int             // for each column of the relation the target's, or -1
	hasKey     bool
	statements map[string]*applyStatement
}

// maxShapes is how many descriptions of one table are kept: a plugin may describe a table by other columns for each kind of change.
const maxShapes = 16

func newShape(t *targetTable, rel *changes.Relation) *shape {
	s := &shape{table: t, statements: map[string]*applyStatement{}}
	s.relation = &changes.Relation{ID: rel.ID, Name: rel.Name, Identity: rel.Identity, Columns: slices.Clone(rel.Columns)}
	byName := make(map[string]int, len(t.columns))
	for i, c := range t.columns {
		byName[c.name] = i
	}
	for _, c := range rel.Columns {
		i, ok := byName[c.Name]
		if !ok {
			i = -1
		}
		s.target = append(s.target, i)
		s.hasKey = s.hasKey || c.Key
	}
	return s
}

// column is the target's column for the relation's i-th, nil when there is none.
func (s *shape) column(i int) *targetColumn {
	if s.target[i] < 0 {
		return nil
	}
	return &s.table.columns[s.target[i]]
}

func (s *shape) describes(rel *changes.Relation) bool {
	if s.relation.Identity != rel.Identity || len(s.relation.Columns) != len(rel.Columns) {
		return false
	}
	for i := range rel.Columns {
		if s.relation.Columns[i] != rel.Columns[i] {
			return false
		}
	}
	return true
}

func (t *targetTable) shapeOf(rel *changes.Relation) *shape {
	for i, s := range t.shapes {
		if s.describes(rel) {
			if i > 0 {
				copy(t.shapes[1:i+1], t.shapes[:i])
				t.shapes[0] = s
			}
			return s
		}
	}
	return nil
}

// only is the word that keeps a statement from a table's inheritance children.
func (t *targetTable) only() string { return only(t.kind) }

// tableCache is what is known of the target: tables by name, and prepared statements by the shape they are for, both with the least
// recently used at the end of a list.
type tableCache struct {
	byName     map[pgschema.Name]*targetTable
	tables     *list.List // of *targetTable
	statements *list.List // of *applyStatement
	columns    int        // of all tables
	parameters int        // of all statements
}

func (c *tableCache) init() {
	*c = tableCache{byName: map[pgschema.Name]*targetTable{}, tables: list.New(), statements: list.New()}
}

// shapeFor gives the shape of a relation. A table that is not known, or is described in a way not seen before, is read from the target.
func (a *Applier) shapeFor(rel *changes.Relation, kind changes.Kind) (*shape, error) {
	t := a.tables.byName[rel.Name]
	if t != nil {
		if s := t.shapeOf(rel); s != nil {
			if a.tables.tables.Front() != t.used {
				a.tables.tables.MoveToFront(t.used)
			}
			return s, nil
		}
	}
	t, err := a.readTable(rel.Name, kind)
	if err != nil {
		return nil, err
	}
	s := newShape(t, rel)
	t.shapes = slices.Insert(t.shapes, 0, s)
	return s, nil
}

// tableFor gives a table whose columns do not matter.
func (a *Applier) tableFor(name pgschema.Name, kind changes.Kind) (*targetTable, error) {
	if t := a.tables.byName[name]; t != nil {
		return t, nil
	}
	return a.readTable(name, kind)
}

// readTable reads a table from the target and keeps it in place of what was known of it.
func (a *Applier) readTable(name pgschema.Name, kind changes.Kind) (*targetTable, error) {
	t, err := a.queryTable(name)
	if err != nil {
		return nil, err
	}
	old := a.tables.byName[name]
	switch {
	case t.kind == "":
		return nil, newConflict(NoTable, kind, name, nil)
	case t.kind != "r" && t.kind != "p" && t.kind != "m":
		return nil, newConflict(Refused, kind, name, fmt.Errorf("it is no table on the target (relkind %s)", t.kind))
	case old != nil && old.kind == t.kind && old.fires == t.fires && slices.Equal(old.columns, t.columns) && slices.Equal(old.later, t.later) && len(old.shapes) < maxShapes:
		return old, nil
	case old != nil:
		a.forgetTable(old)
	}
	t.used = a.tables.tables.PushFront(t)
	a.tables.byName[name] = t
	a.tables.columns += t.weight()
	for a.tables.columns > a.opts.MaxColumns && a.tables.tables.Len() > 1 {
		a.forgetTable(a.tables.tables.Back().Value.(*targetTable))
	}
	return t, nil
}

func (a *Applier) forgetTable(t *targetTable) {
	for _, s := range t.shapes {
		for _, statement := range s.statements {
			a.forgetStatement(statement)
		}
	}
	delete(a.tables.byName, t.name)
	a.tables.tables.Remove(t.used)
	a.tables.columns -= t.weight()
}

// queryTable asks the target, after everything before has been answered.
func (a *Applier) queryTable(name pgschema.Name) (*targetTable, error) {
	if err := a.settle(); err != nil {
		return nil, err
	}
	a.pipe.SendQueryParams(statement(a.conn, "apply_table"), [][]byte{[]byte(name.Schema), []byte(name.Rel)}, []uint32{oidText, oidText}, nil, nil)
	if err := a.pipe.Sync(); err != nil {
		return nil, fmt.Errorf("look up %s: %w", name, err)
	}
	results, err := a.pipe.GetResults()
	if err != nil {
		return nil, fmt.Errorf("look up %s: %w", name, err)
	}
	rr, ok := results.(*pgconn.ResultReader)
	if !ok {
		return nil, errOutOfStep
	}
	t := &targetTable{name: name}
	for rr.NextRow() && err == nil {
		err = t.scan(rr.Values())
	}
	if _, closed := rr.Close(); errors.Join(err, closed) != nil {
		err = errors.Join(closed, err)
		return nil, fmt.Errorf("look up %s: %w", name, err)
	}
	if _, err := a.pipe.GetResults(); err != nil { // the Sync
		return nil, fmt.Errorf("look up %s: %w", name, err)
	}
	return t, nil
}

const oidText = 25

// scan takes one row of apply_table.sql.
func (t *targetTable) scan(v [][]byte) error {
	t.kind, t.fires = string(v[0]), string(v[1]) == "t"
	if v[2] != nil && t.later == nil {
		if err := json.Unmarshal(v[2], &t.later); err != nil {
			return err
		}
	}
	if v[3] != nil {
		t.columns = append(t.columns, targetColumn{name: string(v[3]), typeOID: parseOID(v[4]), typeName: string(v[5]),
			generated: len(v[6]) > 0, always: string(v[7]) == "a", equals: string(v[8]), exact: string(v[9]) == "t"})
	}
	return nil
}

func parseOID(b []byte) (oid uint32) {
	for _, c := range b {
		oid = oid*10 + uint32(c-'0')
	}
	return oid
}
