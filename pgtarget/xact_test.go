package pgtarget

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

func begin(t *testing.T, conn *pgx.Conn) uint64 {
	t.Helper()
	run(t, conn, "BEGIN")
	xid, err := CurrentXactID(context.Background(), conn)
	if err != nil || xid == 0 {
		t.Fatal(xid, err)
	}
	return xid
}

func wantStatus(t *testing.T, conn *pgx.Conn, xid uint64, want XactStatus) {
	t.Helper()
	if got, err := AskXact(context.Background(), conn, xid); err != nil || got != want {
		t.Errorf("transaction %d is %q, %v; want %q", xid, got, err, want)
	}
}

func TestAskXact(t *testing.T) {
	dst, db, asker := fresh(t, "CREATE TABLE t (a int)")
	worker := session(t, dst.URI(db))

	committed := begin(t, worker)
	run(t, worker, "INSERT INTO public.t VALUES (1); COMMIT")
	aborted := begin(t, worker)
	run(t, worker, "INSERT INTO public.t VALUES (1); ROLLBACK")
	wantStatus(t, asker, committed, Committed)
	wantStatus(t, asker, aborted, Aborted)
	wantStatus(t, asker, aborted+1e6, Aborted) // never given out

	left := begin(t, worker)
	run(t, worker, "INSERT INTO public.t VALUES (2)")
	wantStatus(t, asker, left, Aborted)
	if err := worker.Ping(context.Background()); err == nil {
		t.Error("the session of the transaction still lives")
	}
	if n := dst.Value(t, db, "SELECT count(*) FROM t"); n != "1" {
		t.Errorf("%s rows", n)
	}
}

// A process that died leaves its backend in a statement that never ends.
func TestAskXactEndsBusyBackend(t *testing.T) {
	dst, db, asker := fresh(t, "CREATE TABLE t (a int)")
	worker := session(t, dst.URI(db))
	xid := begin(t, worker)
	done := make(chan error, 1)
	go func() {
		_, err := worker.Exec(context.Background(), "INSERT INTO public.t SELECT 1 FROM pg_sleep(600)")
		done <- err
	}()
	wantStatus(t, asker, xid, Aborted)
	if err := <-done; err == nil {
		t.Error("the statement went through")
	}
}

// The id may belong to somebody else's transaction by now, or the session may not be ours to end.
func TestAskXactLeavesOthersAlone(t *testing.T) {
	dst, db, _ := fresh(t, "")
	roles(t, "asks LOGIN", dst)
	worker := session(t, dst.URI(db))
	asker := session(t, dst.URIAs("asks", "", db))
	xid := begin(t, worker)
	ctx, cancel := context.WithTimeout(context.Background(), 200*time.Millisecond)
	defer cancel()
	if got, err := AskXact(ctx, asker, xid); got != InProgress || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%q, %v", got, err)
	}
	run(t, worker, "COMMIT")
	asker = session(t, dst.URIAs("asks", "", db))
	wantStatus(t, asker, xid, Committed)

	// Who may see the session but not end it is told so: pg_read_all_stats shows whose transaction it is.
	dst.Exec(t, db, "GRANT pg_read_all_stats TO asks")
	copying := session(t, dst.URI(db)+"&application_name=pgcopy-worker")
	xid = begin(t, copying)
	var user *pgdb.UserError
	if got, err := AskXact(context.Background(), asker, xid); got != InProgress || !errors.As(err, &user) || user.Hint == "" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestAskXactAfterCrash(t *testing.T) {
	dst := pgtest.Start(t)
	db := dst.FreshDB(t)
	dst.Exec(t, db, "CREATE TABLE t (a int)")
	worker := session(t, dst.URI(db))
	kept := begin(t, worker)
	run(t, worker, "INSERT INTO public.t VALUES (1); COMMIT")
	lost := begin(t, worker)
	run(t, worker, "INSERT INTO public.t VALUES (2)")
	if err := dst.Restart(pgtest.Immediate); err != nil {
		t.Fatal(err)
	}
	asker := session(t, dst.URI(db))
	wantStatus(t, asker, kept, Committed)
	// Whether the server knows of the id depends on what it had flushed: both give the same answer.
	wantStatus(t, asker, lost, Aborted)

	// Nothing of an id alone reaches the disk: the next one to ask gets it again, and commits under it.
	again := begin(t, asker)
	run(t, asker, "CREATE TABLE public.other (); COMMIT")
	if again == lost {
		wantStatus(t, asker, lost, Committed)
	}
	if wrote, err := WroteRows(context.Background(), asker, pgschema.Name{Schema: "public", Rel: "t"}, again); wrote || err != nil {
		t.Errorf("no row is of %d, but: %v, %v", again, wrote, err)
	}
	if wrote, err := WroteCatalog(context.Background(), asker, again); !wrote || err != nil {
		t.Errorf("%d created a table, but: %v, %v", again, wrote, err)
	}
}

