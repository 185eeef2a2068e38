package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

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

// What a table costs does not grow with their number: neither memory, nor work. The time is for who measures by hand; the test holds
// pgcopy's own CPU per table against that of a tenth of the tables, with room for noise. Anything quadratic is far beyond it.
func TestCloneManyTables(t *testing.T) {
	if testing.Short() {
		t.Skip("copies thousands of tables")
	}
	const schemas = 10
	var each []time.Duration // CPU per table
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
			each = append(each, r.CPU/time.Duration(tables))
		})
	}
	if len(each) == 2 && each[1] > each[0]*3/2 {
		t.Errorf("a table costs pgcopy %v of CPU when there are many, and %v when there are 500", each[1], each[0])
	}
}

// loadLargeObjects creates count large objects of up to 10 kB, and makes some of them so big, up to 5 MB, that all are about megabytes.
func loadLargeObjects(t *testing.T, srv *pgtest.Server, db string, count, megabytes int) {
	t.Helper()
	if err := truth.LoadLargeObjects(context.Background(), srv.URI(db), count); err != nil {
		t.Fatal(err)
	}
	// On average half of 5 MB each, in an order that puts big ones into every batch.
	big := max(1, megabytes*2/5)
	srv.Exec(t, db, fmt.Sprintf(`
		DO $$
		DECLARE
			mb bytea := (SELECT string_agg(decode(md5(g::text), 'hex'), '' ORDER BY g) FROM generate_series(1, 65536) g);
			o oid;
			size int;
		BEGIN
			FOR i IN 0 .. %[2]d - 1 LOOP
				o := 100000 + (i * 7919) %% %[1]d;
				size := (i::bigint * 5000000 / %[2]d)::int;
				FOR j IN 0 .. size / 1000000 - 1 LOOP
					PERFORM lo_put(o, j * 1000000, substr(mb, 1 + i, 1000000));
				END LOOP;
				PERFORM lo_put(o, size / 1000000 * 1000000, substr(mb, 1, size %% 1000000));
			END LOOP;
			-- a hole of 3 MB, and exactly one and two of the pieces that are read at a time
			PERFORM lo_put(lo_create(99001), 3000000, '\x01');
			PERFORM lo_from_bytea(99002, substr(mb, 1, 1048576));
			PERFORM lo_from_bytea(99003, mb || mb);
			PERFORM lo_create(99004);
		END $$`, count, big))
}

func TestCloneLargeObjects(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	if err := truth.LoadRoles(context.Background(), dst.URI("postgres")); err != nil {
		t.Fatal(err)
	}
	loadLargeObjects(t, src, from, scale(t, "PGCOPY_TEST_LARGE_OBJECTS", 2000), scale(t, "PGCOPY_TEST_LARGE_OBJECTS_MB", 50))
	mustClone(t, src, scaleOptions(t, src.URI(from), dst.URI(to)))
	if n := dst.Value(t, to, "SELECT count(*) FROM pg_largeobject_metadata WHERE lomowner = 'ks_owner'::regrole"); n == "0" {
		t.Error("no large object belongs to another role: the test compared nothing")
	}
}

func TestClonePgbench(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	cmd := exec.CommandContext(t.Context(), src.Bin("pgbench"), "--initialize", "--foreign-keys", "--quiet",
		"--scale", strconv.Itoa(scale(t, "PGCOPY_TEST_PGBENCH_SCALE", 10)), src.URI(from))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("pgbench: %v\n%s", err, out)
	}
	mustClone(t, src, scaleOptions(t, src.URI(from), dst.URI(to)))
	if n := dst.Value(t, to, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"); n != "5" {
		t.Errorf("%s foreign keys on the target, want 5", n)
	}
}

// Whoever looks, as often as he likes, neither meets an error nor makes one, and sees a copy that only ever goes forward.
func TestCloneWhileLooking(t *testing.T) {
	src, dst := pgtest.Pair(t)
	source, target := src.URI(src.FreshDB(t)), dst.URI(dst.FreshDB(t))
	if err := truth.LoadTables(context.Background(), source, 4, 100); err != nil {
		t.Fatal(err)
	}
	o := testOptions(t, source, target)
	ready := make(chan struct{})
	o.OnReady = func(string) { close(ready) }
	over := make(chan struct{})
	var readers errgroup.Group
	for range 2 {
		readers.Go(func() error { return lookAndLook(ready, over, o.Dir, 20*time.Millisecond) })
	}
	out, err := Clone(context.Background(), o)
	close(over)
	if err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	if err := readers.Wait(); err != nil {
		t.Error(err)
	}
}

// lookAndLook opens the catalog, reads all of the progress and closes it, at intervals, as a status command does each time it is called.
func lookAndLook(ready, over <-chan struct{}, dir string, every time.Duration) error {
	select {
	case <-ready:
	case <-over:
		return errors.New("the run never became ready")
	}
	var last catalogdb.TaskCounts
	looked, ended := 0, false
	tick := time.NewTicker(every)
	defer tick.Stop()
	for !ended {
		select {
		case <-over:
			ended = true // and look once more
		case <-tick.C:
		}
		p, err := progressOf(dir)
		if err != nil {
			return fmt.Errorf("look %d: %w", looked, err)
		}
		looked++
		if c := p.Overall; c != nil {
			switch {
			// Planning adds tasks; nothing else changes their number.
			case c.Total < last.Total, c.Done < last.Done, c.SizeDone < last.SizeDone && c.Size == last.Size:
				return fmt.Errorf("look %d: the copy went back: from %+v to %+v", looked, last, *c)
			case c.Done+c.Running+c.Pending+c.Failed+c.Skipped != c.Total:
				return fmt.Errorf("look %d: the counts do not add up: %+v", looked, *c)
			}
			last = *c
		}
		if ended && (p.State != catalogdb.StateDone || last.Done != last.Total || last.Percent != 100) {
			return fmt.Errorf("at the end: %s, %+v", p.State, last)
		}
	}
	if looked < 20 {
		return fmt.Errorf("looked only %d times", looked)
	}
	return nil
}

func progressOf(dir string) (p catalogdb.Progress, err error) {
	db, err := catalogdb.Look(context.Background(), dir)
	if err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Progress(context.Background())
}
