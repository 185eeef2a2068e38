package steps

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// A crash of the target empties its unlogged tables and leaves everything else as it was: the one way in which something that was done
// comes undone while a run goes on by itself. So it is looked at twice: before the snapshot is let go, when the tables can
// still be copied again, and at the very end, when a run that says "done" must be right.

// errRedo puts the task that found it back: the copies have to be done again first.
var errRedo = errors.New("the target was restarted and has lost rows of unlogged tables; they are copied again")

// lostUnlogged names the unlogged tables of which the target has lost rows that were copied.
func (e *Env) lostUnlogged(ctx context.Context) (lost []string, err error) {
	var copies []catalogdb.UnloggedCopy
	if err := e.Catalog.UnloggedCopies(ctx, func(c catalogdb.UnloggedCopy) error {
		copies = append(copies, c)
		return nil
	}); err != nil || len(copies) == 0 {
		return nil, err
	}
	err = e.withTarget(ctx, func(conn *pgx.Conn) error {
		for _, c := range copies {
			there := c.TargetXID != 0
			if there {
				var err error
				if there, err = pgtarget.WroteRows(ctx, conn, c.Name, c.TargetXID); err != nil {
					return err
				}
			}
			if !there {
				lost = append(lost, c.Name.String())
			}
		}
		return nil
	})
	return lost, err
}

// redoUnlogged puts the copies of unlogged tables back when the target has lost some, and tells so by errRedo.
func (e *Env) redoUnlogged(ctx context.Context) error {
	lost, err := e.lostUnlogged(ctx)
	if err != nil || len(lost) == 0 {
		return err
	}
	e.Log.Warn(errRedo.Error(), "first", lost[0], "copies", len(lost))
	if _, err := e.Catalog.RedoUnlogged(ctx, startedAt(e.TargetInfo)); err != nil {
		return err
	}
	return errRedo
}

// resetUnlogged sets all sequences again when the target's postmaster is not the one that the run began with: those of unlogged tables are unlogged
// (from version 15 on), and a crash sets them back to their beginnings. Their tables need not have been lost with them: they may have been copied
// after the crash.
func (e *Env) resetUnlogged(ctx context.Context) error {
	setup, _, err := e.Catalog.Setup(ctx)
	if err != nil {
		return err
	}
	return e.withTarget(ctx, func(conn *pgx.Conn) error {
		info, err := pgdb.ReadServerInfo(ctx, conn)
		if err != nil || startedAt(info) == setup.TargetStartedAt {
			return err
		}
		for batch := 1; ; batch++ {
			seqs, err := e.Catalog.SequenceBatch(ctx, batch)
			if err != nil || len(seqs) == 0 {
				return err
			}
			if err := pgtarget.SetSequences(ctx, conn, seqs); err != nil {
				return err
			}
		}
	})
}

// checkUnlogged is the last look: everything else is done when it runs.
type checkUnlogged struct{ base }

func newCheckUnlogged(e *Env) *checkUnlogged {
	return &checkUnlogged{base{env: e, name: "check-unlogged", kind: "unlogged tables", pool: "control",
		tasks: []planning{planned(sql.CatalogPlanCheckUnlogged)},
		needs: []planning{planned(sql.CatalogPlanCheckUnloggedNeeds), planned(sql.CatalogPlanNeedsMilestone, "check-unlogged", schemaComplete)}}}
}

func (s *checkUnlogged) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	lost, err := s.env.lostUnlogged(ctx)
	if err != nil {
		return workflow.Result{}, err
	}
	if len(lost) == 0 {
		return workflow.Result{}, s.env.resetUnlogged(ctx)
	}
	return workflow.Result{}, &pgdb.UserError{
		Msg: fmt.Sprintf("the target crashed after unlogged tables had been copied, and has lost the rows of %s", lost[0]),
		Hint: "the snapshot has been let go: copy them as they are now with pgcopy resume --not-consistent --dir " + s.env.Opts.Dir +
			", or start over with pgcopy resume --restart --dir " + s.env.Opts.Dir}
}
