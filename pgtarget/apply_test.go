package pgtarget

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

func TestApply(t *testing.T) {
	f := follow(t, `CREATE TABLE t (id int PRIMARY KEY, v text, big text DEFAULT repeat('x', 10));
		ALTER TABLE t ALTER big SET STORAGE EXTERNAL`)
	f.do("INSERT INTO t SELECT i, 'row ' || i FROM generate_series(1, 1000) i",
		"INSERT INTO t VALUES (0, NULL, repeat('long', 5000)); UPDATE t SET v = 'zero' WHERE id = 0",
		"UPDATE t SET v = v || '!' WHERE id <= 10; DELETE FROM t WHERE id > 990",
		"UPDATE t SET id = -id WHERE id BETWEEN 500 AND 510",
		"BEGIN; INSERT INTO t VALUES (5000); SAVEPOINT a; INSERT INTO t VALUES (5001); ROLLBACK TO a; INSERT INTO t VALUES (5002); COMMIT",
		"COPY t (id, v) FROM PROGRAM 'seq -f \"%.0f,copied\" 2000 2999' WITH (FORMAT csv)",
	)
	f.same()
	f.wantCounts(ChangeCounts{Inserted: 1000 + 1 + 2 + 1000, Updated: 1 + 11 + 11, Deleted: 10})
	f.do("TRUNCATE t", "INSERT INTO t VALUES (1)")
	f.same()
}

func TestApplyPositions(t *testing.T) {
	f := follow(t, "CREATE TABLE t (id int PRIMARY KEY)")
	ctx := context.Background()
	f.do("INSERT INTO t VALUES (1)")
	if c, fl, err := f.applier.Progress(ctx); err != nil || c != f.at || fl != f.at {
		t.Errorf("progress is %s, %s, %v; want %s", c, fl, err, f.at)
	}
	// A transaction without a row moves the origin, too.
	at := f.at
	if err := f.applier.Begin(ctx, at); err != nil {
		t.Fatal(err)
	}
	if err := f.applier.Commit(ctx, at+8, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if c, _, err := f.applier.Progress(ctx); err != nil || c != at+8 {
		t.Errorf("progress is %s, %v; want %s", c, err, at+8)
	}
	// Where somebody has moved it, nothing is applied.
	if err := f.applier.Begin(ctx, at); err != nil {
		t.Fatal(err)
	}
	rel := &changes.Relation{Name: pgschema.Name{Schema: "public", Rel: "t"}, Identity: 'd', Columns: []changes.RelationColumn{{Name: "id", Key: true}}}
	_ = f.applier.Apply(ctx, &changes.Event{Kind: changes.Insert, Relation: rel, New: &changes.Tuple{Values: []changes.Value{{Kind: changes.Text, Data: []byte("7")}}}})
	var moved *OriginError
	if err := f.applier.Commit(ctx, at+16, time.Time{}); !errors.As(err, &moved) || moved.At != at+8 || moved.Expected != at {
		t.Errorf("committed although the origin was elsewhere: %v", err)
	}
	if err := f.applier.Rollback(ctx); err != nil {
		t.Fatal(err)
	}
	if n := f.dst.Value(t, f.into, "SELECT count(*) FROM t"); n != "1" {
		t.Errorf("%s rows", n)
	}
	// A second session may not have the origin at the same time.
	conn, err := parseURI(t, f.dst.URI(f.into)).Connect(ctx, pgdb.TargetSession())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(ctx) }()
	if _, err := NewApplier(ctx, conn, ApplyOptions{Origin: f.into}); pgdb.ClassOf(err) != pgdb.Transient {
		t.Errorf("the second session: %v", err)
	}
	var user *pgdb.UserError
	if _, err := NewApplier(ctx, conn, ApplyOptions{Origin: "nobody made it"}); !errors.As(err, &user) || user.Hint == "" {
		t.Errorf("an origin that is not there: %v", err)
	}
}

