package pgtarget

import (
	"container/list"
	"fmt"
	"strconv"
	"strings"

	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgschema"
)

// The state of a column in a change. The states of all columns, with the kind of change, tell one statement from another.
const (
	stateOut  = '-' // not in the statement
	stateIn   = 'v' // a parameter of the target column's type
	stateFrom = 'b' // a parameter of the source column's type, which differs: its binary form cannot be read as the target's
	stateNull = 'n' // in the key, and NULL
)

// applyStatement is a statement prepared on the server.
type applyStatement struct {
	key      string
	shape    *shape
	name     string
	text     string
	oids     []uint32 // of the parameters
	keyAt    []int    // where the values are that tell people which row it is about
	keyNames string   // their columns
	prepared bool

	returning bool // it gives the ctid of each row it writes
	used      *list.Element
}

// statementFor gives the statement of a key, built when there is none yet.
func (a *Applier) statementFor(s *shape, key []byte, build func(*statementText)) *applyStatement {
	if st := s.statements[string(key)]; st != nil {
		if a.tables.statements.Front() != st.used {
			a.tables.statements.MoveToFront(st.used)
		}
		return st
	}
	var t statementText
	t.shape = s
	build(&t)
	returning := len(s.table.later) > 0 && t.writes
	if returning {
		t.WriteString(" RETURNING ctid")
	}
	a.named++
	st := &applyStatement{key: string(key), shape: s, name: "pgcopy_apply_" + strconv.Itoa(a.named), text: t.String(), oids: t.oids,
		keyAt: t.keyAt, keyNames: "(" + strings.Join(t.keyNames, ", ") + ")", returning: returning}
	s.statements[st.key] = st
	st.used = a.tables.statements.PushFront(st)
	a.tables.parameters += st.weight()
	for a.tables.parameters > a.opts.MaxParameters && a.tables.statements.Len() > 1 {
		a.forgetStatement(a.tables.statements.Back().Value.(*applyStatement))
	}
	return st
}

// weight is what a statement costs to keep, in parameters.
func (s *applyStatement) weight() int { return len(s.oids) + 16 }

// forgetStatement drops a statement here and on the server.
func (a *Applier) forgetStatement(s *applyStatement) {
	delete(s.shape.statements, s.key)
	a.tables.statements.Remove(s.used)
	a.tables.parameters -= s.weight()
	if s.prepared {
		a.pipe.SendDeallocate(s.name)
		a.fill.add(item{kind: sentPrepare, statement: s})
	}
}

// statementText puts a statement together. Names are quoted by pgschema; values are parameters.
type statementText struct {
	strings.Builder
	shape    *shape
	oids     []uint32
	keyAt    []int
	keyNames []string
	writes   bool // a row that may clash with another
}

// maxKeyColumns is how many columns of a key are shown to people.
const maxKeyColumns = 4

// rowKey makes the first columns by which a row is found its name for people.
func (t *statementText) rowKey(where []byte) {
	for i, s := range where {
		if s != stateOut && len(t.keyAt) < maxKeyColumns {
			t.keyAt, t.keyNames = append(t.keyAt, i), append(t.keyNames, t.shape.relation.Columns[i].Name)
		}
	}
}

// insertKey makes the replica identity, or the first columns where there is none, the name of a new row for people. Rows hold only the
// columns that take part.
func (t *statementText) insertKey(states []byte) {
	at := 0
	for i, s := range states {
		if s == stateOut {
			continue
		}
		if c := t.shape.relation.Columns[i]; (c.Key || !t.shape.hasKey) && len(t.keyAt) < maxKeyColumns {
			t.keyAt, t.keyNames = append(t.keyAt, at), append(t.keyNames, c.Name)
		}
		at++
	}
}

// param adds a parameter for the relation's i-th column and gives its text.
func (t *statementText) param(i int, state byte) string {
	c := t.shape.column(i)
	if state != stateFrom {
		t.oids = append(t.oids, c.typeOID)
		return "$" + strconv.Itoa(len(t.oids))
	}
	t.oids = append(t.oids, t.shape.relation.Columns[i].TypeOID)
	return "$" + strconv.Itoa(len(t.oids)) + "::" + c.typeName
}

func (t *statementText) column(i int) string { return pgschema.QuoteIdent(t.shape.column(i).name) }

// insert is INSERT with any number of rows. A value for an identity column is taken as it is.
func (t *statementText) insert(states []byte, rows int) {
	t.writes = true
	t.WriteString("INSERT INTO " + t.shape.table.name.Quoted())
	sep := " ("
	for i, s := range states {
		if s != stateOut {
			t.WriteString(sep + t.column(i))
			sep = ", "
		}
	}
	if sep == " (" {
		t.WriteString(" DEFAULT VALUES")
		return
	}
	t.WriteString(") OVERRIDING SYSTEM VALUE VALUES ")
	for r := range rows {
		if r > 0 {
			t.WriteString(", ")
		}
		sep = "("
		for i, s := range states {
			if s != stateOut {
				t.WriteString(sep + t.param(i, s))
				sep = ", "
			}
		}
		t.WriteByte(')')
	}
}

