package catalogdb

import (
	"context"
	"database/sql"
	"errors"
	"time"

	stmt "github.com/pgcopy/pgcopy/sql"
)

// The states of a work directory, as a reader finds it.
const (
	StateEmpty   = "empty"   // no run has begun yet
	StateRunning = "running" // a process works in it
	StateCrashed = "crashed" // the last run ended without a word, or is recorded as such

	// A run's other outcomes, as recorded: everything done, some tasks failed, stopped by a signal.
	StateDone        = "done"
	StateFailed      = "failed"
	StateInterrupted = "interrupted"
)

// shownFailures bounds what a progress report carries of failures and retries; `list failures` shows them all.
const shownFailures = 50

// Progress is how a work directory stands at one moment: all of it was read in one transaction.
type Progress struct {
	Dir        string         `json:"dir"`
	State      string         `json:"state"`
	Held       bool           `json:"held"`        // a process holds the directory's lock
	Elapsed    float64        `json:"run_seconds"` // of all runs together
	Consistent bool           `json:"consistent"`  // false when a resume went on under another snapshot
	Run        *Run           `json:"run"`         // the newest, nil before the first
	Overall    *TaskCounts    `json:"overall"`     // nil before the first task is there
	Kinds      []KindProgress `json:"kinds"`
	Steps      []StepProgress `json:"steps"`
	Workers    []Worker       `json:"workers"`
	Retries    []Retry        `json:"retries"`
	Failures   []Failure      `json:"failures"` // without those that were skipped because of another one

	Follow *FollowProgress `json:"follow,omitempty"` // when changes are followed

	Databases []DatabaseProgress `json:"databases,omitempty"` // of an overview of all databases
}

// TaskCounts is one row of the catalog's view progress_row: tasks by state, bytes, and time.
type TaskCounts struct {
	Total    int64   `json:"total"`
	Pending  int64   `json:"pending"`
	Running  int64   `json:"running"`
	Done     int64   `json:"done"`
	Failed   int64   `json:"failed"`
	Skipped  int64   `json:"skipped"`
	Bytes    int64   `json:"bytes"`     // sent
	Size     int64   `json:"size"`      // expected, as measured on the source
	SizeDone int64   `json:"size_done"` // the part of Size that is behind us
	Percent  float64 `json:"percent"`

	// nil when there is nothing yet to tell it from
	Seconds        *float64 `json:"seconds"` // since the first task began, without the time between runs
	BytesPerSecond *int64   `json:"bytes_per_second"`
	ETASeconds     *int64   `json:"eta_seconds"`
}

func (c *TaskCounts) fields() []any {
	return []any{&c.Total, &c.Pending, &c.Running, &c.Done, &c.Failed, &c.Skipped, &c.Bytes, &c.Size, &c.SizeDone, &c.Percent,
		&c.Seconds, &c.BytesPerSecond, &c.ETASeconds}
}

// Over tells that nothing is left to be done or tried.
func (c *TaskCounts) Over() bool { return c.Pending+c.Running == 0 }

// StepProgress is one row of the view progress.
type StepProgress struct {
	Step string `json:"step"`
	Kind string `json:"kind"`
	Pool string `json:"pool"` // which workers do it; barriers, which only wait, are done by none
	TaskCounts
}

// KindProgress is one row of the view kind_progress: all steps of one kind.
type KindProgress struct {
	Kind string `json:"kind"`
	TaskCounts
}

// Worker is what one worker does right now.
type Worker struct {
	Worker  string  `json:"worker"`
	Step    string  `json:"step"`
	Subject string  `json:"subject"`
	Bytes   int64   `json:"bytes"`
	Size    int64   `json:"size"`
	Rows    int64   `json:"rows"`
	Attempt int     `json:"attempt"`
	Seconds float64 `json:"seconds"`
}

// Failure is a task that failed or was skipped, why, and what to do about it.
type Failure struct {
	ID         int64  `json:"id"`
	Step       string `json:"step"`
	Subject    string `json:"subject"`
	State      string `json:"state"`
	Attempt    int    `json:"attempt"`
	Error      string `json:"error"`
	Hint       string `json:"hint"`
	FinishedAt string `json:"finished_at"`
}

// Retry is a task that met a transient error and waits to be tried again.
type Retry struct {
	ID        int64  `json:"id"`
	Step      string `json:"step"`
	Subject   string `json:"subject"`
	Attempt   int    `json:"attempt"`
	Error     string `json:"error"`
	Hint      string `json:"hint"`
	NotBefore string `json:"not_before"`
}

