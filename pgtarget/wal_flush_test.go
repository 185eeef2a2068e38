package pgtarget

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

const (
	waitingWAL = "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), pg_current_wal_flush_lsn())::int8"
	nextXID    = "SELECT txid_snapshot_xmax(txid_current_snapshot())"
)

// TestWALFlusher: WAL of a transaction that is still open is flushed, and nothing is committed when nothing waits.
func TestWALFlusher(t *testing.T) {
	dst := pgtest.Start(t, pgtest.WithSetting("wal_writer_delay", "10s"), pgtest.WithSetting("autovacuum", "off"), pgtest.WithSetting("wal_buffers", "16MB"))
	db := dst.FreshDB(t)
	writer, eye, conn := session(t, dst.URI(db)), session(t, dst.URI(db)), session(t, dst.URI(db))
	run(t, writer, "CREATE TABLE public.t (a int, b text)")
	f := NewWALFlusher(conn)
	ask := func(conn *pgx.Conn, query string) (n int64) {
		t.Helper()
		if err := conn.QueryRow(context.Background(), query).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	look := func() int64 {
		t.Helper()
		n, err := f.Look(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := look(); n != 0 {
		t.Errorf("at the first look %d bytes were written", n)
	}
	run(t, writer, "BEGIN")
	before := int64(0)
	for i := 0; before < 2*WALChunk; i++ { // the server itself may flush at any moment, now and then
		if i == 5 {
			t.Fatalf("only %d bytes of WAL wait", before)
		}
		run(t, writer, "INSERT INTO public.t SELECT i, repeat('x', 500) FROM generate_series(1, 6000) i")
		before = ask(eye, waitingWAL)
	}
	xid := ask(writer, "SELECT txid_current()") + 1
	if n := look(); n < before/2 {
		t.Errorf("%d bytes were written, at least %d wait", n, before)
	}
	deadline := time.Now().Add(5 * time.Second) // half of what the walwriter would take by itself
	for ask(eye, waitingWAL) > WALChunk && time.Now().Before(deadline) {
		time.Sleep(10 * time.Millisecond)
	}
	if left := ask(eye, waitingWAL); left > WALChunk {
		t.Errorf("of %d bytes that waited %d still do", before, left)
	}
	if took := ask(eye, nextXID) - xid; took != 1 {
		t.Errorf("%d transaction ids were taken for one flush", took)
	}
	for range 20 {
		if n := look(); n > WALChunk {
			t.Errorf("%d bytes were written by nobody", n)
		}
	}
	if took := ask(eye, nextXID) - xid; took != 1 {
		t.Errorf("%d transaction ids were taken though nothing waits", took-1)
	}
}
