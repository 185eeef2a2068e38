package e2e

import (
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

// TestBadCommandLine: what makes no sense is refused before anything is touched, with status 2.
func TestBadCommandLine(t *testing.T) {
	uri := "postgresql://postgres:" + url.QueryEscape(sourcePassword) + "@127.0.0.1:1/shop"
	both := []string{"--source", "postgresql://postgres@127.0.0.1:1/shop", "--target", "postgresql://postgres@127.0.0.1:2/shop"}
	clone := func(args ...string) []string { return append(append([]string{"clone"}, both...), args...) }
	rows := []refusal{
		{name: "nothing", says: []string{"say what to do", "clone", "resume"}, remedy: []string{"pgcopy --help"}},
		{name: "command misspelt", args: []string{"clonee"}, says: []string{"clonee", `did you mean "clone"`}, remedy: []string{"pgcopy --help"}},
		{name: "command unknown", args: []string{"frobnicate"}, says: []string{"frobnicate"}, remedy: []string{"pgcopy --help"}},
		{name: "list what", args: []string{"list"}, says: []string{"say what to list", "progress", "runs"}, remedy: []string{"pgcopy list --help"}},
		{name: "list misspelt", args: []string{"list", "progres"}, says: []string{"progres", `did you mean "progress"`}, remedy: []string{"pgcopy list --help"}},
		{name: "flag misspelt", args: clone("--table-job", "4"), says: []string{"--table-job", `did you mean "--table-jobs"`}, remedy: []string{"pgcopy clone --help"}},
		{name: "flag unknown", args: clone("--turbo"), says: []string{"--turbo"}, remedy: []string{"pgcopy clone --help"}},
		{name: "a word too many", args: clone("now"), says: []string{"now"}, remedy: []string{"pgcopy clone --help"}},
		{name: "flag without its value", args: clone("--dir"), says: []string{"--dir needs a value", "nothing"}, remedy: []string{"--help"}},
		{name: "no source", args: []string{"clone", "--target", uri}, says: []string{"--source", "PGCOPY_SOURCE_PGURI"}, remedy: []string{"clone --help"}},
		{name: "no target", args: []string{"clone", "--source", uri}, says: []string{"--target", "PGCOPY_TARGET_PGURI"}, remedy: []string{"clone --help"}},
		{name: "no source, snapshot", args: []string{"snapshot"}, says: []string{"--source", "PGCOPY_SOURCE_PGURI"}, remedy: []string{"snapshot --help"}},
		{name: "parts of nothing", args: clone("--split-max-parts", "4", "--split-tables-larger-than", "never"), says: []string{"--split-max-parts", "--split-tables-larger-than"}, remedy: []string{"clone --help"}},
		{name: "a time that is none", args: clone("--retry-for", "soon"), says: []string{"--retry-for", "soon", "10m"}, remedy: []string{"clone --help"}},
		{name: "a log level that is none", args: clone("--log-level", "loud"), says: []string{"--log-level", "loud", "debug"}, remedy: []string{"clone --help"}},
		{name: "a log format that is none", args: clone("--log-format", "xml"), says: []string{"--log-format", "xml", "json"}, remedy: []string{"clone --help"}},
		{name: "contradiction", args: []string{"resume", "--restart", "--not-consistent"}, says: []string{"--restart", "--not-consistent"}, remedy: []string{"resume --help"}},
		{name: "not consistent from the start", args: clone("--not-consistent"), says: []string{"--not-consistent", "resume"}, remedy: []string{"clone --help"}},
		{name: "a number from the environment", args: clone(), env: []string{"PGCOPY_INDEX_JOBS=many"}, says: []string{"--index-jobs", `"many"`}, remedy: []string{"clone --help"}},
		{name: "a switch from the environment", args: clone(), env: []string{"PGCOPYDB_FAIL_FAST=perhaps"}, says: []string{"PGCOPYDB_FAIL_FAST: must be on or off, not", `"perhaps"`}, remedy: []string{"clone --help"}},
	}
	for _, flag := range []string{"--table-jobs", "--jobs", "--index-jobs", "--restore-jobs", "--large-objects-jobs"} {
		for _, n := range []string{"0", "-3", "4000", "abc", "1.5"} {
			named := strings.Replace(flag, "--jobs", "--table-jobs", 1)
			rows = append(rows, refusal{name: flag + " " + n, args: clone(flag, n), says: []string{named + " must be a whole number between 1 and 128, not", n}, remedy: []string{"clone --help"}})
		}
	}
	for _, size := range []string{"ten", "10XB", "-5GB", "1e99GB", "GB", "0x10", "9999999999GB"} {
		rows = append(rows, refusal{name: "size " + size, args: clone("--split-tables-larger-than", size),
			says: []string{"--split-tables-larger-than", size}, remedy: []string{"clone --help"}})
	}
	for text, says := range map[string]string{
		"postgresql://postgres:" + sourcePassword + "@127.0.0.1/shop": "percent-encoded",
		"postgresql://postgres:p@ss@127.0.0.1/shop":                   "percent-encoded",
		"postgresql://127.0.0.1:54x2/shop":                            "port",
		"postgresql://127.0.0.1:99999/shop":                           "port must be a number between 1 and 65535",
		"postgresql://127.0.0.1/shop?sslmode=maybe":                   "sslmode must be disable, allow, prefer, require, verify-ca or verify-full",
		"postgresql://127.0.0.1/shop?colour=blue":                     "colour",
		"postgresql://127.0.0.1/shop%zz":                              "percent-encoding",
		"host=127.0.0.1 port=x dbname=shop password=" + wrongPassword: "port must be a number between 1 and 65535",
		"host=127.0.0.1 dbname='shop password=" + wrongPassword:       "quote",
		"127.0.0.1": "",
		"mysql://root:" + wrongPassword + "@127.0.0.1/shop":              "",
		"host=127.0.0.1 dbname=shop servise=x password=" + wrongPassword: "servise",
	} {
		rows = append(rows, refusal{name: "connection string " + text, args: []string{"clone", "--source", text, "--target", uri},
			says: []string{"--source", says}, remedy: []string{"postgresql://user@host:5432/dbname"}})
	}
	rows = append(rows, refusal{name: "connection string from the environment", args: []string{"clone", "--source", uri},
		env: []string{"PGCOPYDB_TARGET_PGURI=host=x dbname"}, says: []string{"PGCOPYDB_TARGET_PGURI"}, remedy: []string{"postgresql://user@host:5432/dbname"}})
	watchCommandLines(t)
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			row.status = exitUsage
			dir := filepath.Join(t.TempDir(), "work")
			row.check(t, answerOf(pgcopy(t, append(row.env, "PGCOPY_DIR="+dir), row.args...)))
			mustNotExist(t, dir)
		})
	}
}

