package pgdb

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// relayBuffer is all the memory that a stream takes, whatever its rows are.
	relayBuffer = 256 << 10

	// relayFill is from how many payload bytes on they are sent: fewer, larger
	// messages spare the target its per-message work.
	relayFill = 64 << 10

	// cancelGrace is how long a server has to answer a cancel request when the
	// caller wants to leave; settleGrace, when only the other end has failed.
	cancelGrace = time.Second
	settleGrace = 5 * time.Second
)

// Side is one end of a relay.
type Side string

// The two ends.
const (
	Source Side = "source"
	Target Side = "target"
)

// RelayOptions are what a caller may want to see of a relay while it runs.
type RelayOptions struct {
	// Progress, when given, grows by the payload bytes that were handed to the
	// target. It may be shared by several relays.
	Progress *atomic.Int64

	// OnNotice, when given, receives the notices of both servers. It is called
	// from two goroutines, though never after Relay returned.
	OnNotice func(Side, *pgconn.Notice)
}

// RelayResult is what was copied.
type RelayResult struct {
	Bytes      int64 // payload, without the protocol's framing
	Rows       int64 // as counted by the target
	SourceRows int64 // as counted by the source; differs when a trigger or a WHERE of the target left rows out
	Binary     bool  // the format both ends agreed on
	Columns    int
}

// Relay runs copyOut, a COPY ... TO STDOUT, on src and feeds it to copyIn, a COPY
// ... FROM STDIN, on dst. Either text may hold other statements before its COPY,
// separated by semicolons, to save round trips: BEGIN; TRUNCATE t; COPY t FROM STDIN.
//
// Rows are passed on as the bytes that the source sent; nothing is parsed but the
// frames around them. Memory is bounded by a buffer of 256 KB, whatever the rows.
// Both ends must announce the same format and number of columns before a byte is sent.
//
// Transactions are the caller's: after a failure the transaction that was open on
// either side is aborted and has to be rolled back. A connection that can be
// used again is left as it was, ready for queries; one that cannot is closed (see
// IsClosed). While Relay runs neither connection may be used otherwise. Changes of
// reported parameters during the COPY are not recorded in the PgConn.
//
// The error is a [*SourceError] or a [*TargetError] for what failed first, or wraps
// the context's error when that ended the copy: both servers are then asked to
// cancel, and Relay returns after about a second at most.
func Relay(ctx context.Context, src, dst *pgconn.PgConn, copyOut, copyIn string, opts RelayOptions) (RelayResult, error) {
	if err := ctx.Err(); err != nil {
		return RelayResult{}, fmt.Errorf("relay copy: %w", context.Cause(ctx))
	}
	if err := src.SyncConn(ctx); err != nil {
		return RelayResult{}, &SourceError{err}
	}
	if err := dst.SyncConn(ctx); err != nil {
		return RelayResult{}, &TargetError{err}
	}
	buf := relayBuffers.Get().(*[]byte)
	defer relayBuffers.Put(buf)
	r := &relay{
		opts: opts, buf: *buf, fill: frameHead,
		src: newEnd(Source, src, opts.OnNotice),
		dst: newEnd(Target, dst, opts.OnNotice),
	}
	return r.run(ctx, copyOut, copyIn)
}

var relayBuffers = sync.Pool{New: func() any {
	b := make([]byte, relayBuffer)
	return &b
}}

// relay is one COPY under way. The goroutine that called Relay reads the source
// and writes to the target; a second one is parked on what the target says.
type relay struct {
	opts     RelayOptions
	src, dst *relayEnd

	buf  []byte // one CopyData message in the making: buf[frameHead:fill] is payload
	fill int

	bytes int64
	agree bool // both ends announced the same shape
	first failure
}

// failure keeps the error that came first: what follows is mostly its echo.
type failure struct {
	mu  sync.Mutex
	err error
}

func (f *failure) set(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil {
		f.err = err
	}
}

func (f *failure) get() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.err
}

func (r *relay) run(ctx context.Context, copyOut, copyIn string) (RelayResult, error) {
	leaving := make(chan struct{})
	var helpers sync.WaitGroup
	helpers.Go(func() {
		select {
		case <-ctx.Done():
			r.src.abandon()
			r.dst.abandon()
		case <-leaving:
		}
	})
	r.dst.send(textMessage('Q', copyIn))
	helpers.Go(r.watchTarget)
	r.src.send(textMessage('Q', copyOut))
	r.pump()
	close(r.src.done)
	r.closeTarget()
	<-r.dst.done
	close(leaving)
	helpers.Wait()
	r.src.leave()
	r.dst.leave()
	return r.result(ctx)
}

