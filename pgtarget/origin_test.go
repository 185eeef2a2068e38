package pgtarget

import (
	"context"
	"errors"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

func TestOrigin(t *testing.T) {
	dst := pgtest.Start(t, pgtest.WithSetting("max_replication_slots", "1"))
	db := dst.FreshDB(t)
	conn, ctx := session(t, dst.URI(db)), context.Background()
	if _, ok, err := FindOrigin(ctx, conn, "o 'x'"); ok || err != nil {
		t.Fatal(ok, err)
	}
	for again := range 2 { // the second time it stays where it is
		if err := CreateOrigin(ctx, conn, "o 'x'", 0x16B374D848+pgschema.LSN(again)); err != nil {
			t.Fatal(err)
		}
	}
	want := func() {
		t.Helper()
		o, ok, err := FindOrigin(ctx, conn, "o 'x'")
		if !ok || err != nil || o.Committed != 0x16B374D848 || o.Flushed != o.Committed {
			t.Fatal(o, ok, err)
		}
	}
	want()
	// Where the origin begins is as durable as that there is one.
	if err := dst.Restart(pgtest.Immediate); err != nil {
		t.Fatal(err)
	}
	conn = session(t, dst.URI(db))
	want()
	// No room for another.
	var user *pgdb.UserError
	if err := CreateOrigin(ctx, conn, "second", 1); !errors.As(err, &user) || user.Hint == "" {
		t.Errorf("a second origin: %v", err)
	}
	if _, ok, err := FindOrigin(ctx, conn, "second"); ok || err != nil {
		t.Errorf("half of the second origin is left: %v", err)
	}
	// One that a session uses cannot be dropped, and can be a moment later.
	a := newApplier(t, dst.URI(db), "o 'x'", ApplyOptions{})
	if err := DropOrigin(ctx, conn, "o 'x'"); pgdb.ClassOf(err) != pgdb.Transient {
		t.Errorf("drop while it is used: %v", err)
	}
	if err := a.Close(ctx); err != nil {
		t.Fatal(err)
	}
	dropOrigin(t, dst, "o 'x'")
	for range 2 {
		if err := DropOrigin(ctx, conn, "o 'x'"); err != nil {
			t.Fatal(err)
		}
	}
}
