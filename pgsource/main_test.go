package pgsource

import (
	"context"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// session connects to a database as pgcopy does.
func session(t *testing.T, uri string) *pgx.Conn {
	t.Helper()
	ctx := context.Background()
	info, err := pgdb.ParseConninfo("source", uri)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := info.Connect(ctx, pgdb.SourceSession())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(ctx) })
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
