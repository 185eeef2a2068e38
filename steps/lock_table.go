package steps

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgsource"
)

// lockRoom is what is advised for each table and sequence: one entry serves both who lock a table (the holder of the snapshot and pg_dump), and others
// want some too.
const lockRoom = 1.25

// checkLockTable warns, before anything is locked, of a source that has more tables and sequences than its lock table is sure to hold: pg_dump would fail in the
// middle with "out of shared memory". It is no more than a warning, as such a table holds more than its settings say, by nobody knows how much.
func (e *Env) checkLockTable(ctx context.Context) error {
	if done, _, err := e.Catalog.SourceWork(ctx); err != nil || done >= 2 {
		return err // what needs the locks is done
	}
	var tables, sequences int64
	if err := e.from.with(ctx, func(conn *pgx.Conn) (err error) {
		tables, sequences, err = pgsource.TablesToLock(ctx, conn)
		return err
	}); err != nil {
		e.Log.Debug("the source's tables could not be counted", "error", err) // what follows says what is wrong
		return nil
	}
	if text, remedy := lockTableTooSmall(e.SourceInfo, tables, sequences); text != "" {
		e.Log.Warn(text, "hint", remedy)
	}
	return nil
}

// lockTableTooSmall is empty when all fit.
func lockTableTooSmall(s *pgdb.ServerInfo, tables, sequences int64) (text, remedy string) {
	sure := s.LocksForSure()
	if tables+sequences <= int64(sure) {
		return "", ""
	}
	want := int(float64(tables+sequences)*lockRoom)/(s.MaxConnections+s.MaxPrepared) + 1
	return fmt.Sprintf("the source has %d tables and %d sequences, and its lock table is sure to hold %d locks (max_locks_per_transaction %d, max_connections %d, max_prepared_transactions %d): "+
			"pg_dump, which locks all of them, may run out of shared memory", tables, sequences, sure, s.MaxLocksPerTransaction, s.MaxConnections, s.MaxPrepared),
		fmt.Sprintf("if it does: set max_locks_per_transaction = %d on the source, restart it, and go on with pgcopy resume", (want+63)/64*64)
}
