package pgtarget

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// CheckApply finds out, before anything is made, whether the target's role may do what applying changes needs: to keep triggers and foreign
// keys from firing, and to move a replication origin. The error names the grant that is missing.
func CheckApply(ctx context.Context, conn *pgx.Conn) error {
	tx, err := conn.Begin(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(ctx)) }()
	if _, err := tx.Exec(ctx, "SET LOCAL session_replication_role = replica"); err != nil {
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "42501" {
			return err
		}
		return &pgdb.UserError{Msg: "the target's role may not set session_replication_role: triggers and foreign keys would fire on every change that is applied",
			Hint: "on the target, as a superuser: GRANT SET ON PARAMETER session_replication_role TO " + pgschema.QuoteIdent(conn.Config().User) +
				" (version 15 and newer), or connect as a superuser", Err: err}
	}
	var may bool
	if err := conn.QueryRow(ctx, statement(conn, "origin_may")).Scan(&may); err != nil {
		return err
	}
	if !may {
		return originError(&pgconn.PgError{Code: "42501", Message: "permission denied for pg_replication_origin functions"})
	}
	return nil
}
