package steps

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgsource"
)

// Env is what every step may use: both ends, the catalog, the snapshot and the user's wishes.
type Env struct {
	Opts       Options
	Catalog    *catalogdb.DB
	Source     *pgdb.Conninfo
	Target     *pgdb.Conninfo
	SourceInfo *pgdb.ServerInfo
	TargetInfo *pgdb.ServerInfo
	Tools      pgdb.Tools
	Snapshot   *Snapshot
	Log        *slog.Logger

	drain          bool // nobody receives: apply what the spool holds, and end
	mayHoldObjects bool // the target is not asked to be empty: nothing is made there

	early *earlyDump // of the schema, begun by load-source

	from *sessions
	to   *sessions

	wal     *walFlow      // of the target, nil where nothing is written
	planned chan struct{} // told when a plan is made
}

// archivePath is where the dump of the schema lies.
func (e *Env) archivePath() string { return filepath.Join(e.Catalog.Dir(), "schema", "schema.dump") }

// encoding is what COPY's data travels in: the source database's own, so that the source converts nothing.
func (e *Env) encoding() string { return e.SourceInfo.Encoding }

// arrival is the encoding that the target is told the data is in. Of a SQL_ASCII source nobody knows what its bytes mean: they are given to
// the target as its own, for COPY ... (ENCODING 'SQL_ASCII') stores them unchecked from version 14 on, and with them text that no
// client could read.
func (e *Env) arrival() string {
	if e.SourceInfo.Encoding == "SQL_ASCII" {
		return e.TargetInfo.Encoding
	}
	return e.SourceInfo.Encoding
}

// withSource runs fn on a source session that sees the snapshot. The session's transaction ends with fn, and with it its locks.
func (e *Env) withSource(ctx context.Context, fn func(*pgx.Conn) error) error {
	return e.from.with(ctx, func(conn *pgx.Conn) error {
		name, err := e.Snapshot.Name()
		if err != nil {
			return err
		}
		if err := pgsource.AdoptSnapshot(ctx, conn, name); err != nil {
			if errors.Is(err, pgsource.ErrSnapshotGone) && !e.Snapshot.probing {
				return e.snapshotGone(name, err)
			}
			return err
		}
		return errors.Join(fn(conn), rollback(ctx, conn))
	})
}

// withTarget runs fn on a target session outside any transaction.
func (e *Env) withTarget(ctx context.Context, fn func(*pgx.Conn) error) error {
	return e.to.with(ctx, fn)
}

// rollback ends a transaction that is not wanted. On a connection that is gone there is nothing to end; one that does not answer is given up.
func rollback(ctx context.Context, conn *pgx.Conn) error {
	if conn.IsClosed() {
		return nil
	}
	ctx, done := pgdb.Afterwards(ctx)
	defer done()
	_, err := conn.Exec(ctx, "ROLLBACK")
	return err
}

// isRestarting tells a server that is about to be there from one that is not: the first is waited for. For the second a person is asked at once, who
// may have mistyped its address.
func isRestarting(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "57P01" || pg.Code == "57P02" || pg.Code == "57P03")
}

// connectBoth opens one session on each side to learn who they are.
func (e *Env) connectBoth(ctx context.Context) error {
	for _, side := range []struct {
		info    **pgdb.ServerInfo
		conn    *pgdb.Conninfo
		session pgdb.Session
	}{{&e.SourceInfo, e.Source, pgdb.SourceSession()}, {&e.TargetInfo, e.Target, pgdb.TargetSession()}} {
		meet := func(ctx context.Context) error {
			conn, err := side.conn.Connect(ctx, side.session)
			if err != nil {
				return err
			}
			*side.info, err = pgdb.ReadServerInfo(ctx, conn)
			_ = conn.Close(ctx)
			if err != nil {
				return fmt.Errorf("%s: %w", side.conn.Label(), err)
			}
			return nil
		}
		err := meet(ctx)
		if isRestarting(err) {
			err = pgdb.Retry(ctx, e.Opts.RetryFor, e.tryingAgain, meet)
		}
		if err != nil {
			return err
		}
	}
	e.from = newSessions(e.Source, pgdb.SourceSession().As("copy").With("lock_timeout", waitForTable))
	e.to = newSessions(e.Target, pgdb.RestoreSession().As("copy"))
	if e.wal = e.Opts.wal; e.wal == nil {
		e.wal = newWALFlow(e.Target, e.Log)
	}
	e.from.spare, e.to.spare = e.wal.giveWay, e.wal.giveWay // both may be databases of one server
	return nil
}
