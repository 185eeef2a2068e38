package pgsource

import (
	"context"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgschema"
)

func TestIdentifySystem(t *testing.T) {
	src, _ := pgtest.Pair(t)
	ctx := context.Background()
	conn := walsender(t, src.URI("postgres"))
	s, err := IdentifySystem(ctx, conn)
	if err != nil || s.Timeline != 1 || s.Identifier != src.Value(t, "postgres", "SELECT system_identifier FROM pg_control_system()") {
		t.Errorf("%+v, %v", s, err)
	}
	if _, ok, err := TimelineLeft(ctx, conn, 1, 1); ok || err != nil { // the connection goes on
		t.Error(ok, err)
	}
	if _, err := IdentifySystem(ctx, conn); err != nil {
		t.Error(err)
	}
}

func TestLeftAt(t *testing.T) {
	const history = "# comment\n1\t0/3000148\tno recovery target specified\n\n2\t1/A\tbefore 2026-01-01\n"
	for then, want := range map[int64]pgschema.LSN{1: 0x3000148, 2: 0x10000000A, 3: 0} {
		if at, ok, err := leftAt(history, then); at != want || ok != (want != 0) || err != nil {
			t.Errorf("%d: %s, %v, %v", then, at, ok, err)
		}
	}
	if _, ok, err := leftAt("1\tnowhere\n", 1); ok || err == nil {
		t.Error(ok, err)
	}
}
