package pgtarget

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

const (
	// putStatement is the name under which a session has the statement prepared.
	putStatement = "pgcopy_large_object_put"

	// putWindow is how many bytes are sent before the server is asked to answer. The answers to one window are read while the next
	// is on its way, so that an error is noticed 16 MB later at most, and what the server has to say always fits the socket's buffers.
	putWindow = 8 << 20
)

// putExecute ends a Bind message (no format codes: the result is void) and executes what it bound.
var putExecute = []byte{0, 0, 'E', 0, 0, 0, 9, 0, 0, 0, 0, 0}

var putSync = []byte{'S', 0, 0, 0, 4}

// putStream writes to large objects: one prepared statement is bound and executed for each piece, and no answer is waited for. The bytes go
// from the caller's memory to the socket. pgx would copy them into its own message first, growing it from nothing each time, which
// cost a third of the tool's CPU.
//
// While anything is unsettled the connection must not be used otherwise.
type putStream struct {
	conn  *pgx.Conn
	ready bool // the statement is prepared

	head     []byte
	parts    [3][]byte
	unsynced int // bytes sent since the last Sync
	syncs    int // Sync messages whose answer has not been read
	err      *pgconn.PgError
}

// put sends bytes for a large object that exists. data may be reused afterwards. An error may be about an earlier piece; the connection is
// then either ready for a ROLLBACK or closed.
func (p *putStream) put(ctx context.Context, oid uint32, offset int64, data []byte) error {
	if !p.ready {
		if _, err := p.conn.Prepare(ctx, putStatement, statement(p.conn, "large_object_put")); err != nil {
			return err
		}
		p.ready = true
	}
	if p.unsynced == 0 && p.syncs == 0 {
		if err := p.conn.PgConn().SyncConn(ctx); err != nil {
			return err
		}
	}
	p.parts = [3][]byte{p.bind(oid, offset, len(data)), data, putExecute}
	if err := p.write(ctx, p.parts[:]); err != nil {
		return err
	}
	if p.unsynced += len(data); p.unsynced < putWindow {
		return nil
	}
	if err := p.sync(ctx); err != nil {
		return err
	}
	return p.answers(ctx, 1)
}

// bind is a Bind message up to the bytes of its last parameter,
// see https://www.postgresql.org/docs/current/protocol-message-formats.html.
func (p *putStream) bind(oid uint32, offset int64, size int) []byte {
	b := append(p.head[:0], 'B', 0, 0, 0, 0, 0)
	b = append(append(b, putStatement...), 0)
	b = append(b, 0, 1, 0, 1, 0, 3) // one format for all: binary; three parameters
	b = binary.BigEndian.AppendUint32(append(b, 0, 0, 0, 4), oid)
	b = binary.BigEndian.AppendUint64(append(b, 0, 0, 0, 8), uint64(offset))
	b = binary.BigEndian.AppendUint32(b, uint32(size))
	binary.BigEndian.PutUint32(b[1:], uint32(len(b)-1+size+2))
	p.head = b
	return b
}

func (p *putStream) sync(ctx context.Context) error {
	p.parts = [3][]byte{putSync}
	if err := p.write(ctx, p.parts[:1]); err != nil {
		return err
	}
	p.unsynced = 0
	p.syncs++
	return nil
}

// settle waits until everything that was sent is done.
func (p *putStream) settle(ctx context.Context) error {
	if p.unsynced > 0 {
		if err := p.sync(ctx); err != nil {
			return err
		}
	}
	return p.answers(ctx, 0)
}

// answers reads the server's answers until no more than pending are to come: none after an error, because what is sent after one is
// passed over.
func (p *putStream) answers(ctx context.Context, pending int) error {
	for p.syncs > pending {
		msg, err := p.conn.PgConn().ReceiveMessage(ctx)
		if err != nil {
			return p.abandon(ctx, err)
		}
		switch msg := msg.(type) {
		case *pgproto3.ErrorResponse:
			if p.err == nil {
				p.err = pgconn.ErrorResponseToPgError(msg)
			}
			pending = 0
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

// write sends whole messages. One that went out in part cannot be taken back, so that after a failure the connection is closed.
func (p *putStream) write(ctx context.Context, parts net.Buffers) error {
	if err := ctx.Err(); err != nil {
		return p.abandon(ctx, err)
	}
	conn := p.conn.PgConn().Conn()
	stop := context.AfterFunc(ctx, func() { _ = conn.SetWriteDeadline(time.Unix(1, 0)) })
	_, err := parts.WriteTo(conn)
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
		err = fmt.Errorf("%w", context.Cause(ctx))
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
	_ = pg.Conn().Close()
	_ = p.conn.Close(after)
	if p.err != nil {
		return errors.Join(p.err, err)
	}
	return err
}
