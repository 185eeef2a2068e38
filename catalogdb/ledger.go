package catalogdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/pgcopy/pgcopy/pgschema"
)

// Epoch is a run of consecutive transactions that is applied in one target transaction.
type Epoch struct {
	ID           int64
	FirstSeq     int64
	LastSeq      int64
	BeginsAt     pgschema.LSN // the origin before it
	EndsAt       pgschema.LSN // the origin after it
	Transactions int64
	Counts       map[string]ChangeCounts
}

// PlanEpoch records an epoch's boundaries before its first statement is sent.
func (db *DB) PlanEpoch(ctx context.Context, e *Epoch) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `INSERT INTO epoch (first_seq, last_seq, begins_at, ends_at, transactions) VALUES (?, ?, ?, ?, ?)`,
			e.FirstSeq, e.LastSeq, e.BeginsAt.String(), e.EndsAt.String(), e.Transactions)
		if err != nil {
			return err
		}
		e.ID, err = res.LastInsertId()
		return err
	})
}

// CountEpoch records what an epoch has applied, just before its commit: when the process dies in between, the origin tells whether it
// counts.
func (db *DB) CountEpoch(ctx context.Context, e *Epoch) error {
	counts, err := json.Marshal(e.Counts)
	if err != nil {
		return err
	}
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE epoch SET counts = ? WHERE id = ?`, string(counts), e.ID)
		return err
	})
}

// EpochApplied adds an epoch to the ledger, once. It is kept until the target has flushed it: a crash of the target may take back what it
// has committed asynchronously, and then the epoch is not applied after all.
func (db *DB) EpochApplied(ctx context.Context, e *Epoch, replayedAt string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `UPDATE epoch SET state = 'applied' WHERE id = ? AND state = 'planned'`, e.ID)
		if err != nil {
			return err
		}
		if n, err := res.RowsAffected(); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("epoch %d was counted already", e.ID))
		}
		for name, c := range e.Counts {
			if err := addApplied(ctx, tx, name, c); err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO sentinel (id, replay_lsn, replayed_at) VALUES (1, ?1, ?2)
			ON CONFLICT DO UPDATE SET replay_lsn = ?1, replayed_at = ?2`, e.EndsAt.String(), replayedAt)
		return err
	})
}

// AlsoSkipped is added to a table's name in Epoch.Counts for what of its changes was skipped, when others were applied.
const AlsoSkipped = "\x00"

func addApplied(ctx context.Context, tx *sql.Tx, name string, c ChangeCounts) error {
	name, _ = strings.CutSuffix(name, AlsoSkipped)
	kind := "applied"
	if c.LeftOut != "" {
		kind = "skipped"
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO ledger_applied (table_name, kind, reason, inserts, updates, deletes, truncates) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET inserts = inserts + excluded.inserts, updates = updates + excluded.updates,
		deletes = deletes + excluded.deletes, truncates = truncates + excluded.truncates`, name, kind, c.LeftOut, c.Inserts, c.Updates, c.Deletes, c.Truncates)
	return err
}

// FlushedEpochs forgets the epochs that the target will not lose any more.
func (db *DB) FlushedEpochs(ctx context.Context, flushed pgschema.LSN) error {
	return db.eachApplied(ctx, func(tx *sql.Tx, e Epoch) error {
		if e.EndsAt > flushed {
			return nil
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM epoch WHERE id = ?`, e.ID)
		return err
	})
}

// TakenBack takes the epochs behind the origin's position out of the ledger: a crash of the target has lost them, and they will be applied
// again. It tells how many those are.
func (db *DB) TakenBack(ctx context.Context, origin pgschema.LSN) (n int, err error) {
	err = db.eachApplied(ctx, func(tx *sql.Tx, e Epoch) error {
		if e.EndsAt <= origin {
			return nil
		}
		n++
		for name, c := range e.Counts {
			if err := addApplied(ctx, tx, name, ChangeCounts{-c.Inserts, -c.Updates, -c.Deletes, -c.Truncates, c.LeftOut}); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM epoch WHERE id = ?`, e.ID)
		return err
	})
	return n, err
}

// eachApplied goes through the applied epochs that are kept, in one transaction. There are as many as the target commits between two
// looks at what it has flushed.
func (db *DB) eachApplied(ctx context.Context, fn func(*sql.Tx, Epoch) error) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		var epochs []Epoch
		if err := each(ctx, tx, `SELECT id, ends_at, counts FROM epoch WHERE state = 'applied'`, nil, func(rows *sql.Rows) error {
			var e Epoch
			var ends, counts string
			if err := rows.Scan(&e.ID, &ends, &counts); err != nil {
				return err
			}
			var err error
			if e.EndsAt, err = pgschema.ParseLSN(ends); err == nil {
				err = json.Unmarshal([]byte(counts), &e.Counts)
			}
			epochs = append(epochs, e)
			return err
		}); err != nil {
			return err
		}
		for _, e := range epochs {
			if err := fn(tx, e); err != nil {
				return err
			}
		}
		return nil
	})
}

// OpenEpoch is the epoch that was planned and not yet counted; ok is false when there is none.
func (db *DB) OpenEpoch(ctx context.Context) (e Epoch, ok bool, err error) {
	var begins, ends, counts string
	err = db.r.QueryRowContext(ctx, `SELECT id, first_seq, last_seq, begins_at, ends_at, transactions, counts FROM epoch WHERE state = 'planned' ORDER BY id DESC LIMIT 1`).
		Scan(&e.ID, &e.FirstSeq, &e.LastSeq, &begins, &ends, &e.Transactions, &counts)
	if IsNoRows(err) {
		return e, false, nil
	}
	if err == nil {
		e.BeginsAt, err = pgschema.ParseLSN(begins)
	}
	if err == nil {
		e.EndsAt, err = pgschema.ParseLSN(ends)
	}
	if err == nil {
		err = json.Unmarshal([]byte(counts), &e.Counts)
	}
	return e, err == nil, err
}

// DropEpoch forgets an epoch that was not applied.
func (db *DB) DropEpoch(ctx context.Context, id int64) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM epoch WHERE id = ? AND state = 'planned'`, id)
		return err
	})
}

