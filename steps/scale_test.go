package steps

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

// memoryBound is what pgcopy itself may have in memory at most, whatever it copies.
const memoryBound = 150 << 20

// scale is the size of a test's data: small enough for every day, or what the variable says when somebody measures by hand.
func scale(t *testing.T, variable string, everyDay int) int {
	t.Helper()
	text := os.Getenv(variable)
	if text == "" {
		return everyDay
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// scaleOptions are those of a clone as people start it: the defaults of the command line.
func scaleOptions(t *testing.T, source, target string) Options {
	o := testOptions(t, source, target)
	o.TableJobs = scale(t, "PGCOPY_TEST_TABLE_JOBS", 4)
	o.IndexJobs = scale(t, "PGCOPY_TEST_INDEX_JOBS", 4)
	o.RestoreJobs, o.LargeObjectsJobs = 4, 4
	return o
}

// mustClone clones in a child process, checks its memory and compares both databases.
func mustClone(t *testing.T, srv *pgtest.Server, o Options) childReport {
	t.Helper()
	r := cloneInChild(t, o)
	t.Log(r)
	keepCatalog(t, o.Dir)
	if r.Error != "" {
		t.Fatal(r.Error)
	}
	if r.Outcome.Tasks.Done != r.Outcome.Tasks.Total {
		t.Errorf("%d of %d tasks done", r.Outcome.Tasks.Done, r.Outcome.Tasks.Total)
	}
	if r.PeakRSS > memoryBound {
		t.Errorf("pgcopy had %d MB in memory; %d MB are allowed", r.PeakRSS>>20, int64(memoryBound)>>20)
	}
	if os.Getenv("PGCOPY_TEST_NO_COMPARE") == "" {
		begun := time.Now()
		sameContents(t, srv, o.Source, o.Target)
		t.Logf("compared in %.1fs", time.Since(begun).Seconds())
	}
	return r
}

// keepCatalog copies the catalog to where PGCOPY_TEST_KEEP says, for who wants to look at where the time went.
func keepCatalog(t *testing.T, dir string) {
	t.Helper()
	to := os.Getenv("PGCOPY_TEST_KEEP")
	if to == "" {
		return
	}
	text, err := os.ReadFile(filepath.Join(dir, catalogdb.FileName))
	if err == nil {
		err = os.WriteFile(to, text, 0o600)
	}
	if err != nil {
		t.Error(err)
	}
}

// sameContents is mustEqual without pg_amcheck, which takes longer than the copy when there are many objects.
func sameContents(t *testing.T, srv *pgtest.Server, source, target string) {
	t.Helper()
	report, err := truth.Compare(context.Background(), truth.Options{SourceURI: source, TargetURI: target, BinDir: filepath.Dir(srv.Bin("pg_dump"))})
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range report {
		if i < 20 {
			t.Error(d)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}

func TestCloneManyTables(t *testing.T) {
	if testing.Short() {
		t.Skip("copies thousands of tables")
	}
	const schemas = 10
	for _, tables := range []int{500, scale(t, "PGCOPY_TEST_TABLES", 5000)} {
		t.Run(strconv.Itoa(tables), func(t *testing.T) {
			src, dst := pgtest.Pair(t)
			source, target := src.URI(src.FreshDB(t)), dst.URI(dst.FreshDB(t))
			if err := truth.LoadTables(context.Background(), source, schemas, tables/schemas); err != nil {
				t.Fatal(err)
			}
			before := [2]time.Duration{serverCPU(src.PID()), serverCPU(dst.PID())}
			r := mustClone(t, src, scaleOptions(t, source, target))
			t.Logf("source CPU %.2fs, target CPU %.2fs", (serverCPU(src.PID()) - before[0]).Seconds(), (serverCPU(dst.PID()) - before[1]).Seconds())
			t.Logf("%d tables: %.2f ms each by the clock, %.2f ms of pgcopy's CPU", tables, r.Wall.Seconds()*1000/float64(tables),
				r.CPU.Seconds()*1000/float64(tables))
		})
	}
}