// The server forgets what became of transactions older than the oldest row that was not frozen.
func TestAskXactForgotten(t *testing.T) {
	dst := pgtest.Start(t, pgtest.WithSetting("autovacuum", "off"))
	conn := session(t, dst.URI("postgres"))
	xid := begin(t, conn)
	run(t, conn, "COMMIT")
	if err := dst.Shutdown(pgtest.Fast); err != nil {
		t.Fatal(err)
	}
	// A jump of the counter, to the first id of a page of the commit log, makes everything before it old at once.
	const jump = 32768 * 40
	if out, err := resetNextXID(dst, jump); err != nil {
		t.Fatal(err, out)
	}
	if err := dst.Startup(); err != nil {
		t.Fatal(err)
	}
	dst.Exec(t, "postgres", "ALTER DATABASE template0 ALLOW_CONNECTIONS true")
	for _, db := range []string{"template0", "template1", "postgres"} {
		dst.Exec(t, db, "VACUUM (FREEZE)")
	}
	conn = session(t, dst.URI("postgres"))
	wantStatus(t, conn, xid, Unknown)
}

func TestWroteRows(t *testing.T) {
	ctx := context.Background()
	dst, db, conn := fresh(t, `CREATE TABLE parent (a int); CREATE TABLE child () INHERITS (parent);
		CREATE TABLE parted (a int) PARTITION BY LIST (a); CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1)`)
	name := func(rel string) pgschema.Name { return pgschema.Name{Schema: "public", Rel: rel} }
	wrote := func(rel string, xid uint64, want bool) {
		t.Helper()
		if got, err := WroteRows(ctx, conn, name(rel), xid); err != nil || got != want {
			t.Errorf("%s by %d: %v, %v; want %v", rel, xid, got, err, want)
		}
	}
	frozen := begin(t, conn)
	run(t, conn, "TRUNCATE ONLY public.parent")
	if _, err := conn.PgConn().CopyFrom(ctx, strings.NewReader("1\n2\n"), "COPY public.parent FROM STDIN (FREEZE)"); err != nil {
		t.Fatal(err)
	}
	run(t, conn, "COMMIT")
	wrote("parent", frozen, true)
	if v := dst.Value(t, db, "SELECT count(*) FROM ONLY parent WHERE xmin = '"+strconv.FormatUint(frozen, 10)+"'"); v != "2" {
		t.Error("frozen rows do not show who wrote them")
	}
	other := begin(t, conn)
	run(t, conn, "INSERT INTO public.child VALUES (1); INSERT INTO public.parted VALUES (1); COMMIT")
	run(t, conn, "VACUUM FREEZE public.child")
	wrote("parent", other, false)
	wrote("child", other, true)
	wrote("parted", other, true)
	wrote("child", other+1<<32, true) // rows have the low half only
	if _, err := WroteRows(ctx, conn, name("gone"), other); err == nil {
		t.Error("a table that is not there")
	}
}

