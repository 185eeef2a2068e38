package steps

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
)

func TestLockTableTooSmall(t *testing.T) {
	s := &pgdb.ServerInfo{MaxLocksPerTransaction: 64, MaxConnections: 100, MaxPrepared: 10}
	if text, _ := lockTableTooSmall(s, 7000, 40); text != "" {
		t.Error(text)
	}
	text, remedy := lockTableTooSmall(s, 30000, 1000)
	if !strings.Contains(text, "30000 tables and 1000 sequences") || !strings.Contains(text, "7040 locks (max_locks_per_transaction 64, max_connections 100, max_prepared_transactions 10)") ||
		!strings.Contains(remedy, "max_locks_per_transaction = 384 ") {
		t.Error(text, remedy)
	}
}

// The warning comes before the snapshot is taken, and ends nothing: the lock table of this server holds more than its settings say.
func TestLockTableIsWarnedOf(t *testing.T) {
	src := pgtest.Start(t, pgtest.WithSetting("max_locks_per_transaction", "10"), pgtest.WithSetting("max_connections", "20"), pgtest.WithSetting("max_prepared_transactions", "0"))
	_, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, "DO $$ BEGIN FOR i IN 1..195 LOOP EXECUTE 'CREATE TABLE t' || i || ' ()'; END LOOP; FOR i IN 1..10 LOOP EXECUTE 'CREATE SEQUENCE s' || i; END LOOP; END $$; CREATE VIEW v AS SELECT 1")
	o := testOptions(t, src.URI(from), dst.URI(to))
	o.TableJobs = 2
	var log bytes.Buffer
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	if _, err := Clone(t.Context(), o); err != nil {
		t.Fatal(err, log.String())
	}
	first, _, _ := strings.Cut(log.String(), "\n")
	if !strings.Contains(first, "level=WARN") || !strings.Contains(first, "the source has 195 tables and 10 sequences, and its lock table is sure to hold 200 locks") ||
		!strings.Contains(first, "max_locks_per_transaction = 64 ") {
		t.Error(log.String())
	}
}
