package pgtarget

import "testing"

// An old pg_dump takes what a new server keeps of each column for an option of somebody's; see attributeVersion.
func TestReadScriptLeavesOutAttributeVersions(t *testing.T) {
	const table = "CREATE TABLE a.t (\n    a integer,\n    b integer\n);\n"
	const owner = "\n\nALTER TABLE a.t OWNER TO o;"
	for _, c := range []struct{ name, sql, want string }{
		{"all of its columns", table + "ALTER TABLE ONLY a.t ALTER COLUMN a SET (pg_attver=17);\nALTER TABLE ONLY a.t ALTER COLUMN b SET (pg_attver=18);\n" + owner,
			table + owner},
		{"behind everything else", table + "ALTER TABLE ONLY a.t ALTER COLUMN a SET (pg_attver=17);", table[:len(table)-1]},
		{"beside an option", table + "ALTER TABLE ONLY a.t ALTER COLUMN a SET (n_distinct=-0.5, pg_attver=17, n_distinct_inherited=3);\n" + owner,
			table + "ALTER TABLE ONLY a.t ALTER COLUMN a SET (n_distinct=-0.5, n_distinct_inherited=3);\n" + owner},
		{"between others", table + "ALTER TABLE ONLY a.t ALTER COLUMN a SET STATISTICS 7;\nALTER TABLE ONLY a.t ALTER COLUMN a SET (pg_attver=17);\n" +
			"ALTER TABLE ONLY a.t ALTER COLUMN b SET STORAGE PLAIN;\n" + owner,
			table + "ALTER TABLE ONLY a.t ALTER COLUMN a SET STATISTICS 7;\nALTER TABLE ONLY a.t ALTER COLUMN b SET STORAGE PLAIN;\n" + owner},
		{"a foreign table", "CREATE FOREIGN TABLE a.f (\n    a integer\n);\nALTER FOREIGN TABLE ONLY a.f ALTER COLUMN a SET (pg_attver=17);\n" + owner,
			"CREATE FOREIGN TABLE a.f (\n    a integer\n);\n" + owner},
		{"a name that says so", table + "ALTER TABLE ONLY a.t ALTER COLUMN \" SET (pg_attver=17);\" SET (n_distinct=5);\n" + owner, ""},
		{"a comment that says so", "COMMENT ON TABLE a.t IS '\nALTER TABLE ONLY a.t ALTER COLUMN a SET (pg_attver=17);\n';", ""},
		{"another statement that says so", "ALTER TABLE ONLY a.t ALTER COLUMN a SET DEFAULT (' SET (pg_attver=17');", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, got := readAll(t, scriptHead+head(5, 1259, 100)+c.sql+"\n\n\n"+head(6, 1259, 101)+"CREATE TABLE a.u ();\n\n\n"+scriptTail)
			want := c.want
			if want == "" {
				want = c.sql
			}
			if len(got) != 2 || got[0].SQL != want || got[1].SQL != "CREATE TABLE a.u ();" {
				t.Errorf("got %+v, want %q", got, want)
			}
		})
	}
}
