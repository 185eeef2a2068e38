package pgsource

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/sql"
)

// Slot is a logical replication slot of the source.
type Slot struct {
	Name       string
	Plugin     string
	Database   string
	Active     bool
	Confirmed  pgschema.LSN // everything before has been confirmed
	Restart    pgschema.LSN
	WALStatus  string // pg_replication_slots.wal_status: reserved, extended, unreserved, lost; "" before 13
	Invalid    string // why the slot cannot be used any more, "" when it can
	ConsistsAt pgschema.LSN
}

// ReplicationSession is the session of a walsender: no setting but those of the startup packet, since it knows no extended protocol.
// The text form of values must not depend on what the database or the role has as defaults.
func ReplicationSession(role string) pgdb.Session {
	return pgdb.Session{Role: role, Params: map[string]string{"replication": "database", "datestyle": "ISO", "intervalstyle": "postgres",
		"extra_float_digits": "3", "timezone": "UTC", "bytea_output": "hex", "statement_timeout": "0", "lock_timeout": "0",
		"idle_in_transaction_session_timeout": "0"}}
}

// CreateSlot makes a logical slot on a replication connection. The snapshot it exports shows the database exactly as the first change
// finds it; it stands until the next command on the connection.
// (https://www.postgresql.org/docs/current/protocol-replication.html, CREATE_REPLICATION_SLOT)
func CreateSlot(ctx context.Context, conn *pgconn.PgConn, name, plugin string) (consistent pgschema.LSN, snapshot string, err error) {
	r, err := pglogrepl.CreateReplicationSlot(ctx, conn, pgschema.QuoteIdent(name), plugin, pglogrepl.CreateReplicationSlotOptions{Mode: pglogrepl.LogicalReplication})
	if err != nil {
		return 0, "", slotError(name, plugin, err)
	}
	consistent, err = pgschema.ParseLSN(r.ConsistentPoint)
	return consistent, r.SnapshotName, err
}

// allowedPlugins is a setting of the source, since the minor releases of August 2026: the output plugins that may be used, by default those that
// come with the server. (Release notes of 15.19, CVE-2026-6471.) The hint of the error names it, in whatever language it is.
const allowedPlugins = "output_plugin_libraries"

func slotError(name, plugin string, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	u := &pgdb.UserError{Msg: fmt.Sprintf("create replication slot %s: %s", name, pg.Message), Hint: pg.Hint, Err: err}
	switch pg.Code {
	case "42710":
		u.Hint = "an earlier run left it, or somebody else uses the name: pgcopy stream cleanup drops ours; --slot-name names another"
	case "53400":
		u.Hint = "raise max_replication_slots on the source and restart it, or drop slots that nobody needs"
	case "55000":
		u.Hint = "set wal_level = logical on the source and restart it"
	case "42501":
		if strings.Contains(pg.Hint, allowedPlugins) {
			u.Hint = fmt.Sprintf("add %s to %s in the source's configuration and reload it (SELECT pg_reload_conf()), or use another --plugin", plugin, allowedPlugins)
			break
		}
		u.Hint = "on the source: ALTER ROLE ... REPLICATION (managed services have a role for it, such as rds_replication)"
	case "58P01", "42704":
		u.Hint = "install the output plugin " + plugin + " on the source server, or use --plugin pgoutput"
	}
	return u
}

// FindSlot reads a slot; ok is false when there is none of that name.
func FindSlot(ctx context.Context, conn *pgx.Conn, name string) (s Slot, ok bool, err error) {
	statement := "slot"
	if ServerVersion(conn) < 130000 {
		statement = "slot_before_13"
	}
	var confirmed, restart *string
	err = conn.QueryRow(ctx, sql.Source(statement), name).Scan(&s.Name, &s.Plugin, &s.Database, &s.Active, &confirmed, &restart, &s.WALStatus)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, false, nil
	}
	if err != nil {
		return s, false, err
	}
	for _, p := range []struct {
		text *string
		lsn  *pgschema.LSN
	}{{confirmed, &s.Confirmed}, {restart, &s.Restart}} {
		if p.text != nil {
			if *p.lsn, err = pgschema.ParseLSN(*p.text); err != nil {
				return s, false, err
			}
		}
	}
	if s.WALStatus == "lost" || (confirmed != nil && restart == nil) {
		s.Invalid = "the source has removed WAL that the slot needed (max_slot_wal_keep_size)"
	}
	return s, true, nil
}

// AtWork lists the transactions of the database that are at work, but for those that have written nothing yet; of a list from an earlier call, those
// that still are.
func AtWork(ctx context.Context, conn *pgx.Conn, of []string) (ids []string, err error) {
	err = conn.QueryRow(ctx, sql.Source("at_work"), of).Scan(&ids)
	return ids, err
}

// DropSlot drops a slot, when there is one. A walsender that still uses it is ended first.
func DropSlot(ctx context.Context, conn *pgx.Conn, name string) error {
	for {
		if _, err := conn.Exec(ctx, sql.Source("slot_end_walsender"), name); err != nil {
			return err
		}
		_, err := conn.Exec(ctx, sql.Source("slot_drop"), name)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "55006" { // object_in_use: the walsender is still ending
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// CurrentLSN is the end of what the source has written: every transaction that has committed is before it, also one that committed
// asynchronously (synchronous_commit = off) and is not flushed yet.
func CurrentLSN(ctx context.Context, conn *pgx.Conn) (pgschema.LSN, error) {
	var text string
	if err := conn.QueryRow(ctx, sql.Source("current_lsn")).Scan(&text); err != nil {
		return 0, err
	}
	return pgschema.ParseLSN(text)
}

// EmitMessage writes a logical message that no table sees: it moves the stream past an idle gap.
func EmitMessage(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, sql.Source("emit_message"))
	return err
}
