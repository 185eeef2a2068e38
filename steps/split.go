package steps

import (
	"context"
	"runtime"

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
	plain, toasted := e.streams()
	return []planning{
		planned(sql.CatalogPlanSplitShares, max(o.TableJobs, 1), autoPartBytes, o.SplitMaxParts, plain, toasted),
		planned(sql.CatalogPlanSplitReasons, max(o.TableJobs, 1), autoPartBytes, plain, toasted),
	}
}

// What one stream keeps busy of a machine that holds both servers, in CPUs: a target that compresses TOAST takes longer than the source to
// read it, and is a CPU by itself; otherwise the source is nearly as busy. Measured with 2 CPUs.
const (
	plainStream   = 1.7
	toastedStream = 1.15
)

var cpus = runtime.NumCPU() // a test says others

// streams is how many copies of one table at once are of use, for tables with little and with much TOAST: as many as there are workers, and no
// more than the CPUs can serve where both servers are on this machine. A table in one part can be frozen, and keeps its order.
func (e *Env) streams() (plain, toasted int) {
	jobs := max(e.Opts.TableJobs, 1)
	if e.TargetInfo == nil || !e.SourceInfo.SameMachine() || !e.TargetInfo.SameMachine() {
		return jobs, jobs
	}
	return min(jobs, max(1, int(float64(cpus)/plainStream+0.5))), min(jobs, max(1, int(float64(cpus)/toastedStream+0.5)))
}

// inspectSplit shows in a list what a clone would do.
func (e *Env) inspectSplit(ctx context.Context) error {
	return e.Catalog.Planning(ctx, func(p workflow.Planner) error { return execAll(ctx, p, e.autoSplit()) })
}
