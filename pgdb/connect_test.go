package pgdb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

func TestSessions(t *testing.T) {
	e := newEnds(t)
	for sql, want := range map[string]string{
		"show application_name": "pgcopy source", "show search_path": "", "show row_security": "off",
		"show synchronize_seqscans": "off", "show client_encoding": "UTF8", "show timezone": "UTC", "show datestyle": "ISO, MDY",
		"show extra_float_digits": "3",
	} {
		if got := value(t, e.src, sql); got != want {
			t.Errorf("%s: %q", sql, got)
		}
	}
	if got := value(t, e.dst, "show check_function_bodies"); got != "off" {
		t.Error(got)
	}
	// A setting that no server knows is left out, one with odd characters arrives.
	s := TargetSession().As("index 3").With("no_such_setting", "1").With("search_path", `"a\b", "c""d"`).
		With("maintenance_work_mem", "96MB").Encoded("LATIN1").WithParam("options", "-c geqo=off")
	conn := connect(t, e.dstServer.URI(e.dstDB), s)
	for sql, want := range map[string]string{
		"show search_path": `"a\b", "c""d"`, "show client_encoding": "LATIN1", "show application_name": "pgcopy index 3",
		"show maintenance_work_mem": "96MB", "show geqo": "off",
	} {
		if got := value(t, conn, sql); got != want {
			t.Errorf("%s: %q", sql, got)
		}
	}
	if _, ok := TargetSession().Settings["no_such_setting"]; ok {
		t.Error("a preset was changed")
	}
	pg, err := conninfo(t, e.srcServer.URI(e.srcDB)).ConnectPgConn(t.Context(), Session{Role: "receive", Params: map[string]string{"replication": "database"}})
	if err != nil {
		t.Fatal(err)
	}
	defer pg.Close(context.Background())
	if _, err := pg.Exec(t.Context(), "IDENTIFY_SYSTEM").ReadAll(); err != nil {
		t.Error(err)
	}
}

