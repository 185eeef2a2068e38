package pgtarget

import (
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/changes"
)

// The server checks a deferrable constraint by a trigger of its own, which does not fire when session_replication_role is replica: two rows
// with one key would both be there, and nobody would know. (The server's own apply worker lets it happen.) So the rows that a transaction
// writes into a table with such a constraint are noted by their ctid, and looked at before its commit.

// laterCheck is a deferrable constraint.
type laterCheck struct {
	Name    string
	Columns string // their names, for people
	Values  string // their values in row a, as SQL
	Clash   string // when rows a and b cannot both be there, as SQL
}

// laterRows are the rows of one table to be looked at.
type laterRows struct {
	n     int
	ctids []byte // as a tid[]
}

// maxLaterRows is how many rows are noted; of more, all rows of the table are looked at.
const maxLaterRows = 10000

// hearRows reads the answer to a statement that gives the ctid of each row it wrote.
func (a *Applier) hearRows(t *targetTable) (pgconn.CommandTag, error) {
	results, err := a.pipe.GetResults()
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rr, ok := results.(*pgconn.ResultReader)
	if !ok {
		return pgconn.CommandTag{}, errOutOfStep
	}
	rows := a.later[t]
	if rows == nil {
		rows = &laterRows{}
		a.later[t] = rows
	}
	for rr.NextRow() {
		if rows.n++; rows.n > maxLaterRows {
			rows.ctids = nil
			continue
		}
		sep := byte(',')
		if rows.n == 1 {
			sep = '{'
		}
		rows.ctids = fmt.Appendf(append(rows.ctids, sep), "%q", rr.Values()[0])
	}
	return rr.Close()
}

// checkLater looks at the rows that were noted, once the transaction has done all it does.
func (a *Applier) checkLater() error {
	for t, rows := range a.later {
		if rows.n == 0 {
			continue
		}
		for _, c := range t.later {
			if err := a.checkRows(t, rows, c); err != nil {
				return err
			}
		}
	}
	clear(a.later)
	return nil
}

func (a *Applier) checkRows(t *targetTable, rows *laterRows, c laterCheck) error {
	from := t.only() + t.name.Quoted()
	text := "SELECT pg_catalog.concat_ws(', ', " + c.Values + ") FROM " + from + " a WHERE EXISTS (SELECT FROM " + from + " b WHERE " + c.Clash +
		" AND (b.tableoid, b.ctid) <> (a.tableoid, a.ctid))"
	var params [][]byte
	if rows.n <= maxLaterRows {
		text += " AND a.ctid = ANY ($1::pg_catalog.tid[])"
		params = [][]byte{append(rows.ctids[:len(rows.ctids):len(rows.ctids)], '}')}
	}
	a.pipe.SendQueryParams(text+" LIMIT 1", params, nil, nil, nil)
	if err := a.pipe.Sync(); err != nil {
		return fmt.Errorf("check %s: %w", t.name, err)
	}
	results, err := a.pipe.GetResults()
	if err != nil {
		return fmt.Errorf("check %s: %w", t.name, err)
	}
	rr, ok := results.(*pgconn.ResultReader)
	if !ok {
		return errOutOfStep
	}
	var conflict *ConflictError
	for rr.NextRow() {
		conflict = newConflict(DuplicateKey, changes.Insert, t.name, fmt.Errorf("two rows violate the deferrable constraint %q", c.Name))
		conflict.Key = shorten("("+c.Columns+")=("+string(rr.Values()[0])+")", 300)
		conflict.Statement = text
	}
	if _, err := rr.Close(); err != nil {
		return fmt.Errorf("check %s: %w", t.name, err)
	}
	if _, err := a.pipe.GetResults(); err != nil { // the Sync
		return fmt.Errorf("check %s: %w", t.name, err)
	}
	if conflict != nil {
		return conflict
	}
	return nil
}
