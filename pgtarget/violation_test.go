package pgtarget

import (
	"context"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/pgschema"
)

func TestViolatingRow(t *testing.T) {
	ctx := context.Background()
	_, _, conn := fresh(t, `CREATE TABLE keyed (x int, "Y, y" text, "a) REFERENCES" int, b text, PRIMARY KEY ("Y, y", x));
		INSERT INTO keyed VALUES (1, 'one', 1, 'b'), (2, 'two', 7, 'x, y'), (3, 'three', NULL, 'b'), (4, 'four', NULL, NULL);
		CREATE TABLE bare (a int) PARTITION BY LIST (a); CREATE TABLE bare_1 PARTITION OF bare DEFAULT; INSERT INTO bare VALUES (1), (7);
		CREATE TABLE slow (a int); INSERT INTO slow SELECT generate_series(1, 200000)`)
	const two = `FOREIGN KEY ("a) REFERENCES", b) REFERENCES p(a, b)`
	for _, c := range []struct {
		table, definition, detail, want string
		within                          time.Duration
	}{
		{"keyed", two, `Key (a) REFERENCES, b)=(7, x, y) is not present in table "p".`, "(Y, y, x)=(two, 2)", time.Minute},
		{"keyed", two, `Der Schlüssel (a) REFERENCES, b)=(7, x, y) ist nicht da`, "(Y, y, x)=(two, 2)", time.Minute},
		{"keyed", two, `Key (a) REFERENCES, b)=(8, x, y) is not present`, "", time.Minute},
		{"keyed", two, `Key is not present in table "p".`, "", time.Minute}, // what a role that may not read the table is told
		{"keyed", two + " MATCH FULL", `MATCH FULL does not allow mixing of null and nonnull key values.`, "(Y, y, x)=(three, 3)", time.Minute},
		{"keyed", "CHECK (true)", "Key (a)=(1)", "", time.Minute},
		{"bare", "FOREIGN KEY (a) REFERENCES p(a)", "Key (a)=(7)", "at ctid (0,2) of public.bare_1", time.Minute},
		{"bare_1", "FOREIGN KEY (a) REFERENCES p(a)", "Key (a)=(7)", "at ctid (0,2)", time.Minute},
		{"slow", "FOREIGN KEY (a) REFERENCES p(a)", "Key (a)=(0)", "timeout", time.Millisecond},
	} {
		got, err := ViolatingRow(ctx, conn, pgschema.Name{Schema: "public", Rel: c.table}, c.definition, c.detail, c.within)
		if err != nil && c.want == "timeout" {
			continue
		}
		if err != nil || got != c.want {
			t.Errorf("%s %s: %q, %v; want %q", c.table, c.detail, got, err, c.want)
		}
	}
	if _, err := conn.Exec(ctx, "SELECT 1"); err != nil {
		t.Error("the session is of no more use:", err)
	}
}

func TestKeyColumns(t *testing.T) {
	for definition, want := range map[string]string{
		"FOREIGN KEY (a) REFERENCES public.p(id)": "a", `FOREIGN KEY ("A", b) REFERENCES p(a, b) NOT VALID`: `"A", b`,
		"FOREIGN KEY (id, PERIOD during) REFERENCES p(id, PERIOD during)": "id, during", "FOREIGN KEY (PERIOD during) REFERENCES p": "during",
		"UNIQUE (a)": "", "": "",
	} {
		if got := keyColumns(definition); got != want {
			t.Errorf("%s: %q, want %q", definition, got, want)
		}
	}
}
