package catalogdb

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pgcopy/pgcopy/pgschema"
	stmt "github.com/pgcopy/pgcopy/sql"
)

// The spool keeps what was received from the source until the target has it: files DIR/cdc/spool-NNNNNNNN.db, each a SQLite database of
// whole transactions in commit order. One process writes (receive), others read (apply, list) at the same time. A file that
// has grown enough is closed and a new one begun; closed files go when everything in them is applied.

const (
	spoolDir    = "cdc"
	spoolPrefix = "spool-"
	spoolSuffix = ".db"
	// recordHead is what stands before each message in a blob: its length and its LSN.
	recordHead = 12
)

// SpoolTxn is a transaction in the spool.
type SpoolTxn struct {
	Seq        int64
	XID        uint32
	CommitLSN  pgschema.LSN
	EndLSN     pgschema.LSN
	CommitTime string // RFC 3339 with microseconds
	Changes    int64
	Bytes      int64
	Stream     int64  // 0: small, its messages are in the row
	Aborted    string // xids of subtransactions that were rolled back, comma separated
}

// ChangeCounts are changes of one table.
type ChangeCounts struct {
	Inserts, Updates, Deletes, Truncates int64

	LeftOut string `json:",omitempty"` // the rule by which they were not applied, "" when they were
}

// Add adds other counts.
func (c *ChangeCounts) Add(o ChangeCounts) {
	c.Inserts += o.Inserts
	c.Updates += o.Updates
	c.Deletes += o.Deletes
	c.Truncates += o.Truncates
}

// Rows is the sum of all changes.
func (c ChangeCounts) Rows() int64 { return c.Inserts + c.Updates + c.Deletes + c.Truncates }

// AppendMessage adds a message to a blob of messages.
func AppendMessage(blob []byte, lsn pgschema.LSN, message []byte) []byte {
	blob = binary.BigEndian.AppendUint32(blob, uint32(len(message)))
	blob = binary.BigEndian.AppendUint64(blob, uint64(lsn))
	return append(blob, message...)
}

// EachMessage takes a blob of messages apart.
func EachMessage(blob []byte, fn func(lsn pgschema.LSN, message []byte) error) error {
	for len(blob) > 0 {
		if len(blob) < recordHead {
			return errors.New("spool: a record is cut off")
		}
		n, lsn := binary.BigEndian.Uint32(blob), pgschema.LSN(binary.BigEndian.Uint64(blob[4:]))
		if blob = blob[recordHead:]; uint64(n) > uint64(len(blob)) {
			return errors.New("spool: a message is cut off")
		}
		if err := fn(lsn, blob[:n:n]); err != nil {
			return err
		}
		blob = blob[n:]
	}
	return nil
}

// spoolFile is the path of file number n.
func spoolFile(dir string, n int) string {
	return filepath.Join(dir, spoolDir, fmt.Sprintf("%s%08d%s", spoolPrefix, n, spoolSuffix))
}

