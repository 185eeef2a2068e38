package pgsource

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// Stream is the replication stream of a logical slot, read by one goroutine.
type Stream struct {
	conn *pgconn.PgConn
}

// StreamMessage is one message of the stream: a message of the plugin, or a keepalive.
type StreamMessage struct {
	Keepalive bool
	Start     pgschema.LSN // of the plugin's message
	End       pgschema.LSN // how far the server has sent its WAL
	Reply     bool         // keepalive: the server wants an answer at once
	Data      []byte       // the plugin's message, valid until the next call of Next
}

// ErrQuiet says that nothing came within the time Next was given.
var ErrQuiet = errors.New("nothing was received")

// StartStream starts the stream of a slot at an LSN. Transactions that end before it are not sent.
// (https://www.postgresql.org/docs/current/protocol-replication.html, START_REPLICATION)
func StartStream(ctx context.Context, conn *pgconn.PgConn, slot string, start pgschema.LSN, plugin string, args []string) (*Stream, error) {
	err := pglogrepl.StartReplication(ctx, conn, pgschema.QuoteIdent(slot), pglogrepl.LSN(start), pglogrepl.StartReplicationOptions{
		Mode: pglogrepl.LogicalReplication, PluginArgs: args})
	if err != nil {
		return nil, startError(slot, plugin, err)
	}
	return &Stream{conn: conn}, nil
}

func startError(slot, plugin string, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return fmt.Errorf("start replication from slot %s: %w", slot, err)
	}
	u := &pgdb.UserError{Msg: fmt.Sprintf("start replication from slot %s: %s", slot, pg.Message), Hint: pg.Hint, Err: err}
	if pg.Detail != "" { // why it was invalidated
		u.Msg += ": " + strings.TrimSuffix(pg.Detail, ".")
	}
	switch pg.Code {
	case "42704":
		u.Hint = "the slot was dropped, or the source was failed over to a server without it: changes since are lost to this stream; start over with --restart"
	case "55000":
		u.Hint = "the slot cannot be used any more: changes since are lost to this stream; start over with --restart"
	case "55006":
		u.Hint = "another process reads from it; end that one first"
	}
	return u
}

// streamError says what it means when the source ends a stream that had begun.
func streamError(pg *pgconn.PgError) error {
	u := &pgdb.UserError{Msg: "the source ended the stream: " + pg.Message, Hint: pg.Hint, Err: pg}
	if isUndecodable(pg) {
		u.Hint = "a table was truncated or altered while the slot was made, and PostgreSQL has lost track of that: the slot cannot be read beyond it; start over with --restart"
		return u
	}
	switch pg.Code {
	case "42704":
		u.Hint = "the publication was dropped: changes since are lost to this stream, also when it is made again; start over with --restart"
	case "58P01":
		u.Hint = "the source has removed WAL that the slot needed: changes since are lost to this stream; start over with --restart"
	default:
		return fmt.Errorf("the source ended the stream: %w", pg)
	}
	return u
}

// IsUndecodable tells that a stream was ended because the server cannot decode a transaction, now or ever: what it remembers of its own catalogs is
// not what they were.
//
// While a slot is made, nobody notes which transactions commit between the first and the second time that the running ones are listed
// (SNAPBUILD_BUILDING_SNAPSHOT in snapbuild.c). When such a one has truncated or altered a table, those that begin before the slot is
// consistent and commit behind it are decoded as if that had not happened
// (https://www.postgresql.org/message-id/3575444b.25e0.19aaae481e0.Coremail.ocean_li_996@163.com). The snapshot that the slot exports is right.
func IsUndecodable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && isUndecodable(pg)
}

// isUndecodable knows the words of ReorderBufferProcessTXN, which are not translated; they say filenumber from 16 on.
func isUndecodable(pg *pgconn.PgError) bool {
	return pg.Code == "XX000" && strings.HasPrefix(pg.Message, "could not map filen")
}

// Next waits for the next message, for at most the given time: then the error is ErrQuiet and the stream goes on.
func (s *Stream) Next(ctx context.Context, patience time.Duration) (m StreamMessage, err error) {
	deadline, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	raw, err := s.conn.ReceiveMessage(deadline)
	if err != nil {
		if pgconn.Timeout(err) && ctx.Err() == nil {
			return m, ErrQuiet
		}
		if ctx.Err() != nil {
			return m, context.Cause(ctx)
		}
		return m, err
	}
	switch raw := raw.(type) {
	case *pgproto3.CopyData:
		return parseStream(raw.Data)
	case *pgproto3.ErrorResponse:
		return m, streamError(pgconn.ErrorResponseToPgError(raw))
	case *pgproto3.CopyDone:
		return m, fmt.Errorf("the source ended the stream: %w", net.ErrClosed)
	}
	return m, ErrQuiet // notices and parameter changes
}

func parseStream(data []byte) (m StreamMessage, err error) {
	if len(data) == 0 {
		return m, errors.New("empty message in the replication stream")
	}
	switch data[0] {
	case pglogrepl.PrimaryKeepaliveMessageByteID:
		k, err := pglogrepl.ParsePrimaryKeepaliveMessage(data[1:])
		return StreamMessage{Keepalive: true, End: pgschema.LSN(k.ServerWALEnd), Reply: k.ReplyRequested}, err
	case pglogrepl.XLogDataByteID:
		x, err := pglogrepl.ParseXLogData(data[1:])
		return StreamMessage{Start: pgschema.LSN(x.WALStart), End: pgschema.LSN(x.ServerWALEnd), Data: x.WALData}, err
	}
	return m, fmt.Errorf("unknown message %q in the replication stream", data[0])
}

// Confirm tells the source how far this side is: what was received, and what is durable here and may be forgotten there. With reply it
// asks for a keepalive at once, which tells how far the source is. (The library takes a flushed position of 0 for the received one.)
func (s *Stream) Confirm(ctx context.Context, received, durable, applied pgschema.LSN, reply bool) error {
	return pglogrepl.SendStandbyStatusUpdate(ctx, s.conn, pglogrepl.StandbyStatusUpdate{WALWritePosition: pglogrepl.LSN(received),
		WALFlushPosition: pglogrepl.LSN(max(durable, 1)), WALApplyPosition: pglogrepl.LSN(max(applied, 1)), ReplyRequested: reply})
}
