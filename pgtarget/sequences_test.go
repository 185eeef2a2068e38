package pgtarget

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func TestSetSequences(t *testing.T) {
	ctx := context.Background()
	dst, db, conn := fresh(t, `CREATE SCHEMA "S 1"; CREATE SEQUENCE "S 1"."a.b"; CREATE SEQUENCE down INCREMENT -1 MINVALUE -9223372036854775808 START -5;
		CREATE SEQUENCE small AS smallint; CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY);
		DO $$ BEGIN FOR i IN 1..1100 LOOP EXECUTE format('CREATE SEQUENCE many_%s', i); END LOOP; END $$`)
	all := []pgschema.Sequence{
		{Name: pgschema.Name{Schema: "S 1", Rel: "a.b"}, LastValue: 9223372036854775807, IsCalled: true},
		{Name: public("down"), LastValue: -9223372036854775808, IsCalled: false},
		{Name: public("t_a_seq"), LastValue: 42, IsCalled: true},
	}
	for i := 1; i <= 1100; i++ {
		all = append(all, pgschema.Sequence{Name: public(fmt.Sprintf("many_%d", i)), LastValue: int64(i), IsCalled: i%2 == 0})
	}
	for range 2 {
		if err := SetSequences(ctx, conn, all); err != nil {
			t.Fatal(err)
		}
	}
	for rel, want := range map[string]string{`"S 1"."a.b"`: "9223372036854775807 t", "down": "-9223372036854775808 f", "t_a_seq": "42 t", "many_1099": "1099 f"} {
		if got := dst.Value(t, db, "SELECT format('%s %s', last_value, is_called) FROM "+rel); got != want {
			t.Errorf("%s: %s", rel, got)
		}
	}
	for _, s := range []pgschema.Sequence{{Name: public("small"), LastValue: 40000}, {Name: public("none"), LastValue: 1}, {Name: public("t"), LastValue: 1}} {
		err := SetSequences(ctx, conn, []pgschema.Sequence{all[0], s, all[1]})
		if err == nil || !strings.Contains(err.Error(), "set sequence "+s.Name.String()+" to") {
			t.Errorf("%s: %v", s.Name, err)
		}
	}
	if err := conn.Ping(ctx); err != nil {
		t.Error(err)
	}
}
