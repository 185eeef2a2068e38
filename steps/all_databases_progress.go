package steps

import (
	"context"
	"path/filepath"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/workflow"
)

// follow reports a clone's progress as that of its task in the overview, in parts of the database's size, until stop is closed.
func (s *cloneDatabase) follow(stop <-chan struct{}, dir string, t workflow.Task) {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-stop:
			return
		case <-tick.C:
		}
		if p, ok := progressIn(context.Background(), dir); ok && p.Overall != nil && t.Sent != nil {
			t.Sent.Store(int64(float64(t.Size) * p.Overall.Percent / 100))
		}
	}
}

// progressIn reads how a directory stands; ok is false when it holds nothing yet.
func progressIn(ctx context.Context, dir string) (p catalogdb.Progress, ok bool) {
	db, err := catalogdb.Look(ctx, dir)
	if err != nil {
		return p, false
	}
	defer func() { _ = db.Close() }()
	p, err = db.Progress(ctx)
	return p, err == nil
}

// EachDatabase calls fn for every database of an overview, biggest first, with the directory of its clone. It calls nothing for the
// directory of a single database.
func EachDatabase(ctx context.Context, dir string, fn func(name, dir string) error) error {
	db, err := catalogdb.Look(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var all []catalogdb.ClusterDatabase
	if err := db.ClusterDatabases(ctx, func(d catalogdb.ClusterDatabase) error {
		all = append(all, d)
		return nil
	}); err != nil {
		return err
	}
	for _, d := range all {
		if err := fn(d.Name, filepath.Join(dir, d.Dir)); err != nil {
			return err
		}
	}
	return nil
}
