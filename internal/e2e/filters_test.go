package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// TestFollowWithFilters: what filters leave out is not followed either, whichever way it comes to be left out, and the ledger balances.
func TestFollowWithFilters(t *testing.T) {
	const changes = `
		INSERT INTO account SELECT i, 'new', 1, NULL FROM generate_series(1001, 1010) i; UPDATE account SET amount = 7 WHERE id < 5; DELETE FROM account WHERE id = 9;
		INSERT INTO history (account, delta) VALUES (1, 1); UPDATE history SET delta = 2; INSERT INTO kind_of VALUES ('b'); DELETE FROM ident;
		INSERT INTO part VALUES (100, 1), (100, 2); TRUNCATE gone_a, gone_b; INSERT INTO gone_b SELECT 1 FROM gone_a; SELECT nextval('counter'), nextval('ident_id_seq');`
	for _, plugin := range []string{"pgoutput", "test_decoding"} {
		t.Run(plugin, func(t *testing.T) {
			src, dst := pgtest.Pair(t)
			db := src.FreshDB(t)
			src.Exec(t, db, followSchema+`; CREATE SCHEMA other; CREATE TYPE other.kind AS ENUM ('a', 'b'); CREATE TABLE kind_of (k other.kind); INSERT INTO kind_of VALUES ('a'); ALTER TABLE history REPLICA IDENTITY FULL;
				INSERT INTO ident (t) VALUES ('x'); INSERT INTO part VALUES (1, 1), (1, 2); CREATE TABLE other.t (i int)`)
			filter := filepath.Join(t.TempDir(), "filters.ini")
			text := "[exclude-table]\npublic.history\npublic.gone_b\npublic.part_2\n[exclude-table-data]\n~/^public$/.~/^ident$/\n[exclude-schema]\nother\n"
			if err := os.WriteFile(filter, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			w := followed(t, src, dst, db, "filter_"+plugin, "--plugin", plugin, "--filters", filter)
			p := w.clone()
			w.applying()
			src.Exec(t, db, strings.Replace(changes, "; DELETE FROM ident", "; INSERT INTO ident (t) VALUES ('y'); DELETE FROM ident", 1)+`; INSERT INTO other.t VALUES (1); CREATE TABLE other.later (i int)`)
			src.Exec(t, db, "INSERT INTO other.later VALUES (1)")
			if plugin != "pgoutput" { // they send what is left out, too: here it does not say which row it is about
				src.Exec(t, db, "UPDATE other.t SET i = 2; DELETE FROM other.t; UPDATE kind_of SET k = 'b' WHERE k = 'a'; DELETE FROM kind_of; INSERT INTO account VALUES (3000, 'behind them')")
			}
			w.endHere()
			w.mustEnd(p, 0)
			same := func(table, order string) {
				t.Helper()
				query := "SELECT coalesce(string_agg(x::text, '|' ORDER BY " + order + "), '') FROM " + table + " x"
				if a, b := src.Value(t, db, query), dst.Value(t, w.targetDB, query); a != b {
					t.Errorf("%s: %s, and on the target %s", table, a, b)
				}
			}
			same("account", "id")
			same("gone_a", "i")
			same("part_1", "id")
			if n := dst.Value(t, w.targetDB, "SELECT count(*) FROM ident"); n != "0" {
				t.Errorf("ident has %s rows", n)
			}
			for _, gone := range []string{"history", "gone_b", "part_2", "kind_of", "other.t"} {
				if is := dst.Value(t, w.targetDB, "SELECT to_regclass('"+gone+"') IS NULL"); is != "t" {
					t.Errorf("%s is on the target", gone)
				}
			}
			if n := w.count("SELECT sum(open) FROM ledger"); n != 0 {
				t.Errorf("the ledger is open by %d changes", n)
			}
			if plugin == "pgoutput" {
				if names := src.Value(t, db, "SELECT string_agg(tablename, ' ' ORDER BY 1) FROM pg_publication_tables WHERE pubname = 'filter_pgoutput' AND tablename IN ('history', 'ident', 'gone_b', 'account')"); names != "account" {
					t.Errorf("published: %s", names)
				}
			} else if n := w.count("SELECT sum(skipped) FROM ledger WHERE table_name IN ('public.history', 'public.kind_of', 'public.ident', 'public.part_2', 'other.t', 'other.later', 'public.gone_b')"); n < 8 {
				t.Errorf("%d changes are skipped", n)
			}
		})
	}
}

// TestFollowRefusesFiltersFirst: a filter that is wrong leaves no slot and no publication behind.
func TestFollowRefusesFiltersFirst(t *testing.T) {
	src, dst := pgtest.Pair(t)
	db := src.FreshDB(t)
	src.Exec(t, db, followSchema)
	filter := filepath.Join(t.TempDir(), "filters.ini")
	if err := os.WriteFile(filter, []byte("[exclude-table]\npublic.acount\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := followed(t, src, dst, db, "filter_wrong", "--filters", filter)
	r := w.clone().wait()
	if r.code == 0 || !strings.Contains(r.stderr, "filters.ini:2: [exclude-table] public.acount is not on the source: did you mean public.account?") {
		t.Errorf("%s", r)
	}
	w.nothingOfFollow(db)
}
