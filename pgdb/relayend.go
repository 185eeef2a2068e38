package pgdb

import (
	"bytes"
	"errors"
	"fmt"
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

// errHungUp: nothing was said before. A backend that is ended while it waits for the other end to read has no room for its last words.
var errHungUp = fmt.Errorf("the server closed the connection: %w", io.ErrUnexpectedEOF)

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
			readErr = errHungUp
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
			if err := e.strange(raw); err != nil {
				return err
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
