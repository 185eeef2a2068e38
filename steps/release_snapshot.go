package steps

import (
	"context"
	"errors"

	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// releaseSnapshot lets the source vacuum again as soon as the last row has been read, while indexes are still being built.
type releaseSnapshot struct{ base }

func newReleaseSnapshot(e *Env) *releaseSnapshot {
	return &releaseSnapshot{base{env: e, name: "release-snapshot", kind: "snapshot", pool: "copy",
		tasks: []planning{planned(sql.CatalogPlanReleaseSnapshot)},
		needs: []planning{planned(sql.CatalogPlanReleaseSnapshotNeeds), planned(sql.CatalogPlanNeedsMilestone, "release-snapshot", schemaCreated)}}}
}

func (s *releaseSnapshot) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	if err := s.env.redoUnlogged(ctx); err != nil {
		return workflow.Result{}, err
	}
	if left, err := s.env.Catalog.CopiesLeft(ctx); err != nil || left > 0 {
		return workflow.Result{}, errors.Join(err, errRedo)
	}
	s.env.from.drop()
	err := s.env.Snapshot.Release(ctx)
	if errors.Is(err, errHolderStays) && ctx.Err() == nil {
		// It has been told, and will end when the machine lets it. The copy has all it needs.
		s.env.Log.Warn(err.Error())
		err = nil
	}
	return workflow.Result{}, err
}
