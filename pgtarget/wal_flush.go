package pgtarget

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// WALChunk is how many bytes of WAL may wait for the disk before [WALFlusher] has them flushed: what the walwriter takes for worth a flush
// (wal_writer_flush_after), too.
//
// https://www.postgresql.org/docs/current/runtime-config-wal.html#GUC-WAL-WRITER-FLUSH-AFTER
const WALChunk = 1 << 20

// WALFlusher keeps the target's WAL flowing to disk while others write it. A COPY or an index build commits once, at its end: until then nobody
// flushes but the walwriter, five times a second, and the backend itself, which stands still for that whenever the WAL buffers are full or a
// page that it has to write out needs its WAL on disk first. A commit of anybody else wakes the walwriter up (XLogSetAsyncXactLSN in
// src/backend/access/transam/xlog.c), and the flush goes on beside the work.
type WALFlusher struct {
	conn  *pgx.Conn
	asked int64 // where WAL ended when a flush was last asked for
	seen  int64 // and when it was last looked at; 0: never
}

// NewWALFlusher works on a session of its own, outside any transaction.
func NewWALFlusher(conn *pgx.Conn) *WALFlusher { return &WALFlusher{conn: conn} }

// Look has WAL flushed if more than [WALChunk] of it waits, by one small transaction, and never by more than one for so many bytes. It tells how
// many bytes anybody has written since the last look.
func (f *WALFlusher) Look(ctx context.Context) (written int64, err error) {
	var at int64
	var asks bool
	if err := queryRow(ctx, f.conn, "wal_flush", f.asked, int64(WALChunk)).Scan(&at, &asks); err != nil {
		return 0, fmt.Errorf("keep the target's WAL flowing: %w", err)
	}
	if asks {
		f.asked = at
	}
	if f.seen > 0 {
		written = at - f.seen
	}
	f.seen = at
	return written, nil
}
