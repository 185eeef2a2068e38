package pgtarget

import (
	"context"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/sql"
)

// A variant is a statement file and the first major version it is for.
type variant struct {
	since int
	file  string
}

// variants lists, newest first, the statements that differ between server versions. A statement not named here is one
// file for all versions.
var variants = map[string][]variant{
	"current_xact_id": {{13, "current_xact_id"}, {0, "current_xact_id_before_13"}},
	"xact_status":     {{13, "xact_status"}, {0, "xact_status_before_13"}},
	"wrote_catalog":   {{15, "wrote_catalog"}, {0, "wrote_catalog_before_15"}},
	"may_be_replica":  {{15, "may_be_replica"}, {0, "may_be_replica_before_15"}},
}

// statement is the text of the named statement for the server behind conn.
func statement(conn *pgx.Conn, name string) string {
	major := serverMajor(conn)
	for _, v := range variants[name] {
		if major >= v.since {
			return sql.Target(v.file)
		}
	}
	return sql.Target(name)
}

// serverMajor is the major version that the server reported when the session began: 15 for 15.18 and for 15beta1. A
// server that reports nothing readable is taken for a new one.
func serverMajor(conn *pgx.Conn) int {
	v := conn.PgConn().ParameterStatus("server_version")
	n, err := strconv.Atoi(v[:len(v)-len(strings.TrimLeft(v, "0123456789"))])
	if err != nil {
		return 99
	}
	return n
}

// queryRow runs a statement of sql/target that gives at most one row.
func queryRow(ctx context.Context, conn *pgx.Conn, name string, args ...any) pgx.Row {
	return conn.QueryRow(ctx, statement(conn, name), args...)
}
