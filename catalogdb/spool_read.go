package catalogdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"

	"github.com/pgcopy/pgcopy/pgschema"
)

// SpoolReader reads the spool in commit order while it is written. It is for one goroutine.
type SpoolReader struct {
	dir    string
	number int
	db     *sql.DB
}

// ReadSpool opens the spool of a work directory for reading. There may be no file yet.
func ReadSpool(dir string) *SpoolReader { return &SpoolReader{dir: dir} }

// Close closes the file at hand. It may be called twice.
func (r *SpoolReader) Close() error {
	if r.db == nil {
		return nil
	}
	db := r.db
	r.db = nil
	return db.Close()
}

const spoolTxnColumns = `SELECT seq, xid, commit_lsn, end_lsn, commit_time, changes, bytes, coalesce(stream, 0), aborted FROM txn `

func scanTxn(rows interface{ Scan(...any) error }) (t SpoolTxn, err error) {
	var commit, end int64
	err = rows.Scan(&t.Seq, &t.XID, &commit, &end, &t.CommitTime, &t.Changes, &t.Bytes, &t.Stream, &t.Aborted)
	t.CommitLSN, t.EndLSN = pgschema.LSN(commit), pgschema.LSN(end)
	return t, err
}

// Next gives up to limit transactions that end after an LSN, in commit order, all from one file. None means that no more are stored yet.
func (r *SpoolReader) Next(ctx context.Context, after pgschema.LSN, limit int) ([]SpoolTxn, error) {
	for {
		if ok, err := r.openFor(ctx, after); err != nil || !ok {
			return nil, err
		}
		var txns []SpoolTxn
		if err := each(ctx, r.db, spoolTxnColumns+`WHERE end_lsn > ? ORDER BY end_lsn LIMIT ?`, []any{int64(after), limit}, func(rows *sql.Rows) error {
			t, err := scanTxn(rows)
			txns = append(txns, t)
			return err
		}); err != nil || len(txns) > 0 {
			return txns, err
		}
		more, err := r.advance(ctx, after)
		if err != nil || !more {
			return nil, err
		}
	}
}

// openFor opens the oldest file that may hold a transaction after an LSN, when none is open.
func (r *SpoolReader) openFor(ctx context.Context, after pgschema.LSN) (bool, error) {
	if r.db != nil {
		return true, nil
	}
	files, err := spoolFiles(r.dir)
	if err != nil {
		return false, err
	}
	for _, n := range files {
		db, err := openSpoolFile(spoolFile(r.dir, n), false)
		if err != nil {
			return false, err
		}
		var holds, open bool
		err = db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM txn WHERE end_lsn > ?), NOT closed FROM position`, int64(after)).Scan(&holds, &open)
		switch {
		case isMissingTable(err): // being made
			return false, db.Close()
		case err != nil:
			return false, errors.Join(fmt.Errorf("spool file %d: %w", n, err), db.Close())
		case holds || open:
			r.db, r.number = db, n
			return true, nil
		}
		if err := db.Close(); err != nil {
			return false, err
		}
	}
	return false, nil
}

// advance goes on to the next file when this one is closed and exhausted.
func (r *SpoolReader) advance(ctx context.Context, after pgschema.LSN) (bool, error) {
	var closed, holds bool
	// One statement: the file is closed after its last transaction was stored, so nothing can come in between.
	if err := r.db.QueryRowContext(ctx, `SELECT closed, EXISTS (SELECT 1 FROM txn WHERE end_lsn > ?) FROM position`, int64(after)).Scan(&closed, &holds); err != nil {
		return false, err
	}
	if holds {
		return true, nil
	}
	if !closed {
		return false, nil
	}
	if _, err := os.Stat(spoolFile(r.dir, r.number+1)); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return true, r.Close()
}

// Messages hands out the messages of a transaction in order. Of a large one, a chunk is in memory at a time.
func (r *SpoolReader) Messages(ctx context.Context, t SpoolTxn, fn func(lsn pgschema.LSN, message []byte) error) error {
	if t.Stream == 0 {
		var blob []byte
		if err := r.db.QueryRowContext(ctx, `SELECT messages FROM txn WHERE seq = ?`, t.Seq).Scan(&blob); err != nil {
			return err
		}
		return EachMessage(blob, fn)
	}
	for n := 0; ; {
		var blob []byte
		err := r.db.QueryRowContext(ctx, `SELECT n, messages FROM chunk WHERE stream = ? AND n >= ? ORDER BY n LIMIT 1`, t.Stream, n).Scan(&n, &blob)
		if IsNoRows(err) {
			return nil
		}
		if err == nil {
			err = EachMessage(blob, fn)
		}
		if err != nil {
			return err
		}
		n++
	}
}

// Relations hands out what the source had said of each relation before transaction seq: what a decoder has to know that starts there.
func (r *SpoolReader) Relations(ctx context.Context, seq int64, fn func(message []byte) error) error {
	files, err := spoolFiles(r.dir)
	if err != nil {
		return err
	}
	for _, n := range files {
		db, err := openSpoolFile(spoolFile(r.dir, n), false)
		if err != nil {
			return err
		}
		err = each(ctx, db, `SELECT message FROM relation WHERE seq <= ? ORDER BY seq, rel_id`, []any{seq}, func(rows *sql.Rows) error {
			var m []byte
			if err := rows.Scan(&m); err != nil {
				return err
			}
			return fn(m)
		})
		if err = errors.Join(err, db.Close()); err != nil && !isMissingTable(err) {
			return err
		}
	}
	return nil
}

// ChangesAfter counts the changes of all stored transactions that end after an LSN.
func (r *SpoolReader) ChangesAfter(ctx context.Context, after pgschema.LSN) (n int64, err error) {
	files, err := spoolFiles(r.dir)
	if err != nil {
		return 0, err
	}
	for _, number := range files {
		db, err := openSpoolFile(spoolFile(r.dir, number), false)
		if err != nil {
			return 0, err
		}
		var sum int64
		err = db.QueryRowContext(ctx, `SELECT coalesce(sum(changes), 0) FROM txn WHERE end_lsn > ?`, int64(after)).Scan(&sum)
		if err = errors.Join(err, db.Close()); err != nil && !isMissingTable(err) {
			return 0, err
		}
		n += sum
	}
	return n, nil
}
