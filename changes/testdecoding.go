package changes

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/pgcopy/pgcopy/pgschema"
)

// TestDecoding decodes the messages of test_decoding (contrib/test_decoding/test_decoding.c), started with the options of [PluginOptions]:
// without streaming of transactions in progress and without two-phase.
//
// Values come in the encoding of the source's database, whatever the client encoding is: the server sends a plugin's text as it is.
//
// The plugin says neither which columns are the replica identity nor what that is, and leaves the NULLs of an old row out. A table is
// therefore asked for with describe (nil: it is there no more) the first time it is met, and again when a change does not fit: it names a
// column that is not known, or an old row has other columns than the key. With a key, a column that was not sent is Absent; with
// REPLICA IDENTITY FULL it is NULL.
type TestDecoding struct {
	known    described
	event    Event
	newTuple Tuple
	oldTuple Tuple
	newRow   []field
	oldRow   []field
	unquoted []byte
}

// NewTestDecoding makes a decoder that knows no table yet.
func NewTestDecoding(describe func(pgschema.Name) (*Relation, error)) *TestDecoding {
	return &TestDecoding{known: described{ask: describe}}
}

var _ Decoder = (*TestDecoding)(nil)

// Forget makes the decoder ask for every table again: after the source was reconnected, or when one may have got another key.
func (d *TestDecoding) Forget() { d.known.forget() }

// Decode implements Decoder. A [*NoIdentity] names a table whose change does not say which row it is about.
func (d *TestDecoding) Decode(lsn pgschema.LSN, message []byte) (*Event, error) {
	d.event = Event{}
	d.unquoted = reuse(d.unquoted)
	if err := d.decode(message); err != nil {
		return nil, fmt.Errorf("test_decoding message at %s: %w", lsn, err)
	}
	return &d.event, nil
}

// reuse empties a buffer, unless one large message has made it large.
func reuse(b []byte) []byte {
	if cap(b) > 1<<20 {
		return nil
	}
	return b[:0]
}

func (d *TestDecoding) decode(message []byte) error {
	p := &scanner{b: message, spare: d.unquoted}
	defer func() { d.unquoted = p.spare }()
	switch {
	case p.skip("table "):
		return d.change(p)
	case p.skip("BEGIN"):
		d.event.Kind = Begin
		return d.transaction(p)
	case p.skip("COMMIT"):
		d.event.Kind = Commit
		return d.transaction(p)
	case p.skip("message: transactional: "):
		return d.message(p)
	}
	return fmt.Errorf("it is not understood: %.40q", message)
}

// transaction decodes what follows BEGIN and COMMIT: the transaction's id and, of a commit, the time.
func (d *TestDecoding) transaction(p *scanner) error {
	if p.done() {
		return nil
	}
	if !p.skip(" ") {
		return p.unexpected()
	}
	if !p.skip("(at ") {
		digits := p.until(' ')
		xid, err := strconv.ParseUint(string(digits), 10, 32)
		if err != nil {
			return fmt.Errorf("transaction id %q", digits)
		}
		d.event.XID = uint32(xid)
		if !p.skip(" (at ") {
			return p.end()
		}
	}
	at := p.until(')')
	if !p.skip(")") {
		return p.unexpected()
	}
	d.event.CommitTime = parseTime(string(at))
	return p.end()
}

