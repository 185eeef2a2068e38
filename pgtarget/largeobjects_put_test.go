package pgtarget

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// announced is a writer in a transaction, to which one object was announced.
func announced(t *testing.T, conn *pgx.Conn, lo pgschema.LargeObject) *LargeObjectWriter {
	t.Helper()
	run(t, conn, "BEGIN")
	w := NewLargeObjectWriter(conn, LargeObjectOptions{})
	if err := w.Create(context.Background(), lo); err != nil {
		t.Fatal(err)
	}
	return w
}

// Pieces of every length around the bounds, in more than one window, over TLS too.
func TestLargeObjectPieces(t *testing.T) {
	ctx := context.Background()
	_, shared := pgtest.Pair(t)
	for name, server := range map[string]*pgtest.Server{"plain": shared, "TLS": pgtest.Start(t, pgtest.WithTLS())} {
		t.Run(name, func(t *testing.T) {
			db := server.FreshDB(t)
			uri := server.URI(db)
			if name == "TLS" {
				uri += "?sslmode=require"
			}
			conn := session(t, uri)
			w := announced(t, conn, pgschema.LargeObject{OID: 7, Owner: "postgres"})
			var want []byte
			put := func(n int) {
				t.Helper()
				piece := bytes.Repeat([]byte{byte(len(want)), byte(n), 3}, n/3+1)[:n]
				if err := w.Write(ctx, 7, int64(len(want)), piece, false); err != nil {
					t.Fatal(err)
				}
				want = append(want, piece...)
				clear(piece) // it is the caller's again
			}
			for n := range 700 { // more statements than a window has
				put(n % 5)
			}
			for _, n := range []int{putGather - 1, putGather, putGather + 1, 1, 5 << 20, 9 << 20, 0, 3, 8 << 20, 100_003} {
				put(n)
			}
			if err := w.Flush(ctx); err != nil {
				t.Fatal(err)
			}
			run(t, conn, "COMMIT")
			var got []byte
			if err := conn.QueryRow(ctx, "SELECT lo_get(7)").Scan(&got); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%d bytes, %v; want %d", len(got), err, len(want))
			}
			run(t, conn, "SELECT lo_unlink(7)")
		})
	}
}

// What the server refuses comes back from a later call, and the connection can go on after a ROLLBACK.
func TestLargeObjectRefused(t *testing.T) {
	ctx := context.Background()
	_, _, conn := fresh(t, "")
	w := announced(t, conn, pgschema.LargeObject{OID: 8, Owner: "postgres"})
	piece := make([]byte, 1<<20)
	var err error
	for i := int64(0); err == nil && i < 64; i++ {
		if i == 2 {
			w.coming[9] = pgschema.LargeObject{OID: 9} // as if it had been created
			err = w.Write(ctx, 9, 0, piece, true)
			continue
		}
		err = w.Write(ctx, 8, i<<20, piece, false)
		if i > 32 {
			t.Fatal("not noticed after 32 MB")
		}
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || !strings.Contains(pg.Message, "large object 9 does not exist") {
		t.Errorf("%v", err)
	}
	w.Close(ctx)
	run(t, conn, "ROLLBACK")
	w = announced(t, conn, pgschema.LargeObject{OID: 8, Owner: "postgres"})
	if err := errors.Join(w.Write(ctx, 8, 0, piece, true), w.Flush(ctx)); err != nil {
		t.Error(err)
	}
	run(t, conn, "ROLLBACK")
}

// Who gives up in the middle leaves a connection that takes a ROLLBACK.
func TestLargeObjectGivenUp(t *testing.T) {
	ctx := context.Background()
	_, _, conn := fresh(t, "")
	for _, n := range []int{10, 100_000, 20 << 20} {
		w := announced(t, conn, pgschema.LargeObject{OID: 8, Owner: "postgres"})
		if err := w.Write(ctx, 8, 0, make([]byte, n), false); err != nil {
			t.Fatal(err)
		}
		w.Close(ctx)
		w.Close(ctx)
		run(t, conn, "ROLLBACK")
		var there int
		if err := conn.QueryRow(ctx, "SELECT count(*) FROM pg_largeobject_metadata WHERE oid = 8").Scan(&there); err != nil || there != 0 {
			t.Errorf("%d of them, %v", there, err)
		}
	}
}

// A target that is gone, or a run that is told to stop while the target does not read, is an error at once and closes the connection.
func TestLargeObjectCutOff(t *testing.T) {
	dst, db, _ := fresh(t, "")
	piece := make([]byte, 4<<20)
	for _, c := range []struct{ what, how, want string }{
		{"ended by an administrator", "SELECT pg_terminate_backend(%d)", ""}, // what it said last is lost when something was on its way to it
		{"told to stop", "SELECT 1", context.Canceled.Error()},
	} {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		conn := session(t, dst.URI(db))
		pid := conn.PgConn().PID()
		w := announced(t, conn, pgschema.LargeObject{OID: 8, Owner: "postgres"})
		var err error
		for i := int64(0); err == nil && ctx.Err() == nil; i++ {
			if i == 3 && c.want == context.Canceled.Error() {
				time.AfterFunc(50*time.Millisecond, cancel)
			} else if i == 3 {
				dst.Exec(t, db, fmt.Sprintf(c.how, pid))
			}
			err = w.Write(ctx, 8, i*int64(len(piece)), piece, false)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) || c.want == "" && pgdb.ClassOf(err) != pgdb.Transient || !conn.IsClosed() {
			t.Errorf("%s: %v (closed: %v)", c.what, err, conn.IsClosed())
		}
		w.Close(ctx)
	}
}

// Pages are tried with LZ4, unless somebody has chosen for the database.
func TestLargeObjectCompression(t *testing.T) {
	ctx := context.Background()
	dst, db, _ := fresh(t, "")
	if dst.Value(t, db, "SELECT count(*) FROM pg_settings WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)") == "0" {
		t.Skip("the server has no LZ4")
	}
	for _, want := range []string{"lz4", "pglz"} {
		if want == "pglz" {
			dst.Exec(t, db, "ALTER DATABASE "+db+" SET default_toast_compression = pglz")
		}
		conn := session(t, dst.URI(db))
		w := announced(t, conn, pgschema.LargeObject{OID: 8, Owner: "postgres"})
		if err := errors.Join(w.Write(ctx, 8, 0, bytes.Repeat([]byte("again "), 1000), true), w.Flush(ctx)); err != nil {
			t.Fatal(err)
		}
		var got string
		if err := conn.QueryRow(ctx, "SELECT pg_column_compression(data) FROM pg_largeobject WHERE loid = 8 AND pageno = 0").Scan(&got); err != nil || got != want {
			t.Errorf("compressed by %q, %v; want %q", got, err, want)
		}
		run(t, conn, "ROLLBACK")
		var after string
		if err := conn.QueryRow(ctx, "SHOW default_toast_compression").Scan(&after); err != nil || after != "pglz" {
			t.Errorf("the session keeps %s, %v", after, err)
		}
	}
}
