package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// A stream that went on behind a gap would look healthy for ever. Each of these ends at once, with a sentence and a way out.

// mustRefuse runs a stream command that has to end with status 1, soon, and with words in its message.
func (w *work) mustRefuse(words []string, args ...string) {
	w.t.Helper()
	r := w.stream(args...)
	if r.code != 1 || r.took > 30*time.Second {
		w.t.Fatalf("stream %v: %s", args, r)
	}
	for _, word := range append(words, "--restart") {
		if !strings.Contains(r.stderr, word) {
			w.t.Errorf("stream %v does not say %q: %s", args, word, r.stderr)
		}
	}
}

func TestSlotIsDropped(t *testing.T) {
	w := piecewise(t, "broken_dropped")
	w.fill(sourceDB(w))
	w.src.Exec(t, "postgres", "SELECT pg_drop_replication_slot('broken_dropped')")
	w.mustRefuse([]string{"broken_dropped", "does not exist"}, "receive", "--endpos", "7FFFFFFF/0")
	// Made anew by somebody, it begins behind what is missing.
	w.src.Exec(t, sourceDB(w), "INSERT INTO t VALUES (99)")
	w.src.Exec(t, sourceDB(w), "SELECT pg_create_logical_replication_slot('broken_dropped', 'pgoutput')")
	w.mustRefuse([]string{"ahead of what was received"}, "receive", "--endpos", "7FFFFFFF/0")
}

func TestSlotIsDroppedWhileItIsRead(t *testing.T) {
	w := piecewise(t, "broken_live")
	p := start(t, w.env, "stream", "replay", "--dir", w.dir)
	w.src.Exec(t, sourceDB(w), "INSERT INTO t VALUES (1)")
	eventually(t, "it follows", time.Minute, func() bool { return w.ids() == "1" })
	eventually(t, "the slot is dropped", 30*time.Second, func() bool {
		_ = w.src.ExecContext(t.Context(), sourceDB(w), "SELECT pg_terminate_backend(active_pid), pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = 'broken_live'")
		return w.src.Value(t, sourceDB(w), "SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'broken_live'") == "0"
	})
	if r := w.mustEnd(p, 1); !strings.Contains(r.stderr, "does not exist") || !strings.Contains(r.stderr, "--restart") {
		t.Errorf("%s", r)
	}
}

func TestSlotIsReadByAnother(t *testing.T) {
	w := piecewise(t, "broken_ahead")
	w.fill(sourceDB(w))
	w.src.Exec(t, sourceDB(w), "INSERT INTO t VALUES (98)")
	w.src.Exec(t, sourceDB(w), "SELECT pg_replication_slot_advance('broken_ahead', pg_current_wal_flush_lsn())")
	w.mustRefuse([]string{"broken_ahead", "ahead of what was received"}, "receive", "--endpos", "7FFFFFFF/0")
	// The same when the spool is lost.
	if err := os.RemoveAll(filepath.Join(w.dir, "cdc")); err != nil {
		t.Fatal(err)
	}
	w.mustRefuse([]string{"ahead of what was received"}, "receive", "--endpos", "7FFFFFFF/0")
}

func TestPublicationIsDropped(t *testing.T) {
	w := piecewise(t, "broken_publication")
	w.src.Exec(t, sourceDB(w), "DROP PUBLICATION broken_publication")
	w.src.Exec(t, sourceDB(w), "INSERT INTO t VALUES (1)")
	w.mustRefuse([]string{"broken_publication", "does not exist"}, "receive", "--endpos", "7FFFFFFF/0")
}

func TestAnotherServerBehindTheAddress(t *testing.T) {
	w := piecewise(t, "broken_system")
	w.change("UPDATE replication SET system_identifier = '123'")
	w.mustRefuse([]string{"another server", "123"}, "receive", "--endpos", "7FFFFFFF/0")
}

func TestSlotIsInvalidated(t *testing.T) {
	src := pgtest.Start(t, pgtest.WithSetting("max_slot_wal_keep_size", "1MB"), pgtest.WithSetting("max_wal_size", "32MB"), pgtest.WithSetting("min_wal_size", "32MB"))
	w := piecewiseOn(t, src, "broken_lost")
	for range 8 {
		w.src.Exec(t, "postgres", "SELECT pg_logical_emit_message(false, 'x', repeat('x', 1000000)) FROM generate_series(1, 5)")
		w.src.Exec(t, "postgres", "SELECT pg_switch_wal()")
		w.src.Exec(t, "postgres", "CHECKPOINT")
	}
	w.mustRefuse([]string{"broken_lost", "invalidated"}, "receive", "--endpos", "7FFFFFFF/0")
}

// A standby that is promoted has a timeline of its own. Here it even has the slot.
func TestSourceFailsOver(t *testing.T) {
	src := pgtest.Start(t)
	w := piecewiseOn(t, src, "broken_timeline")
	w.fill(sourceDB(w))
	promote(t, src)
	src.Exec(t, sourceDB(w), "INSERT INTO t VALUES (5)")
	w.endHere()
	w.must("replay")
	if got := w.ids(); got != "1 2 3 4 5" {
		t.Errorf("rows %q", got)
	}
	if got := w.catalog("SELECT timeline FROM replication"); got[0][0] != "2" {
		t.Errorf("timeline %s is recorded", got)
	}
	// What was received lies behind the point at which the new server left the old one's history: that may never have happened.
	promote(t, src)
	w.spool("UPDATE position SET lsn = lsn + 1000000000")
	w.mustRefuse([]string{"failed over", "timeline 2"}, "receive", "--endpos", "7FFFFFFF/0")
}

// promote makes a server a standby and promotes it, which keeps its logical slots.
func promote(t *testing.T, s *pgtest.Server) {
	t.Helper()
	if err := s.Shutdown(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.DataDir(), "standby.signal"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := s.Startup(); err != nil {
		t.Fatal(err)
	}
	if s.Value(t, "postgres", "SELECT pg_promote()") != "t" {
		t.Fatal("not promoted")
	}
}
