package catalogdb

import (
	"context"
	"database/sql"

	stmt "github.com/pgcopy/pgcopy/sql"
)

// Summary is what a directory's runs have done, for the end of a run.
type Summary struct {
	Dir        string         `json:"dir"`
	State      string         `json:"state"`
	Source     string         `json:"source"` // without passwords; empty before the directory is bound
	Target     string         `json:"target"`
	Consistent bool           `json:"consistent"` // false when a resume went on under another snapshot
	Runs       int64          `json:"runs"`
	Seconds    float64        `json:"seconds"` // by the clock, all runs together
	Overall    *TaskCounts    `json:"overall"`
	Steps      []StepSummary  `json:"steps"`
	TableCount int64          `json:"table_count"`
	TablesDone int64          `json:"tables_done"`
	Tables     []TableSummary `json:"tables"` // the biggest ones
	Failures   []Failure      `json:"failures"`

	Databases []DatabaseProgress `json:"databases,omitempty"` // of an overview of all databases
}

// StepSummary is what one step took.
type StepSummary struct {
	Step              string  `json:"step"`
	Kind              string  `json:"kind"`
	Connection        string  `json:"connection"` // which servers it talks to: source, target, both or none
	Total             int64   `json:"total"`
	Done              int64   `json:"done"`
	Failed            int64   `json:"failed"`
	Skipped           int64   `json:"skipped"`
	Bytes             int64   `json:"bytes"`
	Seconds           float64 `json:"seconds"`            // by the clock
	CumulativeSeconds float64 `json:"cumulative_seconds"` // summed over its tasks
	Workers           int64   `json:"workers"`            // how many had a hand in it
}

// TableSummary is one row of the view table_progress.
type TableSummary struct {
	Table        string  `json:"table"` // schema.name, quoted where SQL needs it
	Method       string  `json:"method"`
	Format       string  `json:"format"` // of COPY: binary or text
	Parts        int64   `json:"parts"`
	PartsDone    int64   `json:"parts_done"`
	Bytes        int64   `json:"bytes"`
	Rows         int64   `json:"rows"`
	CopySeconds  float64 `json:"copy_seconds"` // summed over the parts
	Complete     bool    `json:"complete"`
	Indexes      int64   `json:"indexes"`
	IndexSeconds float64 `json:"index_seconds"` // summed over the indexes
}

// Summary reads what was done, with the biggest tables up to a limit (-1: all of them).
func (db *DB) Summary(ctx context.Context, tables int) (s Summary, err error) {
	s = Summary{Dir: db.dir, State: StateEmpty, Consistent: true, Steps: []StepSummary{}, Tables: []TableSummary{}, Failures: []Failure{}}
	err = db.look(ctx, func(tx *sql.Tx) error {
		p := Progress{Dir: db.dir, State: StateEmpty}
		if err := p.readRun(ctx, tx); err != nil {
			return err
		}
		s.State, s.Seconds = p.State, p.Elapsed
		if err := s.readSetup(ctx, tx); err != nil {
			return err
		}
		if err := s.readSteps(ctx, tx); err != nil {
			return err
		}
		if err := s.readTables(ctx, tx, tables); err != nil {
			return err
		}
		return eachFailure(ctx, tx, shownFailures, func(f Failure) error {
			s.Failures = append(s.Failures, f)
			return nil
		})
	})
	if err == nil {
		s.Databases, err = db.Databases(ctx)
	}
	return s, err
}

func (s *Summary) readSetup(ctx context.Context, tx *sql.Tx) error {
	if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM run`).Scan(&s.Runs); err != nil {
		return err
	}
	return each(ctx, tx, `SELECT source, target, consistent FROM setup`, nil, func(rows *sql.Rows) error {
		return rows.Scan(&s.Source, &s.Target, &s.Consistent)
	})
}

func (s *Summary) readSteps(ctx context.Context, tx *sql.Tx) error {
	if err := each(ctx, tx, stmt.CatalogShowOverall, nil, func(rows *sql.Rows) error {
		s.Overall = new(TaskCounts)
		return rows.Scan(s.Overall.fields()...)
	}); err != nil {
		return err
	}
	return each(ctx, tx, stmt.CatalogShowStepTimes, nil, func(rows *sql.Rows) error {
		var t StepSummary
		err := rows.Scan(&t.Step, &t.Kind, &t.Connection, &t.Total, &t.Done, &t.Failed, &t.Skipped, &t.Bytes, &t.Seconds, &t.CumulativeSeconds, &t.Workers)
		s.Steps = append(s.Steps, t)
		return err
	})
}

func (s *Summary) readTables(ctx context.Context, tx *sql.Tx, limit int) error {
	if err := tx.QueryRowContext(ctx, stmt.CatalogShowTableCount).Scan(&s.TableCount, &s.TablesDone); err != nil {
		return err
	}
	return each(ctx, tx, stmt.CatalogShowTables, []any{limit}, func(rows *sql.Rows) error {
		var t TableSummary
		err := rows.Scan(&t.Table, &t.Method, &t.Format, &t.Parts, &t.PartsDone, &t.Bytes, &t.Rows, &t.CopySeconds, &t.Complete, &t.Indexes, &t.IndexSeconds)
		s.Tables = append(s.Tables, t)
		return err
	})
}
