package steps

import (
	"context"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

func kitchenSink(t *testing.T) (src, dst *pgtest.Server, source, target string) {
	t.Helper()
	src, dst = pgtest.Pair(t)
	source, target = src.URI(src.FreshDB(t)), dst.URI(dst.FreshDB(t))
	ctx := context.Background()
	if err := truth.LoadKitchenSink(ctx, source); err != nil {
		t.Fatal(err)
	}
	if err := truth.LoadRoles(ctx, dst.URI("postgres")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = truth.Unload(ctx, source); _ = truth.Unload(ctx, target) })
	return src, dst, source, target
}

func TestCloneKitchenSink(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*Options)
	}{
		{"whole", func(*Options) {}},
		{"split by ctid", func(o *Options) { o.SplitTablesLargerThan = 8192; o.SplitMaxParts = 7 }},
		{"split by key", func(o *Options) { o.SplitTablesLargerThan = 8192; o.SplitMaxParts = 7; o.SkipSplitByCTID = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			src, _, source, target := kitchenSink(t)
			o := testOptions(t, source, target)
			c.set(&o)
			if out, err := Clone(context.Background(), o); err != nil {
				t.Fatalf("%v %+v", err, out)
			}
			mustEqual(t, src, source, target)
		})
	}
}
