package catalogdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/pgcopy/pgcopy/pgschema"
	stmt "github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// Run is one process that executed tasks in the directory.
type Run struct {
	ID        int64  `json:"id"`
	Command   string `json:"command"`
	Version   string `json:"version"`
	Host      string `json:"host"`
	PID       int    `json:"pid"`
	Workflow  string `json:"workflow"`
	Snapshot  string `json:"snapshot"`
	StartedAt string `json:"started_at"`
	EndedAt   string `json:"ended_at"`
	Outcome   string `json:"outcome"`
	Note      string `json:"note"`
}

// BeginRun records a new run and takes back the tasks of runs that died without a word. The caller holds the directory's
// lock, so no other run can be alive.
func (db *DB) BeginRun(ctx context.Context, r Run) (id int64, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE run SET outcome = 'crashed', ended_at = strftime('%Y-%m-%dT%H:%M:%fZ','now'),
			note = 'the process ended without a word' WHERE outcome = 'running'`); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `INSERT INTO run (command, version, host, pid, workflow) VALUES (?, ?, ?, ?, ?)`,
			r.Command, r.Version, r.Host, r.PID, r.Workflow)
		if err != nil {
			return err
		}
		if id, err = res.LastInsertId(); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, stmt.CatalogTakeBack)
		return err
	})
	if err != nil {
		return 0, err
	}
	db.runID = id
	return id, nil
}

// EndRun records how this run ended.
func (db *DB) EndRun(ctx context.Context, outcome, note string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE run SET outcome = ?2, note = ?3, ended_at = strftime('%Y-%m-%dT%H:%M:%fZ','now')
			WHERE id = ?1 AND outcome = 'running'`, db.runID, outcome, note)
		return err
	})
}

// SetRunSnapshot records which snapshot this run reads under.
func (db *DB) SetRunSnapshot(ctx context.Context, snapshot string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE run SET snapshot = ?2 WHERE id = ?1`, db.runID, snapshot)
		return err
	})
}

// Runs lists all runs, oldest first.
func (db *DB) Runs(ctx context.Context) (runs []Run, err error) {
	err = each(ctx, db.r, `SELECT id, command, version, host, pid, workflow, coalesce(snapshot, ''), started_at, coalesce(ended_at, ''), outcome,
		coalesce(note, '') FROM run ORDER BY id`, nil, func(rows *sql.Rows) error {
		var r Run
		err := rows.Scan(&r.ID, &r.Command, &r.Version, &r.Host, &r.PID, &r.Workflow, &r.Snapshot, &r.StartedAt, &r.EndedAt, &r.Outcome, &r.Note)
		runs = append(runs, r)
		return err
	})
	if isMissingTable(err) { // the catalog is only just being made
		return nil, nil
	}
	return runs, err
}

// Setup is what a work directory is bound to.
type Setup struct {
	Source, Target             string // connection strings without passwords
	SourceSystem, TargetSystem string // system identifiers, empty when not readable
	SourceDB, TargetDB         string
	SourceDBOID, TargetDBOID   uint32
	SourceVersion              int
	TargetVersion              int
	SourceEncoding             string
	TargetEncoding             string
	Snapshot                   string
	Consistent                 bool
	FilterDigest               string
	Options                    string // JSON
	TargetStartedAt            string
}

// Setup reads what the directory is bound to; ok is false when it is bound to nothing yet.
func (db *DB) Setup(ctx context.Context) (s Setup, ok bool, err error) {
	var snapshot sql.NullString
	err = db.r.QueryRowContext(ctx, `SELECT source, target, source_system_identifier, target_system_identifier, source_database, target_database,
		source_database_oid, target_database_oid, source_version, target_version, source_encoding, target_encoding, snapshot, consistent,
		filter_digest, options, target_started_at FROM setup`).Scan(&s.Source, &s.Target, &s.SourceSystem, &s.TargetSystem, &s.SourceDB, &s.TargetDB,
		&s.SourceDBOID, &s.TargetDBOID, &s.SourceVersion, &s.TargetVersion, &s.SourceEncoding, &s.TargetEncoding, &snapshot, &s.Consistent,
		&s.FilterDigest, &s.Options, &s.TargetStartedAt)
	s.Snapshot = snapshot.String
	if errors.Is(err, sql.ErrNoRows) {
		return s, false, nil
	}
	return s, err == nil, err
}

// Bind writes what the directory is bound to, once and for all its runs: it may be done again only before the first of them.
func (db *DB) Bind(ctx context.Context, s Setup) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM setup WHERE NOT EXISTS (SELECT 1 FROM run)`)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO setup (id, source, target, source_system_identifier, target_system_identifier, source_database,
			target_database, source_database_oid, target_database_oid, source_version, target_version, source_encoding, target_encoding,
			filter_digest, options, target_started_at)
			VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, s.Source, s.Target, s.SourceSystem, s.TargetSystem, s.SourceDB, s.TargetDB,
			s.SourceDBOID, s.TargetDBOID, s.SourceVersion, s.TargetVersion, s.SourceEncoding, s.TargetEncoding, s.FilterDigest, s.Options,
			s.TargetStartedAt)
		if err != nil {
			return fmt.Errorf("bind the work directory: %w", err)
		}
		return nil
	})
}

