package pgtarget

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgschema"
)

// sentKind is what an answer of the server will be about.
type sentKind byte

const (
	sentPlain   sentKind = iota // only success matters
	sentOrigin                  // the origin's position
	sentPrepare                 // a statement being prepared for the change that follows
	sentChange                  // rows, to be counted
)

// item is one request whose answer is awaited.
type item struct {
	kind      sentKind
	change    changes.Kind
	statement *applyStatement
	counts    *ChangeCounts
	keys      []span // one a row, in the batch's arena
}

type span struct{ from, to int }

// batch is a run of requests that ends with a Sync.
type batch struct {
	items []item
	arena []byte // keys as text, to name a change that goes wrong
	spans []span
	bytes int
}

func (b *batch) add(i item) { b.items = append(b.items, i) }

func (b *batch) reset() {
	clear(b.items)
	b.items, b.arena, b.spans, b.bytes = b.items[:0], b.arena[:0], b.spans[:0], 0
}

// send queues one execution of a statement for rows whose keys were noted in the batch being filled.
func (a *Applier) send(s *applyStatement, kind changes.Kind, keys []span, size int) error {
	it := item{kind: sentChange, change: kind, statement: s, counts: a.countsOf(s.shape.table), keys: keys}
	if !s.prepared {
		prepare := it
		prepare.kind = sentPrepare
		a.pipe.SendPrepare(s.name, s.text, s.oids)
		a.fill.add(prepare)
		a.fill.bytes += len(s.text)
		s.prepared = true
	}
	a.pipe.SendQueryPrepared(s.name, a.params, a.formats, nil)
	a.fill.add(it)
	a.fill.bytes += size
	clear(a.params)
	a.params, a.formats = a.params[:0], a.formats[:0]
	return a.shipWhenFull()
}

func (a *Applier) shipWhenFull() error {
	if len(a.fill.items) < a.opts.MaxBatch && a.fill.bytes < a.opts.MaxBatchBytes {
		return nil
	}
	return a.ship(1)
}

// ship sends the batch being filled and reads answers until no more than the given number of batches are on their way. One of them keeps
// the server busy while the next is put together.
func (a *Applier) ship(ahead int) error {
	if len(a.fill.items) > 0 {
		if err := a.pipe.Sync(); err != nil {
			return fmt.Errorf("send changes: %w", err)
		}
		a.sent = append(a.sent, a.fill)
		a.fill = &batch{}
		if n := len(a.spare); n > 0 {
			a.fill, a.spare = a.spare[n-1], a.spare[:n-1]
		}
	}
	for len(a.sent) > ahead {
		b := a.sent[0]
		if err := a.hear(b); err != nil {
			return err
		}
		a.sent = append(a.sent[:0], a.sent[1:]...)
		b.reset()
		a.spare = append(a.spare, b)
	}
	return nil
}

// settle sends everything and hears about everything.
func (a *Applier) settle() error {
	if err := a.endRun(); err != nil {
		return err
	}
	return a.ship(0)
}

// hear reads the answers to one batch.
func (a *Applier) hear(b *batch) error {
	for i := range b.items {
		it := &b.items[i]
		var err error
		switch it.kind {
		case sentOrigin:
			err = a.hearOrigin()
		case sentPrepare:
			_, err = a.pipe.GetResults()
		default:
			var tag pgconn.CommandTag
			if it.kind == sentChange && it.statement.returning {
				tag, err = a.hearRows(it.statement.shape.table)
			} else {
				tag, err = readTag(a.pipe)
			}
			if err == nil && it.kind == sentChange {
				err = it.count(b, tag)
			}
		}
		if err != nil {
			return it.explain(b, err)
		}
	}
	_, err := a.pipe.GetResults() // the Sync
	return err
}

func (a *Applier) hearOrigin() error {
	results, err := a.pipe.GetResults()
	if err != nil {
		return err
	}
	rr, ok := results.(*pgconn.ResultReader)
	if !ok {
		return errOutOfStep
	}
	var text string
	for rr.NextRow() {
		text = string(rr.Values()[0])
	}
	if _, err := rr.Close(); err != nil {
		return err
	}
	at, err := pgschema.ParseLSN(text)
	if err == nil && at != a.expect {
		err = &OriginError{Origin: a.opts.Origin, At: at, Expected: a.expect}
	}
	return err
}

// errOutOfStep says that an answer is not one to what was asked: never seen, and not to be guessed about.
var errOutOfStep = errors.New("the target's answers are out of step with what was asked")

// readTag reads the answer to one statement.
func readTag(p *pgconn.Pipeline) (pgconn.CommandTag, error) {
	results, err := p.GetResults()
	if err != nil {
		return pgconn.CommandTag{}, err
	}
	rr, ok := results.(*pgconn.ResultReader)
	if !ok {
		return pgconn.CommandTag{}, errOutOfStep
	}
	return rr.Close()
}

// countsOf is where the changes of a table are counted in this transaction.
func (a *Applier) countsOf(t *targetTable) *ChangeCounts {
	if t.counted != a.begun {
		if t.counts = a.counts[t.name]; t.counts == nil {
			t.counts = &ChangeCounts{}
			a.counts[t.name] = t.counts
		}
		t.counted = a.begun
	}
	return t.counts
}

// count holds the server's account of a change against what the change should have done.
func (it *item) count(b *batch, tag pgconn.CommandTag) error {
	n := tag.RowsAffected()
	switch it.change {
	case changes.Insert:
		if n != int64(len(it.keys)) {
			return it.conflict(b, Refused, fmt.Errorf("%d of %d rows were inserted: a trigger or rule of the target keeps the rest out", n, len(it.keys)))
		}
		it.counts.Inserted += n
		return nil
	case changes.Truncate:
		return nil
	}
	switch {
	case n == 0:
		return it.conflict(b, MissingRow, nil)
	case n > 1:
		return it.conflict(b, SeveralRows, fmt.Errorf("%d rows", n))
	case it.change == changes.Update:
		it.counts.Updated++
	default:
		it.counts.Deleted++
	}
	return nil
}
