package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// chunkBytes is what a transaction may hold in memory before a piece of it is stored.
const chunkBytes = 1 << 20

// openTxn is a transaction whose commit has not come yet.
type openTxn struct {
	catalogdb.SpoolTxn
	buf     []byte
	chunks  int
	counts  map[string]catalogdb.ChangeCounts
	bySub   map[uint32]map[string]catalogdb.ChangeCounts // streamed: changes by subtransaction, taken back when it is rolled back
	aborted []string
}

func newOpenTxn(xid uint32, at time.Time) *openTxn {
	return &openTxn{SpoolTxn: catalogdb.SpoolTxn{XID: xid, CommitTime: stamp(at)}, counts: map[string]catalogdb.ChangeCounts{}}
}

// change keeps a message of the transaction at hand and counts what it does.
func (r *receiver) change(ctx context.Context, ev *changes.Event, m pgsource.StreamMessage) error {
	t := r.current
	if r.piece != nil {
		t = r.piece
	}
	if ev.Kind == changes.Describe && ev.Relation.ID != 0 {
		message := m.Data
		if r.piece != nil { // a streamed one names its transaction; who reads it later does so outside of any
			message = changes.Unstreamed(m.Data)
		}
		if err := r.spool.Relation(ctx, ev.Relation.ID, message); err != nil {
			return err
		}
		r.mark(int64(len(m.Data)))
	}
	if t == nil {
		return nil // a message outside any transaction: a non-transactional logical message
	}
	t.count(ev, r.piece != nil)
	return r.keep(ctx, t, m)
}

// keep adds a message to its transaction, and stores a piece of it when it has grown.
func (r *receiver) keep(ctx context.Context, t *openTxn, m pgsource.StreamMessage) error {
	if t == nil {
		return errors.New("a piece of a transaction that did not begin")
	}
	t.buf = catalogdb.AppendMessage(t.buf, m.Start, m.Data)
	t.Bytes += int64(len(m.Data))
	if len(t.buf) < chunkBytes {
		return nil
	}
	return r.storeChunk(ctx, t)
}

func (r *receiver) storeChunk(ctx context.Context, t *openTxn) error {
	if t.Stream == 0 {
		t.Stream = r.spool.NewStream()
	}
	if err := r.spool.Chunk(ctx, t.Stream, t.chunks, t.buf); err != nil {
		return err
	}
	r.mark(int64(len(t.buf)))
	t.chunks++
	t.buf = t.buf[:0]
	return nil
}

// count adds a change to the transaction's account, by table and, when streamed, by subtransaction.
func (t *openTxn) count(ev *changes.Event, streamed bool) {
	add := func(name pgschema.Name, c catalogdb.ChangeCounts) {
		to := t.counts
		if streamed {
			if t.bySub == nil {
				t.bySub = map[uint32]map[string]catalogdb.ChangeCounts{}
			}
			if to = t.bySub[ev.XID]; to == nil {
				to = map[string]catalogdb.ChangeCounts{}
				t.bySub[ev.XID] = to
			}
		}
		sum := to[name.String()]
		sum.Add(c)
		to[name.String()] = sum
	}
	switch ev.Kind {
	case changes.Insert:
		add(ev.Relation.Name, catalogdb.ChangeCounts{Inserts: 1})
	case changes.Update:
		add(ev.Relation.Name, catalogdb.ChangeCounts{Updates: 1})
	case changes.Delete:
		add(ev.Relation.Name, catalogdb.ChangeCounts{Deletes: 1})
	case changes.Truncate:
		for _, rel := range ev.Truncated {
			add(rel.Name, catalogdb.ChangeCounts{Truncates: 1})
		}
	}
}

// rolledBack forgets a streamed transaction, or takes one of its subtransactions back.
func (r *receiver) rolledBack(ctx context.Context, ev *changes.Event) error {
	t := r.streamed[ev.XID]
	if t == nil {
		return nil
	}
	if ev.SubXID != ev.XID {
		delete(t.bySub, ev.SubXID)
		t.aborted = append(t.aborted, strconv.FormatUint(uint64(ev.SubXID), 10))
		return nil
	}
	delete(r.streamed, ev.XID)
	if t.Stream == 0 {
		return nil
	}
	return r.spool.Forget(ctx, t.Stream)
}

// commit stores a whole transaction, unless the spool has it already or it is behind endpos.
func (r *receiver) commit(ctx context.Context, t *openTxn, ev *changes.Event, m pgsource.StreamMessage) error {
	r.current = nil
	if t == nil {
		return fmt.Errorf("a commit at %s without a transaction", m.Start)
	}
	t.CommitLSN, t.EndLSN = ev.CommitLSN, ev.EndLSN
	if t.EndLSN == 0 { // plugins that do not say: the message's own position is the end of the commit record
		t.EndLSN, t.CommitLSN = m.Start, m.Start
	}
	if !ev.CommitTime.IsZero() {
		t.CommitTime = stamp(ev.CommitTime)
	}
	for _, sub := range t.bySub {
		for name, c := range sub {
			sum := t.counts[name]
			sum.Add(c)
			t.counts[name] = sum
		}
	}
	for _, c := range t.counts {
		t.Changes += c.Rows()
	}
	behind := r.endpos != 0 && t.CommitLSN > r.endpos
	if behind || t.EndLSN <= r.spool.Position() || t.Changes == 0 {
		if t.Stream != 0 {
			if err := r.spool.Forget(ctx, t.Stream); err != nil {
				return err
			}
		}
		if behind {
			return errEndReached
		}
		r.received = max(r.received, t.EndLSN)
		if len(r.streamed) == 0 {
			r.spool.Advance(t.EndLSN)
			r.mark(1)
		}
		return nil
	}
	return r.store(ctx, t)
}

func (r *receiver) store(ctx context.Context, t *openTxn) error {
	if t.Stream != 0 && len(t.buf) > 0 {
		if err := r.storeChunk(ctx, t); err != nil {
			return err
		}
	}
	slices.Sort(t.aborted)
	t.Aborted = strings.Join(t.aborted, ",")
	if err := r.spool.Transaction(ctx, t.SpoolTxn, t.buf, t.counts); err != nil {
		return err
	}
	r.rows += t.Changes
	r.rate.add(t.Changes, t.Bytes)
	r.received = max(r.received, t.EndLSN)
	r.mark(int64(len(t.buf)) + 100)
	return nil
}
