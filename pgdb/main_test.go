package pgdb

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// conninfo parses a connection string that is known to be good.
func conninfo(t testing.TB, uri string) *Conninfo {
	t.Helper()
	c, err := ParseConninfo("--source", uri)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// connect opens a session until the test ends.
func connect(t testing.TB, uri string, s Session) *pgx.Conn {
	t.Helper()
	conn, err := conninfo(t, uri).Connect(context.Background(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close(context.Background()) })
	return conn
}

// ends is a fresh database on each of two servers with a session in both.
type ends struct {
	srcServer, dstServer *pgtest.Server
	srcDB, dstDB         string
	src, dst             *pgx.Conn
}

func newEnds(t testing.TB) *ends {
	t.Helper()
	var e ends
	e.srcServer, e.dstServer = pgtest.Pair(t)
	e.srcDB, e.dstDB = e.srcServer.FreshDB(t), e.dstServer.FreshDB(t)
	e.src = connect(t, e.srcServer.URI(e.srcDB), SourceSession())
	e.dst = connect(t, e.dstServer.URI(e.dstDB), TargetSession())
	return &e
}

func run(t testing.TB, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.PgConn().Exec(context.Background(), sql).ReadAll(); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func value(t testing.TB, conn *pgx.Conn, sql string) string {
	t.Helper()
	res, err := conn.PgConn().Exec(context.Background(), sql).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	last := res[len(res)-1].Rows
	if len(last) != 1 || len(last[0]) != 1 {
		t.Fatalf("%s: not one value", sql)
	}
	return string(last[0][0])
}