// GatherReceived takes the spool's own counts over into the ledger, file by file: what is counted again replaces what was there.
func (db *DB) GatherReceived(ctx context.Context) error {
	files, err := spoolFiles(db.dir)
	if err != nil {
		return err
	}
	for _, n := range files {
		if err := db.gatherFile(ctx, n); err != nil {
			return fmt.Errorf("ledger: spool file %d: %w", n, err)
		}
	}
	return nil
}

func (db *DB) gatherFile(ctx context.Context, n int) error {
	f, err := openSpoolFile(spoolFile(db.dir, n), false)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	err = db.write(ctx, func(tx *sql.Tx) error {
		return each(ctx, f, `SELECT table_name, inserts, updates, deletes, truncates FROM received`, nil, func(rows *sql.Rows) error {
			var name string
			var c ChangeCounts
			if err := rows.Scan(&name, &c.Inserts, &c.Updates, &c.Deletes, &c.Truncates); err != nil {
				return err
			}
			_, err := tx.ExecContext(ctx, `INSERT INTO ledger_received (file, table_name, inserts, updates, deletes, truncates) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
				ON CONFLICT DO UPDATE SET inserts = ?3, updates = ?4, deletes = ?5, truncates = ?6`, n, name, c.Inserts, c.Updates, c.Deletes, c.Truncates)
			return err
		})
	})
	if isMissingTable(err) { // nothing was received into it yet
		return nil
	}
	return err
}

// LedgerLine is one table's account.
type LedgerLine struct {
	Table    string `json:"table"`
	Received int64  `json:"received"`
	Applied  int64  `json:"applied"`
	Skipped  int64  `json:"skipped"`
	Open     int64  `json:"open"`
}

// Ledger hands out the accounts that do not balance, or all of them.
func (db *DB) Ledger(ctx context.Context, all bool, fn func(LedgerLine) error) error {
	return each(ctx, db.r, `SELECT table_name, received, applied, skipped, open FROM ledger WHERE ? OR open <> 0`, []any{all}, func(rows *sql.Rows) error {
		var l LedgerLine
		if err := rows.Scan(&l.Table, &l.Received, &l.Applied, &l.Skipped, &l.Open); err != nil {
			return err
		}
		return fn(l)
	})
}

// PruneSpool removes the spool's closed files in which everything ends at or before an LSN, after their counts are in the ledger. dryRun only
// names them.
func (db *DB) PruneSpool(ctx context.Context, applied pgschema.LSN, dryRun bool) (removed []string, err error) {
	files, err := spoolFiles(db.dir)
	if err != nil {
		return nil, err
	}
	for _, n := range files {
		path := spoolFile(db.dir, n)
		f, err := openSpoolFile(path, false)
		if err != nil {
			return removed, err
		}
		var closed, left bool
		err = f.QueryRowContext(ctx, `SELECT closed, EXISTS (SELECT 1 FROM txn WHERE end_lsn > ?) FROM position`, int64(applied)).Scan(&closed, &left)
		if err = errors.Join(err, f.Close()); isMissingTable(err) { // receive is only just making it
			return removed, nil
		} else if err != nil {
			return removed, err
		}
		if _, next := os.Stat(spoolFile(db.dir, n+1)); !closed || left || next != nil {
			return removed, nil
		}
		removed = append(removed, path)
		if dryRun {
			continue
		}
		if err := db.gatherFile(ctx, n); err != nil {
			return removed, err
		}
		for _, suffix := range []string{"-wal", "-shm", ""} {
			if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
				return removed, err
			}
		}
	}
	return removed, nil
}
