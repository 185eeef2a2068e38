package steps

import (
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
)

func TestBesideExtensions(t *testing.T) {
	installed := []pgtarget.InstalledExtension{
		{Name: "hstore", Schema: "ext", Comment: `it's a \ type`},
		{Name: "uuid-ossp", Schema: "public"},
		{Name: "plpgsql", Schema: "pg_catalog", Comment: "PL/pgSQL"},
	}
	for _, c := range []struct{ desc, name, sql, want string }{
		{"SCHEMA", "ext", "CREATE SCHEMA ext;\n\n\nALTER SCHEMA ext OWNER TO o;\n", "ALTER SCHEMA ext OWNER TO o;"},
		{"SCHEMA", "ext", "CREATE SCHEMA ext;\n", ""},
		{"SCHEMA", "app", "CREATE SCHEMA app;\n", "CREATE SCHEMA app;\n"},
		{"SCHEMA", "public", "-- *not* creating schema, since initdb creates it\n\n\nALTER SCHEMA public OWNER TO o;\n", "ALTER SCHEMA public OWNER TO o;"},
		{"COMMENT", "EXTENSION hstore", "COMMENT ON EXTENSION hstore IS 'it''s a \\ type';\n", ""},
		{"COMMENT", "EXTENSION hstore", "COMMENT ON EXTENSION hstore IS 'another';\n", "COMMENT ON EXTENSION hstore IS 'another';\n"},
		{"COMMENT", `EXTENSION "uuid-ossp"`, "COMMENT ON EXTENSION \"uuid-ossp\" IS '';\n", ""},
		{"COMMENT", "EXTENSION postgis", "COMMENT ON EXTENSION postgis IS 'it''s a \\ type';\n", "COMMENT ON EXTENSION postgis IS 'it''s a \\ type';\n"},
		{"TABLE", "ext", "CREATE TABLE ext ();\n", "CREATE TABLE ext ();\n"},
	} {
		if got := besideExtensions(pgschema.ArchiveEntry{Desc: c.desc, Name: c.name, SQL: c.sql}, installed); got != c.want {
			t.Errorf("%s %s: got %q, want %q", c.desc, c.name, got, c.want)
		}
	}
}