// parseTime reads what timestamptz_to_str writes: ISO, with the offset of the session's time zone. What Go has no time for is zero.
func parseTime(s string) time.Time {
	for _, layout := range []string{"2006-01-02 15:04:05-07", "2006-01-02 15:04:05-07:00", "2006-01-02 15:04:05-07:00:00"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}

// message decodes a logical message. Prefix and content are any text: the size of the content tells where it starts.
func (d *TestDecoding) message(p *scanner) error {
	d.event.Kind = Message
	if !p.skip("0 prefix: ") && !p.skip("1 prefix: ") {
		return p.unexpected()
	}
	const size, content = ", sz: ", " content:"
	for from := 0; ; {
		i := bytes.Index(p.b[from:], []byte(size))
		if i < 0 {
			return errors.New("a logical message of no known form")
		}
		i += from
		rest := &scanner{b: p.b[i+len(size):]}
		n, err := strconv.ParseUint(string(rest.until(' ')), 10, 32)
		if err == nil && rest.skip(content) && uint64(len(rest.b)) == n {
			d.event.Prefix = string(p.b[:i])
			return nil
		}
		from = i + 1
	}
}

func (d *TestDecoding) change(p *scanner) error {
	name, err := p.qualified()
	if err != nil {
		return err
	}
	switch {
	case p.skip(": INSERT:"):
		d.event.Kind = Insert
		err = d.insert(p, name)
	case p.skip(": UPDATE:"):
		d.event.Kind = Update
		err = d.update(p, name)
	case p.skip(": DELETE:"):
		d.event.Kind = Delete
		err = d.delete(p, name)
	default:
		d.event.Kind = Truncate
		return d.truncate(p, name)
	}
	var refused *NoIdentity
	if err != nil && !errors.As(err, &refused) {
		return fmt.Errorf("%s: %w", name, err)
	}
	return err
}

const noTuple = " (no-tuple-data)"

func (d *TestDecoding) insert(p *scanner, name pgschema.Name) (err error) {
	if d.newRow, err = p.row(d.newRow, false); err != nil {
		return err
	}
	t, err := d.known.table(name, d.newRow)
	if err != nil {
		return err
	}
	d.event.Relation = t.Relation
	d.event.New = t.fill(&d.newTuple, d.newRow, Absent)
	return nil
}

func (d *TestDecoding) update(p *scanner, name pgschema.Name) (err error) {
	hasOld := p.skip(" old-key:")
	if hasOld {
		if d.oldRow, err = p.row(d.oldRow, true); err != nil {
			return err
		}
		if !p.skip(" new-tuple:") {
			return p.unexpected()
		}
	} else {
		d.oldRow = d.oldRow[:0]
	}
	if d.newRow, err = p.row(d.newRow, false); err != nil {
		return err
	}
	t, err := d.known.table(name, d.newRow, d.oldRow)
	if err != nil {
		return err
	}
	if hasOld {
		t, err = d.known.old(t, Update, &d.oldTuple, d.oldRow, d.newRow, true)
		d.event.Old = &d.oldTuple
	} else {
		t, err = d.known.keyed(t, d.newRow)
	}
	if err != nil {
		return err
	}
	d.event.Relation = t.Relation
	d.event.New = t.fill(&d.newTuple, d.newRow, Absent)
	return nil
}

func (d *TestDecoding) delete(p *scanner, name pgschema.Name) (err error) {
	if p.skip(noTuple) {
		if err := p.end(); err != nil {
			return err
		}
		return noIdentity(name, Delete)
	}
	if d.oldRow, err = p.row(d.oldRow, false); err != nil {
		return err
	}
	t, err := d.known.table(name, d.oldRow)
	if err != nil {
		return err
	}
	if t, err = d.known.old(t, Delete, &d.oldTuple, d.oldRow, nil, true); err != nil {
		return err
	}
	d.event.Relation, d.event.Old = t.Relation, &d.oldTuple
	return nil
}

// truncate decodes the rest of a list of tables, and what the TRUNCATE does besides. The tables are only named, not described.
func (d *TestDecoding) truncate(p *scanner, name pgschema.Name) (err error) {
	d.event.Truncated = append(d.event.Truncated, &Relation{Name: name})
	for p.skip(", ") {
		if name, err = p.qualified(); err != nil {
			return err
		}
		d.event.Truncated = append(d.event.Truncated, &Relation{Name: name})
	}
	if !p.skip(": TRUNCATE:") {
		return p.unexpected()
	}
	if p.skip(" (no-flags)") {
		return p.end()
	}
	d.event.RestartIdentity = p.skip(" restart_seqs")
	d.event.Cascade = p.skip(" cascade")
	return p.end()
}

// row reads the columns of a row, each as name[type]:value, up to the end or, with more, up to what is no column.
func (p *scanner) row(row []field, more bool) ([]field, error) {
	row = row[:0]
	for !p.done() {
		if more && bytes.HasPrefix(p.b, []byte(" new-tuple:")) {
			break
		}
		if len(row) == maxColumns {
			return row, fmt.Errorf("more than %d columns", maxColumns)
		}
		f, err := p.column()
		if err != nil {
			return row, err
		}
		row = append(row, f)
	}
	return row, nil
}
