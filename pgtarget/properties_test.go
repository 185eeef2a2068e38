package pgtarget

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/sql"
)

// databaseSays is all of a database's own properties, in a way that two servers can be compared by.
const databaseSays = `SELECT r.rolname, array(SELECT unnest(s.setconfig) ORDER BY 1)::text, '', '' FROM pg_database d JOIN pg_db_role_setting s ON s.setdatabase = d.oid
		LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE d.datname = current_database()
	UNION ALL SELECT '', '', coalesce(shobj_description(oid, 'pg_database'), '-'),
		coalesce((SELECT string_agg(i::text, ' ' ORDER BY i::text) FROM unnest(datacl) i), '-')
	FROM pg_database WHERE datname = current_database() ORDER BY 1, 2`

func properties(t *testing.T, uri string) []pgschema.DatabaseProperty {
	t.Helper()
	rows, err := session(t, uri).Query(context.Background(), sql.Source("database_properties"))
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, func(r pgx.CollectableRow) (p pgschema.DatabaseProperty, err error) {
		return p, r.Scan(&p.Kind, &p.Role, &p.Name, &p.Value, &p.By)
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// decorate gives a database one of everything.
func decorate(t *testing.T, s *pgtest.Server, db string) {
	t.Helper()
	d := pgschema.QuoteIdent(db)
	for _, text := range []string{
		"ALTER DATABASE " + d + ` SET search_path = "$user", public, "a, b", "q""uote", "Wei'rd\", '', "ünï"`,
		"ALTER DATABASE " + d + " SET temp_tablespaces = pg_default, ''",
		"ALTER DATABASE " + d + " SET session_preload_libraries = 'auto_explain', '$libdir/pg_trgm'",
		"ALTER DATABASE " + d + " SET \"TimeZone\" = 'Europe/Berlin'",
		"ALTER DATABASE " + d + " SET my.option = 'x=y, ''z'' \\'",
		"ALTER DATABASE " + d + " SET work_mem = '5MB'",
		"ALTER DATABASE " + d + " SET default_transaction_read_only = on",
		"ALTER DATABASE " + d + " SET application_name = ''",
		`ALTER ROLE "Props, ""1""" IN DATABASE ` + d + " SET search_path = ''",
		`ALTER ROLE "Props, ""1""" IN DATABASE ` + d + " SET statement_timeout = 7000",
		"COMMENT ON DATABASE " + d + " IS E'two\nlines, it''s \\\\'",
		"REVOKE TEMP ON DATABASE " + d + " FROM PUBLIC",
		"GRANT CREATE, CONNECT ON DATABASE " + d + ` TO "Props, ""1""" WITH GRANT OPTION`,
		"SET ROLE \"Props, \"\"1\"\"\"; GRANT CREATE ON DATABASE " + d + " TO props_2 WITH GRANT OPTION; RESET ROLE",
		"SET ROLE props_2; GRANT CREATE ON DATABASE " + d + " TO PUBLIC; RESET ROLE",
		"REVOKE CREATE ON DATABASE " + d + " FROM postgres",
	} {
		s.Exec(t, "postgres", text)
	}
	t.Cleanup(func() { // so that the roles can go
		s.Exec(t, "postgres", "ALTER ROLE \"Props, \"\"1\"\"\" IN DATABASE "+d+" RESET ALL; REVOKE ALL ON DATABASE "+d+" FROM \"Props, \"\"1\"\"\", PUBLIC CASCADE")
	})
}

const propRoles = `"Props, ""1"""; props_2`

func TestDatabaseProperties(t *testing.T) {
	ctx := context.Background()
	src, dst := pgtest.Pair(t)
	roles(t, propRoles, src, dst)
	srcDB := src.FreshDB(t)
	decorate(t, src, srcDB)
	props := properties(t, src.URI(srcDB))
	want := fmt.Sprint(src.Rows(t, srcDB, databaseSays))

	for _, inside := range []bool{false, true} {
		dstDB := dst.FreshDB(t)
		t.Cleanup(func() {
			dst.Exec(t, "postgres", "ALTER ROLE \"Props, \"\"1\"\"\" IN DATABASE "+dstDB+" RESET ALL; REVOKE ALL ON DATABASE "+dstDB+" FROM \"Props, \"\"1\"\"\", PUBLIC CASCADE")
		})
		// Something of its own in the way: privileges that the source has not.
		dst.Exec(t, "postgres", "GRANT CREATE ON DATABASE "+dstDB+" TO props_2 WITH GRANT OPTION; ALTER DATABASE "+dstDB+" SET work_mem = '7MB'")
		for i := range 2 {
			conn := session(t, dst.URI(dstDB)+"&default_transaction_read_only=off")
			if inside {
				run(t, conn, "BEGIN")
			}
			warnings, err := SetDatabaseProperties(ctx, conn, dstDB, props, PropertyOptions{})
			if err != nil || len(warnings) > 0 {
				t.Fatal(warnings, err)
			}
			if inside {
				run(t, conn, "COMMIT")
			}
			if got := fmt.Sprint(dst.Rows(t, dstDB, databaseSays)); got != want {
				t.Errorf("inside %v, time %d:\ngot  %s\nwant %s", inside, i, got, want)
			}
		}
	}
}

func TestDatabasePropertiesLeftOut(t *testing.T) {
	ctx := context.Background()
	src, dst := pgtest.Pair(t)
	roles(t, propRoles, src)
	srcDB, dstDB := src.FreshDB(t), dst.FreshDB(t)
	decorate(t, src, srcDB)
	conn := session(t, dst.URI(dstDB)+"&default_transaction_read_only=off")
	props := append(properties(t, src.URI(srcDB)), pgschema.DatabaseProperty{Kind: "setting", Name: "no_such_parameter", Value: "1"})
	for _, inside := range []bool{false, true} {
		if inside {
			run(t, conn, "BEGIN")
		}
		_, err := SetDatabaseProperties(ctx, conn, dstDB, props, PropertyOptions{})
		var user *pgdb.UserError
		if !errors.As(err, &user) || user.Hint == "" || pgdb.ClassOf(err) != pgdb.Permanent {
			t.Fatalf("%v", err)
		}
		for _, name := range []string{"no_such_parameter (unrecognized", `search_path of role "Props, ""1""" (role`, "statement_timeout of role",
			"privileges of role props_2 (the role does not exist)"} {
			if !strings.Contains(user.Msg, name) {
				t.Errorf("%s is not in: %s", name, user.Msg)
			}
		}
		if inside {
			run(t, conn, "COMMIT")
		}
		got := fmt.Sprint(dst.Rows(t, dstDB, databaseSays))
		for _, part := range []string{"work_mem=5MB", "two\nlines", "=c/postgres postgres=Tc/postgres"} {
			if !strings.Contains(got, part) {
				t.Errorf("%s is not in %s", part, got)
			}
		}
	}
	plain := dst.FreshDB(t)
	// A library that is missing here would lock everybody out.
	props = []pgschema.DatabaseProperty{{Kind: "setting", Name: "session_preload_libraries", Value: `auto_explain, "no such, library"`},
		{Kind: "setting", Name: "local_preload_libraries", Value: `nothing`}, {Kind: "setting", Name: "work_mem", Value: "9MB"}}
	if _, err := SetDatabaseProperties(ctx, conn, plain, props, PropertyOptions{}); err == nil ||
		!strings.Contains(err.Error(), `session_preload_libraries (could not access file "no such, library"`) ||
		!strings.Contains(err.Error(), `local_preload_libraries (could not access file "$libdir/plugins/nothing"`) {
		t.Error(err)
	}
	if got := fmt.Sprint(dst.Rows(t, plain, databaseSays)); got != `[[  - -] [\N {work_mem=9MB}  ]]` {
		t.Error(got)
	}
	dst.Exec(t, "postgres", "ALTER DATABASE "+plain+" RESET ALL")
	props = []pgschema.DatabaseProperty{{Kind: "comment", Value: "x"}, {Kind: "acl"}}
	if _, err := SetDatabaseProperties(ctx, conn, plain, props, PropertyOptions{NoACL: true, NoComments: true}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(dst.Rows(t, plain, databaseSays)); got != "[[  - -]]" {
		t.Error(got)
	}
	if _, err := SetDatabaseProperties(ctx, conn, plain, props, PropertyOptions{}); err != nil { // everything revoked from everybody
		t.Fatal(err)
	}
	if got := dst.Value(t, plain, "SELECT datacl FROM pg_database WHERE datname = current_database()"); got != "{}" {
		t.Error(got)
	}
}

// The target's database has another owner, who connects without being a superuser.
func TestDatabasePropertiesOtherOwner(t *testing.T) {
	ctx := context.Background()
	_, dst := pgtest.Pair(t)
	roles(t, "db_owner LOGIN; db_guest; db_next", dst)
	db := dst.FreshDB(t)
	dst.Exec(t, "postgres", "ALTER DATABASE "+db+" OWNER TO db_owner; GRANT db_guest TO db_owner")
	t.Cleanup(func() {
		dst.Exec(t, "postgres", "ALTER DATABASE "+db+" OWNER TO postgres; REVOKE ALL ON DATABASE "+db+" FROM PUBLIC, db_guest, db_next CASCADE")
	})
	acl := func(role, privilege, value, by string) pgschema.DatabaseProperty {
		return pgschema.DatabaseProperty{Kind: "acl", Role: role, Name: privilege, Value: value, By: by}
	}
	props := []pgschema.DatabaseProperty{
		{Kind: "setting", Name: "work_mem", Value: "5MB"}, acl("old_owner", "CREATE", "", "old_owner"), acl("old_owner", "CONNECT", "", "old_owner"),
		acl("db_guest", "CONNECT", "grantable", "old_owner"), acl("db_next", "CONNECT", "", "db_guest"),
		acl("db_owner", "CONNECT", "", "old_owner"),
	}
	conn := session(t, dst.URIAs("db_owner", "", db))
	for range 2 {
		warnings, err := SetDatabaseProperties(ctx, conn, db, props, PropertyOptions{})
		if err != nil || len(warnings) != 1 || !strings.Contains(warnings[0], "to db_owner on the target and to old_owner on the source") {
			t.Fatal(warnings, err)
		}
		if got := dst.Value(t, db, "SELECT datacl FROM pg_database WHERE datname = current_database()"); got !=
			"{db_owner=Cc/db_owner,db_guest=c*/db_owner,db_next=c/db_guest}" {
			t.Error(got)
		}
	}
	// Somebody without any right to it.
	guest := session(t, dst.URI(db))
	run(t, guest, "SET ROLE db_next")
	_, err := SetDatabaseProperties(ctx, guest, db, append(props, pgschema.DatabaseProperty{Kind: "comment", Value: "x"}), PropertyOptions{})
	var user *pgdb.UserError
	if !errors.As(err, &user) || !strings.Contains(user.Msg, "work_mem (must be owner") || !strings.Contains(user.Msg, "comment (must be owner") {
		t.Errorf("%v", err)
	}
}

func TestSplitNames(t *testing.T) {
	for in, want := range map[string]string{
		`"$user", public`: `[$user][public]`, `a`: `[a]`, `""`: `[]`, ` "a""b" , C d ,"x,y"`: `[a"b][C d][x,y]`, `/usr/lib/x.so, y`: `[/usr/lib/x.so][y]`,
		``: ``, `a,`: `bad`, `,a`: `bad`, `"a`: `bad`, `"a"b`: `bad`, `a,,b`: `bad`,
	} {
		names, ok := splitNames(in)
		got := ""
		for _, n := range names {
			got += "[" + n + "]"
		}
		if !ok && in != "" {
			got = "bad"
		}
		if got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}
