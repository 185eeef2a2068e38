package e2e

import (
	"context"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

// kitchenSink loads the small kitchen sink into a fresh database of the source server, and its roles into the target's.
func kitchenSink(t testing.TB, src, dst *pgtest.Server) (db string) {
	t.Helper()
	db = src.FreshDB(t)
	ctx := context.Background()
	if err := truth.LoadSmallKitchenSink(ctx, src.URI(db)); err != nil {
		t.Fatal(err)
	}
	if err := truth.LoadRoles(ctx, dst.URI("postgres")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = truth.Unload(ctx, src.URI(db)) })
	return db
}

func TestCloneKitchenSink(t *testing.T) {
	src, dst := pgtest.Pair(t)
	w := newWork(t, src, dst, kitchenSink(t, src, dst), "--split-tables-larger-than", "64kB")
	r := w.mustEnd(w.clone(), exitDone)
	t.Logf("clone: %s", r.took)
	w.mustEqual()
	w.mustEnd(w.resume(nil), exitDone) // nothing is left to do
	eventually(t, "the holder of the snapshot has ended", exitGrace, func() bool { return w.holderPID() == 0 })
}
