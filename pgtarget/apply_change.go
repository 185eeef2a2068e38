package pgtarget

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgschema"
)

// bind adds a value as the next parameter.
func (a *Applier) bind(v changes.Value) int {
	format := int16(0)
	if v.Kind == changes.Binary {
		format = 1
	}
	data := v.Data
	if v.Kind == changes.Null {
		data = nil
	} else if data == nil {
		data = []byte{} // nil would be NULL
	}
	a.params, a.formats = append(a.params, data), append(a.formats, format)
	return len(data) + 6
}

// skip counts a change of what is a materialized view on the target: a plugin without a publication sends REFRESH … CONCURRENTLY as changes.
func (a *Applier) skip(t *targetTable) bool {
	if t.kind == "m" {
		a.countsOf(t).Skipped++
	}
	return t.kind == "m"
}

func (a *Applier) update(e *changes.Event) error {
	s, err := a.shapeFor(e.Relation, changes.Update)
	if err != nil || a.skip(s.table) {
		return err
	}
	if err := errors.Join(checkTuple(e.Relation, e.New), checkTuple(e.Relation, e.Old)); err != nil {
		return err
	}
	if err := a.endRun(); err != nil {
		return err
	}
	key := e.Old
	if key == nil {
		key = e.New
	}
	n := len(s.target)
	a.states = append(a.states[:0], byte(changes.Update))
	move, err := a.setStates(s, e)
	if err != nil {
		return err
	}
	whole, err := a.whereStates(s, changes.Update, key, e.Old)
	if err != nil {
		return err
	}
	if move {
		a.states[0] = 'M'
	}
	set, where := a.states[1:1+n], a.states[1+n:1+2*n]
	st := a.statementFor(s, a.states, func(t *statementText) {
		if move {
			t.move(set, where, whole)
		} else {
			t.update(set, where, whole)
		}
		t.rowKey(where)
	})
	size := 0
	if move { // parameters are in the order of the target's columns
		size = a.bindMove(s, set, e.New)
	} else {
		size = a.bindStates(set, e.New)
	}
	return a.sendKeyed(st, changes.Update, where, key, size)
}

// setStates says which columns an update sets: those that were sent, but for the key that has not changed. move is true when a GENERATED
// ALWAYS identity is among them that is not known to be what it was.
func (a *Applier) setStates(s *shape, e *changes.Event) (move bool, err error) {
	for i, v := range e.New.Values {
		state := byte(stateOut)
		c := s.column(i)
		switch {
		case v.Kind == changes.Absent:
		case c == nil:
			return false, s.noColumn(changes.Update, e.New, i)
		case v.Kind == changes.Unchanged || c.generated:
		case e.Old == nil && s.relation.Columns[i].Key:
		case c.always && e.Old != nil && sameValue(e.Old, i, s.relation.Columns[i].Key, v):
		default:
			state = s.stateOf(i, v)
			move = move || c.always
		}
		a.states = append(a.states, state)
	}
	return move, nil
}

// sameValue reports whether the old row is known to have had the same value.
func sameValue(old *changes.Tuple, i int, key bool, v changes.Value) bool {
	o := old.Values[i]
	return (key || !old.Key) && o.Kind == v.Kind && bytes.Equal(o.Data, v.Data)
}

// whereStates says by which columns the row is found: the replica identity, or all that was sent of the old row (whole).
func (a *Applier) whereStates(s *shape, kind changes.Kind, key, old *changes.Tuple) (whole bool, err error) {
	whole = old != nil && !old.Key
	found := false
	for i, v := range key.Values {
		state := byte(stateOut)
		if whole || s.relation.Columns[i].Key {
			c := s.column(i)
			switch {
			case v.Kind == changes.Absent && whole:
			case c == nil:
				return false, s.noColumn(kind, key, i)
			case c.generated && whole:
			case v.Kind == changes.Null:
				state, found = stateNull, true
			case v.Kind == changes.Text || v.Kind == changes.Binary:
				state, found = s.stateOf(i, v), true
			case !whole:
				return false, newConflict(Refused, kind, s.table.name, fmt.Errorf("the key column %s was not sent", pgschema.DisplayIdent(c.name)))
			}
		}
		a.states = append(a.states, state)
	}
	switch {
	case !whole && (!found || old == nil && s.relation.Identity == 'f'):
		c := newConflict(Refused, kind, s.table.name, errors.New("the change does not say which row it is about: the table has no replica identity"))
		c.Hint = "on the source: ALTER TABLE " + s.relation.Name.Quoted() + " REPLICA IDENTITY FULL; what was changed before cannot be followed: start over with --restart"
		return false, c
	case !found && len(key.Values) > 0 && anySent(key):
		return false, newConflict(Refused, kind, s.table.name, errors.New("no column of the old row is one by which a row could be found"))
	}
	return whole, nil
}

