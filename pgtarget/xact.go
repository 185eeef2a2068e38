package pgtarget

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// XactStatus is what became of a transaction on the target.
type XactStatus string

// The states of a transaction, the first three in the words of pg_xact_status().
const (
	Committed  XactStatus = "committed"
	Aborted    XactStatus = "aborted"
	InProgress XactStatus = "in progress" // and its session could not be ended
	Unknown    XactStatus = "unknown"     // so long ago that the server has forgotten
)

// CurrentXactID is the id of the open transaction, with its epoch, so that it is never reused as long as the server does
// not crash before writing it. It does not stop a later TRUNCATE and COPY FREEZE in the same transaction.
func CurrentXactID(ctx context.Context, conn *pgx.Conn) (uint64, error) {
	var text string
	err := queryRow(ctx, conn, "current_xact_id").Scan(&text)
	var xid uint64
	if err == nil {
		xid, err = strconv.ParseUint(text, 10, 64)
	}
	if err != nil {
		return 0, fmt.Errorf("transaction id: %w", err)
	}
	return xid, nil
}

// Begin opens a transaction and gives its id, as [CurrentXactID] does, in one round trip. After an error the connection may be inside a
// transaction that has failed.
func Begin(ctx context.Context, conn *pgx.Conn) (xid uint64, err error) {
	results, err := conn.PgConn().Exec(ctx, "BEGIN; "+statement(conn, "current_xact_id")).ReadAll()
	if err == nil && (len(results) != 2 || len(results[1].Rows) != 1) {
		err = errors.New("the server gave no id")
	}
	if err == nil {
		xid, err = strconv.ParseUint(string(results[1].Rows[0][0]), 10, 64)
	}
	if err != nil {
		return 0, fmt.Errorf("begin: %w", err)
	}
	return xid, nil
}

// AskXact tells what became of a transaction. One that is still in progress is ended first: its session is the remains of
// a process that is gone. That is waited for as long as ctx allows; InProgress comes only with an error.
//
// An id that the server has not given out yet is Aborted: the server crashed before it wrote the id down, and all that the
// transaction did is lost with it (the check is TransactionIdInRecentPast in src/backend/utils/adt/xid8funcs.c).
//
// Do not call it inside a transaction: the answer about such an id is an error, which would end that transaction.
func AskXact(ctx context.Context, conn *pgx.Conn, xid uint64) (XactStatus, error) {
	for pause := 10 * time.Millisecond; ; pause = min(2*pause, time.Second) {
		status, err := xactStatus(ctx, conn, xid)
		if err != nil || status != InProgress {
			return status, err
		}
		if err := endXact(ctx, conn, xid); err != nil {
			return InProgress, err
		}
		select {
		case <-ctx.Done():
			return InProgress, fmt.Errorf("transaction %d on the target is still in progress: %w", xid, ctx.Err())
		case <-time.After(pause):
		}
	}
}

func xactStatus(ctx context.Context, conn *pgx.Conn, xid uint64) (XactStatus, error) {
	var status *string
	err := queryRow(ctx, conn, "xact_status", strconv.FormatUint(xid, 10)).Scan(&status)
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && pg.Code == "22023": // transaction ID ... is in the future
		return Aborted, nil
	case err != nil:
		return Unknown, fmt.Errorf("status of transaction %d: %w", xid, err)
	case status == nil:
		return Unknown, nil
	}
	return XactStatus(*status), nil
}

func endXact(ctx context.Context, conn *pgx.Conn, xid uint64) error {
	_, err := conn.Exec(ctx, statement(conn, "end_xact"), uint32(xid))
	var pg *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &pg) && pg.Code == "42501":
		return &pgdb.UserError{
			Msg:  fmt.Sprintf("the session of an earlier run still works on the target (transaction %d) and may not be ended: %s", xid, pg.Message),
			Hint: "end that session as its own role or as a superuser, with pg_terminate_backend(), or wait until it is gone",
			Err:  err,
		}
	}
	return fmt.Errorf("end the session of transaction %d: %w", xid, err)
}

// WroteRows reports whether a table holds a row that the given transaction wrote, frozen or not. Where there is none it
// reads the whole table. A table's inheritance children do not count, a partitioned table's partitions do.
func WroteRows(ctx context.Context, conn *pgx.Conn, table pgschema.Name, xid uint64) (bool, error) {
	found, err := existsIn(ctx, conn, table, " WHERE xmin = $2::pg_catalog.xid", uint32(xid))
	if err != nil {
		return false, fmt.Errorf("%s: rows of transaction %d: %w", table, xid, err)
	}
	return found, nil
}

