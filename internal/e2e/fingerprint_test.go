package e2e

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// field is where bad input is met: a source worth copying, and a target, each on a server that asks for a password.
type field struct {
	src, dst *pgtest.Server
	db       string // on the source
}

// The passwords of the field. No file, no line of output and no process list may ever hold one.
const (
	sourcePassword = "Quiet-Otter/41"
	targetPassword = "Loud Heron%7"
	wrongPassword  = "Not-The-Otter"
)

// shop is the database that most rows copy: little of everything that can be refused.
const shop = `
CREATE TABLE customer (id int PRIMARY KEY, name text);
INSERT INTO customer SELECT n, 'customer ' || n FROM generate_series(1, 500) n;
CREATE TABLE orders (id bigserial PRIMARY KEY, customer int REFERENCES customer, note text);
INSERT INTO orders (customer, note) SELECT n % 500 + 1, repeat('x', 100) FROM generate_series(1, 20000) n;
CREATE SEQUENCE ticket;
SELECT setval('ticket', 77);
SELECT lo_from_bytea(424242, 'a large object');`

// guarded are the two servers of the field, shared by all tests that ask for one.
var guarded struct {
	once     sync.Once
	src, dst *pgtest.Server
	err      error
}

// newField gives a test a source database of its own on servers that ask for passwords.
func newField(t testing.TB) *field {
	t.Helper()
	guarded.once.Do(func() {
		guarded.src, guarded.dst, guarded.err = pgtest.StartPair(context.Background(),
			pgtest.Options{Auth: "scram-sha-256", Password: sourcePassword}, pgtest.Options{Auth: "scram-sha-256", Password: targetPassword})
	})
	if guarded.err != nil {
		t.Fatal(guarded.err)
	}
	f := &field{src: guarded.src, dst: guarded.dst}
	f.db = f.src.FreshDB(t)
	f.src.Exec(t, f.db, shop)
	watchCommandLines(t)
	return f
}

// stopField ends the servers of the field.
func stopField() {
	if guarded.src != nil {
		_ = guarded.src.Stop()
		_ = guarded.dst.Stop()
	}
}

// role makes a role that may log in to the source, and a name for it on the target.
func (f *field) role(t testing.TB, name, options string) {
	t.Helper()
	make := "DO $$ BEGIN CREATE ROLE " + name + "; EXCEPTION WHEN duplicate_object THEN NULL; END $$;"
	f.dst.Exec(t, "postgres", make)
	f.src.Exec(t, "postgres", make+" ALTER ROLE "+name+" NOBYPASSRLS PASSWORD '"+sourcePassword+"' "+options)
}

// source is the connection string of the source, password and all.
func (f *field) source() string { return f.src.URI(f.db) }

// fingerprint is what somebody who knows nothing of pgcopy would look at to see whether a server was touched: everything that
// belongs to the whole cluster, and what one of its databases holds, down to the files of its tables.
func fingerprint(t testing.TB, s *pgtest.Server, db string) []string {
	t.Helper()
	list := s.Rows(t, "postgres", `
		SELECT 'role ' || rolname || ' ' || rolsuper::text || rolcanlogin::text || rolbypassrls::text FROM pg_roles
		UNION ALL SELECT 'database ' || datname || ' ' || coalesce(datacl::text, '') FROM pg_database
		UNION ALL SELECT 'setting ' || setdatabase || ' ' || setrole || ' ' || setconfig::text FROM pg_db_role_setting
		UNION ALL SELECT 'slot ' || slot_name FROM pg_replication_slots
		UNION ALL SELECT 'origin ' || roname FROM pg_replication_origin
		UNION ALL SELECT 'prepared ' || gid FROM pg_prepared_xacts
		UNION ALL SELECT 'tablespace ' || spcname FROM pg_tablespace`)
	if s.Value(t, "postgres", "SELECT count(*) FROM pg_database WHERE datname = '"+strings.ReplaceAll(db, "'", "''")+"'") == "1" {
		list = append(list, s.Rows(t, db, `
		SELECT 'relation ' || c.oid::regclass::text || ' ' || c.relkind::text || ' file ' || coalesce(pg_relation_filenode(c.oid), 0) || ' ' || pg_relation_size(c.oid)
		  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
		UNION ALL SELECT 'schema ' || nspname || ' ' || coalesce(nspacl::text, '') FROM pg_namespace WHERE nspname !~ '^pg_(toast|temp)'
		UNION ALL SELECT 'extension ' || extname FROM pg_extension
		UNION ALL SELECT 'function ' || oid::regprocedure::text FROM pg_proc WHERE oid >= 16384
		UNION ALL SELECT 'type ' || oid::regtype::text FROM pg_type WHERE oid >= 16384
		UNION ALL SELECT 'publication ' || pubname FROM pg_publication
		UNION ALL SELECT 'large object ' || oid FROM pg_largeobject_metadata`)...)
	}
	var lines []string
	for _, row := range list {
		lines = append(lines, row[0])
	}
	slices.Sort(lines)
	return lines
}

