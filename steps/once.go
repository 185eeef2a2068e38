package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/workflow"
)

// evidence looks for what a transaction has written. It guards against an id that the target gave out twice: a crash of the server
// may lose the first holder's whole transaction, id and all, when none of its WAL had been flushed.
type evidence func(ctx context.Context, conn *pgx.Conn, xid uint64) (bool, error)

// once does a task in one target transaction, exactly once:
//
//	claim ─▶ earlier id? ─▶ ask the target: committed ─▶ done
//	              │                         aborted ───┐
//	              └──────── none ───────────────────── ▼
//	        BEGIN, read the id, store it durably, do, COMMIT ─▶ done
//
// The id is on the task's row, and on disk, before do sends its first byte. An error of COMMIT whose outcome is unknown goes back
// to the engine as such; the next attempt starts with asking.
func (e *Env) once(ctx context.Context, t workflow.Task, proof evidence, do func(context.Context, *pgx.Conn) (workflow.Result, error)) (res workflow.Result, err error) {
	err = e.withTarget(ctx, func(conn *pgx.Conn) error {
		if t.TargetXID != 0 {
			done, err := e.settled(ctx, conn, t, proof)
			if err != nil {
				return err
			}
			if done {
				res = workflow.Result{Bytes: t.Bytes, Rows: t.Rows}
				return nil
			}
		}
		all, err := e.transact(ctx, conn, []workflow.Task{t}, func(ctx context.Context, conn *pgx.Conn) ([]workflow.Result, error) {
			r, err := do(ctx, conn)
			return []workflow.Result{r}, err
		})
		if err == nil {
			res = all[0]
		}
		return err
	})
	return res, err
}

// settled asks the target what became of the transaction that an earlier attempt recorded.
//
// A crash of the target may have lost the transaction together with its id, and the id may be another's by now. When that is a task of
// this run, the catalog knows: this task has not named it since. That is looked at before the answer, so that no session of this run is
// ended for a dead one's, and behind it, since the id may have found its new owner meanwhile.
func (e *Env) settled(ctx context.Context, conn *pgx.Conn, t workflow.Task, proof evidence) (bool, error) {
	if ours, err := e.Catalog.NamesTargetXID(ctx, t); err != nil || !ours {
		return false, err
	}
	status, err := pgtarget.AskXact(ctx, conn, t.TargetXID)
	if err != nil {
		return false, fmt.Errorf("ask the target about transaction %d: %w", t.TargetXID, err)
	}
	if status == pgtarget.Aborted {
		return false, nil
	}
	// Committed, or so long ago that the server has forgotten. What a transaction wrote is seen only when it committed, so the
	// evidence decides in both cases; without any, doing the task again does no harm.
	if done, err := proof(ctx, conn, t.TargetXID); err != nil || !done {
		return false, err
	}
	return e.Catalog.NamesTargetXID(ctx, t)
}

// together does several tasks in one target transaction, at their first attempt: none of them has to ask about an earlier one. When the
// process dies around the COMMIT, each finds the transaction's id on its own row.
func (e *Env) together(ctx context.Context, ts []workflow.Task, do func(context.Context, *pgx.Conn) ([]workflow.Result, error)) (res []workflow.Result, err error) {
	err = e.withTarget(ctx, func(conn *pgx.Conn) error {
		res, err = e.transact(ctx, conn, ts, do)
		return err
	})
	return res, err
}

func (e *Env) transact(ctx context.Context, conn *pgx.Conn, ts []workflow.Task, do func(context.Context, *pgx.Conn) ([]workflow.Result, error)) ([]workflow.Result, error) {
	xid, err := pgtarget.Begin(ctx, conn)
	if err == nil {
		err = e.Catalog.RecordTargetXIDs(ctx, ts, xid)
	}
	var res []workflow.Result
	if err == nil {
		boundary("recorded", ts)
		res, err = do(ctx, conn)
	}
	if err == nil {
		err = e.Catalog.RecordResults(ctx, ts, res)
	}
	if err != nil {
		return nil, errors.Join(err, rollback(ctx, conn))
	}
	boundary("uncommitted", ts)
	// When the run is told to stop during the COMMIT, the outcome is unknown here and asked for by the next attempt.
	tag, err := conn.Exec(ctx, "COMMIT")
	if err != nil {
		return nil, &pgdb.CommitError{Err: err}
	}
	if tag.String() != "COMMIT" {
		return nil, fmt.Errorf("the target answered COMMIT with %s: the transaction had failed before", tag)
	}
	boundary("committed", ts)
	return res, nil
}

func boundary(name string, ts []workflow.Task) {
	for _, t := range ts {
		workflow.Boundary(name, t)
	}
}
