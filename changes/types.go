package changes

import (
	"time"

	"github.com/pgcopy/pgcopy/pgschema"
)

// Kind is what an event is.
type Kind byte

const (
	Begin      Kind = 'B' // a transaction begins; what follows up to Commit belongs to it
	Commit     Kind = 'C' // the transaction is committed
	Insert     Kind = 'I'
	Update     Kind = 'U'
	Delete     Kind = 'D'
	Truncate   Kind = 'T'
	Message    Kind = 'M' // a logical message (pg_logical_emit_message): moves the position, changes nothing
	Describe   Kind = 'R' // a relation's columns, ahead of its first change or after they changed
	TypeName   Kind = 'Y' // a type's name, for pgoutput's custom types: nothing to do
	OriginName Kind = 'O' // the transaction came from another origin: nothing to do
	StreamOpen Kind = 'S' // pgoutput streaming: a piece of a transaction in progress begins
	StreamEnd  Kind = 'E' // that piece ends
	StreamDone Kind = 'c' // the streamed transaction XID is committed
	StreamGone Kind = 'A' // the streamed transaction XID, or its subtransaction SubXID, is rolled back
)

// Event is one decoded message. Which fields are set depends on its kind.
type Event struct {
	Kind Kind
	XID  uint32 // Begin, Commit where the plugin says it, the Stream kinds; changes within a streamed piece carry their (sub)transaction's

	CommitLSN  pgschema.LSN // Begin (pgoutput: known ahead), Commit: where the commit record starts; 0 when the plugin does not say
	EndLSN     pgschema.LSN // Commit, StreamDone: where the commit record ends
	CommitTime time.Time    // Begin or Commit, zero when the plugin does not say
	SubXID     uint32       // StreamGone

	Relation *Relation // Describe, Insert, Update, Delete
	Old      *Tuple    // Update, Delete: the old key or the whole old row; nil when the key did not change and was not sent
	New      *Tuple    // Insert, Update

	Truncated       []*Relation // Truncate
	Cascade         bool
	RestartIdentity bool

	Prefix string // Message
}

// Relation is a table as the source describes it at that point of the stream.
type Relation struct {
	ID       uint32 // the source's OID; 0 when the plugin does not say
	Name     pgschema.Name
	Identity byte // pg_class.relreplident: d, n, f, i; 0 when the plugin does not say
	Columns  []RelationColumn
}

// RelationColumn is a column as the source describes it.
type RelationColumn struct {
	Name    string
	TypeOID uint32 // 0 when the plugin does not say
	Type    string // name of the type where the plugin says it
	Key     bool   // part of the replica identity
}

// ValueKind tells the states a value can be in.
type ValueKind byte

const (
	Null      ValueKind = 'n'
	Text      ValueKind = 't'
	Binary    ValueKind = 'b'
	Unchanged ValueKind = 'u' // an unchanged TOAST value, which the source did not send
	Absent    ValueKind = 0   // not part of what was sent (a non-key column of a key tuple)
)

// Value is one column's value as sent.
type Value struct {
	Kind ValueKind
	Data []byte // Text and Binary; valid until the next message is decoded
}

// Tuple is a row, or the key of one: a value for each column of its relation, in the relation's order.
type Tuple struct {
	Values []Value
	Key    bool // only the key columns are meaningful (pgoutput's 'K')
}

// Decoder turns the messages of one plugin into events. It remembers the relations it was told of; it is for one goroutine.
type Decoder interface {
	// Decode understands one message. lsn is the position that came with it (XLogData's WALStart). A message may mean no
	// event (nil, nil). Events are valid until the next call. Hostile input is an error, never a panic.
	Decode(lsn pgschema.LSN, message []byte) (*Event, error)
}

// Transaction is what is known of a whole transaction of the stream.
type Transaction struct {
	XID        uint32
	CommitLSN  pgschema.LSN // start of the commit record
	EndLSN     pgschema.LSN // its end: the position of whoever has applied the transaction
	CommitTime time.Time
	Changes    int64 // rows inserted, updated, deleted, and truncations
}
