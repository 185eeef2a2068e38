package workflow

import (
	"context"
	"errors"
	"time"
)

// ErrNotHeld is returned by a Queue when a verdict comes for a task that this run does not hold any more. Writing it would
// overwrite somebody else's work, so nothing was written.
var ErrNotHeld = errors.New("task is not held by this run")

// Queue keeps the rows. Every method is one transaction, safe to call from many goroutines.
type Queue interface {
	// Claim takes the most urgent task of a pool that is neither blocked nor delayed and marks it as held by this run. ok is
	// false when there is none right now. When it returns an error, also that of a cancelled context, no task is held because of it.
	Claim(ctx context.Context, pool, worker string) (t Task, ok bool, err error)
	// Settle writes the verdict of a task this run holds, in one transaction with what follows from it: a done task blocks
	// nothing any more, barriers with nothing left to wait for are done too, what needs a failed task is skipped. It tells in
	// which pools something else became claimable. ErrNotHeld when the run does not hold the task.
	Settle(ctx context.Context, t Task, v Verdict) (unblocked []string, err error)
	// Sent stores how far running tasks are. Losing one such write is harmless.
	Sent(ctx context.Context, bytes map[int64]int64) error
	// Outlook tells in which of these pools something could be claimed now, and how long until the first delayed task of theirs can be.
	Outlook(ctx context.Context, pools []string) (Outlook, error)
}

// Outlook is what is left that could run without anybody settling anything.
type Outlook struct {
	Claimable []string      // pools that have a task right now
	Delayed   bool          // some task waits for its delay to pass
	Wait      time.Duration // until the first delayed one
}

// Verdict is how an attempt ended.
type Verdict struct {
	State  State // Done, Failed, or Pending (put back)
	Result Result
	Error  string        // what went wrong, for people; empty when Done
	Hint   string        // what to do about it
	Delay  time.Duration // Pending: not before this has passed
	// Took is the task's part of the time of an attempt that it shared with others, 0 when it had one of its own.
	Took time.Duration
	// Trouble is set when a transient error put the task back; it is not set when the run was only interrupted.
	Trouble bool
}

// Judgement is what a Judge makes of an error.
type Judgement struct {
	Transient bool   // worth trying again by itself
	Fatal     bool   // no other task would fare better: stop the run, resumable, with this error
	Message   string // for people, one line
	Hint      string // what to do, may be empty
}

// Judge tells what an error of a step means.
type Judge func(err error) Judgement

// Progressed wraps the error of an attempt that has come further for good before it failed (a stream that was cut after hours): what
// trouble the task had before is over.
type Progressed struct{ Err error }

func (e *Progressed) Error() string { return e.Err.Error() }

// Unwrap gives the error itself.
func (e *Progressed) Unwrap() error { return e.Err }
