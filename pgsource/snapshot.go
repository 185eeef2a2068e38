package pgsource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/sql"
)

// ErrSnapshotGone is what AdoptSnapshot's error is (errors.Is) when nobody holds the snapshot any more: its transaction has ended,
// or it never was one of this server.
var ErrSnapshotGone = errors.New("the snapshot is gone")

// ExportSnapshot begins a read-only REPEATABLE READ transaction on conn and gives the name under which other sessions can adopt
// its picture of the database. The name is good until that transaction or the connection ends.
func ExportSnapshot(ctx context.Context, conn *pgx.Conn) (string, error) {
	if _, err := conn.Exec(ctx, sql.Source("begin_read")); err != nil {
		return "", fmt.Errorf("export snapshot: %w", err)
	}
	var name string
	if err := conn.QueryRow(ctx, sql.Source("export_snapshot")).Scan(&name); err != nil {
		rollback(ctx, conn)
		return "", fmt.Errorf("export snapshot: %w", err)
	}
	return name, nil
}

// AdoptSnapshot begins a read-only transaction on conn that sees the picture which the named snapshot shows. It takes one
// round trip, so that a session may end its transaction (and with it give up its table locks) and adopt again as
// often as it likes. When the snapshot is gone the error is ErrSnapshotGone and a *pgdb.UserError with a hint, and conn is
// outside any transaction.
func AdoptSnapshot(ctx context.Context, conn *pgx.Conn, name string) error {
	stmt := sql.Source("begin_read") + "; SET TRANSACTION SNAPSHOT " + pgschema.QuoteLiteral(name)
	_, err := conn.PgConn().Exec(ctx, stmt).ReadAll()
	if err == nil {
		return nil
	}
	if conn.PgConn().TxStatus() != 'I' {
		rollback(ctx, conn)
	}
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code {
		// Which of these comes depends on the version: invalid_parameter_value (no file of that name, up to 16),
		// undefined_object (17 and newer), object_not_in_prerequisite_state (its process has just ended).
		case "22023", "42704", "55000":
			return snapshotGone(name, err)
		}
	}
	return fmt.Errorf("adopt snapshot %q: %w", name, err)
}

func snapshotGone(name string, cause error) error {
	return &pgdb.UserError{
		Msg: fmt.Sprintf("snapshot %q is gone from the source: the session that held it has ended", name),
		Hint: "start over with --restart, or continue with --not-consistent and get data of two moments; " +
			"timeouts that end idle sessions on the source or between are the usual cause",
		Err: errors.Join(ErrSnapshotGone, cause),
	}
}

// LockTables takes ACCESS SHARE locks on the named tables, without their children, until conn's transaction ends. Without them a
// snapshot does not protect from TRUNCATE, from ALTER TABLE forms that rewrite, and, for a table read in ctid ranges, from
// VACUUM FULL and CLUSTER, which move rows between the ranges (section "Caveats" of the documentation's chapter on
// concurrency control). Locking needs SELECT on each and one entry of the server's lock table each: pass some
// hundred names at a time.
func LockTables(ctx context.Context, conn *pgx.Conn, names []pgschema.Name) error {
	if len(names) == 0 {
		return nil
	}
	list := make([]string, len(names))
	for i, n := range names {
		list[i] = "ONLY " + n.Quoted()
	}
	if _, err := conn.Exec(ctx, "LOCK TABLE "+strings.Join(list, ", ")+" IN ACCESS SHARE MODE", pgx.QueryExecModeExec); err != nil {
		return fmt.Errorf("lock tables on the source: %w", err)
	}
	return nil
}