// TestServersThatRefuse: what a server, or the network before it, answers is told in one sentence, and nothing is made.
func TestServersThatRefuse(t *testing.T) {
	f := newField(t)
	copied := f.dst.FreshDB(t)
	f.role(t, "visitor", "LOGIN")
	f.role(t, "nologin", "NOLOGIN")
	f.src.Exec(t, f.db, "REVOKE CONNECT ON DATABASE "+f.db+" FROM PUBLIC")
	source, target := f.source(), f.dst.URI(copied)
	silent := silentServer(t)
	closed := fmt.Sprintf("127.0.0.1:%d", closedPort(t))
	for _, row := range []refusal{
		{name: "wrong password of the source", args: []string{f.src.URIAs("postgres", wrongPassword, f.db), target},
			says: []string{"--source: password authentication failed", `user "postgres"`, fmt.Sprint(f.src.Port), f.db}, remedy: []string{"PGPASSWORD", ".pgpass"}},
		{name: "wrong password of the target", args: []string{source, f.dst.URIAs("postgres", wrongPassword, copied)},
			says: []string{"--target: password authentication failed", fmt.Sprint(f.dst.Port)}, remedy: []string{"PGPASSWORD", ".pgpass"}},
		{name: "no password", args: []string{source, f.dst.URIAs("postgres", "", copied)},
			says: []string{"--target: server", fmt.Sprint(f.dst.Port), `asks for the password of user "postgres"`, "none was given"}, remedy: []string{"PGPASSWORD", ".pgpass"}},
		{name: "unknown role", args: []string{f.src.URIAs("nobody", "x", f.db), target},
			says: []string{"--source", `"nobody"`}, remedy: []string{"password"}},
		{name: "role that may not log in", args: []string{f.src.URIAs("nologin", sourcePassword, f.db), target},
			says: []string{"--source", `"nologin"`, "not permitted to log in"}, remedy: []string{"may log in"}},
		{name: "role that may not connect", args: []string{f.src.URIAs("visitor", sourcePassword, f.db), target},
			says: []string{"--source", `"visitor"`, "may not connect", f.db}, remedy: []string{`GRANT CONNECT ON DATABASE "` + f.db + `" TO "visitor"`}},
		{name: "closed port", args: []string{source, "postgresql://postgres@" + closed + "/copy"},
			says: []string{"--target: nothing listens on " + closed, "copy"}, remedy: []string{"host and port", "listen_addresses"}},
		{name: "a server that never answers", args: []string{"postgresql://postgres@" + silent + "/shop?connect_timeout=2", target},
			says: []string{"--source: server " + silent + " did not answer in time"}, remedy: []string{"connect_timeout", "firewall"}},
		{name: "a server that never answers, timeout from the environment", args: []string{"postgresql://postgres@" + silent + "/shop", target},
			env: []string{"PGCONNECT_TIMEOUT=2"}, says: []string{"--source: server " + silent + " did not answer in time"}, remedy: []string{"connect_timeout"}},
		{name: "unknown host", args: []string{"postgresql://postgres@db.invalid/shop", target},
			says: []string{`--source: host "db.invalid" is not known`}, remedy: []string{"host name"}},
		{name: "no such socket", args: []string{"host=/nonexistent dbname=shop user=postgres", target},
			says: []string{"--source", "no server socket /nonexistent/.s.PGSQL.5432"}, remedy: []string{"host="}},
		{name: "missing source database", args: []string{f.src.URI("shopp"), target},
			says: []string{`--source: database "shopp" does not exist`}, remedy: []string{"check the database name"}},
		{name: "missing target database", args: []string{source, f.dst.URI("new shop")},
			says: []string{`--target: database "new shop" does not exist`}, remedy: []string{"createdb 'new shop'"}},
		{name: "no TLS", args: []string{strings.Replace(source, "sslmode=disable", "sslmode=require", 1), target},
			says: []string{"--source", "does not speak TLS"}, remedy: []string{"ssl"}},
		{name: "not a PostgreSQL server", args: []string{"postgresql://postgres@" + chattyServer(t) + "/shop?sslmode=disable", target},
			says: []string{"--source: ", "does not answer like a PostgreSQL server"}, remedy: []string{"host and port"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.status = exitFailed
			dir := filepath.Join(t.TempDir(), "work")
			row.args = []string{"clone", "--source", row.args[0], "--target", row.args[1], "--dir", dir}
			f.refuse(t, copied, row)
			mustKeepSecretsIn(t, dir)
		})
	}
}

// silentServer accepts connections and never says a word, as a firewall that swallows packets does to who has a connection.
func silentServer(t testing.TB) (address string) {
	return server(t, func(net.Conn) {})
}

// chattyServer is something else on the port.
func chattyServer(t testing.TB) (address string) {
	return server(t, func(c net.Conn) { _, _ = c.Write([]byte("SSH-2.0-OpenSSH_9.2p1\r\n")) })
}

func server(t testing.TB, greet func(net.Conn)) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { c.Close() })
			greet(c)
		}
	}()
	return l.Addr().String()
}

// closedPort is a port that nothing listens on.
func closedPort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}