// update sets the columns of set in the row that where finds. With nothing to set it only looks for the row.
func (t *statementText) update(set, where []byte, whole bool) {
	sep := "UPDATE " + t.shape.table.only() + t.shape.table.name.Quoted() + " SET "
	for i, s := range set {
		if s != stateOut {
			t.WriteString(sep + t.column(i) + " = " + t.param(i, s))
			sep, t.writes = ", ", true
		}
	}
	if !t.writes {
		t.WriteString("SELECT FROM " + t.shape.table.only() + t.shape.table.name.Quoted())
	}
	t.where(where, whole)
}

// move is an update that changes an identity column GENERATED ALWAYS, which UPDATE may not: the row is deleted and inserted with the new
// values, the rest of it as it was.
func (t *statementText) move(set, where []byte, whole bool) {
	table := t.shape.table
	t.writes = true
	var names, values []string
	sent := map[int]int{}
	for i, s := range set {
		if s != stateOut {
			sent[t.shape.target[i]] = i
		}
	}
	for j, c := range table.columns {
		if c.generated {
			continue
		}
		names = append(names, pgschema.QuoteIdent(c.name))
		if i, ok := sent[j]; ok {
			values = append(values, t.param(i, set[i]))
		} else {
			values = append(values, "gone."+pgschema.QuoteIdent(c.name))
		}
	}
	t.WriteString("WITH gone AS (DELETE FROM " + table.only() + table.name.Quoted())
	t.where(where, whole)
	t.WriteString(" RETURNING *) INSERT INTO " + table.name.Quoted() + " (" + strings.Join(names, ", ") +
		") OVERRIDING SYSTEM VALUE SELECT " + strings.Join(values, ", ") + " FROM gone")
}

func (t *statementText) delete(where []byte, whole bool) {
	t.WriteString("DELETE FROM " + t.shape.table.only() + t.shape.table.name.Quoted())
	t.where(where, whole)
}

// where finds the row by its key, or by the whole of it. Rows that are equal as a whole may be several, of which one is meant: the one that
// is the same to the last digit, if there is one.
func (t *statementText) where(states []byte, whole bool) {
	if !whole {
		t.WriteString(" WHERE ")
		t.match(states)
		return
	}
	from := " FROM " + t.shape.table.only() + t.shape.table.name.Quoted() + " WHERE "
	if t.shape.table.kind == "p" {
		t.WriteString(" WHERE (tableoid, ctid) = (SELECT tableoid, ctid" + from)
	} else {
		t.WriteString(" WHERE ctid = (SELECT ctid" + from)
	}
	columns, params := t.match(states)
	if len(columns) > 0 {
		fmt.Fprintf(t, " ORDER BY %s OPERATOR(pg_catalog.=) %s DESC", rowText(columns), rowText(params))
	}
	t.WriteString(" LIMIT 1)")
}

// match writes the conditions. It gives the columns, and their parameters, of which equal values need not be the same.
func (t *statementText) match(states []byte) (columns, params []string) {
	sep := ""
	for i, s := range states {
		if s == stateOut {
			continue
		}
		t.WriteString(sep)
		sep = " AND "
		name, c := t.column(i), t.shape.column(i)
		if s == stateNull {
			t.WriteString(name + " IS NOT DISTINCT FROM NULL") // IS NULL is true for a row of NULLs, too
			continue
		}
		p := t.param(i, s)
		if c.equals == "" {
			t.WriteString(rowText([]string{name}) + " OPERATOR(pg_catalog.=) " + rowText([]string{p}))
			continue
		}
		t.WriteString(name + " " + c.equals + " " + p)
		if !c.exact {
			columns, params = append(columns, name), append(params, p)
		}
	}
	if sep == "" {
		t.WriteString("true")
	}
	return columns, params
}

// rowText is the text of some values as their types print them. (A cast of one value to text need not be: that of char(n) drops blanks.)
func rowText(values []string) string {
	return "ROW(" + strings.Join(values, ", ") + ")::pg_catalog.text"
}

// stateOf is the state of a value that is put into the relation's i-th column.
func (s *shape) stateOf(i int, v changes.Value) byte {
	const firstOwnOID = 16384 // types of the server itself have the same OID everywhere
	if v.Kind == changes.Binary {
		if oid := s.relation.Columns[i].TypeOID; oid != 0 && oid < firstOwnOID && oid != s.column(i).typeOID {
			return stateFrom
		}
	}
	return stateIn
}
