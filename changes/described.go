package changes

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/pgcopy/pgcopy/pgschema"
)

// field is one column of a row as test_decoding and wal2json send it.
type field struct {
	name    []byte
	typeOID uint32 // 0 when the plugin does not say
	typ     []byte // nil when the plugin does not say
	value   Value
}

// Bounds of what is remembered.
const (
	maxColumns   = 1664 // MaxTupleAttributeNumber of htup_details.h: no row has more
	maxDescribed = 4096
)

// described remembers tables as the source describes them, for the plugins that do not describe them in the stream. What is
// asked for is how a table is now; what is decoded may be older. So a table is asked for again when a change does not fit, and what still
// does not fit is taken as the change says it.
type described struct {
	ask    func(pgschema.Name) (*Relation, error)
	tables map[pgschema.Name]*description
}

// description is a table with its columns by name.
type description struct {
	*Relation
	index map[string]int
	now   int // columns that the table has now; behind them are those that only a change has named
	keys  int
	odd   string // the old row that did not fit although the table was asked for again: not a reason to ask once more
}

func newDescription(name pgschema.Name, rel *Relation) *description {
	if rel == nil { // dropped since
		rel = &Relation{Name: name}
	}
	t := &description{Relation: rel, index: make(map[string]int, len(rel.Columns)), now: len(rel.Columns)}
	for i, c := range rel.Columns {
		t.index[c.Name] = i
		if c.Key {
			t.keys++
		}
	}
	return t
}

func (d *described) forget() { clear(d.tables) }

func (d *described) find(name pgschema.Name) (*description, error) {
	if t := d.tables[name]; t != nil {
		return t, nil
	}
	return d.again(name)
}

func (d *described) again(name pgschema.Name) (*description, error) {
	delete(d.tables, name)
	var rel *Relation
	if d.ask != nil {
		var err error
		if rel, err = d.ask(name); err != nil {
			return nil, fmt.Errorf("describe %s: %w", name, err)
		}
	}
	if d.tables == nil || len(d.tables) >= maxDescribed {
		d.tables = map[pgschema.Name]*description{}
	}
	t := newDescription(name, rel)
	d.tables[name] = t
	return t, nil
}

// table gives the table of a change, with all columns that the change names.
func (d *described) table(name pgschema.Name, rows ...[]field) (*description, error) {
	t, err := d.find(name)
	if err != nil || t.knows(rows) {
		return t, err
	}
	if t, err = d.again(name); err != nil || t.knows(rows) {
		return t, err
	}
	rel := *t.Relation // columns that are there no more, or have another name now
	rel.Columns = slices.Clone(rel.Columns)
	for _, row := range rows {
		for _, f := range row {
			if t.position(f.name, 0) < 0 {
				t.index[string(f.name)] = len(rel.Columns)
				rel.Columns = append(rel.Columns, RelationColumn{Name: string(f.name), TypeOID: f.typeOID, Type: string(f.typ)})
			}
		}
	}
	t.Relation = &rel
	return t, nil
}

func (t *description) knows(rows [][]field) bool {
	for _, row := range rows {
		for i, f := range row {
			if t.position(f.name, i) < 0 {
				return false
			}
		}
	}
	return true
}

// position is the column of a name, -1 when there is none. It is likely the one at guess.
func (t *description) position(name []byte, guess int) int {
	if guess < len(t.Columns) && t.Columns[guess].Name == string(name) {
		return guess
	}
	if i, ok := t.index[string(name)]; ok {
		return i
	}
	return -1
}

// fill makes a tuple of a row. Columns that the row does not name are as missing says, unless the table has them no more.
func (t *description) fill(to *Tuple, row []field, missing ValueKind) *Tuple {
	to.Key = false
	to.Values = slices.Grow(to.Values[:0], len(t.Columns))[:len(t.Columns)]
	for i := range to.Values {
		to.Values[i] = Value{Kind: missing}
		if i >= t.now {
			to.Values[i].Kind = Absent
		}
	}
	for i, f := range row {
		to.Values[t.position(f.name, i)] = f.value
	}
	return to
}

// isKey reports whether a row names the columns of the replica identity and no other.
func (t *description) isKey(row []field) bool {
	if t.Identity == 'f' || t.keys == 0 || len(row) != t.keys {
		return false
	}
	for i, f := range row {
		if !t.Columns[t.position(f.name, i)].Key {
			return false
		}
	}
	return true
}

// old makes the tuple of an old row, and gives the table as it is to be seen with it. A row of the replica identity's columns is a key. Any
// other one is a whole row: then a column that it does not name is NULL where the plugin leaves NULLs out, and not part of it elsewhere.
func (d *described) old(t *description, kind Kind, to *Tuple, row, with []field, nullsLeftOut bool) (*description, error) {
	if t.Identity != 'f' && !t.isKey(row) {
		var err error
		if t, err = d.doubt(t, names(row), row, with); err != nil {
			return nil, err
		}
	}
	if t.isKey(row) {
		t.fill(to, row, Absent).Key = true
		return t, nil
	}
	whole := t.Identity == 'f'
	for i, f := range row {
		whole = whole || t.keys > 0 && !t.Columns[t.position(f.name, i)].Key // it had REPLICA IDENTITY FULL then
	}
	switch {
	case whole && nullsLeftOut:
		t.fill(to, row, Null)
	case len(row) == 0 && len(t.Columns) > 0:
		return nil, noIdentity(t.Name, kind)
	default:
		t.fill(to, row, Absent)
	}
	return t, nil
}

// keyed gives a table by whose replica identity the row of an update can be found that was sent without an old one.
func (d *described) keyed(t *description, with []field) (*description, error) {
	if t.keys > 0 && t.Identity != 'f' {
		return t, nil
	}
	t, err := d.doubt(t, "no old row", with)
	if err == nil && (t.keys == 0 || t.Identity == 'f') {
		err = noIdentity(t.Name, Update)
	}
	return t, err
}

// doubt asks for a table again because an old row does not fit, unless that was done for the same reason already.
func (d *described) doubt(t *description, why string, rows ...[]field) (*description, error) {
	if t.odd == why {
		return t, nil
	}
	if _, err := d.again(t.Name); err != nil {
		return nil, err
	}
	t, err := d.table(t.Name, rows...)
	if err == nil {
		t.odd = why
	}
	return t, err
}

func names(row []field) string {
	var b bytes.Buffer
	for _, f := range row {
		b.Write(f.name)
		b.WriteByte(0)
	}
	return b.String()
}
