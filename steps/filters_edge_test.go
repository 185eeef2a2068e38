package steps

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// shop is a small database with one of everything that hangs on something.
const shop = `
	CREATE SCHEMA app; CREATE SCHEMA parts; CREATE SCHEMA lib;
	CREATE TYPE lib.mood AS ENUM ('sad', 'happy');
	CREATE FUNCTION lib.next_code() RETURNS int LANGUAGE sql AS 'SELECT 1';
	CREATE TABLE lib.base (id int, note text);
	CREATE TABLE app.customers (id serial PRIMARY KEY, mood lib.mood DEFAULT 'happy', code int DEFAULT lib.next_code());
	CREATE TABLE app.orders (id serial PRIMARY KEY, customer int REFERENCES app.customers) INHERITS (lib.base);
	CREATE TABLE app.events (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
	CREATE TABLE parts.events_1 PARTITION OF app.events FOR VALUES FROM ('2020-01-01') TO ('2021-01-01') PARTITION BY LIST (id);
	CREATE TABLE parts.events_1a PARTITION OF parts.events_1 DEFAULT;
	CREATE TABLE app.events_2 PARTITION OF app.events FOR VALUES FROM ('2021-01-01') TO ('2022-01-01');
	CREATE INDEX events_at ON app.events (at);
	CREATE FUNCTION app.note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
	CREATE TRIGGER noted BEFORE INSERT ON app.events FOR EACH ROW EXECUTE FUNCTION app.note();
	CREATE SEQUENCE app.shared OWNED BY app.customers.code;
	CREATE TABLE app.uses_shared (id int DEFAULT nextval('app.shared'));
	CREATE VIEW app.happy AS SELECT id FROM app.customers WHERE mood = 'happy';
	CREATE VIEW app.happy_too AS SELECT id FROM app.happy;
	CREATE MATERIALIZED VIEW app.counted AS SELECT count(*) AS n FROM app.orders;
	CREATE MATERIALIZED VIEW app.counted_again AS SELECT n FROM app.counted;
	CREATE STATISTICS app.both ON id, code FROM app.customers;
	CREATE PUBLICATION pub FOR TABLE app.customers, app.orders;
	INSERT INTO lib.base VALUES (1, 'base');
	INSERT INTO app.customers DEFAULT VALUES; INSERT INTO app.customers DEFAULT VALUES; INSERT INTO app.orders (customer) VALUES (1), (2);
	INSERT INTO app.events SELECT i, '2020-06-01'::date + i FROM generate_series(0, 300) i; INSERT INTO app.uses_shared SELECT FROM generate_series(1, 5);
	REFRESH MATERIALIZED VIEW app.counted; REFRESH MATERIALIZED VIEW app.counted_again;
	ALTER INDEX app.events_at RENAME TO "Events At"`

// held gives the relations of the users on a server, each with its number of rows where it holds any.
func held(t *testing.T, srv *pgtest.Server, db string) []string {
	t.Helper()
	var all []string
	for _, r := range srv.Rows(t, db, `SELECT relkind, format('%I.%I', nspname, relname), relispopulated FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
		WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND relkind IN ('r','p','m','v','S') ORDER BY 2`) {
		name := r[1]
		switch {
		case r[0] == "S":
			name = "seq " + name
		case r[0] == "m" && r[2] == "f":
			name += " unpopulated"
		case r[0] == "r" || r[0] == "m":
			name += " " + srv.Value(t, db, "SELECT count(*) FROM ONLY "+strings.Replace(r[1], "ONLY ", "", 1))
		}
		all = append(all, name)
	}
	return all
}

