package pgtarget

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// Origin is a replication origin of the target: the server itself remembers, with each commit, how far the source's stream is applied
// (https://www.postgresql.org/docs/current/replication-origins.html).
type Origin struct {
	Committed pgschema.LSN // as the last commit left it
	Flushed   pgschema.LSN // as a crash would leave it: asking makes durable what is not yet
}

// FindOrigin reads an origin; ok is false when there is none.
func FindOrigin(ctx context.Context, conn *pgx.Conn, name string) (o Origin, ok bool, err error) {
	var committed, flushed *string
	err = queryRow(ctx, conn, "origin_find", name).Scan(&committed, &flushed)
	if errors.Is(err, pgx.ErrNoRows) {
		return o, false, nil
	}
	if err != nil {
		return o, false, originError(err)
	}
	if committed != nil {
		if o.Committed, err = pgschema.ParseLSN(*committed); err != nil {
			return o, false, err
		}
	}
	if flushed != nil {
		o.Flushed, err = pgschema.ParseLSN(*flushed)
	}
	return o, true, err
}

// CreateOrigin makes an origin that begins at an LSN. One of the name that is there already is left where it is.
func CreateOrigin(ctx context.Context, conn *pgx.Conn, name string, at pgschema.LSN) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	made, err := tx.Exec(ctx, statement(conn, "origin_create"), name)
	if err != nil || made.RowsAffected() == 0 {
		return originError(err)
	}
	if _, err := tx.Exec(ctx, statement(conn, "origin_advance"), name, at.String()); err != nil {
		return originError(err)
	}
	return pgdb.Commit(ctx, tx)
}

// DropOrigin drops an origin, when there is one.
func DropOrigin(ctx context.Context, conn *pgx.Conn, name string) error {
	_, err := conn.Exec(ctx, statement(conn, "origin_drop"), name)
	return originError(err)
}

func originError(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	switch pg.Code {
	case "42501":
		return &pgdb.UserError{Msg: "the target's role may not use replication origins: " + pg.Message, Err: err,
			Hint: "on the target, as a superuser: GRANT EXECUTE ON FUNCTION pg_replication_origin_create, pg_replication_origin_advance, " +
				"pg_replication_origin_drop, pg_replication_origin_progress, pg_replication_origin_session_setup, " +
				"pg_replication_origin_session_progress, pg_replication_origin_xact_setup TO the role"}
	case "53400":
		return &pgdb.UserError{Msg: "the target has no room for another replication origin", Err: err,
			Hint: "raise max_replication_slots (from 18 on max_active_replication_origins) on the target and restart it"}
	case "55006":
		return fmt.Errorf("the replication origin is in use by another session: %w", err)
	}
	return err
}
