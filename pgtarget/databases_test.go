package pgtarget

import (
	"context"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgschema"
)

// TestCreateDatabaseAtOnce: of several who make a database at the same moment one has made it, and the others find it there. One of them may be what
// is left of a process that was killed.
func TestCreateDatabaseAtOnce(t *testing.T) {
	_, dst := pgtest.Pair(t)
	d := pgschema.Database{Name: dst.FreshDB(t) + " anew", Encoding: "UTF8", Collate: "C", Ctype: "C", ConnectionLimit: -1}
	defer func() { _ = dst.DropDB(context.Background(), d.Name) }()
	type result struct {
		created bool
		err     error
	}
	const many = 4
	results := make(chan result, many)
	for range many {
		conn := session(t, dst.URI("postgres"))
		go func() {
			created, err := CreateDatabase(context.Background(), conn, d, dst.Major, true, true)
			results <- result{created, err}
		}()
	}
	made := 0
	for range many {
		r := <-results
		if r.err != nil {
			t.Error(r.err)
		}
		if r.created {
			made++
		}
	}
	if made != 1 {
		t.Errorf("%d have made it", made)
	}
}
