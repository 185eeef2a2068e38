package steps

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
	"github.com/pgcopy/pgcopy/workflow"
)

// encoded makes a source and a target database of the given encodings.
func encoded(t *testing.T, from, to string) (src *pgtest.Server, source, target string) {
	t.Helper()
	src, dst := pgtest.Pair(t)
	options := func(encoding string) string {
		if encoding == "UTF8" {
			return "TEMPLATE template0 ENCODING 'UTF8'"
		}
		return "TEMPLATE template0 ENCODING '" + encoding + "' LOCALE 'C'"
	}
	name := strings.ToLower("enc_" + from + "_" + to + "_" + strings.ReplaceAll(t.Name()[:9], "/", "_"))
	src.CreateDB(t, name, options(from))
	dst.CreateDB(t, name, options(to))
	if err := truth.LoadRoles(context.Background(), dst.URI("postgres")); err != nil {
		t.Fatal(err)
	}
	return src, src.URI(name), dst.URI(name)
}

func TestCloneEncodings(t *testing.T) {
	for _, c := range []struct {
		from, to string
		load     func(context.Context, string) error
	}{
		{"LATIN1", "LATIN1", truth.LoadLatin1},
		{"LATIN1", "UTF8", truth.LoadLatin1},
		{"SQL_ASCII", "SQL_ASCII", truth.LoadSQLASCII},
	} {
		t.Run(c.from+" to "+c.to, func(t *testing.T) {
			src, source, target := encoded(t, c.from, c.to)
			if err := c.load(context.Background(), source); err != nil {
				t.Fatal(err)
			}
			if out, err := Clone(context.Background(), testOptions(t, source, target)); err != nil {
				t.Fatalf("%v %+v", err, out)
			}
			mustEqual(t, src, source, target)
		})
	}
}

// Bytes that the target's encoding cannot hold are an error that names the table and the row. The other tables are there
// all the same, and what hangs on the one is skipped.
func TestCloneRefusedBytes(t *testing.T) {
	ctx := context.Background()
	_, source, target := encoded(t, "SQL_ASCII", "UTF8")
	src, dst := pgtest.Pair(t)
	db := strings.TrimPrefix(source[strings.LastIndex(source, "/"):], "/")
	db, _, _ = strings.Cut(db, "?")
	src.Exec(t, db, `
		CREATE TABLE good (id int PRIMARY KEY, t text);
		INSERT INTO good SELECT i, 'plain ' || i FROM generate_series(1, 1000) i;
		CREATE TABLE bad (id int PRIMARY KEY, t text);
		INSERT INTO bad SELECT i, 'plain ' || i FROM generate_series(1, 40) i;
		INSERT INTO bad VALUES (41, E'caf\xe9');
		INSERT INTO bad SELECT i, 'plain ' || i FROM generate_series(42, 100) i;
		CREATE INDEX bad_t ON bad (t);
		CREATE TABLE child (id int PRIMARY KEY, bad int REFERENCES bad);
		INSERT INTO child VALUES (1, 41)`)
	o := testOptions(t, source, target)
	out, err := Clone(ctx, o)
	if !errors.Is(err, workflow.ErrFailed) {
		t.Errorf("Clone: %v, want %v", err, workflow.ErrFailed)
	}
	if out.Tasks.Failed != 1 {
		t.Errorf("%d tasks failed, want 1: %+v", out.Tasks.Failed, out.Tasks)
	}
	failed := catalogRows(t, o.Dir, "SELECT step, subject, error, hint FROM failures WHERE state = 'failed'")
	if len(failed) != 1 || failed[0][0] != "copy-table" || failed[0][1] != "public.bad" {
		t.Fatalf("failures: %q", failed)
	}
	for _, want := range []string{"public.bad", "line 41", "0xe9"} {
		if !strings.Contains(failed[0][2], want) {
			t.Errorf("the error does not name %s: %s", want, failed[0][2])
		}
	}
	if failed[0][3] == "" {
		t.Errorf("no hint with: %s", failed[0][2])
	}
	skipped := catalogRows(t, o.Dir, "SELECT subject FROM task WHERE state = 'skipped' AND step IN ('create-index', 'add-foreign-key') ORDER BY subject")
	if got := join(skipped); !strings.Contains(got, "bad_t") || !strings.Contains(got, "bad_pkey") || !strings.Contains(got, "child_bad_fkey") {
		t.Errorf("skipped: %s", got)
	}
	if n := dst.Value(t, db, "SELECT count(*) FROM good"); n != "1000" {
		t.Errorf("good has %s rows on the target", n)
	}
	if n := dst.Value(t, db, "SELECT count(*) FROM child"); n != "1" {
		t.Errorf("child has %s rows on the target", n)
	}
	if n := dst.Value(t, db, "SELECT count(*) FROM bad"); n != "0" {
		t.Errorf("bad has %s rows on the target", n)
	}
}

func join(rows [][]string) string {
	var all []string
	for _, r := range rows {
		all = append(all, strings.Join(r, " "))
	}
	return strings.Join(all, "; ")
}
