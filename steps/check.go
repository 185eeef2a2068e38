package steps

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgtarget"
)

// verdictTimeout bounds the last words of a run that was told to stop.
const verdictTimeout = 10 * time.Second

// oldestTarget is the first version with pg_current_xact_id(), on which exactly-once rests.
const oldestTarget = 13

// checkServers refuses pairs of servers that cannot end well.
func (e *Env) checkServers() error {
	s, t := e.SourceInfo, e.TargetInfo
	if e.Opts.AllDatabases && s.SystemIdentifier != "" && s.SystemIdentifier == t.SystemIdentifier {
		return &pgdb.UserError{Msg: "source and target are the same server", Hint: "check --source and --target"}
	}
	if sameDatabase(s, t) {
		return &pgdb.UserError{Msg: fmt.Sprintf("source and target are the same database (%s)", s.Database),
			Hint: "check --source and --target"}
	}
	if t.InRecovery {
		return &pgdb.UserError{Msg: "the target is a standby and cannot be written to", Hint: "name its primary with --target"}
	}
	if t.Major() < oldestTarget {
		return &pgdb.UserError{Msg: fmt.Sprintf("the target is PostgreSQL %s; pgcopy writes to version %d and newer", t.Version, oldestTarget),
			Hint: "use a newer target server"}
	}
	if t.Major() < s.Major() {
		return &pgdb.UserError{Msg: fmt.Sprintf("the target is PostgreSQL %d, older than the source's %d", t.Major(), s.Major()),
			Hint: fmt.Sprintf("copy to a server of version %d or newer: an older one does not know all of the source's schema", s.Major())}
	}
	return e.checkStatistics()
}

// checkTarget refuses a target that another pgcopy works on or that already holds something, and says what.
func (e *Env) checkTarget(ctx context.Context) error {
	if e.mayHoldObjects {
		return nil
	}
	if err := e.checkEmpty(ctx, nil); err != nil {
		return err
	}
	met, err := e.checkAlone(ctx)
	if err != nil || len(met) == 0 {
		return err
	}
	return e.checkEmpty(ctx, met) // they have gone, and may have left something
}

// checkEmpty refuses a target that holds something, unless that may be dropped. met are those who were at work there a moment ago.
func (e *Env) checkEmpty(ctx context.Context, met []pgtarget.Other) error {
	if e.Opts.DropIfExists {
		return nil
	}
	return e.withTarget(ctx, func(conn *pgx.Conn) error {
		found, err := pgtarget.Contents(ctx, conn)
		if err != nil {
			return err
		}
		found = slices.DeleteFunc(found, func(c pgtarget.Content) bool { return c.Harmless })
		if len(found) == 0 {
			return nil
		}
		msg := fmt.Sprintf("the target database %s is not empty: %s", e.TargetInfo.Database, strings.TrimSpace(pgtarget.Describe(found)))
		_, others, err := lastingOthers(ctx, conn, newcomerPatience, anybody)
		switch {
		case err != nil:
			return err
		case len(others) > 0:
			return &pgdb.UserError{Msg: msg + "; " + e.atWork(others), Hint: "let it end, or stop it first; copy into an empty database"}
		case len(met) > 0:
			return &pgdb.UserError{Msg: fmt.Sprintf("%s; another pgcopy was at work there until now (%s)", msg, met[0]),
				Hint: "what is there may be its copy: copy into an empty database"}
		}
		return &pgdb.UserError{Msg: msg, Hint: "copy into an empty database, or add --drop-if-exists, " + dropDanger}
	})
}

// sameDatabase recognises a database however it was reached. A role may not be allowed to read the system identifier; then the moment the server
// was started, to the microsecond, tells it from others. Its address would not: it has several.
func sameDatabase(s, t *pgdb.ServerInfo) bool {
	if s.DatabaseOID != t.DatabaseOID || s.Database != t.Database {
		return false
	}
	if s.SystemIdentifier != "" && t.SystemIdentifier != "" {
		return s.SystemIdentifier == t.SystemIdentifier
	}
	return s.PostmasterStart.Equal(t.PostmasterStart)
}
