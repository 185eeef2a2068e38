package changes

import (
	"errors"
	"fmt"

	"github.com/pgcopy/pgcopy/pgschema"
)

// Pgoutput decodes the messages of the pgoutput plugin, protocol versions 1 to 4 without two-phase
// (https://www.postgresql.org/docs/current/protocol-logicalrep-message-formats.html).
type Pgoutput struct {
	relations map[uint32]*Relation
	streaming bool // between Stream Start and Stream Stop messages carry a transaction id
	event     Event
	newTuple  Tuple
	oldTuple  Tuple
}

// NewPgoutput makes a decoder that knows no relation yet.
func NewPgoutput() *Pgoutput { return &Pgoutput{relations: map[uint32]*Relation{}} }

var _ Decoder = (*Pgoutput)(nil)

// Decode implements Decoder.
func (d *Pgoutput) Decode(lsn pgschema.LSN, message []byte) (*Event, error) {
	if len(message) == 0 {
		return nil, errShort
	}
	d.event = Event{Kind: Kind(message[0])}
	r := &reader{b: message[1:]}
	if err := d.decode(r); err != nil {
		return nil, fmt.Errorf("pgoutput message %q at %s: %w", message[0], lsn, err)
	}
	if r.err != nil {
		return nil, fmt.Errorf("pgoutput message %q at %s: %w", message[0], lsn, r.err)
	}
	return &d.event, nil
}

func (d *Pgoutput) decode(r *reader) error {
	e := &d.event
	switch e.Kind {
	case Begin:
		e.CommitLSN, e.CommitTime, e.XID = r.lsn(), r.time(), r.uint32()
	case Commit:
		r.byte()
		e.CommitLSN, e.EndLSN, e.CommitTime = r.lsn(), r.lsn(), r.time()
	case OriginName:
		r.lsn()
		r.text()
	case StreamOpen:
		e.XID = r.uint32()
		r.byte()
		d.streaming = true
	case StreamEnd:
		d.streaming = false
	case StreamDone:
		e.XID = r.uint32()
		r.byte()
		e.CommitLSN, e.EndLSN, e.CommitTime = r.lsn(), r.lsn(), r.time()
	case StreamGone:
		e.XID, e.SubXID = r.uint32(), r.uint32()
	case Message, Describe, TypeName, Insert, Update, Delete, Truncate:
		if d.streaming {
			e.XID = r.uint32()
		}
		if err := d.content(r); err != nil {
			return err
		}
		return r.end()
	default:
		return errors.New("unknown kind of message")
	}
	return nil
}

// content decodes the messages that a streamed piece may hold.
func (d *Pgoutput) content(r *reader) error {
	e := &d.event
	switch e.Kind {
	case Message:
		r.byte()
		r.lsn()
		e.Prefix = r.text()
		r.take(int(r.uint32()))
	case TypeName:
		r.uint32()
		r.text()
		r.text()
	case Describe:
		return d.describe(r)
	case Truncate:
		return d.truncate(r)
	default:
		return d.change(r)
	}
	return nil
}

func (d *Pgoutput) describe(r *reader) error {
	rel := &Relation{ID: r.uint32()}
	rel.Name = pgschema.Name{Schema: r.text(), Rel: r.text()}
	if rel.Name.Schema == "" {
		rel.Name.Schema = "pg_catalog" // sent as the empty string
	}
	rel.Identity = r.byte()
	for n := int(r.uint16()); n > 0 && r.err == nil; n-- {
		key := r.byte()&1 != 0
		rel.Columns = append(rel.Columns, RelationColumn{Key: key, Name: r.text(), TypeOID: r.uint32()})
		r.uint32() // type modifier
	}
	if r.err != nil {
		return r.err
	}
	d.relations[rel.ID] = rel
	d.event.Relation = rel
	return nil
}

func (d *Pgoutput) relation(id uint32) (*Relation, error) {
	rel := d.relations[id]
	if rel == nil {
		return nil, fmt.Errorf("relation %d was not described", id)
	}
	return rel, nil
}

func (d *Pgoutput) truncate(r *reader) error {
	n := r.uint32()
	options := r.byte()
	d.event.Cascade, d.event.RestartIdentity = options&1 != 0, options&2 != 0
	for ; n > 0 && r.err == nil; n-- {
		id := r.uint32()
		if r.err != nil {
			return r.err
		}
		rel, err := d.relation(id)
		if err != nil {
			return err
		}
		d.event.Truncated = append(d.event.Truncated, rel)
	}
	return r.err
}

// change decodes Insert, Update and Delete: a relation, and one or two tuples behind a letter each.
func (d *Pgoutput) change(r *reader) (err error) {
	e := &d.event
	id := r.uint32()
	if r.err != nil {
		return r.err
	}
	if e.Relation, err = d.relation(id); err != nil {
		return err
	}
	letter := r.byte()
	if letter == 'K' || letter == 'O' {
		if e.Kind == Insert {
			return errors.New("an insert with an old row")
		}
		d.oldTuple.Key = letter == 'K'
		if err := d.tuple(r, e.Relation, &d.oldTuple); err != nil {
			return err
		}
		e.Old = &d.oldTuple
		if d.oldTuple.Key {
			onlyKey(e.Relation, &d.oldTuple)
		}
		if e.Kind == Delete {
			return nil
		}
		letter = r.byte()
	}
	if letter != 'N' || e.Kind == Delete {
		return errors.Join(r.err, fmt.Errorf("unexpected tuple %q", letter))
	}
	if err := d.tuple(r, e.Relation, &d.newTuple); err != nil {
		return err
	}
	e.New = &d.newTuple
	return nil
}

// onlyKey takes the other columns out of a key: they are sent as NULL, which says nothing of them (logicalrep_write_delete in proto.c).
func onlyKey(rel *Relation, t *Tuple) {
	for i := range t.Values {
		if !rel.Columns[i].Key {
			t.Values[i] = Value{Kind: Absent}
		}
	}
}

func (d *Pgoutput) tuple(r *reader, rel *Relation, t *Tuple) error {
	n := int(r.uint16())
	if n != len(rel.Columns) {
		return errors.Join(r.err, fmt.Errorf("a tuple of %d columns for %s, which has %d", n, rel.Name, len(rel.Columns)))
	}
	t.Values = t.Values[:0]
	for ; n > 0; n-- {
		v := Value{Kind: ValueKind(r.byte())}
		switch v.Kind {
		case Null, Unchanged:
		case Text, Binary:
			v.Data = r.take(int(int32(r.uint32())))
		default:
			return errors.Join(r.err, fmt.Errorf("unknown kind of value %q", byte(v.Kind)))
		}
		if r.err != nil {
			return r.err
		}
		t.Values = append(t.Values, v)
	}
	return nil
}

// Unstreamed gives a message from within a streamed piece (StreamOpen to StreamEnd) as it would be outside: without the transaction id that
// is in front of its fields there. Relations that are kept apart from the stream are kept so, for a decoder that is told of them first.
func Unstreamed(message []byte) []byte {
	if len(message) < 5 {
		return message
	}
	return append([]byte{message[0]}, message[5:]...)
}