func TestApplyConflicts(t *testing.T) {
	// Each in a schema of its own, which the source's statements find by its search_path.
	const setup = `CREATE SCHEMA #; SET search_path = #; CREATE TABLE t (id int PRIMARY KEY, v varchar(20), u int UNIQUE);
		CREATE TABLE twice (id int NOT NULL, v text); CREATE UNIQUE INDEX twice_id ON twice (id); ALTER TABLE twice REPLICA IDENTITY USING INDEX twice_id;
		INSERT INTO t SELECT i, 'row ' || i, i FROM generate_series(1, 100) i; INSERT INTO twice SELECT generate_series(1, 10), 'x'`
	cases := []struct {
		name, plant, do string
		kind            ConflictKind
		key, says       string
	}{
		{"missing for update", "DELETE FROM t WHERE id = 42", "UPDATE t SET v = 'new' WHERE id BETWEEN 40 AND 45", MissingRow, "(id)=(42)", "missing row"},
		{"missing for delete", "DELETE FROM t WHERE id = 42", "DELETE FROM t WHERE id BETWEEN 40 AND 45", MissingRow, "(id)=(42)", "delete"},
		{"several", "DROP INDEX twice_id; INSERT INTO twice VALUES (3, 'again')", "DELETE FROM twice WHERE id = 3", SeveralRows, "(id)=(3)", "2 rows"},
		{"duplicate", "INSERT INTO t VALUES (777, 'planted')", "INSERT INTO t SELECT i, 'new' FROM generate_series(700, 800) i", DuplicateKey, "(id)=(777)", "t_pkey"},
		{"duplicate, second index", "INSERT INTO t VALUES (9, 'planted', 777) ON CONFLICT (id) DO UPDATE SET u = 777",
			"INSERT INTO t SELECT i, 'new', i FROM generate_series(700, 800) i", DuplicateKey, "(u)=(777)", "t_u_key"},
		{"no table", "DROP TABLE t", "INSERT INTO t VALUES (1000)", NoTable, "", "no table"},
		{"no column", "ALTER TABLE t DROP v", "INSERT INTO t VALUES (1000)", NoColumn, "", "no column v"},
		{"no column for update", "ALTER TABLE t DROP v", "UPDATE t SET v = '' WHERE id = 1", NoColumn, "", "no column v"},
		{"too long", "ALTER TABLE t ALTER v TYPE varchar(3) USING left(v, 3)", "INSERT INTO t SELECT i, repeat('y', i - 200) FROM generate_series(201, 210) i", Refused, "", "too long"},
		{"not understood", "ALTER TABLE t ALTER v TYPE int USING 1", "INSERT INTO t SELECT i, CASE i WHEN 205 THEN 'no' ELSE '3' END FROM generate_series(201, 210) i", Refused, "(id)=(205)", "invalid input"},
		{"check", "ALTER TABLE t ADD CHECK (id <> 205)", "INSERT INTO t SELECT generate_series(201, 210)", Refused, "205", "t_id_check"},
		{"view", "DROP TABLE t; CREATE VIEW t AS SELECT 1 AS id", "INSERT INTO t VALUES (1000)", Refused, "", "relkind v"},
		{"swallowed", "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; CREATE TRIGGER a BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION no(); ALTER TABLE t ENABLE ALWAYS TRIGGER a",
			"INSERT INTO t VALUES (1000)", Refused, "(id)=(1000)", "trigger"},
	}
	var all strings.Builder
	in := func(i int) string { return fmt.Sprintf("SET search_path = s%d; ", i) }
	for i := range cases {
		all.WriteString(strings.ReplaceAll(setup, "#", fmt.Sprintf("s%d", i)) + ";")
	}
	f := follow(t, all.String())
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			f.t = t
			f.dst.Exec(t, f.into, in(i)+c.plant)
			defer f.pass()
			got := f.conflict(c.kind, in(i)+"INSERT INTO twice VALUES (99, 'before'); "+c.do+"; INSERT INTO twice VALUES (100, 'after')")
			if !strings.Contains(got.Key, c.key) || !strings.Contains(got.Error(), c.says) {
				t.Errorf("%v (key %q)", got, got.Key)
			}
			if n := f.dst.Value(t, f.into, in(i)+"SELECT count(*) FROM twice WHERE id > 90"); n != "0" {
				t.Errorf("%s rows of the transaction stayed", n)
			}
		})
	}
}