// spoolFiles lists the numbers of the spool's files, oldest first.
func spoolFiles(dir string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Join(dir, spoolDir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	var numbers []int
	for _, e := range entries {
		name, ok := strings.CutPrefix(e.Name(), spoolPrefix)
		if name, ok2 := strings.CutSuffix(name, spoolSuffix); ok && ok2 {
			if n, err := strconv.Atoi(name); err == nil {
				numbers = append(numbers, n)
			}
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

func openSpoolFile(path string, write bool) (*sql.DB, error) {
	q := url.Values{"mode": {"ro"}, "_pragma": {"busy_timeout(10000)", "query_only(1)"}}
	if write {
		// Every commit is flushed: what is confirmed to the source must survive a power cut. Commits are large and few.
		q = url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(10000)", "journal_mode(wal)", "synchronous(full)"}}
	}
	db, err := sql.Open("sqlite", dsn(path, q))
	if err == nil {
		db.SetMaxOpenConns(1)
	}
	return db, err
}

// SpoolWriter appends to the spool. It is for one goroutine.
type SpoolWriter struct {
	dir      string
	number   int
	maxBytes int64
	db       *sql.DB
	tx       *sql.Tx
	seq      int64
	pos      pgschema.LSN
	streams  int // chunks of transactions that are not finished
	nextID   int64
	received map[string]*ChangeCounts
}

// OpenSpool opens the spool of a work directory for writing, and makes it when there is none. Pieces of transactions whose commit was
// never stored are removed: the source sends them again. maxBytes is when a file is closed.
func OpenSpool(ctx context.Context, dir string, maxBytes int64) (*SpoolWriter, error) {
	if err := os.MkdirAll(filepath.Join(dir, spoolDir), 0o700); err != nil {
		return nil, err
	}
	files, err := spoolFiles(dir)
	if err != nil {
		return nil, err
	}
	w := &SpoolWriter{dir: dir, number: 1, maxBytes: maxBytes, received: map[string]*ChangeCounts{}}
	if len(files) > 0 {
		w.number = files[len(files)-1]
	}
	if err := w.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("spool: %w", storeError(err)), w.Close())
	}
	return w, nil
}

func (w *SpoolWriter) open(ctx context.Context) (err error) {
	path := spoolFile(w.dir, w.number)
	if w.db, err = openSpoolFile(path, true); err != nil {
		return err
	}
	var made int
	if err = w.db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'position'`).Scan(&made); err != nil {
		return err
	}
	if made == 0 {
		tx, err := w.db.BeginTx(ctx, nil)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, stmt.SpoolSchema); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if _, err := tx.ExecContext(ctx, `INSERT INTO position (id, lsn, seq) VALUES (1, ?, ?)`, int64(w.pos), w.seq); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := w.inheritRelations(ctx, tx); err != nil {
			return errors.Join(err, tx.Rollback())
		}
		if err := tx.Commit(); err != nil {
			return err
		}
	}
	if _, err = w.db.ExecContext(ctx, `DELETE FROM chunk WHERE stream NOT IN (SELECT stream FROM txn WHERE stream IS NOT NULL)`); err != nil {
		return err
	}
	var lsn int64
	err = w.db.QueryRowContext(ctx, `SELECT lsn, seq, (SELECT coalesce(max(stream), 0) FROM txn) FROM position`).Scan(&lsn, &w.seq, &w.nextID)
	w.pos = pgschema.LSN(lsn)
	return err
}

// inheritRelations gives a new file what the one before knows of relations, so that the older may be pruned.
func (w *SpoolWriter) inheritRelations(ctx context.Context, tx *sql.Tx) error {
	old := spoolFile(w.dir, w.number-1)
	if _, err := os.Stat(old); err != nil {
		return nil
	}
	db, err := openSpoolFile(old, false)
	if err != nil {
		return err
	}
	err = each(ctx, db, `SELECT rel_id, max(seq), message FROM relation GROUP BY rel_id`, nil, func(rows *sql.Rows) error {
		var id, seq int64
		var message []byte
		if err := rows.Scan(&id, &seq, &message); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `INSERT INTO relation (rel_id, seq, message) VALUES (?, ?, ?)`, id, seq, message)
		return err
	})
	return errors.Join(err, db.Close())
}

// Position is how far the stream is durably stored.
func (w *SpoolWriter) Position() pgschema.LSN { return w.pos }

func (w *SpoolWriter) begin(ctx context.Context) (err error) {
	if w.tx == nil {
		w.tx, err = w.db.BeginTx(ctx, nil)
	}
	return err
}

func (w *SpoolWriter) exec(ctx context.Context, statement string, args ...any) error {
	if err := w.begin(ctx); err != nil {
		return storeError(err)
	}
	_, err := w.tx.ExecContext(ctx, statement, args...)
	return storeError(err)
}

// NewStream gives an id under which the pieces of a large transaction are kept.
func (w *SpoolWriter) NewStream() int64 {
	w.nextID++
	w.streams++
	return w.nextID
}

// Chunk stores a piece of a large transaction.
func (w *SpoolWriter) Chunk(ctx context.Context, stream int64, n int, messages []byte) error {
	return w.exec(ctx, `INSERT INTO chunk (stream, n, messages) VALUES (?, ?, ?)`, stream, n, messages)
}

// Forget removes the pieces of a transaction that was rolled back.
func (w *SpoolWriter) Forget(ctx context.Context, stream int64) error {
	w.streams--
	return w.exec(ctx, `DELETE FROM chunk WHERE stream = ?`, stream)
}

// Relation stores what the source said of a relation; it holds from the next transaction on.
func (w *SpoolWriter) Relation(ctx context.Context, id uint32, message []byte) error {
	return w.exec(ctx, `INSERT INTO relation (rel_id, seq, message) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET message = excluded.message`,
		id, w.seq+1, message)
}

// Transaction stores a whole transaction: its messages, or the stream that holds them (t.Stream). counts are its changes by table.
// The caller leaves out what the source sends again after a reconnection: transactions that end at or before Position.
func (w *SpoolWriter) Transaction(ctx context.Context, t SpoolTxn, messages []byte, counts map[string]ChangeCounts) error {
	var blob any
	if t.Stream == 0 {
		blob = messages
		if messages == nil {
			blob = []byte{}
		}
	} else {
		w.streams--
	}
	w.seq++
	if err := w.exec(ctx, `INSERT INTO txn (seq, xid, commit_lsn, end_lsn, commit_time, changes, bytes, stream, messages, aborted)
		VALUES (?, ?, ?, ?, ?, ?, ?, nullif(?, 0), ?, ?)`, w.seq, t.XID, int64(t.CommitLSN), int64(t.EndLSN), t.CommitTime, t.Changes, t.Bytes,
		t.Stream, blob, t.Aborted); err != nil {
		return err
	}
	for name, c := range counts {
		sum := w.received[name]
		if sum == nil {
			sum = &ChangeCounts{}
			w.received[name] = sum
		}
		sum.Add(c)
	}
	w.pos = max(w.pos, t.EndLSN)
	return nil
}

// Advance moves the position over a part of the stream that held nothing for us.
func (w *SpoolWriter) Advance(lsn pgschema.LSN) { w.pos = max(w.pos, lsn) }

// Flush makes everything durable, and returns the position that may be confirmed to the source.
func (w *SpoolWriter) Flush(ctx context.Context) (pgschema.LSN, error) {
	ctx = context.WithoutCancel(ctx)
	for name, c := range w.received {
		if err := w.exec(ctx, `INSERT INTO received (table_name, inserts, updates, deletes, truncates) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET inserts = inserts + excluded.inserts, updates = updates + excluded.updates,
			deletes = deletes + excluded.deletes, truncates = truncates + excluded.truncates`, name, c.Inserts, c.Updates, c.Deletes, c.Truncates); err != nil {
			return 0, err
		}
	}
	if err := w.exec(ctx, `UPDATE position SET lsn = ?, seq = ?`, int64(w.pos), w.seq); err != nil {
		return 0, err
	}
	if err := w.tx.Commit(); err != nil {
		return 0, storeError(err)
	}
	w.tx = nil
	clear(w.received)
	return w.pos, w.rotate(ctx)
}

// rotate begins a new file when this one is large enough and no transaction is in the middle of it.
func (w *SpoolWriter) rotate(ctx context.Context) error {
	info, err := os.Stat(spoolFile(w.dir, w.number))
	if err != nil || w.streams > 0 || info.Size() < w.maxBytes {
		return err
	}
	if _, err := w.db.ExecContext(ctx, `UPDATE position SET closed = 1`); err != nil {
		return storeError(err)
	}
	if err := w.db.Close(); err != nil {
		return err
	}
	w.number++
	return w.open(ctx)
}

// Close gives up what was not flushed, and closes the file. It may be called twice.
func (w *SpoolWriter) Close() error {
	var errs []error
	if w.tx != nil {
		errs = append(errs, ignoreDone(w.tx.Rollback()))
		w.tx = nil
	}
	if w.db != nil {
		errs = append(errs, w.db.Close())
		w.db = nil
	}
	return errors.Join(errs...)
}
