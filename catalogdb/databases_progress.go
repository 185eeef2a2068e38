package catalogdb

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"

	"github.com/pgcopy/pgcopy/workflow"
)

// DatabaseProgress is how far one database of an overview is, from its task there and its own catalog.
type DatabaseProgress struct {
	Database   string         `json:"database"`
	Dir        string         `json:"dir"`
	State      workflow.State `json:"state"`
	Size       int64          `json:"size"` // pg_database_size of the source, -1 when the role may not ask
	Bytes      int64          `json:"bytes"`
	Tables     int64          `json:"tables"`
	TablesDone int64          `json:"tables_done"`
	Total      int64          `json:"total"` // tasks
	Done       int64          `json:"done"`
	Failed     int64          `json:"failed"`
	Skipped    int64          `json:"skipped"`
	Percent    float64        `json:"percent"`
	Seconds    float64        `json:"seconds"`
	Error      string         `json:"error"`
	Hint       string         `json:"hint"`
}

// Databases tells how each database of an overview stands, biggest first; nothing in the directory of a single one.
func (db *DB) Databases(ctx context.Context) (all []DatabaseProgress, err error) {
	if err := db.look(ctx, func(tx *sql.Tx) error {
		return each(ctx, tx, `SELECT d.name, d.dir, coalesce(t.state, 'pending'), d.bytes, coalesce(t.error, ''), coalesce(t.hint, '')
			FROM cluster_database d LEFT JOIN task t ON t.step = 'clone-database' AND t.oid = d.oid ORDER BY d.bytes DESC, d.name`, nil,
			func(rows *sql.Rows) error {
				var d DatabaseProgress
				err := rows.Scan(&d.Database, &d.Dir, &d.State, &d.Size, &d.Error, &d.Hint)
				d.Dir = filepath.Join(db.dir, d.Dir)
				all = append(all, d)
				return err
			})
	}); err != nil {
		return nil, err
	}
	for i := range all {
		if err := all[i].look(ctx); err != nil && !errors.Is(err, ErrNoCatalog) {
			return nil, err
		}
	}
	return all, nil
}

// look reads the database's own catalog.
func (d *DatabaseProgress) look(ctx context.Context) error {
	db, err := Look(ctx, d.Dir)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	s, err := db.Summary(ctx, 0)
	if err != nil || s.Overall == nil {
		return err
	}
	d.Bytes, d.Tables, d.TablesDone, d.Seconds = s.Overall.Bytes, s.TableCount, s.TablesDone, s.Seconds
	d.Total, d.Done, d.Failed, d.Skipped, d.Percent = s.Overall.Total, s.Overall.Done, s.Overall.Failed, s.Overall.Skipped, s.Overall.Percent
	return nil
}
