package pgsource

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// marked turns relations into members of the hstore extension and marks them as its configuration, as an install
// script with pg_extension_config_dump() would.
const marked = `CREATE EXTENSION hstore; CREATE EXTENSION citext;
CREATE TABLE kinds (id int PRIMARY KEY, name text, builtin bool, twice int GENERATED ALWAYS AS (id * 2) STORED); CREATE SEQUENCE kinds_seq;
CREATE TABLE things (id int PRIMARY KEY, kind int REFERENCES kinds, self int REFERENCES things);
CREATE TABLE loop_a (id int PRIMARY KEY); CREATE TABLE loop_b (id int PRIMARY KEY REFERENCES loop_a); ALTER TABLE loop_a ADD FOREIGN KEY (id) REFERENCES loop_b;
CREATE TABLE internal (id int PRIMARY KEY); CREATE TABLE own (id int);
INSERT INTO kinds VALUES (1, 'a', true), (2, 'b', false), (3, 'c', false);
ALTER EXTENSION hstore ADD TABLE things; ALTER EXTENSION hstore ADD TABLE kinds; ALTER EXTENSION hstore ADD SEQUENCE kinds_seq;
ALTER EXTENSION hstore ADD TABLE loop_a; ALTER EXTENSION hstore ADD TABLE loop_b; ALTER EXTENSION hstore ADD TABLE internal;
UPDATE pg_extension SET extconfig = ARRAY['things'::regclass::oid, 'kinds'::regclass, 'kinds_seq'::regclass, 'loop_a'::regclass, 'loop_b'::regclass],
  extcondition = ARRAY['', 'WHERE NOT builtin', '', '', ''] WHERE extname = 'hstore';`

func TestExtensions(t *testing.T) {
	ctx := context.Background()
	_, _, conn := explored(t, marked)
	got := ""
	for _, e := range collect(t, func(y func(pgschema.Extension) error) error { return Extensions(ctx, conn, y) }) {
		got += fmt.Sprint(e.Name, " ", e.Schema, " ", e.Version != "", " ", e.OID >= 16384, ", ")
	}
	if got != "plpgsql pg_catalog true false, hstore public true true, citext public true true, " {
		t.Error(got)
	}
	got = ""
	var kinds pgschema.ExtensionConfig
	for _, c := range collect(t, func(y func(pgschema.ExtensionConfig) error) error { return ExtensionConfigs(ctx, conn, y) }) {
		if c.Name.Rel == "kinds" {
			kinds = c
		}
		if c.Name.Rel == "loop_a" || c.Name.Rel == "loop_b" {
			if c.Depth == 0 {
				t.Errorf("%s has depth 0", c.Name)
			}
			continue
		}
		got += fmt.Sprintf("%s %s %q %d, ", c.Name.Rel, c.Kind, c.Condition, c.Depth)
	}
	if got != `kinds r "WHERE NOT builtin" 0, kinds_seq S "" 0, things r "" 1, ` {
		t.Error(got)
	}
	var columns []pgschema.Column
	seen := map[uint32]bool{}
	for _, c := range collect(t, func(y func(pgschema.Column) error) error { return Columns(ctx, conn, y) }) {
		if seen[c.TableOID] = true; c.TableOID == kinds.RelOID {
			columns = append(columns, c)
		}
	}
	if len(seen) != 5 { // things, kinds, loop_a, loop_b, own; not internal
		t.Errorf("columns of %d tables, want 5", len(seen))
	}
	if rows := copyOut(t, conn, CopyConfigSQL(kinds, columns, "UTF8", FormatText)); rows != "2\tb\tf\n3\tc\tf\n" {
		t.Errorf("rows %q", rows)
	}
	if tabs := collect(t, func(y func(pgschema.Table) error) error { return Tables(ctx, conn, TableOptions{}, y) }); len(tabs) != 1 || tabs[0].Name.Rel != "own" {
		t.Errorf("%d tables, want only own", len(tabs))
	}
	for _, s := range collect(t, func(y func(pgschema.Sequence) error) error { return Sequences(ctx, conn, y) }) {
		if s.Extension != "hstore" {
			t.Errorf("%s is of extension %q", s.Name, s.Extension)
		}
	}
	if n := len(collect(t, func(y func(pgschema.Index) error) error { return Indexes(ctx, conn, TableOptions{}, y) })); n != 0 {
		t.Errorf("%d indexes of extension members are told", n)
	}
}

// copyOut gives what a COPY TO STDOUT sends.
func copyOut(t *testing.T, conn *pgx.Conn, stmt string) string {
	t.Helper()
	var b bytes.Buffer
	if _, err := conn.PgConn().CopyTo(context.Background(), &b, stmt); err != nil {
		t.Fatalf("%s: %v", stmt, err)
	}
	return b.String()
}
