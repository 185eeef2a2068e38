package pgtarget

import (
	"bytes"
	"math/bits"

	"github.com/pgcopy/pgcopy/changes"
)

// insertRun is a run of INSERTs of the same columns into one table, not yet sent.
type insertRun struct {
	shape   *shape
	states  []byte
	rows    int
	values  []changes.Value // of the columns that take part, row by row
	arena   []byte          // holds their data
	large   bool            // one of them was not copied
	perRow  int
	maxRows int
}

// Bounds of one INSERT.
const (
	maxRunBytes     = 128 << 10
	maxInsertParams = 2048
)

func (r *insertRun) reset() {
	clear(r.values)
	r.shape, r.rows, r.values, r.large = nil, 0, r.values[:0], false
	if cap(r.arena) > 8*maxRunBytes { // one large row
		r.arena = nil
	}
	r.arena = r.arena[:0]
}

// add takes a value into the row. One that is large is not copied: its row is sent before the event goes.
func (r *insertRun) add(v changes.Value) {
	if len(v.Data) >= maxRunBytes {
		r.values, r.large = append(r.values, v), true
		return
	}
	from := len(r.arena)
	r.arena = append(r.arena, v.Data...)
	v.Data = r.arena[from:len(r.arena):len(r.arena)]
	r.values = append(r.values, v)
}

func (a *Applier) insert(e *changes.Event) error {
	s, err := a.shapeFor(e.Relation, changes.Insert)
	if err != nil || a.skip(s.table) {
		return err
	}
	if err := checkTuple(e.Relation, e.New); err != nil {
		return err
	}
	a.states = a.states[:0]
	for i, v := range e.New.Values {
		state := byte(stateOut)
		if v.Kind != changes.Absent && v.Kind != changes.Unchanged {
			c := s.column(i)
			if c == nil {
				return s.noColumn(changes.Insert, e.New, i)
			}
			if !c.generated {
				state = s.stateOf(i, v)
			}
		}
		a.states = append(a.states, state)
	}
	if a.run.rows > 0 && (a.run.shape != s || !bytes.Equal(a.run.states, a.states)) {
		if err := a.endRun(); err != nil {
			return err
		}
	}
	a.run.begin(s, a.states, a.opts.MaxFold)
	for i, state := range a.states {
		if state != stateOut {
			a.run.add(e.New.Values[i])
		}
	}
	a.run.rows++
	if a.run.rows < a.run.maxRows && len(a.run.arena) < maxRunBytes && !a.run.large {
		return nil
	}
	return a.endRun()
}

// begin starts a run, unless it has rows already.
func (r *insertRun) begin(s *shape, states []byte, maxFold int) {
	if r.rows > 0 {
		return
	}
	r.shape, r.states = s, append(r.states[:0], states...)
	r.perRow = len(states) - bytes.Count(states, []byte{stateOut})
	r.maxRows = min(maxFold, max(1, maxInsertParams/max(r.perRow, 1)))
	if s.table.fires || r.perRow == 0 { // a trigger has to find the rows before; DEFAULT VALUES is one row
		r.maxRows = 1
	}
	r.maxRows = 1 << (bits.Len(uint(r.maxRows)) - 1)
}

// endRun sends the run. Statements are prepared for powers of two, so that there are few of them: 37 rows are 32, 4 and 1.
func (a *Applier) endRun() error {
	r := &a.run
	if r.rows == 0 {
		return nil
	}
	defer r.reset()
	for done := 0; done < r.rows; {
		n := 1 << (bits.Len(uint(r.rows-done)) - 1)
		if err := a.sendRows(r, done, n); err != nil {
			return err
		}
		done += n
	}
	return nil
}

func (a *Applier) sendRows(r *insertRun, from, n int) error {
	a.key = append(append(a.key[:0], byte(changes.Insert), byte(bits.Len(uint(n)))), r.states...)
	st := a.statementFor(r.shape, a.key, func(t *statementText) {
		t.insert(r.states, n)
		t.insertKey(r.states)
	})
	size := 0
	for _, v := range r.values[from*r.perRow : (from+n)*r.perRow] {
		size += a.bind(v)
	}
	first := len(a.fill.spans)
	for row := from; row < from+n; row++ {
		a.noteKey(st.keyAt, r.values[row*r.perRow:])
	}
	return a.send(st, changes.Insert, a.fill.spans[first:], size)
}
