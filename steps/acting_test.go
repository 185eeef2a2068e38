package steps

import (
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// A role that acts as another has the privileges of that one: the remedy has to name it.
func TestRoleThatActsAsAnother(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, `CREATE ROLE acting_as; CREATE ROLE acting_login LOGIN IN ROLE acting_as; ALTER ROLE acting_login SET role = acting_as;
		CREATE TABLE a (); SELECT lo_create(4711); GRANT SELECT ON LARGE OBJECT 4711 TO acting_login`)
	t.Cleanup(func() {
		src.Exec(t, from, "DROP OWNED BY acting_as, acting_login; DROP ROLE acting_login, acting_as")
	})
	o := testOptions(t, src.URIAs("acting_login", "", from), dst.URI(to))
	o.NoACL = true
	failure := func(err error) string {
		t.Helper()
		if err == nil {
			t.Fatal("not refused")
		}
		return strings.Join(catalogRows(t, o.Dir, "SELECT error || ' hint: ' || coalesce(hint, '') FROM task WHERE state = 'failed'")[0], "")
	}
	const who = "role acting_as (as which acting_login, who logs in, acts by ALTER ROLE ... SET role or the like) may not read "
	_, err := Clone(t.Context(), o)
	if got := failure(err); !strings.Contains(got, who+"public.a") || !strings.Contains(got, `pg_read_all_data TO "acting_as"`) {
		t.Error(got)
	}
	src.Exec(t, from, "GRANT SELECT ON a TO acting_as")
	_, err = Resume(t.Context(), o)
	if got := failure(err); !strings.Contains(got, who+"large object 4711") || !strings.Contains(got, `GRANT SELECT ON LARGE OBJECT 4711 TO "acting_as"`) {
		t.Error(got)
	}
	src.Exec(t, from, "GRANT SELECT ON LARGE OBJECT 4711 TO acting_as")
	if _, err := Resume(t.Context(), o); err != nil {
		t.Error(err)
	}
}