// WroteLargeObjects reports whether the given transaction was the last to write what is known of one of the large
// objects of a range: it created it, gave it away, or granted on it.
func WroteLargeObjects(ctx context.Context, conn *pgx.Conn, firstOID, lastOID uint32, xid uint64) (found bool, err error) {
	err = queryRow(ctx, conn, "wrote_large_objects", firstOID, lastOID, uint32(xid)).Scan(&found)
	if err != nil {
		return false, fmt.Errorf("large objects %d to %d: rows of transaction %d: %w", firstOID, lastOID, xid, err)
	}
	return found, nil
}

// WroteCatalog reports whether the given transaction left a row in the system catalogs of the database, as nearly every statement does that
// makes or changes an object. One that only dropped things leaves none. It reads the catalogs once, from end to end. The catalogs that all
// databases share say nothing: others write there too, perhaps under an id that a crash of the server took from the transaction asked about.
func WroteCatalog(ctx context.Context, conn *pgx.Conn, xid uint64) (found bool, err error) {
	if err = queryRow(ctx, conn, "wrote_catalog", uint32(xid)).Scan(&found); err != nil {
		return false, fmt.Errorf("catalog rows of transaction %d: %w", xid, err)
	}
	return found, nil
}

// WroteInto reports whether the given transaction left a row in one system catalog, by the catalog's OID; false for one that the server does
// not have, and for one that all databases share.
func WroteInto(ctx context.Context, conn *pgx.Conn, catalog uint32, xid uint64) (found bool, err error) {
	var name *string
	if err = queryRow(ctx, conn, "local_catalog", catalog).Scan(&name); err != nil {
		return false, fmt.Errorf("system catalog %d: %w", catalog, err)
	}
	if name == nil {
		return false, nil
	}
	ask := "SELECT EXISTS (SELECT FROM " + pgschema.Name{Schema: "pg_catalog", Rel: *name}.Quoted() + " WHERE xmin = $1::pg_catalog.xid)"
	if err = conn.QueryRow(ctx, ask, uint32(xid)).Scan(&found); err != nil {
		return false, fmt.Errorf("rows of transaction %d in %s: %w", xid, *name, err)
	}
	return found, nil
}

// WroteRelation reports whether the given transaction was the last to write what the server knows of a relation.
func WroteRelation(ctx context.Context, conn *pgx.Conn, name pgschema.Name, xid uint64) (found bool, err error) {
	if err = queryRow(ctx, conn, "wrote_relation", name.Schema, name.Rel, uint32(xid)).Scan(&found); err != nil {
		return false, fmt.Errorf("what transaction %d wrote of %s: %w", xid, name, err)
	}
	return found, nil
}

// HasRowSecurity reports whether row-level security is switched on for a table.
func HasRowSecurity(ctx context.Context, conn *pgx.Conn, table pgschema.Name) (found bool, err error) {
	if err = queryRow(ctx, conn, "has_row_security", table.Schema, table.Rel).Scan(&found); err != nil {
		return false, fmt.Errorf("row-level security of %s: %w", table, err)
	}
	return found, nil
}

// CheckExists reports whether a table or domain of a schema has a CHECK or NOT NULL constraint of its own, by the name that an archive has for it: that of
// the table or domain, a blank, and the constraint's. One that it only inherits is none.
func CheckExists(ctx context.Context, conn *pgx.Conn, schema, name string) (found bool, err error) {
	if err = queryRow(ctx, conn, "check_exists", schema, name).Scan(&found); err != nil {
		return false, fmt.Errorf("look for check constraint %s: %w", pgschema.Name{Schema: schema, Rel: name}, err)
	}
	return found, nil
}

// SubscriptionExists reports whether the database has a subscription of that name.
func SubscriptionExists(ctx context.Context, conn *pgx.Conn, name string) (found bool, err error) {
	if err = queryRow(ctx, conn, "subscription_exists", name).Scan(&found); err != nil {
		return false, fmt.Errorf("look for subscription %s: %w", pgschema.DisplayIdent(name), err)
	}
	return found, nil
}
