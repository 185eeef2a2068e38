package pgsource

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// session connects to a database of the shared source with the settings that pgdb's sessions have.
func session(t *testing.T, uri string) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, uri)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
	for _, set := range []string{"SET search_path = ''", "SET row_security = off", "SET extra_float_digits = 3"} {
		if _, err := conn.Exec(ctx, set); err != nil {
			t.Fatal(err)
		}
	}
	return conn
}

// collect runs a discovery function into a slice.
func collect[T any](t *testing.T, run func(yield func(T) error) error) []T {
	t.Helper()
	var all []T
	if err := run(func(v T) error { all = append(all, v); return nil }); err != nil {
		t.Fatal(err)
	}
	return all
}
