package pgdb

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// relayEnd is one connection while it is part of a relay. One goroutine reads it
// and owns what is read; the relay's main one writes to it.
type relayEnd struct {
	side   Side
	pg     *pgconn.PgConn
	conn   net.Conn
	notice func(Side, *pgconn.Notice)

	// Of the reader, and of everybody once done is closed.
	walker frameWalker
	err    *pgconn.PgError // the first that the server sent
	tag    pgconn.CommandTag
	ready  bool // ReadyForQuery was read, and nothing strange after it
	status byte // of the transaction, as ReadyForQuery said

	shape copyShape     // valid once begun is closed
	begun chan struct{} // closed when the COPY has begun
	done  chan struct{} // closed when no more is read

	// Of the relay's main goroutine.
	copyDone bool // the source sent CopyDone, or it was sent to the target
	sendErr  error

	settleOnce, abandonOnce sync.Once
	pressing                sync.WaitGroup
	canceled                atomic.Bool // a cancel request was sent
	stray                   atomic.Bool // and it is not known whether it has arrived
}

func newEnd(side Side, pg *pgconn.PgConn, notice func(Side, *pgconn.Notice)) *relayEnd {
	return &relayEnd{side: side, pg: pg, conn: pg.Conn(), notice: notice,
		begun: make(chan struct{}), done: make(chan struct{})}
}

// payload receives what CopyData carries: read into space, then tell take.
type payload interface {
	space() []byte
	take(n int)
}

// fixedSpace is for an end that sends no rows.
type fixedSpace []byte

func (b fixedSpace) space() []byte { return b }
func (b fixedSpace) take(int)      {}

// read reads until ReadyForQuery. Each message but CopyData is kept, as far as
// every relay wants it, and then shown to on.
func (e *relayEnd) read(rows payload, on func(frame) error) error {
	for {
		at := rows.space()
		n, readErr := e.conn.Read(at)
		if err := e.walk(at[:n], rows, on); err != nil || e.ready {
			return err
		}
		switch {
		case readErr == nil:
			continue
		case e.err != nil:
			return nil // a FATAL error and the end of the connection: said already
		case errors.Is(readErr, io.EOF):
			readErr = io.ErrUnexpectedEOF
		}
		return readErr
	}
}

// walk goes through the bytes that were read to the beginning of the space.
func (e *relayEnd) walk(raw []byte, rows payload, on func(frame) error) error {
	for len(raw) > 0 {
		nd, nr, f, ok, err := e.walker.feed(rows.space(), raw)
		if err != nil {
			return err
		}
		raw = raw[nr:]
		if nd > 0 {
			rows.take(nd)
		}
		if !ok {
			return nil
		}
		if err := e.keep(f); err != nil {
			return err
		}
		if err := on(f); err != nil {
			return err
		}
		if f.typ == 'Z' {
			if !e.quiet(raw) {
				return protocolErrorf("the server went on after it was ready")
			}
			e.ready = true
			return nil
		}
	}
	return nil
}

// keep takes from a message what every relay wants to know.
func (e *relayEnd) keep(f frame) error {
	switch f.typ {
	case 'E':
		pg, err := e.parseError(f.body)
		if err != nil {
			return err
		}
		if e.err == nil {
			e.err = pg
		}
	case 'N':
		if e.notice != nil {
			if pg, err := e.parseError(f.body); err == nil {
				e.notice(e.side, (*pgconn.Notice)(pg))
			}
		}
	case 'C':
		e.tag = pgconn.NewCommandTag(strings.TrimRight(string(f.body), "\x00"))
	case 'c':
		if e.side == Source {
			e.copyDone = true
		}
	case 'Z':
		if len(f.body) != 1 {
			return protocolErrorf("a ReadyForQuery of %d bytes", len(f.body))
		}
		e.status = f.body[0]
	}
	return nil
}

func (e *relayEnd) parseError(body []byte) (*pgconn.PgError, error) {
	return parseServerError(body, e.pg.ParameterStatus("client_encoding"))
}

// parseServerError reads an ErrorResponse or NoticeResponse.
func parseServerError(body []byte, encoding string) (*pgconn.PgError, error) {
	body = utf8Text(body, encoding)
	if n := len(body); n < 2 || body[n-1] != 0 || body[n-2] != 0 {
		body = append(body, 0, 0) // it was too long, and cut in the middle of a field
	}
	var msg pgproto3.ErrorResponse
	if err := msg.Decode(body); err != nil {
		return nil, protocolErrorf("an error message that cannot be read")
	}
	return pgconn.ErrorResponseToPgError(&msg), nil
}

// utf8Text is a copy of text in UTF-8. What a server says is in the session's
// client encoding; of the others than UTF-8 only LATIN1 is translated, and in the
// rest each byte that is not ASCII becomes a replacement character.
func utf8Text(text []byte, encoding string) []byte {
	if utf8.Valid(text) {
		return bytes.Clone(text)
	}
	if encoding != "LATIN1" {
		return bytes.ToValidUTF8(text, []byte("\uFFFD"))
	}
	runes := make([]rune, len(text))
	for i, c := range text {
		runes[i] = rune(c)
	}
	return []byte(string(runes))
}

