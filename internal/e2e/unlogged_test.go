package e2e

import (
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// TestUnloggedTriggers takes the target down when its triggers are there: the rows of unlogged tables are copied again, and must not fire them.
func TestUnloggedTriggers(t *testing.T) {
	src, dst := pgtest.Start(t), pgtest.Start(t)
	for _, s := range []*pgtest.Server{src, dst} {
		s.Exec(t, "postgres", "CREATE ROLE unlogged_owner LOGIN PASSWORD 'of the owner'")
	}
	db := src.FreshDB(t)
	src.Exec(t, db, `CREATE TABLE log (what text);
		CREATE FUNCTION log_it() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.log VALUES (TG_TABLE_NAME); RETURN NEW; END';
		CREATE UNLOGGED TABLE small AS SELECT i, md5(i::text) AS t FROM generate_series(1, 100) i;
		CREATE UNLOGGED TABLE frozen (i int, t text);
		ALTER TABLE frozen ALTER t SET STORAGE EXTERNAL;
		INSERT INTO frozen SELECT i, repeat(chr(65 + i), 1100000) FROM generate_series(1, 9) i;
		CREATE UNLOGGED TABLE parts AS SELECT i, repeat('x', 150) AS t FROM generate_series(1, 2000) i;
		CREATE TRIGGER log_it BEFORE INSERT ON small FOR EACH ROW EXECUTE FUNCTION log_it();
		CREATE TRIGGER log_it BEFORE INSERT ON frozen FOR EACH ROW EXECUTE FUNCTION log_it();
		CREATE TRIGGER log_it AFTER INSERT ON parts FOR EACH ROW EXECUTE FUNCTION log_it()`)
	for _, c := range []struct {
		name, target string
		role         string
		refused      bool
	}{
		{name: "superuser", role: pgtest.Superuser},
		{name: "a role that may not keep triggers from firing", role: "unlogged_owner", refused: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWork(t, src, dst, db, "--split-tables-larger-than", "64kB", "--retry-for", "2m", "--no-owner")
			dst.Exec(t, "postgres", "ALTER DATABASE "+w.targetDB+" OWNER TO unlogged_owner")
			if c.role != pgtest.Superuser {
				w.target = dst.URIAs(c.role, "of the owner", w.targetDB)
			}
			p := w.clone("PGCOPY_STOP_AT=claimed:release-snapshot")
			w.crashTarget(p)
			if c.refused {
				r := w.mustEnd(p, exitFailed)
				for _, want := range []string{"has a trigger on the target, log_it, that would fire for every row", "disable it on the target for the copy"} {
					if !strings.Contains(r.stderr, want) {
						t.Errorf("nothing says %q: %s", want, r.stderr)
					}
				}
				each := func(what string) string {
					return "ALTER TABLE small " + what + " TRIGGER log_it; ALTER TABLE frozen " + what + " TRIGGER log_it; ALTER TABLE parts " + what + " TRIGGER log_it"
				}
				dst.Exec(t, w.targetDB, each("DISABLE"))
				w.mustEnd(w.resume(nil), exitDone)
				dst.Exec(t, w.targetDB, each("ENABLE"))
			} else {
				w.mustEnd(p, exitDone)
			}
			for table, rows := range map[string]string{"small": "100", "frozen": "9", "parts": "2000", "log": "0"} {
				if got := dst.Value(t, w.targetDB, "SELECT count(*) FROM "+table); got != rows {
					t.Errorf("%s has %s rows instead of %s", table, got, rows)
				}
			}
		})
	}
}