// mustBeSame compares two fingerprints.
func mustBeSame(t testing.TB, what string, before, after []string) {
	t.Helper()
	for _, l := range before {
		if !slices.Contains(after, l) {
			t.Errorf("%s: gone: %s", what, l)
		}
	}
	for _, l := range after {
		if !slices.Contains(before, l) {
			t.Errorf("%s: made: %s", what, l)
		}
	}
}

// sessions counts the sessions of pgcopy and its tools on a server.
func sessions(t testing.TB, s *pgtest.Server) string {
	t.Helper()
	return s.Value(t, "postgres", `SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgcopy%' OR application_name LIKE 'pg\_%'`)
}

// mustLeave waits until as many sessions are left as there were.
func mustLeave(t testing.TB, s *pgtest.Server, before string) {
	t.Helper()
	eventually(t, "no session of pgcopy is left", exitGrace, func() bool { return sessions(t, s) == before })
}

// secrets are what must not be seen, in the ways it may be written.
var secrets = []string{sourcePassword, targetPassword, wrongPassword, "Quiet-Otter%2F41", "Loud%20Heron%257", "Loud+Heron", "Quiet-Otter", "Loud Heron"}

// mustKeepSecrets looks for passwords in text.
func mustKeepSecrets(t testing.TB, where string, text []byte) {
	t.Helper()
	for _, s := range secrets {
		if bytes.Contains(text, []byte(s)) {
			t.Errorf("%s holds the password %q", where, s)
		}
	}
}

// mustKeepSecretsIn looks for passwords in all files of a directory.
func mustKeepSecretsIn(t testing.TB, dir string) {
	t.Helper()
	_ = filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		if err == nil {
			mustKeepSecrets(t, path, text)
		}
		return nil
	})
}

// hideGrace is how long a password that a test gives on the command line may be seen there: until the program has started itself over
// without it, on a machine that has much else to do. What pgcopy starts itself has no such time.
const hideGrace = 5 * time.Second

// watchCommandLines looks for passwords in the command lines of all processes until the test ends.
func watchCommandLines(t testing.TB) {
	quit, done := make(chan struct{}), make(chan struct{})
	seen := map[int]time.Time{}
	var found []string
	go func() {
		defer close(done)
		for {
			found = append(found, commandLinesWithSecrets(seen)...)
			select {
			case <-quit:
				return
			case <-time.After(50 * time.Millisecond):
			}
		}
	}()
	t.Cleanup(func() {
		close(quit)
		<-done
		for _, f := range found {
			t.Error(f)
		}
	})
}

func commandLinesWithSecrets(seen map[int]time.Time) (found []string) {
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		line, _ := os.ReadFile("/proc/" + e.Name() + "/cmdline")
		if !slices.ContainsFunc(secrets, func(s string) bool { return bytes.Contains(line, []byte(s)) }) {
			delete(seen, pid)
			continue
		}
		if first, again := seen[pid]; !again {
			seen[pid] = time.Now()
		} else if ours := bytes.Contains(line, []byte("/pgcopy\x00")); !ours && !bytes.HasPrefix(line, []byte("nsenter")) || time.Since(first) > hideGrace {
			found = append(found, fmt.Sprintf("process %d shows a password: %q", pid, line))
			seen[pid] = time.Now().Add(time.Hour) // once is enough
		}
	}
	return found
}
