package steps

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

// catalogRows asks the catalog of a work directory, as a person with sqlite3 would.
func catalogRows(t *testing.T, dir, query string) [][]string {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, catalogdb.FileName)+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	rows, err := db.Query(query)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]string
	for rows.Next() {
		values := make([]sql.NullString, len(columns))
		fields := make([]any, len(columns))
		for i := range values {
			fields[i] = &values[i]
		}
		if err := rows.Scan(fields...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(columns))
		for i, v := range values {
			row[i] = v.String
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}

// copying tells the sessions that are at a COPY. One that has only just begun has moved nothing: it is left alone for a moment.
const copying = "query LIKE 'COPY %' AND state = 'active' AND query_start < clock_timestamp() - interval '20 ms'"

// breakSessions ends sessions of pgcopy in a database, one every so often, of those that fit a condition, up to a number of them. It tells how
// many it ended when ctx is over.
func breakSessions(ctx context.Context, t *testing.T, srv *pgtest.Server, db, which string, most int) <-chan int {
	t.Helper()
	done := make(chan int, 1)
	end := fmt.Sprintf(`SELECT pg_terminate_backend(pid) FROM
		(SELECT pid FROM pg_stat_activity WHERE datname = '%s' AND application_name = 'pgcopy copy' AND %s ORDER BY random() LIMIT 1) one`, db, which)
	go func() {
		ended := 0
		defer func() { done <- ended }()
		conn, err := pgconn.Connect(ctx, srv.URI("postgres"))
		if err != nil {
			if ctx.Err() == nil {
				t.Error(err)
			}
			return
		}
		defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
		for ended < most {
			wait := 5 * time.Millisecond
			results, err := conn.Exec(ctx, end).ReadAll()
			if err == nil && len(results[0].Rows) == 1 && string(results[0].Rows[0][0]) == "t" {
				ended++
				wait = 40 * time.Millisecond
			}
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
		}
	}()
	return done
}

// slowTables makes tables whose COPY takes its time on any machine, on both sides: the target sleeps at one row in a hundred, and what a table
// sends is more than what lies in buffers between the servers, though it is small on the disk.
func slowTables(t *testing.T, src *pgtest.Server, db string, n int) {
	t.Helper()
	src.Exec(t, db, `CREATE FUNCTION slow() RETURNS boolean LANGUAGE plpgsql AS $$
		BEGIN
			IF current_setting('application_name') = 'pgcopy copy' THEN
				PERFORM pg_sleep(0.01);
			END IF;
			RETURN true;
		END $$`)
	for i := range n {
		src.Exec(t, db, fmt.Sprintf(`
			CREATE TABLE big%d (id bigint PRIMARY KEY, a text, b text, CHECK (id %% 100 <> 0 OR slow()));
			INSERT INTO big%[1]d SELECT i, md5(i::text), repeat(md5((-i)::text), 300) FROM generate_series(1, 6000) i`, i))
	}
}

// A COPY whose connection is lost half-way, on either side, is done again, and the result is right.
func TestCloneBrokenCopies(t *testing.T) {
	for _, c := range []struct {
		name string
		set  func(*Options)
	}{
		{"whole", func(o *Options) { o.SplitTablesLargerThan = 0 }},
		{"parts", func(o *Options) { o.SplitTablesLargerThan = 512 << 10 }},
	} {
		t.Run(c.name, func(t *testing.T) {
			src, dst := pgtest.Pair(t)
			from, to := src.FreshDB(t), dst.FreshDB(t)
			slowTables(t, src, from, 3)
			o := testOptions(t, src.URI(from), dst.URI(to))
			c.set(&o)
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			onSource, onTarget := breakSessions(ctx, t, src, from, copying, 4), breakSessions(ctx, t, dst, to, copying, 4)
			out, err := Clone(ctx, o)
			cancel()
			s, d := <-onSource, <-onTarget
			t.Logf("ended %d backends of the source and %d of the target", s, d)
			if err != nil {
				t.Fatalf("%v %+v", err, out)
			}
			if s < 2 || d < 2 {
				t.Errorf("the test ended only %d backends of the source and %d of the target: the tables are too small", s, d)
			}
			tried := catalogRows(t, o.Dir, "SELECT subject, attempt FROM task WHERE step IN ('copy-table', 'copy-part') AND attempt > 1")
			if len(tried) == 0 {
				t.Error("the catalog knows of no second attempt")
			}
			t.Log("tried again:", join(tried))
			sameContents(t, src, o.Source, o.Target)
		})
	}
}

// Sessions that are lost at any moment of many small tasks, between statements and within, at their COMMIT too, cost neither a row nor an object.
func TestCloneBrokenSessions(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	if err := truth.LoadTables(context.Background(), src.URI(from), 3, 100); err != nil {
		t.Fatal(err)
	}
	o := testOptions(t, src.URI(from), dst.URI(to))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	var onSource, onTarget int
	broken := make(chan struct{})
	o.OnReady = func(dir string) {
		go func() {
			defer close(broken)
			// Before the tables are there one session is all there is, and each blow would hit it.
			for ctx.Err() == nil && !copies(dir) {
				time.Sleep(10 * time.Millisecond)
			}
			s, d := breakSessions(ctx, t, src, from, "true", 5), breakSessions(ctx, t, dst, to, "true", 20)
			onSource, onTarget = <-s, <-d
		}()
	}
	out, err := Clone(ctx, o)
	cancel()
	<-broken
	t.Logf("ended %d backends of the source and %d of the target; %s attempts that came to nothing", onSource, onTarget,
		catalogRows(t, o.Dir, "SELECT sum(attempt - 1) FROM task WHERE attempt > 1")[0][0])
	if err != nil {
		t.Fatalf("%v %+v\n%s", err, out, join(catalogRows(t, o.Dir, "SELECT step, subject, error FROM failures")))
	}
	sameContents(t, src, o.Source, o.Target)
}

// copies tells whether the first table has been copied.
func copies(dir string) bool {
	p, err := progressOf(dir)
	return err == nil && slices.ContainsFunc(p.Steps, func(s catalogdb.StepProgress) bool { return s.Step == "copy-table" && s.Done > 0 })
}

// A COPY that cannot succeed fails by itself: its table and row are named, the rest is copied, what needs it is skipped.
func TestCloneImpossibleCopy(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	// A check that holds on the source, where it was satisfied when the rows came, and does not on the target.
	src.Exec(t, from, `
		CREATE TABLE settings (most int);
		INSERT INTO settings VALUES (1000);
		CREATE FUNCTION most() RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RETURN coalesce((SELECT s.most FROM public.settings s LIMIT 1), 10); END $$;
		CREATE TABLE limited (id int PRIMARY KEY, v int CONSTRAINT within CHECK (v <= most()));
		INSERT INTO limited SELECT i, i FROM generate_series(1, 100) i;
		CREATE TABLE child (id int REFERENCES limited);
		INSERT INTO child VALUES (5);
		CREATE TABLE free (id int PRIMARY KEY);
		INSERT INTO free SELECT generate_series(1, 5000);
		UPDATE settings SET most = 10`)
	o := testOptions(t, src.URI(from), dst.URI(to))
	out, err := Clone(context.Background(), o)
	if err == nil || out.Tasks.Failed != 1 || out.Tasks.Skipped == 0 {
		t.Errorf("Clone: %v %+v", err, out)
	}
	failed := catalogRows(t, o.Dir, "SELECT step, subject, error, attempt, hint FROM failures WHERE state = 'failed'")
	if len(failed) != 1 || failed[0][1] != "public.limited" {
		t.Fatalf("failures: %q", failed)
	}
	for _, want := range []string{"copy public.limited", "within", "line 11"} {
		if !strings.Contains(failed[0][2], want) {
			t.Errorf("the error does not name %q: %s", want, failed[0][2])
		}
	}
	if failed[0][3] != "1" {
		t.Errorf("a permanent error was tried %s times", failed[0][3])
	}
	if !strings.Contains(failed[0][4], "pgcopy resume") {
		t.Errorf("no way on with the error: %q", failed[0][4])
	}
	db, err := catalogdb.Look(context.Background(), o.Dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	p, err := db.Progress(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if p.State != catalogdb.StateFailed || len(p.Failures) != 1 || !strings.Contains(p.Failures[0].Error, "public.limited") {
		t.Errorf("progress: state %s, failures %+v", p.State, p.Failures)
	}
	if n := dst.Value(t, to, "SELECT count(*) FROM free"); n != "5000" {
		t.Errorf("free has %s rows on the target", n)
	}
	if n := dst.Value(t, to, "SELECT count(*) FROM pg_constraint WHERE conrelid = 'free'::regclass"); n != "1" {
		t.Error("free has no primary key on the target")
	}
	if n := dst.Value(t, to, "SELECT count(*) FROM limited"); n != "0" {
		t.Errorf("limited has %s rows on the target", n)
	}
}

// Entries of the schema travel many at a time; an error is about one of them all the same.
func TestRestoreNamesTheEntry(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, "postgres", "CREATE ROLE only_on_the_source")
	src.Exec(t, from, `
		CREATE TABLE before (id int);
		CREATE TABLE owned (id int);
		CREATE TABLE zlast (id int);
		ALTER TABLE owned OWNER TO only_on_the_source`)
	o := testOptions(t, src.URI(from), dst.URI(to))
	t.Cleanup(func() {
		if _, err := StopSnapshot(context.Background(), o.Dir); err != nil { // its holder has locks on the tables
			t.Error(err)
		}
		src.Exec(t, from, "DROP OWNED BY only_on_the_source; DROP ROLE only_on_the_source")
	})
	if out, err := Clone(context.Background(), o); err == nil {
		t.Fatalf("cloned: %+v", out)
	}
	failed := catalogRows(t, o.Dir, "SELECT error, hint FROM failures WHERE state = 'failed'")
	if len(failed) != 1 || !strings.Contains(failed[0][0], `restore table public.owned: `) || !strings.Contains(failed[0][0], "only_on_the_source") ||
		!strings.Contains(failed[0][1], "create the role") {
		t.Errorf("failures: %q", failed)
	}
	if n := dst.Value(t, to, "SELECT count(*) FROM pg_class WHERE relname IN ('before', 'owned', 'zlast')"); n != "0" {
		t.Errorf("%s tables of a transaction that failed", n)
	}
}
