package pgsource

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// walsender connects for replication.
func walsender(t *testing.T, uri string) *pgconn.PgConn {
	t.Helper()
	ctx := context.Background()
	info, err := pgdb.ParseConninfo("source", uri)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := info.ConnectPgConn(ctx, ReplicationSession("test"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	return conn
}

func TestSlot(t *testing.T) {
	src, _ := pgtest.Pair(t)
	db := src.FreshDB(t)
	ctx := context.Background()
	conn, repl := session(t, src.URI(db)), walsender(t, src.URI(db))
	if _, ok, err := FindSlot(ctx, conn, db); ok || err != nil {
		t.Fatal(ok, err)
	}
	src.Exec(t, db, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1)")
	at, snapshot, err := CreateSlot(ctx, repl, db, "pgoutput")
	if err != nil || at == 0 {
		t.Fatal(at, err)
	}
	src.Exec(t, db, "INSERT INTO t VALUES (2)")
	var n int
	if _, err := conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ; SET TRANSACTION SNAPSHOT '"+snapshot+"'"); err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(ctx, "SELECT count(*) FROM public.t").Scan(&n); err != nil || n != 1 {
		t.Errorf("the snapshot shows %d rows, %v", n, err)
	}
	if _, err := conn.Exec(ctx, "COMMIT"); err != nil {
		t.Fatal(err)
	}
	s, ok, err := FindSlot(ctx, conn, db)
	if !ok || err != nil || s.Plugin != "pgoutput" || s.Database != db || s.Active || s.Confirmed != at || s.Invalid != "" {
		t.Errorf("%+v, %v, %v", s, ok, err)
	}
	var user *pgdb.UserError
	if _, _, err := CreateSlot(ctx, repl, db, "pgoutput"); !errors.As(err, &user) || !strings.Contains(user.Hint, "cleanup") {
		t.Errorf("a slot that is there: %v", err)
	}
	hint := "install"
	if n := src.Value(t, db, "SELECT count(*) FROM pg_settings WHERE name = 'output_plugin_libraries'"); n == "1" {
		hint = "add no_such_plugin to output_plugin_libraries"
	}
	if _, _, err := CreateSlot(ctx, repl, db+"x", "no_such_plugin"); !errors.As(err, &user) || !strings.Contains(user.Hint, hint) {
		t.Errorf("no plugin: %v, hint %q", err, user.Hint)
	}
	// where any may be used that is there
	src.Exec(t, "postgres", `DO $$ BEGIN IF current_setting('output_plugin_libraries', true) IS NOT NULL THEN
		ALTER DATABASE `+pgschema.QuoteIdent(db)+` SET output_plugin_libraries = 'no_such_plugin'; END IF; END $$`)
	if _, _, err := CreateSlot(ctx, walsender(t, src.URI(db)), db+"x", "no_such_plugin"); !errors.As(err, &user) || !strings.Contains(user.Hint, "install") {
		t.Errorf("no plugin: %v, hint %q", err, user.Hint)
	}
	for range 2 {
		if err := DropSlot(ctx, conn, db); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStream(t *testing.T) {
	src, _ := pgtest.Pair(t)
	db := src.FreshDB(t)
	ctx := context.Background()
	conn, repl := session(t, src.URI(db)), walsender(t, src.URI(db))
	at, _, err := CreateSlot(ctx, repl, db, "test_decoding")
	if err != nil {
		t.Fatal(err)
	}
	var user *pgdb.UserError
	if _, err := StartStream(ctx, walsender(t, src.URI(db)), db+"x", at, "test_decoding", nil); !errors.As(err, &user) || !strings.Contains(user.Hint, "--restart") {
		t.Errorf("a slot that is not there: %v", err)
	}
	s, err := StartStream(ctx, repl, db, at, "test_decoding", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := StartStream(ctx, walsender(t, src.URI(db)), db, at, "test_decoding", nil); !errors.As(err, &user) || !strings.Contains(user.Hint, "another process") {
		t.Errorf("a slot in use: %v", err)
	}
	src.Exec(t, db, "CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (7)")
	if err := EmitMessage(ctx, conn); err != nil {
		t.Fatal(err)
	}
	end, err := CurrentLSN(ctx, conn)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	received := at
	for received < end {
		m, err := s.Next(ctx, 10*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		if m.Keepalive {
			received = m.End
			continue
		}
		texts = append(texts, string(m.Data))
	}
	if all := strings.Join(texts, "\n"); !strings.Contains(all, "INSERT: id[integer]:7") || !strings.Contains(all, "prefix: pgcopy") {
		t.Errorf("received %s", all)
	}
	// Quiet is no end: the stream goes on, and answers when asked.
	if _, err := s.Next(ctx, time.Millisecond); err == nil {
		_, err = s.Next(ctx, time.Millisecond)
		if err != nil && !errors.Is(err, ErrQuiet) {
			t.Fatal(err)
		}
	}
	if err := s.Confirm(ctx, received, received, 0, true); err != nil {
		t.Fatal(err)
	}
	if m, err := s.Next(ctx, 10*time.Second); err != nil || !m.Keepalive {
		t.Fatalf("%+v, %v", m, err)
	}
	await(t, func() bool {
		slot, _, err := FindSlot(ctx, conn, db)
		return err == nil && slot.Active && slot.Confirmed == received
	})
	// A slot in use is dropped all the same.
	if err := DropSlot(ctx, conn, db); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Next(ctx, 10*time.Second); err == nil || errors.Is(err, ErrQuiet) {
		t.Errorf("the stream goes on without its slot: %v", err)
	}
}

// A position of 0 must not be told as flushed: the library would put the received one in its place.
func TestConfirmNothing(t *testing.T) {
	src, _ := pgtest.Pair(t)
	db := src.FreshDB(t)
	ctx := context.Background()
	conn, repl := session(t, src.URI(db)), walsender(t, src.URI(db))
	at, _, err := CreateSlot(ctx, repl, db, "test_decoding")
	if err != nil {
		t.Fatal(err)
	}
	s, err := StartStream(ctx, repl, db, at, "test_decoding", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := EmitMessage(ctx, conn); err != nil {
		t.Fatal(err)
	}
	end, err := CurrentLSN(ctx, conn)
	if err != nil {
		t.Fatal(err)
	}
	// An answer says how far the walsender is when it is asked, which may be before it has read up to end: it has to be asked again, as receive does.
	for begun := time.Now(); ; {
		if err := s.Confirm(ctx, end, 0, 0, true); err != nil {
			t.Fatal(err)
		}
		m, err := s.Next(ctx, 100*time.Millisecond)
		if err != nil && (!errors.Is(err, ErrQuiet) || time.Since(begun) > 20*time.Second) {
			t.Fatal(err)
		}
		if err == nil && m.Keepalive && m.End >= end {
			break
		}
	}
	if slot, _, err := FindSlot(ctx, conn, db); err != nil || slot.Confirmed != at {
		t.Errorf("confirmed %s, %v; want %s", slot.Confirmed, err, at)
	}
	if err := DropSlot(ctx, conn, db); err != nil {
		t.Fatal(err)
	}
}

// A slot whose WAL is gone says so.
func TestSlotLost(t *testing.T) {
	src := pgtest.Start(t, pgtest.WithSetting("max_slot_wal_keep_size", "1MB"), pgtest.WithSetting("max_wal_size", "32MB"), pgtest.WithSetting("min_wal_size", "32MB"))
	ctx := context.Background()
	conn := session(t, src.URI("postgres"))
	at, _, err := CreateSlot(ctx, walsender(t, src.URI("postgres")), "lost", "pgoutput")
	if err != nil {
		t.Fatal(err)
	}
	src.Exec(t, "postgres", "CREATE TABLE t (a text)")
	for range 8 {
		src.Exec(t, "postgres", "INSERT INTO t SELECT repeat('x', 1000) FROM generate_series(1, 5000)")
		src.Exec(t, "postgres", "SELECT pg_switch_wal()")
		src.Exec(t, "postgres", "CHECKPOINT")
	}
	s, ok, err := FindSlot(ctx, conn, "lost")
	if !ok || err != nil || s.Invalid == "" {
		t.Errorf("%+v, %v, %v", s, ok, err)
	}
	var user *pgdb.UserError
	if _, err := StartStream(ctx, walsender(t, src.URI("postgres")), "lost", at, "pgoutput", []string{"proto_version '1'", "publication_names 'p'"}); !errors.As(err, &user) || !strings.Contains(user.Hint, "--restart") {
		t.Errorf("a lost slot: %v", err)
	}
}

func await(t *testing.T, ok func() bool) {
	t.Helper()
	for range 200 {
		if ok() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("waited in vain")
}