func TestWroteCatalog(t *testing.T) {
	ctx := context.Background()
	_, db, conn := fresh(t, "CREATE TABLE t (a int)")
	xid := begin(t, conn)
	run(t, conn, "INSERT INTO public.t VALUES (1); COMMIT")
	if wrote, err := WroteCatalog(ctx, conn, xid); wrote || err != nil {
		t.Errorf("an INSERT: %v, %v", wrote, err)
	}
	for _, text := range []string{"CREATE FUNCTION public.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", "COMMENT ON TABLE public.t IS 'x'",
		"GRANT SELECT ON public.t TO PUBLIC", "CREATE PUBLICATION p FOR TABLE public.t", "ALTER TABLE public.t ADD CHECK (a > 0)",
		"ALTER TABLE public.t OWNER TO CURRENT_USER; CREATE TYPE public.e AS ENUM ('x')"} {
		xid := begin(t, conn)
		run(t, conn, text+"; COMMIT")
		if wrote, err := WroteCatalog(ctx, conn, xid); !wrote || err != nil {
			t.Errorf("%s: %v, %v", text, wrote, err)
		}
	}
	// what others may write at the same time, in the catalogs that all databases share, is no evidence
	xid = begin(t, conn)
	run(t, conn, "ALTER DATABASE "+pgschema.QuoteIdent(db)+" SET work_mem = '5MB'; COMMENT ON DATABASE "+pgschema.QuoteIdent(db)+" IS 'x'; COMMIT")
	if wrote, err := WroteCatalog(ctx, conn, xid); wrote || err != nil {
		t.Errorf("the shared catalogs: %v, %v", wrote, err)
	}
}

func TestWroteInto(t *testing.T) {
	ctx := context.Background()
	_, db, conn := fresh(t, "CREATE TABLE t (a int); CREATE PUBLICATION p")
	const trigger, publicationRel, setting = 2620, 6106, 2964 // pg_trigger, pg_publication_rel, pg_db_role_setting
	for _, c := range []struct {
		text    string
		catalog uint32
		want    bool
	}{
		{"ALTER PUBLICATION p ADD TABLE public.t", publicationRel, true},
		{"CREATE TRIGGER x BEFORE UPDATE ON public.t FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()", trigger, true},
		{"ALTER TABLE public.t DISABLE TRIGGER x", trigger, true},
		{"CREATE TABLE public.u (a int)", trigger, false},
		{"ALTER DATABASE " + pgschema.QuoteIdent(db) + " SET work_mem = '5MB'", setting, false},
		{"COMMENT ON TABLE public.t IS 'x'", 4294967295, false},
	} {
		xid := begin(t, conn)
		run(t, conn, c.text+"; COMMIT")
		if wrote, err := WroteInto(ctx, conn, c.catalog, xid); wrote != c.want || err != nil {
			t.Errorf("%s: %v, %v", c.text, wrote, err)
		}
	}
}

func TestWroteRelation(t *testing.T) {
	ctx := context.Background()
	_, _, conn := fresh(t, `CREATE TABLE t (a int); CREATE MATERIALIZED VIEW "M v" AS SELECT * FROM t WITH NO DATA`)
	for _, c := range []struct {
		text, rel string
		want      bool
	}{
		{`REFRESH MATERIALIZED VIEW public."M v"`, "M v", true},
		{"ALTER TABLE public.t ALTER a SET NOT NULL, ADD b int", "t", true},
		{"CREATE TABLE public.u (a int)", "t", false},
		{"CREATE TABLE public.v (a int)", "none", false},
	} {
		xid := begin(t, conn)
		run(t, conn, c.text+"; COMMIT")
		run(t, conn, "ANALYZE public.t")
		run(t, conn, "VACUUM FREEZE pg_catalog.pg_class")
		if wrote, err := WroteRelation(ctx, conn, pgschema.Name{Schema: "public", Rel: c.rel}, xid); wrote != c.want || err != nil {
			t.Errorf("%s: %v, %v", c.text, wrote, err)
		}
	}
}

