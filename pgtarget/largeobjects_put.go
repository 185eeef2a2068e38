package pgtarget

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	// putStatement is the name under which a session has the statement prepared.
	putStatement = "pgcopy_large_object_put"

	// putGather is how much is gathered before it is sent. A piece that is longer goes out with it, and is not copied.
	putGather = 32 << 10

	// putWindow is how many bytes are sent before the server is asked to answer. The answers to one window are read while the next is on
	// its way, so that an error is noticed 16 MB later at most. Each statement counts as some kB more, so that the answers, 50 bytes for
	// each, fit the sockets' buffers: nobody reads them while a window is being sent.
	putWindow = 8 << 20
	putCost   = 16 << 10
)

// putExecute ends a Bind message (no format codes: the result is void) and executes what it bound.
const putExecute = "\x00\x00E\x00\x00\x00\x09\x00\x00\x00\x00\x00"

const putSync = "S\x00\x00\x00\x04"

// putStream writes to large objects: one prepared statement is bound and executed for each piece, and no answer is waited for. The bytes go
// from the caller's memory to the socket. pgx would copy them into its own message first, growing it from nothing each time, which
// cost a third of the tool's CPU.
//
// While anything is unsettled the connection must not be used otherwise.
type putStream struct {
	conn  *pgx.Conn
	ready bool // the statement is prepared, and nothing that pgx has read is waiting

	out     []byte // messages that are to be sent
	pending int    // cost of what was put since the last Sync
	syncs   int    // Sync messages whose answer has not been read
	err     *pgconn.PgError
	iovec   [2][]byte
}

// put sends bytes for a large object that exists. data may be reused afterwards. An error may be about an earlier piece; the connection is
// then either ready for a ROLLBACK or closed.
func (p *putStream) put(ctx context.Context, oid uint32, offset int64, data []byte) error {
	if err := p.prepare(ctx); err != nil {
		return err
	}
	p.bind(oid, offset, len(data))
	if len(data) < putGather {
		p.out = append(p.out, data...)
	} else if err := p.write(ctx, data); err != nil {
		return err
	}
	p.out = append(p.out, putExecute...)
	if len(p.out) >= putGather {
		if err := p.write(ctx, nil); err != nil {
			return err
		}
	}
	if p.pending += len(data) + putCost; p.pending < putWindow {
		return nil
	}
	if err := p.sync(ctx); err != nil {
		return err
	}
	return p.answers(ctx, 1)
}

// prepare makes the connection ready for being written to.
func (p *putStream) prepare(ctx context.Context) error {
	if p.ready {
		return nil
	}
	if _, err := p.conn.Prepare(ctx, putStatement, statement(p.conn, "large_object_put")); err != nil {
		return err
	}
	if err := p.conn.PgConn().SyncConn(ctx); err != nil {
		return err
	}
	p.ready = true
	return nil
}

// bind is a Bind message up to the bytes of its last parameter,
// see https://www.postgresql.org/docs/current/protocol-message-formats.html.
func (p *putStream) bind(oid uint32, offset int64, size int) {
	at := len(p.out)
	b := append(p.out, 'B', 0, 0, 0, 0, 0)
	b = append(append(b, putStatement...), 0)
	b = append(b, 0, 1, 0, 1, 0, 3) // one format for all: binary; three parameters
	b = binary.BigEndian.AppendUint32(append(b, 0, 0, 0, 4), oid)
	b = binary.BigEndian.AppendUint64(append(b, 0, 0, 0, 8), uint64(offset))
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	binary.BigEndian.PutUint32(b[at+1:], uint32(len(b)-at-1+size+2))
	p.out = b
}

func (p *putStream) sync(ctx context.Context) error {
	p.out = append(p.out, putSync...)
	if err := p.write(ctx, nil); err != nil {
		return err
	}
	p.pending = 0
	p.syncs++
	return nil
}

// settle waits until everything that was sent is done.
func (p *putStream) settle(ctx context.Context) error {
	p.ready = false // what comes next may leave something read
	if p.pending > 0 {
		if err := p.sync(ctx); err != nil {
			return err
		}
	}
	return p.answers(ctx, 0)
}

// answers reads the server's answers until those to no more than left windows are to come: none after an error, because what is sent after one is
// passed over.
func (p *putStream) answers(ctx context.Context, left int) error {
	for p.syncs > left {
		msg, err := p.conn.PgConn().ReceiveMessage(ctx)
		if err != nil {
			return p.abandon(ctx, err)
		}
		switch msg := msg.(type) {
		case *pgproto3.ErrorResponse:
			if p.err == nil {
				p.err = pgconn.ErrorResponseToPgError(msg)
			}
			left = 0
		case *pgproto3.ReadyForQuery:
			p.syncs--
		}
	}
	if err := p.err; err != nil {
		p.err = nil
		return err
	}
	return nil
}

// write sends what was gathered, and data after it. What went out in part cannot be taken back, so that after a failure the connection is
// closed.
func (p *putStream) write(ctx context.Context, data []byte) error {
	if err := ctx.Err(); err != nil {
		return p.abandon(ctx, err)
	}
	conn := p.conn.PgConn().Conn()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetWriteDeadline(time.Unix(1, 0)) })
	p.iovec = [2][]byte{p.out, data}
	parts := net.Buffers(p.iovec[:])
	_, err := parts.WriteTo(conn)
	p.out = p.out[:0]
	if stopped := stop(); err != nil || !stopped {
		if _, why := conn.Write(nil); why != nil {
			err = why // who has closed the connection on our side is not known to what wrote to the socket itself
		}
		return p.abandon(ctx, err)
	}
	return nil
}

// abandon closes the connection and says why: what the server has said, if anything.
func (p *putStream) abandon(ctx context.Context, err error) error {
	pg := p.conn.PgConn()
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	after, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer done()
	for p.err == nil && ctx.Err() == nil && !pg.IsClosed() {
		msg, failed := pg.ReceiveMessage(after)
		if failed != nil {
			break
		}
		if msg, ok := msg.(*pgproto3.ErrorResponse); ok {
			p.err = pgconn.ErrorResponseToPgError(msg)
		}
	}
	p.out, p.pending, p.syncs = nil, 0, 0
	_ = pg.Conn().Close()
	_ = p.conn.Close(after)
	if p.err != nil {
		return errors.Join(p.err, err)
	}
	return err
}
