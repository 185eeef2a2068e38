package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// A clone locks the source's tables for as long as its snapshot is held: TRUNCATE and DDL wait for the copy. One that follows does not, because
// an application that goes on meanwhile may truncate, and whatever reads the table after that would wait behind it, and it for us, for ever.
// So each table is looked at when it is copied. One that was truncated since the snapshot is copied as what the snapshot sees of it,
// nothing; the changes that were made to it before its TRUNCATE have no rows to change, and apply leaves them out up to there.

// waitForTable is how long a session of the copy waits for a table that somebody has, or wants, for himself.
const waitForTable = "15s"

// guard locks a table that is about to be read by a clone that follows, and notes when it was truncated since the snapshot.
func (e *Env) guard(ctx context.Context, src *pgx.Conn, table catalogdb.CopyTable, part pgschema.Part) error {
	if !e.Opts.Follow {
		return nil
	}
	if err := pgsource.LockTables(ctx, src, []pgschema.Name{table.Name}); err != nil {
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "42P01" {
			return &pgdb.UserError{Msg: fmt.Sprintf("the source has no table %s any more: it was dropped or renamed while it was to be copied", table.Name), Err: err,
				Hint: "start over with --restart, and leave tables that come and go out with --filters"}
		}
		return err
	}
	rewritten, empty, at, err := pgsource.Rewritten(ctx, src, table.OID, table.Name)
	switch {
	case err != nil || !rewritten:
		return err
	case empty:
		e.Log.Info("the table was truncated since the snapshot: its changes are followed from its TRUNCATE on", "table", table.Name.String())
		return e.Catalog.TableFoundEmpty(ctx, table.OID, table.Name, at)
	case table.Method == "ctid" && part.Count > 1:
		return &pgdb.UserError{Msg: fmt.Sprintf("%s was rewritten on the source (VACUUM FULL, CLUSTER or ALTER TABLE) while it was copied in parts by the place of its rows", table.Name),
			Hint: "start over with --restart; to allow it, add --skip-split-by-ctid"}
	}
	return nil
}

// inTheWay tells who keeps the copy from reading a table.
func (e *Env) inTheWay(ctx context.Context, table catalogdb.CopyTable, err error) error {
	var pg *pgconn.PgError
	var at *pgdb.TargetError
	if !errors.As(err, &pg) || pg.Code != "55P03" || errors.As(err, &at) {
		return err
	}
	var w pgsource.Waiter
	found := false
	if look := e.from.with(ctx, func(conn *pgx.Conn) (err error) {
		w, found, err = pgsource.WantsTable(ctx, conn, table.OID)
		return err
	}); look != nil || !found {
		return err
	}
	return &pgdb.UserError{Err: err, Msg: fmt.Sprintf("process %d of the source (user %s, %s) has or wants %s for itself, and the copy waits behind it: %s",
		w.PID, w.User, or(w.Application, "no application name"), table.Name, strings.Join(strings.Fields(w.Query), " ")),
		Hint: fmt.Sprintf("if it waits for the copy's snapshot, neither will ever go on: end it, on the source: SELECT pg_cancel_backend(%d)", w.PID)}
}

// emptied is a table that the copy found empty because it had been truncated.
type emptied struct {
	catalogdb.FoundEmpty
	passed uint64 // the attempt at a transaction that has met its TRUNCATE
}

// takeEmptied learns which tables those are.
func (a *applier) takeEmptied(ctx context.Context) error {
	a.emptied = map[pgschema.Name]*emptied{}
	return a.env.Catalog.TablesFoundEmpty(ctx, func(f catalogdb.FoundEmpty) error {
		a.emptied[f.Name] = &emptied{FoundEmpty: f}
		return nil
	})
}

// beforeTruncate tells whether a change comes before the TRUNCATE after which its table is followed.
func (a *applier) beforeTruncate(name pgschema.Name) bool {
	m := a.emptied[name]
	return m != nil && (m.Seq == 0 || a.seq < m.Seq || (a.seq == m.Seq && m.passed != a.attempt))
}

// truncated notes the first TRUNCATE of such a table. The same transaction, applied again after a crash, comes to the same.
func (a *applier) truncated(ev *changes.Event) {
	for _, rel := range ev.Truncated {
		if m := a.emptied[rel.Name]; m != nil && (m.Seq == 0 || m.Seq == a.seq) {
			a.found = append(a.found, m)
			m.Seq, m.passed = a.seq, a.attempt
		}
	}
}

// storeTruncated makes durable, before the target's commit, which TRUNCATEs were met.
func (a *applier) storeTruncated(ctx context.Context) error {
	for _, m := range a.found {
		if err := a.env.Catalog.TableTruncated(ctx, m.OID, m.Seq); err != nil {
			return err
		}
	}
	a.found = nil
	return nil
}

// checkEmptied stops when a table was found empty and the TRUNCATE that must have emptied it did not come. At the end, none may be left
// to come.
func (a *applier) checkEmptied(end bool) error {
	for name, m := range a.emptied {
		if m.Seq == 0 && a.at <= m.ReadAt && end {
			return &pgdb.UserError{Msg: fmt.Sprintf("endpos is before the TRUNCATE of %s that came before its copy (the table was copied at %s): the target has none of the rows that were there at endpos", name, m.ReadAt),
				Hint: "set endpos to " + m.ReadAt.String() + " or later: pgcopy stream sentinel set endpos"}
		}
		if m.Seq == 0 && a.at > m.ReadAt {
			return &pgdb.UserError{Msg: fmt.Sprintf("%s was rewritten on the source while it was to be copied, and not by TRUNCATE: what the snapshot saw of its rows is lost", name),
				Hint: "ALTER TABLE forms that rewrite do that; start over with --restart, and alter no table while the copy runs"}
		}
	}
	return nil
}
