package changes

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pgcopy/pgcopy/pgschema"
)

// Wal2JSON decodes the messages of wal2json in its format version 2 (https://github.com/eulerto/wal2json, wal2json.c), started with the
// options of [PluginOptions].
//
// What wal2json cannot carry is refused, not rounded:
//   - NaN and the infinities of real, double precision and numeric columns are sent as null, as NULL is. Such a null is a [*CannotCarry],
//     unless the stream was started with numeric-data-types-as-string (2.6 and newer).
//   - A bytea that is not in hex form is one, too: the plugin cuts off two characters whatever they are, so the replication session has
//     to set bytea_output = hex.
//
// What it does not send at all cannot be seen here: an UPDATE or DELETE of a table without replica identity is left out with no more than a
// warning in the source's log. Such tables have to be refused before the stream starts. A TRUNCATE comes as one message for each table,
// without its CASCADE and RESTART IDENTITY, and is as many events; whoever applies them has to put those that follow each other together
// again, or foreign keys between the tables are in the way.
//
// Values come in the encoding of the source's database, whatever the client encoding is: the server sends a plugin's text as it is.
//
// The plugin says which columns the old row has, but not what the replica identity is. A table is therefore asked for with describe (nil: it
// is there no more) the first time it is met, and again when a change does not fit.
type Wal2JSON struct {
	known           described
	numericAsString bool
	message         walMessage
	event           Event
	newTuple        Tuple
	oldTuple        Tuple
	unescaped       []byte
}

// walMessage is one message, before it is an event.
type walMessage struct {
	action       byte
	xid          uint32
	lsn, nextLSN pgschema.LSN
	time         string
	name         pgschema.Name
	columns      []field
	identity     []field
	hasColumns   bool
	hasIdentity  bool
	prefix       string
}

// NewWal2JSON makes a decoder that knows no table yet. numericAsString says that the stream was started with that option.
func NewWal2JSON(describe func(pgschema.Name) (*Relation, error), numericAsString bool) *Wal2JSON {
	return &Wal2JSON{known: described{ask: describe}, numericAsString: numericAsString}
}

var _ Decoder = (*Wal2JSON)(nil)

// Forget makes the decoder ask for every table again: after the source was reconnected, or when one may have got another key.
func (d *Wal2JSON) Forget() { d.known.forget() }

// Decode implements Decoder. A [*CannotCarry] names the table and column of a value that was lost, a [*NoIdentity] a table whose change does
// not say which row it is about.
func (d *Wal2JSON) Decode(lsn pgschema.LSN, message []byte) (*Event, error) {
	d.event = Event{}
	d.message = walMessage{columns: d.message.columns[:0], identity: d.message.identity[:0]}
	d.unescaped = reuse(d.unescaped)
	err := d.parse(message)
	if err == nil {
		err = d.decode()
	}
	if err != nil {
		return nil, fmt.Errorf("wal2json message at %s: %w", lsn, err)
	}
	return &d.event, nil
}

func (d *Wal2JSON) parse(message []byte) error {
	p := &jsonScanner{scanner{b: message, spare: d.unescaped}}
	defer func() { d.unescaped = p.spare }()
	if err := p.object(func(key []byte) error { return d.member(p, key) }); err != nil {
		return err
	}
	return p.end()
}

func (d *Wal2JSON) member(p *jsonScanner, key []byte) (err error) {
	m := &d.message
	var text []byte
	switch string(key) {
	case "columns":
		m.hasColumns = true
		m.columns, err = p.fields(m.columns[:0])
		return err
	case "identity":
		m.hasIdentity = true
		m.identity, err = p.fields(m.identity[:0])
		return err
	case "xid":
		m.xid, err = p.uint32()
		return err
	case "action", "schema", "table", "lsn", "nextlsn", "timestamp", "prefix":
		if p.skip("null") { // the timestamp of a message outside a transaction
			return nil
		}
		if text, err = p.str(); err != nil {
			return err
		}
	default:
		return p.scalar()
	}
	switch string(key) {
	case "action":
		if len(text) == 1 {
			m.action = text[0]
		}
	case "schema":
		m.name.Schema = string(text)
	case "table":
		m.name.Rel = string(text)
	case "lsn":
		m.lsn, err = pgschema.ParseLSN(string(text))
	case "nextlsn":
		m.nextLSN, err = pgschema.ParseLSN(string(text))
	case "timestamp":
		m.time = string(text)
	case "prefix":
		m.prefix = string(text)
	}
	return err
}

// uint32 passes the id of a transaction, or null where there is none.
func (p *jsonScanner) uint32() (uint32, error) {
	w := string(p.word())
	if w == "null" {
		return 0, nil
	}
	n, err := strconv.ParseUint(w, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("number %.40q", w)
	}
	return uint32(n), nil
}

func (d *Wal2JSON) decode() error {
	m, e := &d.message, &d.event
	e.XID = m.xid
	switch m.action {
	case 'B', 'C':
		e.Kind = Kind(m.action)
		e.CommitTime, e.CommitLSN = parseTime(m.time), m.lsn
		if m.action == 'C' {
			e.EndLSN = m.nextLSN
		}
		return nil
	case 'M':
		e.Kind, e.Prefix = Message, m.prefix
		return nil
	case 'I', 'U', 'D', 'T':
		e.Kind = Kind(m.action)
	default:
		return errors.New("it has no action that is known")
	}
	if m.name.Schema == "" || m.name.Rel == "" {
		return errors.New("a change without the name of its table")
	}
	if e.Kind == Truncate {
		e.Truncated = []*Relation{{Name: m.name}}
		return nil
	}
	return d.change()
}

func (d *Wal2JSON) change() error {
	m, e := &d.message, &d.event
	if m.hasColumns != (e.Kind != Delete) || e.Kind == Insert && m.hasIdentity {
		return fmt.Errorf("%s: a change with the wrong rows", m.name)
	}
	if e.Kind != Insert && !m.hasIdentity {
		return noIdentity(m.name, e.Kind)
	}
	t, err := d.known.table(m.name, m.columns, m.identity)
	if err != nil {
		return err
	}
	for _, row := range [][]field{m.columns, m.identity} {
		for i := range row {
			if err := d.understand(t, &row[i], i); err != nil {
				var lost *CannotCarry
				if errors.As(err, &lost) {
					lost.Kind = e.Kind
				}
				return err
			}
		}
	}
	if e.Kind != Insert {
		if t, err = d.known.old(t, e.Kind, &d.oldTuple, m.identity, m.columns, false); err != nil {
			return err
		}
		e.Old = &d.oldTuple
	}
	e.Relation = t.Relation
	switch e.Kind {
	case Insert:
		e.New = t.fill(&d.newTuple, m.columns, Absent)
	case Update:
		e.New = t.fill(&d.newTuple, m.columns, Unchanged) // what is left out is an unchanged TOAST value
		if e.Old.Key && sameKey(e.Old, e.New) {
			e.Old = nil // the plugin sends the key also when it has not changed
		}
	}
	return nil
}

func sameKey(old, row *Tuple) bool {
	for i, v := range old.Values {
		if n := row.Values[i]; v.Kind != Absent && (n.Kind != v.Kind || string(n.Data) != string(v.Data)) {
			return false
		}
	}
	return true
}