// open notes that the COPY has begun.
func (e *relayEnd) open(body []byte) error {
	if e.opened() {
		return protocolErrorf("a second COPY in one relay")
	}
	shape, err := parseCopyShape(body)
	if err != nil {
		return err
	}
	e.shape = shape
	close(e.begun)
	return nil
}

func (e *relayEnd) opened() bool {
	select {
	case <-e.begun:
		return true
	default:
		return false
	}
}

func (e *relayEnd) finished() bool {
	select {
	case <-e.done:
		return true
	default:
		return false
	}
}

func (e *relayEnd) rows() int64 { return e.tag.RowsAffected() }

// send writes a whole message. After a failure nothing more is sent, and the
// reader is given a moment to find out why.
func (e *relayEnd) send(message []byte) {
	if e.sendErr != nil || len(message) == 0 {
		return
	}
	if _, err := e.conn.Write(message); err != nil {
		e.sendErr = err
		if !errors.Is(err, os.ErrDeadlineExceeded) { // else the reader is being interrupted as well
			_ = e.conn.SetReadDeadline(time.Now().Add(cancelGrace))
		}
	}
}

// quiet says whether what came after ReadyForQuery may be there: asynchronous
// messages, and the error of a cancel request that arrived when the statement
// was just over, which has a ReadyForQuery of its own.
func (e *relayEnd) quiet(raw []byte) bool {
	pending := false
	for len(raw) > 0 {
		_, nr, f, ok, err := e.walker.feed(raw, raw)
		raw = raw[nr:]
		if err != nil {
			return false
		}
		if !ok {
			break
		}
		switch f.typ {
		case 'N', 'S', 'A':
		case 'E':
			pending = true
		case 'Z':
			pending = false
		default:
			return false
		}
	}
	return !pending && e.walker.atRest()
}

// settle ends the statement of this end because the other one has failed.
func (e *relayEnd) settle(delay time.Duration) {
	e.settleOnce.Do(func() { e.pressing.Go(func() { e.press(delay, settleGrace) }) })
}

// abandon ends it because the caller wants to leave.
func (e *relayEnd) abandon() {
	e.abandonOnce.Do(func() { e.pressing.Go(func() { e.press(0, cancelGrace) }) })
}

// press asks the server to cancel, twice, since a request that arrives before the
// statement has begun is lost; then it takes away the connection.
func (e *relayEnd) press(delay, grace time.Duration) {
	ctx, stop := context.WithTimeout(context.Background(), grace)
	defer stop()
	for _, wait := range []time.Duration{delay, 300 * time.Millisecond} {
		if e.finished() {
			return
		}
		select {
		case <-e.done:
			return
		case <-ctx.Done():
		case <-time.After(wait):
			e.requestCancel(ctx)
		}
	}
	select {
	case <-e.done:
	case <-ctx.Done():
		e.interrupt()
	}
}

// requestCancel sends one cancel request and waits until it was handed on. When
// the statement ends meanwhile the request is not waited for much longer; as it
// may then hit a later statement, the connection is given up.
func (e *relayEnd) requestCancel(ctx context.Context) {
	ctx, stop := context.WithTimeout(ctx, cancelGrace)
	defer stop()
	e.canceled.Store(true)
	e.pressing.Go(func() {
		select {
		case <-e.done:
			select {
			case <-time.After(200 * time.Millisecond):
				stop()
			case <-ctx.Done():
			}
		case <-ctx.Done():
		}
	})
	if err := e.pg.CancelRequest(ctx); err != nil {
		e.stray.Store(true)
	}
}

// interrupt makes reads and writes that block return.
func (e *relayEnd) interrupt() { _ = e.conn.SetDeadline(aLongTimeAgo) }

// aLongTimeAgo is a deadline that has passed.
var aLongTimeAgo = time.Unix(1, 0)

// leave hands the connection back, or closes it.
func (e *relayEnd) leave() {
	e.pressing.Wait()
	healthy := e.ready && e.sendErr == nil && !e.stray.Load()
	if healthy && e.canceled.Load() {
		healthy = e.absorb()
	}
	ctx, stop := context.WithTimeout(context.Background(), cancelGrace)
	defer stop()
	if !healthy {
		stop()
		_ = e.conn.Close()
		_ = e.pg.Close(ctx)
		return
	}
	_ = e.conn.SetDeadline(time.Time{})
	if e.status != e.pg.TxStatus() {
		// pgconn learns that the transaction failed; if the server went away
		// meanwhile it closes the connection.
		_ = e.pg.Ping(ctx)
	}
}

// absorb waits for the echo of a cancel request that came too late, so that it
// does not pass for the answer to the next statement.
func (e *relayEnd) absorb() bool {
	_ = e.conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	var seen []byte
	buf := make([]byte, 4<<10)
	for len(seen) < maxControl {
		n, err := e.conn.Read(buf)
		seen = append(seen, buf[:n]...)
		if err == nil {
			continue
		}
		return errors.Is(err, os.ErrDeadlineExceeded) && e.quiet(seen)
	}
	return false
}
