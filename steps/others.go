package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgtarget"
)

// leftoverPatience is for how long sessions may be those of a run that was killed a moment ago: their server has to notice.
const leftoverPatience = 5 * time.Second

// newcomerPatience is for how long a session may be one that this process is just about to make: the server knows of it first.
const newcomerPatience = time.Second

// dropDanger is said wherever people are told of --drop-if-exists: another run's work may be what it drops.
const dropDanger = "which drops what is there under the names of the source, with all its rows: only if nobody else is filling this database"

// checkAlone refuses to begin where another pgcopy is at work: both would make, or drop, the same things. Of two that begin at one moment the one
// whose session is older goes on; those who went while the other waited are met. With filters and --drop-if-exists it only warns: several parts of
// one database may come from several sources.
func (e *Env) checkAlone(ctx context.Context) (met []pgtarget.Other, err error) {
	var others []pgtarget.Other
	err = e.withTarget(ctx, func(conn *pgx.Conn) error {
		met, others, err = lastingOthers(ctx, conn, leftoverPatience, func(o pgtarget.Other) bool { return o.Earlier })
		return err
	})
	if err != nil || len(others) == 0 {
		return met, err
	}
	if e.Opts.DropIfExists && !e.Opts.Filter.IsZero() {
		e.Log.Warn(e.atWork(others)+"; what this run copies is dropped there first", "option", "--drop-if-exists")
		return nil, nil
	}
	return nil, &pgdb.UserError{Msg: e.atWork(others),
		Hint: fmt.Sprintf("let it end, or stop it first; what a killed one has left behind ends with SELECT pg_terminate_backend(%d) on the target", others[0].PID)}
}

// lastingOthers finds the sessions of other pgcopy processes that which accepts: those that were met at the first look, and those that are there for as
// long as patience lasts. It ends as soon as there are none.
func lastingOthers(ctx context.Context, conn *pgx.Conn, patience time.Duration, which func(pgtarget.Other) bool) (met, left []pgtarget.Other, err error) {
	for until := time.Now().Add(patience); ; {
		if left, err = pgtarget.Others(ctx, conn); err != nil {
			return nil, nil, err
		}
		left = slices.DeleteFunc(left, func(o pgtarget.Other) bool { return !which(o) })
		if met == nil {
			met = slices.Clone(left)
		}
		if len(left) == 0 || time.Now().After(until) || !sleep(ctx, 200*time.Millisecond) {
			return met, left, ctx.Err()
		}
	}
}

// anybody is who may have done what this run did not.
func anybody(pgtarget.Other) bool { return true }

// atWork says who else works on the target.
func (e *Env) atWork(others []pgtarget.Other) string {
	text := fmt.Sprintf("another pgcopy is at work in the target database %s: %s", e.TargetInfo.Database, others[0])
	if n := len(others) - 1; n > 0 {
		text += fmt.Sprintf(" (and %d more sessions)", n)
	}
	return text
}

// blame tells of another pgcopy in the same database where an error may be its doing. The remedies for such an error by itself would spoil the
// other one's work.
func (e *Env) blame(ctx context.Context, err error) error {
	if !mayBeOthers(err) || ctx.Err() != nil {
		return err
	}
	var others []pgtarget.Other
	if ask := e.withTarget(ctx, func(conn *pgx.Conn) (err error) {
		_, others, err = lastingOthers(ctx, conn, newcomerPatience, anybody)
		return err
	}); ask != nil || len(others) == 0 {
		return err // what cannot be asked is not known
	}
	return &pgdb.UserError{Msg: reason(err) + "; " + e.atWork(others), Err: err,
		Hint: "two copies into one database spoil each other: let the other one end, or stop it first; then copy into an empty database (pgcopy resume would meet what the other one has made)"}
}

// mayBeOthers are errors about things that are there and were not, or the other way round.
func mayBeOthers(err error) bool {
	if errors.Is(err, pgtarget.ErrPresent) {
		return true
	}
	var conflict *pgtarget.ConflictError // of a change with a row: who follows into a database that others use knows of them
	var pg *pgconn.PgError
	if errors.As(err, &conflict) || !errors.As(err, &pg) {
		return false
	}
	switch pg.Code {
	case "42P07", "42710", "42P06", "42723", "42701", // something of the name is there
		"23505",                   // a row, also of the system's catalogs
		"42P01", "3F000", "42703", // it is not there any more; of a role, a tablespace or a type (42704) that says more often that it never was
		"XX000": // tuple concurrently updated
		return true
	}
	return false
}