// After a conflict is removed the same transaction is applied.
func TestApplyAgain(t *testing.T) {
	f := follow(t, "CREATE TABLE t (id int PRIMARY KEY, v text)")
	f.dst.Exec(t, f.into, "INSERT INTO t VALUES (1)")
	f.conflict(DuplicateKey, "INSERT INTO t VALUES (1, 'one')")
	f.dst.Exec(t, f.into, "TRUNCATE t")
	f.restream()
	f.do("INSERT INTO t VALUES (2, 'two')")
	f.same()
}

// A role that is no superuser is told which grants it needs, and needs no others.
func TestApplyRole(t *testing.T) {
	_, dst := pgtest.Pair(t)
	roles(t, "applies LOGIN", dst)
	db := dst.FreshDB(t)
	dst.Exec(t, db, "CREATE TABLE t (id int); GRANT ALL ON t TO applies")
	ctx := context.Background()
	connect := func() *pgx.Conn {
		conn, err := parseURI(t, dst.URIAs("applies", "", db)).Connect(ctx, pgdb.TargetSession())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(ctx) })
		return conn
	}
	admin := session(t, dst.URI(db))
	if err := CreateOrigin(ctx, admin, db, 1); err != nil {
		t.Fatal(err)
	}
	defer dropOrigin(t, dst, db)
	want := func(hint string) {
		t.Helper()
		var user *pgdb.UserError
		if _, err := NewApplier(ctx, connect(), ApplyOptions{Origin: db}); !errors.As(err, &user) || !strings.Contains(user.Hint, hint) {
			t.Errorf("want a hint at %q, got %v", hint, err)
		}
		if err := CheckApply(ctx, connect()); !errors.As(err, &user) || !strings.Contains(user.Hint, hint) {
			t.Errorf("want a hint at %q, got %v", hint, err)
		}
	}
	want(`GRANT SET ON PARAMETER session_replication_role TO "applies"`)
	dst.Exec(t, db, "GRANT SET ON PARAMETER session_replication_role TO applies")
	defer dst.Exec(t, db, "REVOKE SET ON PARAMETER session_replication_role FROM applies")
	want("GRANT EXECUTE ON FUNCTION pg_replication_origin_create")
	dst.Exec(t, db, `GRANT EXECUTE ON FUNCTION pg_replication_origin_create, pg_replication_origin_advance, pg_replication_origin_drop,
		pg_replication_origin_progress, pg_replication_origin_session_setup, pg_replication_origin_session_progress, pg_replication_origin_xact_setup TO applies`)
	if err := CheckApply(ctx, connect()); err != nil {
		t.Error(err)
	}
	a, err := NewApplier(ctx, connect(), ApplyOptions{Origin: db})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = a.Close(ctx) }()
	if err := a.Begin(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if err := a.Commit(ctx, 2, time.Now()); err != nil {
		t.Fatal(err)
	}
}

// A connection that breaks leaves no doubt but where COMMIT was on its way.
func TestApplyConnectionLost(t *testing.T) {
	f := follow(t, "CREATE TABLE t (id int PRIMARY KEY)")
	f.src.Exec(t, f.db, "INSERT INTO t VALUES (1)")
	kill := fmt.Sprintf("SELECT pg_terminate_backend(%d)", f.applier.conn.PgConn().PID())
	f.dst.Exec(t, f.into, kill)
	err := f.catchUp()
	if pgdb.ClassOf(err) != pgdb.Transient {
		t.Errorf("%v is %s", err, pgdb.ClassOf(err))
	}
	if err := f.applier.Rollback(context.Background()); err != nil {
		t.Error(err)
	}
	f.applier = newApplier(t, f.dst.URI(f.into), f.into, f.opts)
	f.restream()
	if err := f.catchUp(); err != nil {
		t.Fatal(err)
	}
	f.same()
}