func anySent(t *changes.Tuple) bool {
	for _, v := range t.Values {
		if v.Kind == changes.Text || v.Kind == changes.Binary || v.Kind == changes.Null {
			return true
		}
	}
	return false
}

func (a *Applier) delete(e *changes.Event) error {
	s, err := a.shapeFor(e.Relation, changes.Delete)
	if err != nil || a.skip(s.table) {
		return err
	}
	if e.Old == nil {
		e = &changes.Event{Kind: e.Kind, Relation: e.Relation, Old: &changes.Tuple{Key: true, Values: make([]changes.Value, len(e.Relation.Columns))}}
	}
	if err := checkTuple(e.Relation, e.Old); err != nil {
		return err
	}
	if err := a.endRun(); err != nil {
		return err
	}
	a.states = append(a.states[:0], byte(changes.Delete))
	whole, err := a.whereStates(s, changes.Delete, e.Old, e.Old)
	if err != nil {
		return err
	}
	where := a.states[1:]
	st := a.statementFor(s, a.states, func(t *statementText) {
		t.delete(where, whole)
		t.rowKey(where)
	})
	return a.sendKeyed(st, changes.Delete, where, e.Old, 0)
}

// sendKeyed binds the key and sends an update or delete.
func (a *Applier) sendKeyed(st *applyStatement, kind changes.Kind, where []byte, key *changes.Tuple, size int) error {
	size += a.bindStates(where, key)
	first := len(a.fill.spans)
	a.noteKey(st.keyAt, key.Values)
	return a.send(st, kind, a.fill.spans[first:], size)
}

func (a *Applier) bindStates(states []byte, t *changes.Tuple) (size int) {
	for i, s := range states {
		if s == stateIn || s == stateFrom {
			size += a.bind(t.Values[i])
		}
	}
	return size
}

func (a *Applier) bindMove(s *shape, set []byte, t *changes.Tuple) (size int) {
	for j := range s.table.columns {
		for i, target := range s.target {
			if target == j && set[i] != stateOut {
				size += a.bind(t.Values[i])
			}
		}
	}
	return size
}

// truncate empties the tables of the event in one statement, as the source did. A table's inheritance children are in the event themselves.
func (a *Applier) truncate(e *changes.Event) error {
	if err := a.endRun(); err != nil {
		return err
	}
	var list []string
	var tables []*targetTable
	for _, rel := range e.Truncated {
		t, err := a.tableFor(rel.Name, changes.Truncate)
		if err != nil {
			return err
		}
		if !a.skip(t) {
			list, tables = append(list, t.only()+t.name.Quoted()), append(tables, t)
		}
	}
	if len(list) == 0 {
		return nil
	}
	text := "TRUNCATE TABLE " + strings.Join(list, ", ")
	if e.RestartIdentity {
		text += " RESTART IDENTITY"
	}
	if e.Cascade {
		text += " CASCADE"
	}
	a.pipe.SendQueryParams(text, nil, nil, nil, nil)
	a.fill.add(item{kind: sentChange, change: changes.Truncate, statement: &applyStatement{shape: &shape{table: tables[0]}, text: text}})
	a.fill.bytes += len(text)
	for _, t := range tables {
		a.countsOf(t).Truncated++
	}
	return a.shipWhenFull()
}

// noteKey writes the values of a row's key into the batch, as the server writes keys in its messages.
func (a *Applier) noteKey(at []int, row []changes.Value) {
	const maxValue = 60
	b := a.fill
	from := len(b.arena)
	for n, i := range at {
		if n > 0 {
			b.arena = append(b.arena, ", "...)
		}
		switch v := row[i]; {
		case v.Kind == changes.Null:
			b.arena = append(b.arena, "null"...)
		case v.Kind == changes.Binary:
			b.arena = fmt.Appendf(b.arena, `\x%x`, v.Data[:min(len(v.Data), maxValue/2)])
		case len(v.Data) > maxValue:
			b.arena = append(append(b.arena, v.Data[:maxValue]...), "…"...)
		default:
			b.arena = append(b.arena, v.Data...)
		}
	}
	b.spans = append(b.spans, span{from, len(b.arena)})
}

func checkTuple(rel *changes.Relation, t *changes.Tuple) error {
	if t != nil && len(t.Values) != len(rel.Columns) {
		return fmt.Errorf("apply %s: a row of %d columns for a table of %d", rel.Name, len(t.Values), len(rel.Columns))
	}
	return nil
}

func (s *shape) noColumn(kind changes.Kind, t *changes.Tuple, i int) error {
	return newConflict(NoColumn, kind, s.table.name, fmt.Errorf("the target has no column %s", pgschema.DisplayIdent(s.relation.Columns[i].Name)))
}