// result weighs what both ends said.
func (r *relay) result(ctx context.Context) (RelayResult, error) {
	res := RelayResult{
		Bytes: r.bytes, Rows: r.dst.rows(), SourceRows: r.src.rows(),
		Binary: r.src.shape.binary, Columns: r.src.shape.columns,
	}
	if r.dst.sendErr != nil {
		r.first.set(&TargetError{r.dst.sendErr})
	}
	err := r.first.get()
	switch {
	case err == nil:
		return res, nil
	case ctx.Err() != nil:
		return res, fmt.Errorf("relay copy: %w", context.Cause(ctx))
	}
	return res, err
}

// watchTarget reads all that the target says, from the first answer to
// ReadyForQuery, so that its errors are seen while this side is busy writing.
func (r *relay) watchTarget() {
	defer close(r.dst.done)
	small := watchBuffers.Get().(*[]byte)
	defer watchBuffers.Put(small)
	err := r.dst.read(fixedSpace(*small), func(f frame) error {
		switch f.typ {
		case 'E':
			r.targetFailed(r.dst.err)
		case 'G':
			return r.dst.open(f.body)
		case 'H', 'W', 'd':
			return protocolErrorf("the target's statement is not a COPY FROM STDIN")
		}
		return nil
	})
	switch {
	case err != nil:
		r.targetFailed(err)
		r.dst.interrupt() // nobody reads what is being written there
	case !r.dst.opened() && r.dst.err == nil:
		r.targetFailed(errors.New("the statement did not start a COPY FROM STDIN"))
	}
}

var watchBuffers = sync.Pool{New: func() any {
	b := make([]byte, 4<<10)
	return &b
}}

// targetFailed records a failure of the target and makes the source stop.
func (r *relay) targetFailed(err error) {
	r.first.set(&TargetError{err})
	r.src.settle(0)
}

// pump reads the source to its ReadyForQuery and passes the rows on.
func (r *relay) pump() {
	err := r.src.read(r, func(f frame) error {
		switch f.typ {
		case 'E':
			r.first.set(&SourceError{r.src.err})
		case 'H':
			if err := r.src.open(f.body); err != nil {
				return err
			}
			r.compare()
		case 'G', 'W':
			return protocolErrorf("the source's statement is not a COPY TO STDOUT")
		case 'C':
			// Not on CopyDone: until the source has said that its statement is
			// complete it may still fail, and the target must not have ended its own.
			if r.src.copyDone && r.agree && r.first.get() == nil {
				r.flush(true)
			}
		}
		return nil
	})
	switch {
	case err != nil:
		r.first.set(&SourceError{err})
	case !r.src.opened() && r.src.err == nil:
		r.first.set(&SourceError{errors.New("the statement did not start a COPY TO STDOUT")})
	}
}

// compare waits for the target's COPY to begin, and checks that both are alike.
func (r *relay) compare() {
	select {
	case <-r.dst.begun:
	case <-r.dst.done:
		if !r.dst.opened() {
			return // the watcher has said why
		}
	}
	if r.src.shape != r.dst.shape {
		r.targetFailed(fmt.Errorf("the source sends %s, the target expects %s", r.src.shape, r.dst.shape))
		return
	}
	r.agree = true
}

// space is where the source is read to: behind the payload that is waiting, with
// room for a CopyDone kept free.
func (r *relay) space() []byte { return r.buf[r.fill : len(r.buf)-frameHead] }

// take accepts n bytes of payload that stand at the beginning of space.
func (r *relay) take(n int) {
	if !r.agree || r.dst.sendErr != nil || r.first.get() != nil {
		return // drained, not copied
	}
	r.fill += n
	if r.fill-frameHead >= relayFill {
		r.flush(false)
	}
}

// flush sends the payload as one CopyData message, and CopyDone behind the last.
// CopyDone overwrites what follows the payload in the buffer: the source's own
// CopyDone, of the same length.
func (r *relay) flush(last bool) {
	n := r.fill - frameHead
	message := r.buf[:r.fill]
	message[0] = 'd'
	binary.BigEndian.PutUint32(message[1:], uint32(n+4))
	if n == 0 {
		message = message[:0]
	}
	if last {
		message = append(message, 'c', 0, 0, 0, 4)
		r.dst.copyDone = true
	}
	r.fill = frameHead
	r.dst.send(message)
	if r.dst.sendErr != nil {
		r.src.settle(0)
		return
	}
	r.bytes += int64(n)
	if r.opts.Progress != nil {
		r.opts.Progress.Add(int64(n))
	}
}

// closeTarget ends the target's COPY with a reason when the source did not come
// to its end, so that the target's transaction cannot be committed.
func (r *relay) closeTarget() {
	if r.dst.copyDone || r.dst.finished() {
		return
	}
	reason := "the copy was given up"
	if err := r.first.get(); err != nil {
		reason = clip(oneLine(err.Error()), 500)
	}
	r.dst.send(textMessage('f', reason))
	// It may not be listening: waiting for a lock, for instance.
	r.dst.settle(cancelGrace)
}
