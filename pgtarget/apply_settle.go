package pgtarget

import "context"

// Settle sends what is queued and waits for all results, so that Counts is complete before Commit is asked for. It honours the context of
// Begin for the waiting.
func (a *Applier) Settle(ctx context.Context) error {
	if a.failed != nil {
		return a.failed
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if a.pipe == nil {
		return nil
	}
	if err := a.settle(); err != nil {
		return a.fail(err)
	}
	return nil
}