func TestHasRowSecurity(t *testing.T) {
	_, _, conn := fresh(t, `CREATE TABLE t (a int); CREATE TABLE "Se cure" (a int); ALTER TABLE "Se cure" ENABLE ROW LEVEL SECURITY`)
	for rel, want := range map[string]bool{"t": false, "Se cure": true, "none": false} {
		if on, err := HasRowSecurity(context.Background(), conn, pgschema.Name{Schema: "public", Rel: rel}); on != want || err != nil {
			t.Errorf("%s: %v, %v", rel, on, err)
		}
	}
}

func TestCheckExists(t *testing.T) {
	_, _, conn := fresh(t, `CREATE TABLE "p q" (a int); CREATE TABLE child () INHERITS ("p q"); CREATE TABLE own () INHERITS ("p q"); CREATE DOMAIN d AS int;
		ALTER TABLE own ADD CONSTRAINT "is pos" CHECK (a > 0) NOT VALID; ALTER TABLE "p q" ADD CONSTRAINT "is pos" CHECK (a > 0) NOT VALID;
		ALTER DOMAIN d ADD CONSTRAINT pos CHECK (VALUE > 0) NOT VALID`)
	for name, want := range map[string]bool{"p q is pos": true, "own is pos": true, "child is pos": false, "d pos": true, "d is pos": false} {
		if there, err := CheckExists(context.Background(), conn, "public", name); there != want || err != nil {
			t.Errorf("%s: %v, %v", name, there, err)
		}
	}
	if there, err := CheckExists(context.Background(), conn, "pg_catalog", "d pos"); there || err != nil {
		t.Error(there, err)
	}
}

func TestSubscriptionExists(t *testing.T) {
	ctx := context.Background()
	dst, db, conn := fresh(t, "CREATE SUBSCRIPTION \"a B\" CONNECTION 'dbname=none' PUBLICATION p WITH (connect = false, slot_name = NONE)")
	t.Cleanup(func() { dst.Exec(t, db, `DROP SUBSCRIPTION "a B"`) })
	roles(t, "plain LOGIN", dst)
	for name, want := range map[string]bool{"a B": true, "a b": false} {
		for _, c := range []*pgx.Conn{conn, session(t, dst.URIAs("plain", "", db))} {
			if there, err := SubscriptionExists(ctx, c, name); there != want || err != nil {
				t.Errorf("%s: %v, %v", name, there, err)
			}
		}
		if there, err := SubscriptionExists(ctx, session(t, dst.URI("postgres")), name); there || err != nil {
			t.Errorf("%s, of another database: %v, %v", name, there, err)
		}
	}
}

// An ordinary role may ask for evidence.
func TestWroteAsOrdinaryRole(t *testing.T) {
	ctx := context.Background()
	dst, db, _ := fresh(t, "")
	roles(t, "plain LOGIN", dst)
	conn := session(t, dst.URIAs("plain", "", db))
	xid := begin(t, conn)
	run(t, conn, "SELECT pg_catalog.lo_create(555); COMMIT")
	t.Cleanup(func() { run(t, conn, "SELECT pg_catalog.lo_unlink(555)") })
	for _, r := range []struct{ first, last uint32 }{{555, 555}, {1, 4e9}} {
		if wrote, err := WroteLargeObjects(ctx, conn, r.first, r.last, xid); !wrote || err != nil {
			t.Error(r, wrote, err)
		}
	}
	if wrote, err := WroteLargeObjects(ctx, conn, 1, 554, xid); wrote || err != nil {
		t.Error(wrote, err)
	}
	if _, err := WroteCatalog(ctx, conn, xid); err != nil {
		t.Error(err)
	}
}

// resetNextXID sets the counter of a server that is down, as the user whom its files belong to.
func resetNextXID(s *pgtest.Server, next int) (string, error) {
	cmd := exec.Command(s.Bin("pg_resetwal"), "-x", strconv.Itoa(next), "-D", s.DataDir())
	info, err := os.Stat(s.DataDir())
	if err != nil {
		return "", err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok && os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: owner.Uid, Gid: owner.Gid}}
		cmd.Dir = "/"
	}
	out, err := cmd.CombinedOutput()
	return string(out), err
}
