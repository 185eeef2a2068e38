package pgtarget

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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
		return replicaRoleError(conn, err)
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
