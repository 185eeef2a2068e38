package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/steps"
	"github.com/pgcopy/pgcopy/workflow"
)

// TestComparisonReports pins what comparisons print.
func TestComparisonReports(t *testing.T) {
	dir := comparedDir(t)
	db, err := catalogdb.OpenReadOnly(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for name, print := range map[string]func(b *bytes.Buffer) error{
		"compare_schema_text":   func(b *bytes.Buffer) error { return printSchemaReport(t.Context(), b, db) },
		"compare_schema_json":   func(b *bytes.Buffer) error { return printSchemaJSON(t.Context(), b, db) },
		"compare_data_text":     func(b *bytes.Buffer) error { return printDataReport(t.Context(), b, db, false) },
		"compare_data_json":     func(b *bytes.Buffer) error { return printDataJSON(t.Context(), b, db, false) },
		"compare_data_all_text": func(b *bytes.Buffer) error { return printDataReport(t.Context(), b, db, true) },
	} {
		var b bytes.Buffer
		if err := print(&b); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if strings.HasSuffix(name, "_json") && !json.Valid(b.Bytes()) {
			t.Errorf("%s is not JSON", name)
		}
		golden(t, name, b.String(), dir)
	}
}

func comparedDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	db, err := catalogdb.Create(t.Context(), dir)
	if err == nil {
		err = errors.Join(db.PrepareComparison(t.Context()), db.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	fill(t, dir, readFile(t, filepath.Join("testdata", "compared.sql")))
	return dir
}

// TestHowComparisonsEnd: no status but 0 is a pass, and what could not be compared outweighs what differs.
func TestHowComparisonsEnd(t *testing.T) {
	for _, c := range []struct {
		name   string
		out    steps.CompareOutcome
		err    error
		status int
		says   string
	}{
		{"equal", steps.CompareOutcome{}, nil, ExitDone, ""},
		{"different", steps.CompareOutcome{Differences: 2}, nil, ExitDifferences, "the databases differ: 2 tables"},
		{"unreadable", steps.CompareOutcome{Unverified: 1}, workflow.ErrFailed, ExitUnverified, "1 table could not be compared"},
		{"both", steps.CompareOutcome{Differences: 1, Unverified: 1}, workflow.ErrFailed, ExitUnverified, "1 table could not be compared, and 1 table differs"},
		{"rows could not be found", steps.CompareOutcome{Differences: 1}, workflow.ErrFailed, ExitUnverified, "not complete"},
		{"no server", steps.CompareOutcome{}, &pgdb.UserError{Msg: "nothing listens", Hint: "start it"}, ExitUnverified, "nothing listens\nhint: start it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			compareWith(t, func(context.Context, steps.CompareOptions) (steps.CompareOutcome, error) { return c.out, c.err })
			status, stdout, stderr := pgcopy(t, "compare", "data", "--source", "postgresql://a@h/x", "--target", "postgresql://a@h/y")
			if status != c.status || !strings.Contains(stderr, c.says) || stdout != "" {
				t.Errorf("status %d, %q, %q", status, stdout, stderr)
			}
		})
	}
}

func compareWith(t *testing.T, fn func(context.Context, steps.CompareOptions) (steps.CompareOutcome, error)) {
	t.Helper()
	was := comparisons
	comparisons = map[string]func(context.Context, steps.CompareOptions) (steps.CompareOutcome, error){"schema": fn, "data": fn}
	t.Cleanup(func() { comparisons = was })
}

// TestOptionsOfCompare: every flag arrives.
func TestOptionsOfCompare(t *testing.T) {
	var got steps.CompareOptions
	compareWith(t, func(_ context.Context, o steps.CompareOptions) (steps.CompareOutcome, error) {
		got = o
		return steps.CompareOutcome{}, nil
	})
	base := []string{"--source", "postgresql://a:secret@h/x", "--target", "postgresql://a@h/y", "--dir", "d"}
	if status, _, stderr := pgcopy(t, append([]string{"compare", "data", "-J", "7", "--split-at", "1MB", "--split-max-parts", "3", "-k", "-m", "--rows", "-B", "-r", "--retry-for", "5s"}, base...)...); status != 0 {
		t.Fatal(stderr)
	}
	if got.TableJobs != 7 || got.SplitTablesLargerThan != 1<<20 || got.SplitMaxParts != 3 || !got.SkipSplitByCTID || !got.EstimateTableSizes || got.Rows != 100 ||
		!got.SkipLargeObjects || !got.Restart || got.RetryFor.Seconds() != 5 || got.Dir != "d" || strings.Contains(got.Command, "secret") {
		t.Errorf("%+v", got)
	}
	if status, _, stderr := pgcopy(t, append([]string{"compare", "data", "--rows=5"}, base...)...); status != 0 || got.Rows != 5 {
		t.Error(stderr, got.Rows)
	}
	if status, _, stderr := pgcopy(t, append([]string{"compare", "schema", "-O", "-x", "-X", "-y", "-g", "--pg-bin-dir", "/b"}, base...)...); status != 0 {
		t.Fatal(stderr)
	}
	if !got.NoOwner || !got.NoACL || !got.NoComments || !got.NoTablespaces || !got.SkipDBProperties || got.PgBinDir != "/b" {
		t.Errorf("%+v", got)
	}
	for _, bad := range [][]string{{"compare"}, {"compare", "data"}, append([]string{"compare", "data", "--rows=0"}, base...), append([]string{"compare", "schema", "--rows"}, base...)} {
		if status, _, stderr := pgcopy(t, bad...); status != ExitUsage || stderr == "" {
			t.Errorf("%v: status %d, %s", bad, status, stderr)
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