// Progress reads how the directory stands. It is a handful of SELECTs on the catalog's views, whose cost does not grow with the
// number of tasks.
func (db *DB) Progress(ctx context.Context) (p Progress, err error) {
	p = Progress{Dir: db.dir, State: StateEmpty, Consistent: true, Kinds: []KindProgress{}, Steps: []StepProgress{}, Workers: []Worker{},
		Retries: []Retry{}, Failures: []Failure{}}
	err = db.look(ctx, func(tx *sql.Tx) error {
		if err := p.readRun(ctx, tx); err != nil {
			return err
		}
		if err := p.readCounts(ctx, tx); err != nil {
			return err
		}
		if p.Follow, err = readFollow(ctx, tx, time.Now()); err != nil {
			return err
		}
		return p.readTasks(ctx, tx)
	})
	if err == nil {
		p.Databases, err = db.Databases(ctx)
	}
	return p, err
}

// look runs fn in one read transaction. A catalog that is only just being made is an empty one: fn is not called.
func (db *DB) look(ctx context.Context, fn func(*sql.Tx) error) (err error) {
	tx, err := db.r.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, ignoreDone(tx.Rollback())) }()
	var made bool
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE type = 'view' AND name = 'progress'`).Scan(&made); err != nil || !made {
		return err
	}
	return fn(tx)
}

func (p *Progress) readRun(ctx context.Context, tx *sql.Tx) error {
	p.Held = LockHeld(p.Dir)
	err := tx.QueryRowContext(ctx, `SELECT consistent FROM setup`).Scan(&p.Consistent)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	return each(ctx, tx, stmt.CatalogShowRun, nil, func(rows *sql.Rows) error {
		var r Run
		p.Run = &r
		err := rows.Scan(&r.ID, &r.Command, &r.Version, &r.Host, &r.PID, &r.Workflow, &r.Snapshot, &r.StartedAt, &r.EndedAt, &r.Outcome, &r.Note,
			&p.Elapsed)
		p.State = r.Outcome
		if r.Outcome == StateRunning && !p.Held {
			p.State = StateCrashed // its lock is gone, so it is
		}
		return err
	})
}

func (p *Progress) readCounts(ctx context.Context, tx *sql.Tx) error {
	if err := each(ctx, tx, stmt.CatalogShowOverall, nil, func(rows *sql.Rows) error {
		p.Overall = new(TaskCounts)
		return rows.Scan(p.Overall.fields()...)
	}); err != nil {
		return err
	}
	if err := each(ctx, tx, stmt.CatalogShowKinds, nil, func(rows *sql.Rows) error {
		var k KindProgress
		err := rows.Scan(append([]any{&k.Kind}, k.fields()...)...)
		p.Kinds = append(p.Kinds, k)
		return err
	}); err != nil {
		return err
	}
	return each(ctx, tx, stmt.CatalogShowSteps, nil, func(rows *sql.Rows) error {
		var s StepProgress
		err := rows.Scan(append([]any{&s.Step, &s.Kind, &s.Pool}, s.fields()...)...)
		p.Steps = append(p.Steps, s)
		return err
	})
}

func (p *Progress) readTasks(ctx context.Context, tx *sql.Tx) error {
	if err := each(ctx, tx, stmt.CatalogShowWorkers, nil, func(rows *sql.Rows) error {
		var w Worker
		err := rows.Scan(&w.Worker, &w.Step, &w.Subject, &w.Bytes, &w.Size, &w.Rows, &w.Attempt, &w.Seconds)
		p.Workers = append(p.Workers, w)
		return err
	}); err != nil {
		return err
	}
	if err := each(ctx, tx, stmt.CatalogShowRetries, []any{shownFailures}, func(rows *sql.Rows) error {
		var r Retry
		err := rows.Scan(&r.ID, &r.Step, &r.Subject, &r.Attempt, &r.Error, &r.Hint, &r.NotBefore)
		p.Retries = append(p.Retries, r)
		return err
	}); err != nil {
		return err
	}
	return eachFailure(ctx, tx, shownFailures, func(f Failure) error {
		p.Failures = append(p.Failures, f)
		return nil
	})
}

func eachFailure(ctx context.Context, q queryer, limit int, fn func(Failure) error) error {
	return each(ctx, q, stmt.CatalogShowFailures, []any{limit}, func(rows *sql.Rows) error {
		var f Failure
		if err := rows.Scan(&f.ID, &f.Step, &f.Subject, &f.State, &f.Attempt, &f.Error, &f.Hint, &f.FinishedAt); err != nil {
			return err
		}
		return fn(f)
	})
}

// Failures hands out every task that failed, then every one that was skipped, one by one: there may be many.
func (db *DB) Failures(ctx context.Context, fn func(Failure) error) error {
	return db.look(ctx, func(tx *sql.Tx) error { return eachFailure(ctx, tx, -1, fn) })
}
