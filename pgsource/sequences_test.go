package pgsource

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func itoa(i int64) string { return strconv.FormatInt(i, 10) }

func TestSequences(t *testing.T) {
	ctx := context.Background()
	_, _, conn := explored(t, shop)
	for _, inside := range []bool{false, true} {
		if inside {
			if _, err := ExportSnapshot(ctx, conn); err != nil {
				t.Fatal(err)
			}
		}
		if err := Sequences(ctx, conn, func(pgschema.Sequence) error { return context.Canceled }); !errors.Is(err, context.Canceled) {
			t.Errorf("an error of yield came back as %v", err)
		}
		got := map[string]pgschema.Sequence{}
		for _, s := range collect(t, func(y func(pgschema.Sequence) error) error { return Sequences(ctx, conn, y) }) {
			got[s.Name.Rel] = s
		}
		for rel, want := range map[string]string{"untouched": "5 false", "used": "2 true", "down": itoa(math.MinInt64) + " false",
			"orders_n_seq": "1001 true", "Tab\nle_Col \"1\"_seq": "1 false"} {
			s, ok := got[rel]
			if v := fmt.Sprint(s.LastValue, s.IsCalled); !ok || v != want || !s.CanSelect || s.Extension != "" {
				t.Errorf("%q: %s (there: %v), want %s", rel, v, ok, want)
			}
		}
		if len(got) != 5 {
			t.Errorf("%d sequences, want 5", len(got))
		}
	}
	var locks int
	err := conn.QueryRow(ctx, `SELECT count(*) FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation
		WHERE l.pid = pg_backend_pid() AND c.relkind = 'S'`).Scan(&locks)
	if err != nil || locks != 0 {
		t.Errorf("%d locks on sequences stay behind, %v", locks, err)
	}
}

func TestManySequencesAndVanishedOnes(t *testing.T) {
	ctx := context.Background()
	src, db, conn := explored(t, "DO $$ BEGIN FOR i IN 1..1000 LOOP EXECUTE format('CREATE SEQUENCE s%s START %s', i, i); END LOOP; END $$")
	if _, err := ExportSnapshot(ctx, conn); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(ctx, "SELECT 1 FROM pg_catalog.pg_class LIMIT 1"); err != nil { // the picture is taken here
		t.Fatal(err)
	}
	src.Exec(t, db, "DROP SEQUENCE s1, s500, s501, s1000")
	all := collect(t, func(y func(pgschema.Sequence) error) error { return Sequences(ctx, conn, y) })
	if len(all) != 996 {
		t.Errorf("%d sequences, want 996", len(all))
	}
	for _, s := range all {
		if s.Name.Rel != "s"+itoa(s.LastValue) || s.IsCalled {
			t.Fatalf("%s has %d %v", s.Name, s.LastValue, s.IsCalled)
		}
	}
}

func TestASequenceThatVanishesWhileABatchIsRead(t *testing.T) {
	ctx := context.Background()
	_, _, conn := explored(t, "CREATE SEQUENCE a START 3; CREATE SEQUENCE b START 4")
	if _, err := ExportSnapshot(ctx, conn); err != nil {
		t.Fatal(err)
	}
	var batch []pgschema.Sequence
	for _, rel := range []string{"a", "gone", "b"} {
		batch = append(batch, pgschema.Sequence{Name: pgschema.Name{Schema: "public", Rel: rel}, CanSelect: true})
	}
	batch = append(batch, pgschema.Sequence{Name: pgschema.Name{Schema: "gone", Rel: "c"}, CanSelect: true},
		pgschema.Sequence{Name: pgschema.Name{Schema: "public", Rel: "closed"}})
	got := ""
	for _, s := range collect(t, func(y func(pgschema.Sequence) error) error { return readValues(ctx, conn, batch, y) }) {
		got += fmt.Sprint(s.Name, "=", s.LastValue, " ")
	}
	if got != "public.a=3 public.b=4 public.closed=0 " {
		t.Errorf("got %s", got)
	}
	if s := conn.PgConn().TxStatus(); s != 'T' {
		t.Errorf("the transaction is in state %c", s)
	}
}
