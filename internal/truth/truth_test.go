package truth_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// copyByDump copies a database with pg_dump and psql, the way that everybody trusts.
func copyByDump(t *testing.T, src *pgtest.Server, from string, dst *pgtest.Server, to string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "dump.sql")
	// In the encoding of the database: a setting of it may ask clients for another one.
	encoding := src.Value(t, from, "SELECT getdatabaseencoding()")
	dump := exec.Command(src.Bin("pg_dump"), "--file", file, "--encoding", encoding, "--dbname", src.URI(from))
	var errOut bytes.Buffer
	dump.Stderr = &errOut
	if err := dump.Run(); err != nil {
		t.Fatalf("pg_dump: %v: %s", err, errOut.String())
	}
	dst.Psql(t, to, "-o", os.DevNull, "-f", file)
}

// unloadAfter lets the databases be dropped at the end of the test.
func unloadAfter(t *testing.T, uris ...string) {
	t.Cleanup(func() {
		for _, uri := range uris {
			if err := truth.Unload(context.Background(), uri); err != nil {
				t.Error(err)
			}
		}
	})
}

func compare(t *testing.T, src *pgtest.Server, from string, dst *pgtest.Server, to string, amcheck bool) []string {
	t.Helper()
	report, err := truth.Compare(t.Context(), truth.Options{
		SourceURI: src.URI(from), TargetURI: dst.URI(to), BinDir: filepath.Dir(src.Bin("pg_dump")), Amcheck: amcheck,
	})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestKitchenSinkCopiedByPgDumpIsEqual(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	unloadAfter(t, src.URI(from), dst.URI(to))
	for range 2 { // it must be safe to run more than once
		if err := truth.LoadRoles(t.Context(), dst.URI("postgres")); err != nil {
			t.Fatal(err)
		}
	}
	if err := truth.LoadKitchenSink(t.Context(), src.URI(from)); err != nil {
		t.Fatal(err)
	}
	checkCensus(t, src, from)
	copyByDump(t, src, from, dst, to)
	// pg_dump without --create leaves the properties of the database itself to us.
	dst.Psql(t, to, "-f", filepath.Join(truth.Dir(), "94_database.sql"))
	for _, d := range compare(t, src, from, dst, to, true) {
		t.Error(d)
	}
}

func TestOtherEncodingsCopiedByPgDumpAreEqual(t *testing.T) {
	src, dst := pgtest.Pair(t)
	for _, c := range []struct {
		encoding string
		load     func(context.Context, string) error
	}{
		{"LATIN1", truth.LoadLatin1},
		{"SQL_ASCII", truth.LoadSQLASCII},
	} {
		t.Run(c.encoding, func(t *testing.T) {
			name := "enc_" + strings.ToLower(c.encoding)
			for _, s := range []*pgtest.Server{src, dst} {
				s.CreateDB(t, name, "TEMPLATE template0 LOCALE 'C' ENCODING '"+c.encoding+"'")
			}
			if err := truth.LoadRoles(t.Context(), dst.URI("postgres")); err != nil {
				t.Fatal(err)
			}
			if err := c.load(t.Context(), src.URI(name)); err != nil {
				t.Fatal(err)
			}
			copyByDump(t, src, name, dst, name)
			// Only the database's own properties are missing now, and those are found.
			for _, d := range compare(t, src, name, dst, name, true) {
				if !strings.HasPrefix(d, "database: ") && !strings.HasPrefix(d, "setting of role (any)") {
					t.Error(d)
				}
			}
			src.Exec(t, name, "UPDATE "+map[string]string{"LATIN1": "every_byte SET t = 'e'", "SQL_ASCII": "bytes SET t = 'e'"}[c.encoding]+" WHERE id = 200")
			if got := strings.Join(compare(t, src, name, dst, name, false), "\n"); !strings.Contains(got, "contents differ") {
				t.Errorf("one changed byte was not found: %s", got)
			}
		})
	}
}