func TestSQLASCII(t *testing.T) {
	src, _ := pgtest.Pair(t)
	src.CreateDB(t, "pgdb_ascii", "TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
	conn := connect(t, src.URI("pgdb_ascii"), SourceSession())
	if got := value(t, conn, "show client_encoding"); got != "SQL_ASCII" {
		t.Error(got)
	}
	if got := value(t, conn, "select E'caf\\xe9'"); got != "caf\xe9" {
		t.Errorf("%q", got)
	}
	info, err := ReadServerInfo(t.Context(), conn)
	if err != nil || info.Encoding != "SQL_ASCII" || info.Database != "pgdb_ascii" {
		t.Error(info, err)
	}
}

func TestServerInfo(t *testing.T) {
	e := newEnds(t)
	a, err := ReadServerInfo(t.Context(), e.src)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ReadServerInfo(t.Context(), e.dst)
	if err != nil {
		t.Fatal(err)
	}
	if a.SystemIdentifier == "" || a.SystemIdentifier == b.SystemIdentifier {
		t.Error(a.SystemIdentifier, b.SystemIdentifier)
	}
	if a.Database != e.srcDB || a.Encoding != "UTF8" || a.DatabaseOID == 0 || a.Major() < 9 || !a.Superuser || a.User != pgtest.Superuser ||
		a.BlockSize != 8192 || a.MaxLocksPerTransaction == 0 || a.LocksForSure() != a.MaxLocksPerTransaction*(a.MaxConnections+a.MaxPrepared) || a.InRecovery || a.Address != "127.0.0.1" || a.Port == 0 ||
		time.Since(a.PostmasterStart) > 24*time.Hour {
		t.Errorf("%+v", a)
	}
	e.srcServer.Exec(t, "postgres", "create role pgdb_limited login")
	defer e.srcServer.Exec(t, "postgres", "drop role pgdb_limited")
	e.srcServer.Exec(t, e.srcDB, "revoke execute on function pg_control_system() from public")
	conn, err := conninfo(t, e.srcServer.URIAs("pgdb_limited", "", e.srcDB)).Connect(t.Context(), SourceSession())
	if err != nil {
		t.Fatal(err)
	}
	c, err := ReadServerInfo(t.Context(), conn)
	conn.Close(t.Context())
	if err != nil || c.SystemIdentifier != "" || c.Superuser || c.User != "pgdb_limited" || c.Role != "pgdb_limited" || c.Acting() != "role pgdb_limited" {
		t.Errorf("%+v %v", c, err)
	}
}

// TestExplainConnect: each common failure is one sentence with place, user,
// database and remedy, without the password.
func TestExplainConnect(t *testing.T) {
	clean(t)
	server := pgtest.Start(t, pgtest.WithAuth("scram-sha-256"), pgtest.WithHBA("host nodb all 127.0.0.1/32 reject"),
		pgtest.WithSetting("max_connections", "8"), pgtest.WithSetting("superuser_reserved_connections", "2"))
	server.Exec(t, "postgres", "create role limited login password 's3cret' connection limit 1")
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	closed, _ := net.Listen("tcp", "127.0.0.1:0")
	closedAt := closed.Addr().String()
	closed.Close()
	// "limited" has its one connection taken.
	held, err := conninfo(t, server.URIAs("limited", "s3cret", "postgres")).Connect(t.Context(), Session{})
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close(context.Background())
	at := strings.TrimPrefix(server.URIAs("u", "", ""), "postgresql://")
	at = at[strings.Index(at, "@")+1 : strings.Index(at, "/")]
	for _, c := range []struct {
		uri   string
		class Class
		want  []string
	}{
		{server.URIAs("postgres", "s3cret-wrong", "postgres"), Permanent, []string{"password authentication failed", at, `"postgres"`, "pgpass"}},
		{server.URIAs("postgres", server.Password(), "nodb"), Permanent, []string{at, "nodb", "pg_hba"}},
		{server.URIAs("postgres", server.Password(), "nowhere"), Permanent, []string{`database "nowhere" does not exist`, at, "createdb"}},
		{server.URIAs("limited", "s3cret", "postgres"), Transient, []string{"no connection left", `"limited"`, at}},
		{"postgres://u:s3cret@no-such-host.invalid/db", Permanent, []string{"no-such-host.invalid", "not known", "user u", "database db"}},
		{"postgres://u:s3cret@" + closedAt + "/db", Transient, []string{"nothing listens on " + closedAt, "user u", "database db"}},
		{"postgres://u:s3cret@" + silent.Addr().String() + "/db?connect_timeout=1", Transient, []string{"did not answer in time", silent.Addr().String(), "connect_timeout"}},
		{addParam(server.URI("postgres"), "sslmode", "require"), Permanent, []string{"does not speak TLS", at}},
		{"host=/nonexistent-dir dbname=db user=u", Transient, []string{"no server socket", "/nonexistent-dir/.s.PGSQL.5432"}},
	} {
		_, err := conninfo(t, c.uri).Connect(t.Context(), SourceSession())
		message, hint := Explain(fmt.Errorf("clone: %w", err))
		both := message + " | " + hint
		if err == nil || hint == "" || ClassOf(err) != c.class {
			t.Errorf("%s: %v: %s", c.uri, ClassOf(err), both)
		}
		for _, w := range append(c.want, "--source") {
			if !strings.Contains(both, w) {
				t.Errorf("%q is missing in: %s", w, both)
			}
		}
		text := fmt.Sprintf("%s %v %+v %#v", both, err, err, errors.Unwrap(err))
		if strings.Contains(text, "s3cret") || strings.Contains(text, server.Password()) || strings.Contains(message, "\n") {
			t.Error(text)
		}
		t.Log(both)
	}
}

// TestWishes: what a server refuses does not keep the others, and what a session needs for itself stays.
func TestWishes(t *testing.T) {
	e := newEnds(t)
	wishes := map[string]string{"TimeZone": "Asia/Tokyo", "DateStyle": "SQL, DMY", "Search_Path": "public", "app.tenant": "acme", "datestyle ": "none", "shared_buffers": "1GB"}
	for _, c := range []struct {
		session                   Session
		zone, style, path, tenant string
	}{
		{RestoreSession().Wishing(wishes), "Asia/Tokyo", "SQL, DMY", "", "acme"},
		{ApplySession().Wishing(wishes), "Asia/Tokyo", "ISO, MDY", "", "acme"},
	} {
		conn := connect(t, e.dstServer.URI(e.dstDB), c.session)
		for name, want := range map[string]string{"timezone": c.zone, "datestyle": c.style, "search_path": c.path, "app.tenant": c.tenant} {
			if got := value(t, conn, "show "+name); got != want {
				t.Errorf("%s is %q, wanted %q", name, got, want)
			}
		}
	}
}

func TestConnectRetry(t *testing.T) {
	server := pgtest.Start(t)
	c := conninfo(t, server.URI("postgres"))
	if err := server.Shutdown(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	if _, err := ConnectRetry(t.Context(), c, SourceSession(), 0, nil); ClassOf(err) != Transient {
		t.Fatal(err)
	}
	go func() {
		time.Sleep(500 * time.Millisecond)
		server.Startup()
	}()
	tries := 0
	conn, err := ConnectRetry(t.Context(), c, SourceSession(), time.Minute, func(attempt int, _ time.Duration, err error) {
		tries = attempt
	})
	if err != nil || tries == 0 {
		t.Fatalf("%v after %d tries", err, tries)
	}
	conn.Close(t.Context())
	// What cannot succeed is not repeated, and a cancelled wait ends at once.
	start := time.Now()
	if _, err := ConnectRetry(t.Context(), conninfo(t, server.URI("nowhere")), SourceSession(), time.Minute, nil); ClassOf(err) != Permanent {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeoutCause(t.Context(), 100*time.Millisecond, context.Canceled)
	defer cancel()
	err = Retry(ctx, time.Minute, nil, func(context.Context) error { return state("40001") })
	if !errors.Is(err, context.Canceled) || time.Since(start) > 10*time.Second {
		t.Error(err, time.Since(start))
	}
}
