package pgsource

import (
	"context"
	"sort"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func TestCopyOutSQL(t *testing.T) {
	name := pgschema.Name{Schema: "s", Rel: `q"t`}
	cols := []pgschema.Column{{Name: "a"}, {Name: "sum", Generated: "s"}, {Name: "B c"}}
	for _, c := range []struct {
		got, want string
	}{
		{CopyOutSQL(name, cols, pgschema.Part{}, "LATIN1", FormatText), `COPY "s"."q""t" ("a", "B c") TO STDOUT (FORMAT text, ENCODING 'LATIN1')`},
		{CopyOutSQL(name, cols, pgschema.Part{Where: "x"}, "", FormatBinary), `COPY (SELECT "a", "B c" FROM ONLY "s"."q""t" WHERE x) TO STDOUT (FORMAT binary)`},
		{CopyOutSQL(name, cols[1:2], pgschema.Part{}, "", FormatText), `COPY "s"."q""t" TO STDOUT (FORMAT text)`},
		{CopyOutSQL(name, nil, pgschema.Part{Where: "x"}, "", FormatText), `COPY (SELECT  FROM ONLY "s"."q""t" WHERE x) TO STDOUT (FORMAT text)`},
	} {
		if c.got != c.want {
			t.Errorf("got  %s\nwant %s", c.got, c.want)
		}
	}
}

// TestEveryRowInExactlyOnePart copies tables out in parts and compares with the whole.
func TestEveryRowInExactlyOnePart(t *testing.T) {
	ctx := context.Background()
	_, _, conn := explored(t, `
		CREATE TABLE keyed (k bigint UNIQUE, pad text, g bigint GENERATED ALWAYS AS (k / 2) STORED) WITH (autovacuum_enabled = off);
		INSERT INTO keyed SELECT i, repeat('x', 100) FROM generate_series(-8000, 31999, 7) i;
		INSERT INTO keyed VALUES (NULL, 'a'), (NULL, 'b'), (-9223372036854775808, 'min'), (9223372036854775807, 'max'), (-1, 'minus one');
		CREATE TABLE bare (); INSERT INTO bare SELECT FROM generate_series(1, 3000);
		CREATE TABLE heir (extra int) INHERITS (keyed); INSERT INTO heir VALUES (5, 'heir');
		CREATE TABLE only_generated (g int GENERATED ALWAYS AS (1) STORED); INSERT INTO only_generated SELECT FROM generate_series(1, 300);`)
	if _, err := ExportSnapshot(ctx, conn); err != nil {
		t.Fatal(err)
	}
	columns := map[uint32][]pgschema.Column{}
	for _, c := range collect(t, func(y func(pgschema.Column) error) error { return Columns(ctx, conn, y) }) {
		columns[c.TableOID] = append(columns[c.TableOID], c)
	}
	for _, tab := range collect(t, func(y func(pgschema.Table) error) error { return Tables(ctx, conn, TableOptions{}, y) }) {
		whole := sorted(copyOut(t, conn, CopyOutSQL(tab.Name, columns[tab.OID], pgschema.Part{}, "UTF8", FormatText)))
		for _, o := range []SplitOptions{
			{Threshold: 16384, ServerVersion: 150000}, {Threshold: 16384, ServerVersion: 150000, SkipCTID: true},
			{Threshold: 8192, ServerVersion: 150000, MaxParts: 3}, {Threshold: 8192, ServerVersion: 130000, MaxParts: 5},
		} {
			parts, method, why, err := PlanParts(ctx, conn, tab, o)
			if err != nil {
				t.Fatal(err)
			}
			if tab.Name.Rel == "keyed" && len(parts) < 3 || tab.Name.Rel == "heir" && len(parts) != 1 {
				t.Errorf("%s: %d parts by %s (%s)", tab.Name, len(parts), method, why)
			}
			var rows strings.Builder
			for _, p := range parts {
				rows.WriteString(copyOut(t, conn, CopyOutSQL(tab.Name, columns[tab.OID], p, "UTF8", FormatText)))
			}
			if sorted(rows.String()) != whole {
				t.Errorf("%s in %d parts by %s: other rows than in the whole", tab.Name, len(parts), method)
			}
		}
	}
}

func sorted(rows string) string {
	lines := strings.SplitAfter(rows, "\n")
	sort.Strings(lines)
	return strings.Join(lines, "")
}
