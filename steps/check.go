package steps

import (
	"context"
	"fmt"
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
	if err := e.checkAlone(ctx); err != nil || e.Opts.DropIfExists {
		return err
	}
	return e.withTarget(ctx, func(conn *pgx.Conn) error {
		found, err := pgtarget.Contents(ctx, conn)
		if err != nil {
			return err
		}
		var harmful []pgtarget.Content
		for _, c := range found {
			if !c.Harmless {
				harmful = append(harmful, c)
			}
		}
		if len(harmful) == 0 {
			return nil
		}
		return &pgdb.UserError{Msg: fmt.Sprintf("the target database %s is not empty: %s", e.TargetInfo.Database, strings.TrimSpace(pgtarget.Describe(harmful))),
			Hint: "copy into an empty database, or add --drop-if-exists, " + dropDanger}
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
