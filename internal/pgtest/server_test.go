package pgtest

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

func TestMain(m *testing.M) {
	if os.Getenv("PGTEST_CHILD") != "" {
		childMain()
	}
	Main(m)
}

func TestStartServesAndCleansUp(t *testing.T) {
	var base string
	var pid int
	t.Run("life", func(t *testing.T) {
		s := Start(t, WithSetting("work_mem", "7MB"))
		base, pid = s.base, s.PID()
		for setting, want := range map[string]string{
			"wal_level": "logical", "fsync": "off", "max_prepared_transactions": "10", "max_connections": "200",
			"work_mem": "7MB", "server_encoding": "UTF8", "unix_socket_directories": "",
		} {
			if got := s.Value(t, "postgres", "SHOW "+setting); got != want {
				t.Errorf("%s = %q, want %q", setting, got, want)
			}
		}
		if got := s.Psql(t, "postgres", "-At", "-c", "SELECT 6*7"); got != "42\n" {
			t.Errorf("psql said %q", got)
		}
		if !strings.Contains(s.Log(), "ready to accept connections") {
			t.Errorf("log: %s", s.Log())
		}
	})
	if alive(pid) {
		t.Errorf("postmaster %d is still there", pid)
	}
	if _, err := os.Stat(base); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", base, err)
	}
}

func TestRestartAndKillKeepCommittedRows(t *testing.T) {
	s := Start(t)
	port := s.Port
	s.Exec(t, "postgres", "CREATE TABLE t(n int); INSERT INTO t VALUES (1)")
	for _, mode := range []Mode{Fast, Immediate} {
		before := s.PID()
		if err := s.Restart(mode); err != nil {
			t.Fatal(mode, err)
		}
		if s.PID() == before || s.Port != port {
			t.Errorf("%s: pid %d then %d, port %d then %d", mode, before, s.PID(), port, s.Port)
		}
		if got := s.Value(t, "postgres", "SELECT count(*) FROM t"); got != "1" {
			t.Errorf("%s: %s rows", mode, got)
		}
	}
	if err := s.Kill(); err != nil {
		t.Fatal(err)
	}
	if s.PID() != 0 {
		t.Error("a killed server has a pid")
	}
	if err := s.ExecContext(context.Background(), "postgres", "SELECT 1"); err == nil {
		t.Error("a killed server answers")
	}
	if err := s.Startup(); err != nil {
		t.Fatal(err)
	}
	if got := s.Value(t, "postgres", "SELECT count(*) FROM t"); got != "1" {
		t.Errorf("after kill: %s rows", got)
	}
	if err := s.Shutdown("gentle"); err == nil {
		t.Error("an unknown mode is accepted")
	}
}

func TestPasswordsAndTLS(t *testing.T) {
	s := Start(t, WithAuth("scram-sha-256"), WithTLS(), WithPassword("p@ss:/ %w'rd"),
		WithHBA("hostnossl all nossl 127.0.0.1/32 reject"))
	if got := s.Value(t, "postgres", "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"); got != "t" {
		t.Errorf("ssl = %s", got)
	}
	verify := s.URI("postgres") + "?sslmode=verify-full&sslrootcert=" + s.CAFile()
	conn, err := pgx.Connect(context.Background(), verify)
	if err != nil {
		t.Fatalf("verify-full: %v", err)
	}
	conn.Close(context.Background())
	if _, err := pgx.Connect(context.Background(), s.URIAs(Superuser, "wrong", "postgres")); err == nil ||
		!strings.Contains(err.Error(), "28P01") {
		t.Errorf("a wrong password: %v", err)
	}
	if got := s.Psql(t, "postgres", "-At", "-c", "SELECT 1"); got != "1\n" {
		t.Errorf("psql: %q", got)
	}
	s.Exec(t, "postgres", "CREATE ROLE nossl LOGIN PASSWORD 'x'")
	if _, err := pgx.Connect(context.Background(), s.URIAs("nossl", "x", "postgres")+"?sslmode=disable"); err == nil {
		t.Error("the line of pg_hba.conf is not obeyed")
	}
}

