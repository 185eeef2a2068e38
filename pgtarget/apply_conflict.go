package pgtarget

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// ConflictKind is in what way a change does not fit the target.
type ConflictKind string

// The kinds of conflicts.
const (
	MissingRow   ConflictKind = "missing row"   // an UPDATE or DELETE whose row is not there
	SeveralRows  ConflictKind = "several rows"  // a key that is not one on the target
	DuplicateKey ConflictKind = "duplicate key" // a unique or exclusion constraint
	NoTable      ConflictKind = "no table"
	NoColumn     ConflictKind = "no column"
	Refused      ConflictKind = "refused" // anything else that the target has against a change
)

// ConflictError is a change that the target cannot take: it is not what the source was. Nothing of its transaction stays.
type ConflictError struct {
	Kind      ConflictKind
	Change    changes.Kind
	Table     pgschema.Name
	Key       string       // (column, …)=(value, …), shortened; "" when the change has none
	Statement string       // what was sent, shortened
	XID       uint32       // the source's transaction; the caller's to fill in
	LSN       pgschema.LSN // of its commit; the caller's to fill in
	Err       error        // what the server said, nil when it only counted
	Hint      string
}

var changeWords = map[changes.Kind]string{changes.Insert: "insert", changes.Update: "update", changes.Delete: "delete", changes.Truncate: "truncate"}

func (e *ConflictError) Error() string {
	text := "apply " + e.Table.String() + ": " + changeWords[e.Change]
	if e.Key != "" {
		text += " " + e.Key
	}
	if e.LSN != 0 {
		text += fmt.Sprintf(" of transaction %d at %s", e.XID, e.LSN)
	}
	text += ": " + string(e.Kind)
	if e.Err != nil {
		text += ": " + serverText(e.Err)
	}
	return text
}

func (e *ConflictError) Unwrap() error { return e.Err }

var conflictHints = map[ConflictKind]string{
	MissingRow:   "the target was written to by somebody else, or its row was lost: give the target the row that the source had",
	SeveralRows:  "the columns that identify a row on the source are not unique on the target: remove the rows that are too many",
	DuplicateKey: "the target has a row that the source has not: remove it",
	NoTable:      "the table was made, renamed or moved on the source since the copy: do the same on the target",
	NoColumn:     "the table was altered on the source since the copy: do the same on the target",
	Refused:      "make the target's table like the source's",
}

func newConflict(kind ConflictKind, change changes.Kind, table pgschema.Name, err error) *ConflictError {
	return &ConflictError{Kind: kind, Change: change, Table: table, Err: err, Hint: conflictHints[kind]}
}

func (it *item) conflict(b *batch, kind ConflictKind, err error) *ConflictError {
	c := newConflict(kind, it.change, it.statement.shape.table.name, err)
	c.Statement = shorten(it.statement.text, 1000)
	c.Key = it.keyOf(b, err)
	return c
}

// explain turns the error of a request into what it says about a change. What is no fault of the change stays as it is.
func (it *item) explain(b *batch, err error) error {
	var conflict *ConflictError
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &conflict) || errors.As(err, new(*OriginError)):
		return err
	case it.statement == nil:
		return fmt.Errorf("begin: %w", err)
	case !errors.As(err, &pg) || pgdb.ClassOf(err) != pgdb.Permanent:
		return fmt.Errorf("apply %s: %w", it.statement.shape.table.name, err)
	}
	return it.conflict(b, conflictKind(pg.Code), err)
}

// conflictKind goes by SQLSTATE (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func conflictKind(code string) ConflictKind {
	switch code {
	case "23505", "23P01":
		return DuplicateKey
	case "42P01", "3F000":
		return NoTable
	case "42703":
		return NoColumn
	}
	return Refused
}

var parameterNumber = regexp.MustCompile(`parameter \$(\d+)`)

// keyOf names the row that went wrong. Of several rows in one statement the server tells which: a duplicate key by its detail, a value
// it does not understand by the number of the parameter, a row that a constraint keeps out by showing it.
func (it *item) keyOf(b *batch, err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		if key, _, ok := cutAny(strings.TrimPrefix(pg.Detail, "Key "), " already exists", " conflicts with"); ok {
			return shorten(key, 300)
		}
		if m := parameterNumber.FindStringSubmatch(pg.Where); m != nil && len(it.keys) > 1 {
			n, _ := strconv.Atoi(m[1])
			perRow := len(it.statement.oids) / len(it.keys)
			if row := (n - 1) / max(perRow, 1); n > 0 && row < len(it.keys) {
				return it.key(b, row)
			}
		}
	}
	switch n := len(it.keys); {
	case n == 0:
		return ""
	case n == 1:
		return it.key(b, 0)
	case pg != nil && pg.Detail != "":
		return shorten(pg.Detail, 300)
	default:
		return it.key(b, 0) + " … " + it.key(b, n-1)
	}
}

// key is the key of one row as the server writes it: (a, b)=(1, x).
func (it *item) key(b *batch, row int) string {
	s := it.keys[row]
	return shorten(it.statement.keyNames+"=("+string(b.arena[s.from:s.to])+")", 300)
}

func cutAny(s string, seps ...string) (before, after string, found bool) {
	for _, sep := range seps {
		if before, after, found = strings.Cut(s, sep); found {
			return before, after, true
		}
	}
	return s, "", false
}

// serverText is a message with its detail, on one line.
func serverText(err error) string {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err.Error()
	}
	text := pg.Message + " (SQLSTATE " + pg.Code + ")"
	if pg.Detail != "" {
		text += ": " + shorten(pg.Detail, 300)
	}
	return text
}

// shorten makes a text one line of at most n bytes and valid UTF-8.
func shorten(s string, n int) string {
	if len(s) > n {
		s = s[:n] + "…"
	}
	return strings.ToValidUTF8(strings.Join(strings.Fields(s), " "), "\ufffd")
}
