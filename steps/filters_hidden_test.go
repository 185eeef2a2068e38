package steps

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
)

// TestFilterLeavesOutTheUnreadable: a role that may read a part of a database copies that part, and loses nothing else that it could have had.
func TestFilterLeavesOutTheUnreadable(t *testing.T) {
	src, dst := pgtest.Pair(t)
	name := src.FreshDB(t)
	role := "reader_of_" + strings.ReplaceAll(name, "-", "_")
	for _, srv := range []*pgtest.Server{src, dst} {
		srv.Exec(t, "postgres", "CREATE ROLE "+role+" LOGIN PASSWORD 'reads'")
	}
	t.Cleanup(func() {
		src.Exec(t, name, "DROP OWNED BY "+role)
		src.Exec(t, "postgres", "DROP ROLE "+role)
	})
	src.Exec(t, name, shop+`;
		CREATE SCHEMA secret; CREATE TABLE secret."all $ of it" (id serial PRIMARY KEY); CREATE TABLE app.knows (id int REFERENCES secret."all $ of it", CHECK (id IS NULL));
		CREATE TABLE app.hidden (id serial PRIMARY KEY, v text); CREATE VIEW app.shown AS SELECT id FROM app.hidden; CREATE VIEW app.shown_too AS SELECT id FROM app.shown;
		CREATE TABLE app.counts_on (id int DEFAULT nextval('app.hidden_id_seq')); INSERT INTO app.counts_on SELECT FROM generate_series(1, 3);
		CREATE TABLE app.rows (id int PRIMARY KEY); INSERT INTO app.rows VALUES (1); ALTER TABLE app.rows ENABLE ROW LEVEL SECURITY;
		GRANT USAGE ON SCHEMA app, lib, parts TO `+role+`; GRANT SELECT ON ALL TABLES IN SCHEMA app, lib, parts TO `+role+`; GRANT SELECT ON ALL SEQUENCES IN SCHEMA app TO `+role+`;
		REVOKE SELECT ON app.hidden FROM `+role)
	source := asRole(t, src.URI(name), role)
	for _, c := range []struct {
		name, filter string
		refused      string
		gone         []string
	}{
		{"nothing left out", "[exclude-table]\napp.happy\n", "may not read", nil},
		{"the wrong one left out", "[exclude-table]\napp.orders\n[exclude-schema]\nsecret\n", "may not read app.hidden", nil},
		{"rows hidden by policies", "[exclude-table]\napp.hidden\n[exclude-schema]\nsecret\n", "row-level security hides rows of app.rows", nil},
		{"excluded", "[exclude-table]\napp.hidden\n[exclude-schema]\nsecret\n[exclude-table-data]\napp.rows\n", "",
			[]string{"app.hidden", "app.shown", "app.shown_too", "secret.all $ of it", "secret.all $ of it_id_seq"}},
		{"not included", "[include-only-schema]\napp\n[exclude-table]\napp.hidden\napp.rows\n", "",
			[]string{"app.hidden", "app.shown", "app.shown_too", "app.rows", "secret.all $ of it", "secret.all $ of it_id_seq"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			target, o, err := filtered(t, source, dst, c.filter, func(o *Options) { o.NoOwner, o.NoACL = true, true })
			if c.refused != "" {
				if msg, _ := refusal(t, o.Dir, err); !strings.Contains(msg, c.refused) {
					t.Fatal(msg)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			names := func(srv *pgtest.Server, db string) (all []string) {
				for _, r := range srv.Rows(t, db, `SELECT nspname || '.' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
					WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' AND relkind IN ('r','p','m','v','S') ORDER BY 1`) {
					all = append(all, r[0])
				}
				return all
			}
			want := slices.DeleteFunc(names(src, name), func(n string) bool { return slices.Contains(c.gone, n) })
			db := databaseOf(t, target)
			if got := names(dst, db); !slices.Equal(got, want) {
				t.Errorf("%q\nand not\n%q", got, want)
			}
			if n := dst.Value(t, db, "SELECT count(*) FROM pg_constraint WHERE confrelid <> 0 AND conrelid = 'app.knows'::regclass"); n != "0" {
				t.Error("a foreign key to what is not there")
			}
			if n := dst.Value(t, db, "SELECT nextval('app.hidden_id_seq')"); n != "4" {
				t.Errorf("the sequence gives %s", n)
			}
			why := skipped(t, o.Dir)
			if got := why["view app.shown"]; !strings.HasPrefix(got, "needs table app.hidden | [exclude-table] app.hidden") {
				t.Errorf("app.shown: %q", got)
			}
			if why["table app.hidden"] == "" || why["table secret.all $ of it"] == "" {
				t.Errorf("%q", why)
			}
		})
	}
}

// asRole is a URI for another role with the password 'reads'.
func asRole(t *testing.T, uri, role string) string {
	t.Helper()
	c, err := pgdb.ParseConninfo("source", uri)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Connect(context.Background(), pgdb.SourceSession())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	cfg := conn.Config()
	return "postgresql://" + role + ":reads@" + c.Addresses()[0] + "/" + cfg.Database
}