func TestPairIsTwoServersWithFreshDatabases(t *testing.T) {
	src, dst := Pair(t)
	const id = "SELECT system_identifier FROM pg_control_system()"
	if src.Value(t, "postgres", id) == dst.Value(t, "postgres", id) {
		t.Error("the servers share a system identifier")
	}
	src2, dst2 := Pair(t)
	if src2 != src || dst2 != dst {
		t.Error("the pair is not shared")
	}
	var name string
	t.Run("Fresh ümlaut/and a name that is longer than the sixty three bytes of an identifier", func(t *testing.T) {
		name = src.FreshDB(t)
		if other := src.FreshDB(t); other == name {
			t.Error("two fresh databases share a name")
		}
		src.Exec(t, name, "SELECT pg_create_logical_replication_slot('pgtest_slot', 'pgoutput')")
		src.Exec(t, name, "BEGIN; CREATE TABLE x(); PREPARE TRANSACTION 'pgtest x'")
		conn, err := pgx.Connect(context.Background(), src.URI(name))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close(context.Background()) })
	})
	if got := src.Value(t, "postgres", "SELECT count(*) FROM pg_database WHERE datname = '"+name+"'"); got != "0" {
		t.Errorf("database %s is still there", name)
	}
	src.CreateDB(t, `an "odd" name/with ? and %`, "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
	if got := src.Value(t, `an "odd" name/with ? and %`, "SHOW server_encoding"); got != "LATIN1" {
		t.Errorf("encoding %s", got)
	}
	if got := src.Psql(t, `an "odd" name/with ? and %`, "-At", "-c", "SELECT current_database()"); got != `an "odd" name/with ? and %`+"\n" {
		t.Errorf("psql is in %q", got)
	}
}

func TestMissingMajorSaysWhatToInstall(t *testing.T) {
	_, err := StartServer(context.Background(), Options{Major: 8})
	if err == nil || !strings.Contains(err.Error(), "install the server package of PostgreSQL 8") {
		t.Errorf("%v", err)
	}
}

func TestNamedFolderComesFirst(t *testing.T) {
	in, err := Find(0)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(BinEnv, "/nonexistent"+string(os.PathListSeparator)+in.Dir)
	if first := Installed()[0]; first != in {
		t.Errorf("first is %v, want %v", first, in)
	}
}

// childMain is the test binary run again: it starts a server, says where, and waits to be killed.
func childMain() {
	s, err := StartServer(context.Background(), Options{})
	if err != nil {
		panic(err)
	}
	println(s.base, s.PID())
	select {}
}

func TestServerDiesWithAKilledProcess(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PGTEST_CHILD=1")
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	base, pidText, _ := strings.Cut(strings.TrimSpace(line), " ")
	pid, err := strconv.Atoi(pidText)
	if err != nil || !alive(pid) {
		t.Fatalf("%q: %v", line, err)
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for deadline := time.Now().Add(15 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		_, err := os.Stat(base)
		if !alive(pid) && os.IsNotExist(err) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("15 s after the kill: postmaster alive %v, folder %v", alive(pid), err)
		}
	}
}

func alive(pid int) bool { return syscall.Kill(pid, 0) == nil }

func TestInstalledMajorsRunSideBySide(t *testing.T) {
	seen := map[int]bool{}
	for _, in := range Installed() {
		if seen[in.Major] {
			continue
		}
		seen[in.Major] = true
		s := Start(t, WithMajor(in.Major))
		if got := s.Value(t, "postgres", "SHOW server_version_num"); got[:len(got)-4] != strconv.Itoa(in.Major) {
			t.Errorf("asked for %d, got %s", in.Major, got)
		}
		// a server package without clients borrows those of another
		if got := s.Psql(t, s.FreshDB(t), "-At", "-c", "SELECT 1"); got != "1\n" {
			t.Errorf("psql on %d said %q", in.Major, got)
		}
	}
}