// SetFilter replaces the filters that the directory was bound with, before anything was found by them.
func (db *DB) SetFilter(ctx context.Context, options, digest string) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE setup SET options = ?1, filter_digest = ?2`, options, digest)
		return err
	})
}

// SetSnapshot records the snapshot that the directory's data is read under; "" when it has been let go.
func (db *DB) SetSnapshot(ctx context.Context, name string, consistent bool) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE setup SET snapshot = nullif(?1, ''), consistent = min(consistent, ?2)`, name, consistent)
		return err
	})
}

// RefreshSequences replaces the values of the sequences that the catalog knows by those that all hands over, and has them set again: rows that
// are read under a new snapshot may have numbers that the old values have not reached.
func (db *DB) RefreshSequences(ctx context.Context, all func(func(pgschema.Sequence) error) error) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		if err := all(func(s pgschema.Sequence) error {
			for _, stmt := range []string{`UPDATE sequence SET last_value = ?2, is_called = ?3 WHERE oid = ?1`,
				`UPDATE extension_config SET last_value = ?2, is_called = ?3 WHERE rel_oid = ?1`} {
				if _, err := tx.ExecContext(ctx, stmt, s.OID, s.LastValue, s.IsCalled); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `UPDATE task SET state = 'pending', started_at = NULL, finished_at = NULL
			WHERE step = 'set-sequences' AND state = 'done'`); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, stmt.CatalogCountBlockers)
		return err
	})
}

// RedoUnlogged records a new start time of the target's postmaster and puts the copies of unlogged tables back to pending: a crash
// has emptied them. It tells how many tasks that are.
func (db *DB) RedoUnlogged(ctx context.Context, startedAt string) (n int64, err error) {
	err = db.write(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, stmt.CatalogRedoUnlogged)
		if err != nil {
			return err
		}
		if n, err = res.RowsAffected(); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, stmt.CatalogCountBlockers); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE setup SET target_started_at = ?1`, startedAt)
		return err
	})
	return n, err
}

// TargetTouched tells whether a run has begun to write to the target.
func (db *DB) TargetTouched(ctx context.Context) (touched bool, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM task
		WHERE attempt > 0 AND step NOT IN ('load-source','dump-schema','plan'))`).Scan(&touched)
	return touched, err
}

// SourceWork counts the tasks that read the source: those done, and those left.
func (db *DB) SourceWork(ctx context.Context) (done, left int64, err error) {
	err = db.r.QueryRowContext(ctx, stmt.CatalogSourceWork).Scan(&done, &left)
	return done, left, err
}

// SourceLeft counts the pieces of the source's data that are not copied yet, whether a command has planned them or not.
func (db *DB) SourceLeft(ctx context.Context) (n int64, err error) {
	err = db.r.QueryRowContext(ctx, stmt.CatalogSourceLeft).Scan(&n)
	return n, err
}

// UnloggedCopy is a copy into an unlogged table, and the target transaction that wrote it.
type UnloggedCopy struct {
	Name      pgschema.Name
	TargetXID uint64
}

// UnloggedCopies hands out the copies that a crash of the target would have lost.
func (db *DB) UnloggedCopies(ctx context.Context, fn func(UnloggedCopy) error) error {
	return each(ctx, db.r, stmt.CatalogUnloggedCopies, nil, func(rows *sql.Rows) error {
		var c UnloggedCopy
		if err := rows.Scan(&c.Name.Schema, &c.Name.Rel, &c.TargetXID); err != nil {
			return err
		}
		return fn(c)
	})
}

// CopiesLeft counts the tables and parts that are not copied.
func (db *DB) CopiesLeft(ctx context.Context) (n int64, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT count(*) FROM task WHERE step IN ('copy-table','copy-part') AND state <> 'done'`).Scan(&n)
	return n, err
}

// BytesToWrite is how much is left to write on the target for the rows and indexes of some steps, as measured on the source.
func (db *DB) BytesToWrite(ctx context.Context, steps []workflow.Step) (n int64, err error) {
	names, err := stepNames(steps)
	if err != nil {
		return 0, err
	}
	err = db.r.QueryRowContext(ctx, stmt.CatalogBytesToWrite, names).Scan(&n)
	return n, err
}

// HasTask tells whether a step has a task for an object.
func (db *DB) HasTask(ctx context.Context, step string, oid uint32) (has bool, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM task WHERE step = ? AND oid = ?)`, step, oid).Scan(&has)
	return has, err
}

// HasTasks tells whether a step was planned.
func (db *DB) HasTasks(ctx context.Context, step string) (has bool, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM task WHERE step = ?)`, step).Scan(&has)
	return has, err
}
