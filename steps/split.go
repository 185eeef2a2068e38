package steps

import (
	"context"

	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// autoPartBytes is the least that a part is about when pgcopy cuts a table by itself: less would be over before the next worker has begun.
var autoPartBytes int64 = 32 << 20 // a test lowers it

// autoSplit cuts the tables that would keep the other workers waiting. It is the first thing of a plan, when what filters leave out is gone;
// where a size was given, or "never", loadSource has decided for each table already. It reads nothing on the source: by ctid only, where
// the server reads the blocks of a range and no others. By key, parts read at random what one reader reads in order, and the
// target's rows come in another order: that is for those who ask for it.
func (e *Env) autoSplit() []planning {
	o := e.Opts
	if o.NeverSplit || o.SplitTablesLargerThan > 0 || o.SkipSplitByCTID || o.SplitMaxParts == 1 || !pgsource.ReadsCTIDRanges(e.SourceInfo.VersionNum) {
		return nil
	}
	return []planning{
		planned(sql.CatalogPlanSplitShares, max(o.TableJobs, 1), autoPartBytes, o.SplitMaxParts),
		planned(sql.CatalogPlanSplitReasons, max(o.TableJobs, 1), autoPartBytes),
	}
}

// inspectSplit shows in a list what a clone would do.
func (e *Env) inspectSplit(ctx context.Context) error {
	return e.Catalog.Planning(ctx, func(p workflow.Planner) error { return execAll(ctx, p, e.autoSplit()) })
}
