package workflow

import (
	"context"
	"sync/atomic"
)

// State is where a task is in its life. The catalog checks that no other value is ever stored.
type State string

const (
	Pending State = "pending" // nobody works at it; it may be blocked or delayed
	Running State = "running" // held by a run
	Done    State = "done"    // finished, durable on the target
	Failed  State = "failed"  // an error that trying again at once would not mend
	Skipped State = "skipped" // something it needs has failed, or an option leaves it out
)

// Task is one row of work, as claimed.
type Task struct {
	ID        int64
	Step      string
	OID       uint32 // the source object, dump id or batch number it is about; 0 when none
	Part      int    // from 1; 0 when the task is not about a part
	Subject   string // for people
	Pool      string
	Size      int64  // expected bytes
	Attempt   int    // 1 at the first attempt
	RunID     int64  // the run that holds it
	Worker    string // who works at it, for people
	TargetXID uint64 // transaction id recorded by an earlier attempt, 0 when none was
	Bytes     int64  // as recorded by an earlier attempt
	Rows      int64

	// Sent counts the bytes this attempt has moved. The runner writes it to the queue now and then.
	Sent *atomic.Int64
}

// Result is what an attempt that succeeded has to tell.
type Result struct {
	Bytes int64
	Rows  int64
}

// Step is one kind of work: a name, the rows to plan, and how to do one row.
type Step interface {
	// Name is stored with every task and pinned by golden tests: it never changes once released.
	Name() string
	// Kind is what people call the work in progress tables, and Pool which workers do it.
	Kind() string
	Pool() string
	// Tasks plans this step's rows, and Needs what they need, once the rows of every step are there. Both are called within one
	// transaction together with all other steps: either all of the plan is there or nothing of it. It must be safe to
	// plan again what is already there.
	Tasks(ctx context.Context, p Planner) error
	Needs(ctx context.Context, p Planner) error
	// Run does one task. It may have died anywhere in an earlier attempt and must finish or undo what it finds. It is
	// called from several goroutines at once, with different tasks.
	Run(ctx context.Context, t Task) (Result, error)
}

// Planner is what a step may use while planning: one transaction of the catalog.
type Planner interface {
	// Exec runs one planning statement. Values travel as parameters.
	Exec(ctx context.Context, statement string, args ...any) error
}