// skipped reads why an object was left out.
func skipped(t *testing.T, dir string) map[string]string {
	t.Helper()
	db, err := catalogdb.OpenReadOnly(context.Background(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	why := map[string]string{}
	if err := db.SkippedObjects(context.Background(), func(s catalogdb.Skipped) error {
		why[strings.ToLower(s.Kind)+" "+s.Schema+"."+s.Name] = strings.TrimSpace(s.Via + " | " + s.Rule)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return why
}

func TestFilterClosure(t *testing.T) {
	src, dst := pgtest.Pair(t)
	name := src.FreshDB(t)
	src.Exec(t, name, shop)
	everything := held(t, src, name)
	for _, c := range []struct {
		name, filter string
		gone         []string // of everything, the rest is there
		changed      map[string]string
		only         []string // if set: exactly these are there
		why          map[string]string
	}{
		{name: "a table goes with what reads it, its sequence stays for another", filter: "[exclude-table]\napp.customers\n",
			gone: []string{"app.customers 2", "app.happy", "app.happy_too", "seq app.customers_id_seq"},
			why: map[string]string{
				"table app.customers":                           "| [exclude-table] app.customers (filters.ini:2)",
				"view app.happy":                                "needs table app.customers | [exclude-table] app.customers (filters.ini:2)",
				"view app.happy_too":                            "needs view app.happy | [exclude-table] app.customers (filters.ini:2)",
				"fk constraint app.orders orders_customer_fkey": "needs table app.customers | [exclude-table] app.customers (filters.ini:2)",
				"statistics app.both":                           "needs table app.customers | [exclude-table] app.customers (filters.ini:2)",
				"publication table app.pub customers":           "needs table app.customers | [exclude-table] app.customers (filters.ini:2)",
				"sequence app.customers_id_seq":                 "belongs to table app.customers | [exclude-table] app.customers (filters.ini:2)",
				"sequence owned by app.shared":                  "needs table app.customers | [exclude-table] app.customers (filters.ini:2)",
				"sequence owned by app.customers_id_seq":        "needs sequence app.customers_id_seq | [exclude-table] app.customers (filters.ini:2)",
			}},
		{name: "a partitioned table goes with its partitions", filter: "[exclude-table]\napp.events\n",
			gone: []string{"app.events", "app.events_2 87", "parts.events_1", "parts.events_1a 214"},
			why:  map[string]string{"table parts.events_1a": "is part of parts.events_1 | [exclude-table] app.events (filters.ini:2)"}},
		{name: "a partition goes alone", filter: "[exclude-table]\napp.events_2\n", gone: []string{"app.events_2 87"}},
		{name: "a partition of another schema goes with its table", filter: "[exclude-schema]\nparts\n", gone: []string{"parts.events_1", "parts.events_1a 214"}},
		{name: "rows of a partitioned table", filter: "[exclude-table-data]\napp.events\n",
			changed: map[string]string{"app.events_2 87": "app.events_2 0", "parts.events_1a 214": "parts.events_1a 0"}},
		{name: "refreshes are left out with those that read them", filter: "[exclude-table-data]\napp.counted\n",
			changed: map[string]string{"app.counted 1": "app.counted unpopulated", "app.counted_again 1": "app.counted_again unpopulated"}},
		{name: "what a child inherits from", filter: "[exclude-table]\nlib.base\n",
			gone: []string{"lib.base 1", "app.orders 2", "app.counted 1", "app.counted_again 1", "seq app.orders_id_seq"}},
		{name: "only a table, with what its definition needs", filter: "[include-only-table]\napp.orders\n",
			only: []string{"app.orders 2", "lib.base 0", "seq app.orders_id_seq"},
			why:  map[string]string{"table data lib.base": "an included table needs its definition | [include-only-table] does not name it"}},
		{name: "only a partition, which keeps its parents", filter: "[include-only-table]\nparts.events_1a\n",
			only: []string{"app.events", "parts.events_1", "parts.events_1a 214"}},
		{name: "only a partitioned table", filter: "[include-only-table]\napp.events\n",
			only: []string{"app.events", "app.events_2 87", "parts.events_1", "parts.events_1a 214"}},
		{name: "only a user of a shared sequence", filter: "[include-only-table]\napp.uses_shared\n", only: []string{"app.uses_shared 5", "seq app.shared"}},
		{name: "only a schema, with partitions and types of others", filter: "[include-only-schema]\napp\n",
			changed: map[string]string{"lib.base 1": "lib.base 0"}},
		{name: "only a schema, less some", filter: "[include-only-schema]\napp\n[exclude-table]\napp.customers\napp.events_2\n[exclude-index]\napp.\"Events At\"\n",
			gone:    []string{"app.customers 2", "app.happy", "app.happy_too", "seq app.customers_id_seq", "app.events_2 87"},
			changed: map[string]string{"lib.base 1": "lib.base 0"}},
		{name: "a type takes what uses it", filter: "[exclude-schema]\nlib\n",
			gone: []string{"lib.base 1", "app.orders 2", "app.counted 1", "app.counted_again 1", "seq app.orders_id_seq", "app.customers 2", "app.happy", "app.happy_too",
				"seq app.customers_id_seq"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			target, o, err := filtered(t, src.URI(name), dst, c.filter)
			if err != nil {
				t.Fatal(err)
			}
			want := slices.Clone(c.only)
			for _, r := range everything {
				if now := c.changed[r]; now != "" {
					want = append(want, now)
				} else if c.only == nil && !slices.Contains(c.gone, r) {
					want = append(want, r)
				}
			}
			slices.Sort(want)
			got := held(t, dst, databaseOf(t, target))
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("the target holds\n%s\nand not\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			why := skipped(t, o.Dir)
			for object, reason := range c.why {
				if why[object] != reason {
					t.Errorf("%s: %q, not %q", object, why[object], reason)
				}
			}
		})
	}
}

// databaseOf is the database that a URI leads to.
func databaseOf(t *testing.T, uri string) string {
	t.Helper()
	c, err := pgdb.ParseConninfo("target", uri)
	if err != nil {
		t.Fatal(err)
	}
	return c.Database()
}

// TestFilterRefusals is the rest of the matrix of wrong filters: what only the source can tell. None of them touches the target.
func TestFilterRefusals(t *testing.T) {
	src, dst := pgtest.Pair(t)
	name := src.FreshDB(t)
	src.Exec(t, name, shop+`; CREATE TABLE app."Orders" (id int); CREATE EXTENSION hstore; CREATE EXTENSION pg_stat_statements SCHEMA lib;
		CREATE TABLE app.configuration (id int)`)
	for _, c := range []struct {
		name, filter, msg, hint string
		set                     func(*Options)
	}{
		{"table, typo", "[exclude-table]\n\napp.custmers\n", "filters.ini:3: [exclude-table] app.custmers is not on the source: did you mean app.customers?", "correct or remove", nil},
		{"table, other schema", "[exclude-table]\npublic.customers\n", "filters.ini:2: [exclude-table] public.customers is not on the source: did you mean app.customers", "", nil},
		{"table, case", "[include-only-table]\napp.ORDERS\napp.\"orders_\"\n", `filters.ini:3: [include-only-table] app.orders_ is not on the source: did you mean app.orders or app."Orders"`, "folded", nil},
		{"two typos", "[exclude-table]\napp.custmers\napp.ordrs\n", "app.custmers is not on the source: did you mean app.customers?\nfilters.ini:3: [exclude-table] app.ordrs is not", "", nil},
		{"table data, typo", "[exclude-table-data]\napp.event\n", "[exclude-table-data] app.event is not on the source: did you mean app.events", "", nil},
		{"table data of a view", "[exclude-table-data]\napp.happy\n", "[exclude-table-data] app.happy is a view and has no rows of its own: use [exclude-table]", "", nil},
		{"index as table", "[exclude-table]\napp.customers_pkey\n", "[exclude-table] app.customers_pkey is an index, and [exclude-table] names tables: use [exclude-index]", "", nil},
		{"table as index", "[exclude-index]\napp.customers\n", "[exclude-index] app.customers is a table, and [exclude-index] names indexes: use [exclude-table]", "", nil},
		{"index, typo", "[exclude-index]\napp.customer_pkey\n", "[exclude-index] app.customer_pkey is not on the source: did you mean app.customers_pkey?", "", nil},
		{"sequence as table", "[exclude-table]\napp.shared\n", "[exclude-table] app.shared is a sequence: it goes with the table that owns it", "", nil},
		{"view of an extension", "[exclude-table]\nlib.pg_stat_statements\n", "is a view of extension pg_stat_statements, and is made by it: use [exclude-extension]", "", nil},
		{"index of a partition", "[exclude-index]\napp.events_2_at_idx\n", `app.events_2_at_idx is the part of app."Events At" on one partition, and cannot be left out alone`, `app."Events At"`, nil},
		{"indexes of partitions by regex", "[exclude-index]\napp.~/^events_2_at/\n", `app.events_2_at_idx is the part of app."Events At" on one partition`, `app."Events At"`, nil},
		{"schema, typo", "[exclude-schema]\naap\n", "filters.ini:2: [exclude-schema] aap is not on the source: did you mean app?", "", nil},
		{"schema of the system", "[exclude-schema]\npg_catalog\n", "[exclude-schema] pg_catalog is a schema of the system, which is never copied", "", nil},
		{"table of the system", "[exclude-table]\npg_catalog.pg_class\n", "[exclude-table] pg_catalog.pg_class is a table of the system, which is never copied", "", nil},
		{"extension, typo", "[exclude-extension]\nhstor\n", "[exclude-extension] hstor is not on the source: did you mean hstore?", "", nil},
		{"only extension, absent", "[include-only-extension]\npostgis\n", "[include-only-extension] postgis is not on the source", "", nil},
		{"extensions both ways", "[include-only-extension]\nhstore\n", "filters.ini:2: --skip-extensions leaves out all extensions, but [include-only-extension] includes hstore", "drop --skip-extensions",
			func(o *Options) { o.SkipExtensions = true }},
		{"bad regex", "[exclude-table]\napp.a\n[exclude-index]\napp.~/a(b/\n", "filters.ini:4: [exclude-index] app.~/a(b/: invalid regular expression: parentheses () not balanced", "PostgreSQL", nil},
		{"nothing included", "[include-only-table]\n~/x/.~/y/\n", "filters.ini:2: nothing of [include-only-table] is on the source: nothing would be copied", "", nil},
		{"no schema included", "[include-only-schema]\n~/^z/\n", "filters.ini:2: nothing of [include-only-schema] is on the source", "", nil},
		{"in a schema excluded by regex", "[exclude-schema]\n~/^app/\n[include-only-table]\napp.orders\nlib.base\n",
			"[include-only-table] app.orders (filters.ini:4): [exclude-schema] leaves schema app out", "remove one", nil},
		{"in a schema not included", "[include-only-schema]\nlib\n[include-only-table]\napp.orders\n", "[include-only-table] app.orders (filters.ini:4): [include-only-schema] leaves schema app out", "", nil},
		{"view without its table", "[include-only-table]\napp.happy\n", "[include-only-table] app.happy (filters.ini:2): view app.happy needs table app.customers: [include-only-table] does not name it",
			"include what it needs too", nil},
		{"syntax", "[exclude-table]\napp.orders = 1\n", "filters.ini:2: entries have no value", "write the name alone", nil},
		{"no file", "", "no such file or directory", "name a file that this user can read", func(o *Options) { o.Filters += ".not" }},
		{"a directory", "", "is a directory", "name a file", func(o *Options) { o.Filters = filepath.Dir(o.Filters) }},
		{"empty", "", "filters.ini: no entry is in the file", "leave --filters away", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			set := func(o *Options) {
				if c.set != nil {
					c.set(o)
				}
			}
			target, o, err := filtered(t, src.URI(name), dst, c.filter, set)
			msg, hint := refusal(t, o.Dir, err)
			if !strings.Contains(msg, c.msg) || hint == "" || !strings.Contains(hint, c.hint) {
				t.Errorf("%s\nhint: %s\nnot: %s", msg, hint, c.msg)
			}
			if n := dst.Value(t, databaseOf(t, target), "SELECT count(*) FROM pg_class WHERE oid >= 16384"); n != "0" {
				t.Errorf("%s relations were made on the target", n)
			}
		})
	}
}

// refusal is what a clone that ended with an error told: by the error itself, or by the task that failed.
func refusal(t *testing.T, dir string, err error) (msg, hint string) {
	t.Helper()
	var user *pgdb.UserError
	if errors.As(err, &user) {
		return user.Msg, user.Hint
	}
	if err == nil {
		t.Fatal("it was not refused")
	}
	db, open := catalogdb.OpenReadOnly(context.Background(), dir)
	if open != nil {
		t.Fatal(err, open)
	}
	defer db.Close()
	if open = db.Failures(context.Background(), func(f catalogdb.Failure) error {
		if msg == "" {
			msg, hint = f.Error, f.Hint
		}
		return nil
	}); open != nil {
		t.Fatal(open)
	}
	return msg, hint
}

// TestFilterResume goes on without a file, and refuses another one by name.
func TestFilterResume(t *testing.T) {
	src, dst := pgtest.Pair(t)
	name := src.FreshDB(t)
	src.Exec(t, name, shop)
	target, o, err := filtered(t, src.URI(name), dst, "[exclude-table]\napp.customers\n")
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) string {
		file := filepath.Join(t.TempDir(), "other.ini")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	again := Options{Dir: o.Dir, Source: o.Source, Target: o.Target, Log: o.Log, HolderCommand: o.HolderCommand}
	if _, err := Resume(context.Background(), again); err != nil {
		t.Errorf("without a file: %v", err)
	}
	again.Filters = write("# the same\n[exclude-table]\n\"app\".CUSTOMERS\n")
	if _, err := Resume(context.Background(), again); err != nil {
		t.Errorf("with the same filters: %v", err)
	}
	again.Filters = write("[exclude-table]\napp.orders\n")
	_, err = Resume(context.Background(), again)
	if msg, _ := refusal(t, o.Dir, err); !strings.Contains(msg, "was begun with other filters, those of "+o.Filters+", not with "+again.Filters) {
		t.Error(msg)
	}
	if n := dst.Value(t, databaseOf(t, target), "SELECT count(*) FROM app.orders"); n != "2" {
		t.Error(n)
	}
}

// TestFilterSparesTheTarget: --drop-if-exists replaces what is copied, and nothing of what is left out.
func TestFilterSparesTheTarget(t *testing.T) {
	src, dst := pgtest.Pair(t)
	name := src.FreshDB(t)
	src.Exec(t, name, shop)
	target := dst.FreshDB(t)
	dst.Exec(t, target, `CREATE SCHEMA app; CREATE TABLE app.customers (mine int); INSERT INTO app.customers VALUES (7); CREATE TABLE app.orders (id int); CREATE VIEW app.happy AS SELECT 1 AS one`)
	o := testOptions(t, src.URI(name), dst.URI(target))
	o.DropIfExists = true
	o.Filters = filepath.Join(t.TempDir(), "filters.ini")
	if err := os.WriteFile(o.Filters, []byte("[exclude-table]\napp.customers\n[exclude-schema]\nlib\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Clone(context.Background(), o)
	msg, _ := refusal(t, o.Dir, err) // the schema app cannot be dropped: it holds what is left out
	if !strings.Contains(msg, "clear the target") {
		t.Fatal(msg)
	}
	if n := dst.Value(t, target, "SELECT mine FROM app.customers"); n != "7" {
		t.Error(n)
	}
}

// opened is what the steps before the first task took.
func opened(t *testing.T, db *catalogdb.DB) (d time.Duration) {
	t.Helper()
	s, err := db.Summary(context.Background(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range s.Steps {
		if slices.Contains([]string{"load-source", "dump-schema", "plan"}, step.Step) {
			d += time.Duration(step.Seconds * float64(time.Second))
		}
	}
	return d
}

// isPlanned tells whether a directory's tasks are planned.
func isPlanned(dir string) bool {
	db, err := catalogdb.OpenReadOnly(context.Background(), dir)
	if err != nil {
		return false
	}
	defer db.Close()
	s, err := db.Summary(context.Background(), 0)
	return err == nil && slices.ContainsFunc(s.Steps, func(step catalogdb.StepSummary) bool { return step.Step == "plan" && step.Done > 0 })
}

// TestFilterSpeed: done-when 3 of the issue. The time is printed; what is held is that both ways end, and that the plan is right.
func TestFilterSpeed(t *testing.T) {
	if testing.Short() {
		t.Skip("loads thousands of tables")
	}
	const schemas = 10
	tables := scale(t, "PGCOPY_TEST_FILTER_TABLES", 2000)
	src, dst := pgtest.Pair(t)
	name := src.FreshDB(t)
	ctx := context.Background()
	if err := truth.LoadTables(ctx, src.URI(name), schemas, tables/schemas); err != nil {
		t.Fatal(err)
	}
	names := src.Rows(t, name, "SELECT quote_ident(nspname) || '.' || quote_ident(relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname !~ '^(pg_|information)' ORDER BY c.oid")
	var text strings.Builder
	text.WriteString("[exclude-table]\n")
	for i := range 500 {
		fmt.Fprintln(&text, names[i*len(names)/500][0])
	}
	for i := range 20 {
		fmt.Fprintf(&text, "~/^s.*/.~/(^|_)t?0*%d7$/\n", i+1)
	}
	// A clone that is stopped as soon as it has planned.
	planned := func(filter string) (time.Duration, int) {
		ctx, stop := context.WithCancel(ctx)
		defer stop()
		o := testOptions(t, src.URI(name), dst.URI(dst.FreshDB(t)))
		o.Log = slog.New(slog.DiscardHandler)
		if filter != "" {
			o.Filters = filepath.Join(t.TempDir(), "filters.ini")
			if err := os.WriteFile(o.Filters, []byte(filter), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		go func() {
			defer stop()
			for ctx.Err() == nil && !isPlanned(o.Dir) {
				time.Sleep(20 * time.Millisecond)
			}
		}()
		if _, err := Clone(ctx, o); err == nil {
			t.Log("the clone was faster than who was to stop it")
		}
		defer func() { _, _ = StopSnapshot(context.Background(), o.Dir) }()
		db, err := catalogdb.OpenReadOnly(context.Background(), o.Dir)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if !isPlanned(o.Dir) {
			t.Fatal("nothing is planned")
		}
		n := 0
		if err := db.TableNames(context.Background(), "r", func(pgschema.Name) error { n++; return nil }); err != nil {
			t.Fatal(err)
		}
		return opened(t, db), n
	}
	without, all := planned("")
	with, left := planned(text.String())
	t.Logf("%d tables: planned in %.2fs without filters, in %.2fs with 500 names and 20 regular expressions, which leave %d", all, without.Seconds(), with.Seconds(), left)
	if all != len(names) || left >= len(names)-500 || left == 0 {
		t.Errorf("%d of %d tables are left", left, all)
	}
	if with > without+5*time.Second {
		t.Errorf("filters cost %.1fs", (with - without).Seconds())
	}
}
