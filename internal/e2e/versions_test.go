package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

// allVersions is set by `make test-versions`: then every pair has to be cloned. Without it the first that this machine can clone is enough.
var allVersions = os.Getenv(pgtest.VersionsEnv) == "all"

// versionPair is a clone between two major versions.
type versionPair struct{ source, target int }

// versionPairs are cloned with the kitchen sink, less what the source does not have.
var versionPairs = []versionPair{{15, 17}, {13, 15}, {14, 16}, {15, 15}, {15, 18}, {16, 18}, {17, 18}}

// oldPairs have sources of versions that PostgreSQL's own authors no longer support, and a database of what those had.
var oldPairs = []versionPair{{10, 15}, {11, 15}, {12, 15}, {10, 18}}

// clients are the folders of all client programs of this machine, of which pgcopy is to find the right ones by itself.
func clients() (dirs []string, majors []int) {
	for _, in := range pgtest.Installed() {
		if _, err := os.Stat(filepath.Join(in.Dir, "pg_dump")); err == nil {
			dirs, majors = append(dirs, in.Dir), append(majors, in.Major)
		}
	}
	return dirs, majors
}

// nearestClient is the folder of the client programs that fit a copy best, and their version: those of the newer server, or of the next newer
// version there is.
func nearestClient(p versionPair) (dir string, major int) {
	dirs, majors := clients()
	for i, m := range majors {
		if m >= max(p.source, p.target) && (dir == "" || m < major) {
			dir, major = dirs[i], m
		}
	}
	return dir, major
}

// lacks says what this machine lacks for a pair, "" for nothing.
func lacks(p versionPair) string {
	for _, m := range []int{p.source, p.target} {
		if _, err := pgtest.Find(m); err != nil {
			return err.Error()
		}
	}
	if dir, _ := nearestClient(p); dir == "" {
		return fmt.Sprintf("no pg_dump of version %d or newer was found; scripts/fetch-postgres gets those of 17 and 18", max(p.source, p.target))
	}
	return ""
}

// versionServers are started when they are needed first, and serve all pairs.
type versionServers struct {
	t       *testing.T
	running map[string]*pgtest.Server
}

func (v versionServers) get(side string, major int) *pgtest.Server {
	key := side + strconv.Itoa(major)
	if v.running[key] == nil {
		v.running[key] = pgtest.Start(v.t, pgtest.WithMajor(major))
	}
	return v.running[key]
}

// eachPair runs a test for every pair that this machine can clone. A pair that cannot be is an error if all are asked for; else the first one of
// two versions is enough, since all the other tests stay within one.
func eachPair(t *testing.T, pairs []versionPair, test func(t *testing.T, p versionPair, src, dst *pgtest.Server)) {
	t.Helper()
	servers := versionServers{t, map[string]*pgtest.Server{}}
	var missing []string
	for _, p := range pairs {
		if !allVersions && p.source == p.target {
			continue
		}
		if what := lacks(p); what != "" {
			missing = append(missing, fmt.Sprintf("%d to %d: %s", p.source, p.target, what))
			continue
		}
		t.Run(fmt.Sprintf("%dto%d", p.source, p.target), func(t *testing.T) {
			test(t, p, servers.get("source", p.source), servers.get("target", p.target))
		})
		if !allVersions {
			return
		}
	}
	if !allVersions {
		t.Skipf("two versions of PostgreSQL are needed. Missing: %s", missing[0])
	}
	for _, m := range missing {
		t.Error(m)
	}
}

// newVersionWork prepares a clone that finds its pg_dump on PATH, among all versions of this machine.
func newVersionWork(t *testing.T, src, dst *pgtest.Server, db string, args ...string) *work {
	w := newWork(t, src, dst, db, args...)
	dirs, _ := clients()
	w.env = []string{"PATH=" + strings.Join(append(dirs, os.Getenv("PATH")), string(os.PathListSeparator))}
	return w
}

// mustHaveUsed checks which pg_dump wrote the archive.
func (w *work) mustHaveUsed(p versionPair) {
	w.t.Helper()
	dir, want := nearestClient(p)
	archives, _ := filepath.Glob(filepath.Join(w.dir, "*", "*.dump"))
	if len(archives) != 1 {
		w.t.Fatalf("archives: %q", archives)
	}
	toc, err := exec.Command(filepath.Join(dir, "pg_restore"), "--list", archives[0]).CombinedOutput()
	if err != nil {
		w.t.Fatalf("%v: %s", err, toc)
	}
	m := regexp.MustCompile(`Dumped by pg_dump version: (\d+)`).FindSubmatch(toc)
	if m == nil || string(m[1]) != strconv.Itoa(want) {
		w.t.Errorf("the archive was to be written by pg_dump %d: %.600s", want, toc)
	}
}

// mustEqualAcross compares source and target by the client programs of the newer one.
func (w *work) mustEqualAcross(p versionPair) {
	w.t.Helper()
	ctx := context.Background()
	dir, _ := nearestClient(p)
	o := truth.Options{SourceURI: w.direct[0], TargetURI: w.direct[1], BinDir: dir}
	compare := truth.Compare
	if p.source != p.target {
		reference := w.dst.URI(w.dst.FreshDB(w.t))
		w.t.Cleanup(func() { _ = truth.Unload(ctx, reference) })
		if err := truth.CopyByDump(ctx, dir, w.direct[0], reference); err != nil {
			w.t.Fatal(err)
		}
		compare = func(ctx context.Context, o truth.Options) ([]string, error) {
			return truth.CompareVersions(ctx, o, reference)
		}
	}
	report, err := compare(ctx, o)
	if err != nil {
		w.t.Fatal(err)
	}
	if len(report) > 0 {
		w.t.Fatalf("source and target differ:\n%s\n%s", strings.Join(report[:min(len(report), 60)], "\n"), w.report())
	}
}

// TestVersions: the kitchen sink, less what the source's version does not have, is the same on a newer server.
func TestVersions(t *testing.T) {
	eachPair(t, versionPairs, func(t *testing.T, p versionPair, src, dst *pgtest.Server) {
		ctx := context.Background()
		load := truth.LoadSmallKitchenSink
		if allVersions {
			load = truth.LoadKitchenSink
		}
		db := src.FreshDB(t)
		t.Cleanup(func() { _ = truth.Unload(ctx, src.URI(db)) })
		if err := load(ctx, src.URI(db)); err != nil {
			t.Fatal(err)
		}
		if err := truth.LoadRoles(ctx, dst.URI("postgres")); err != nil {
			t.Fatal(err)
		}
		w := newVersionWork(t, src, dst, db, "--split-tables-larger-than", "256kB")
		r := w.mustEnd(w.clone(), exitDone)
		t.Logf("clone: %s", r.took)
		w.mustHaveUsed(p)
		w.mustEqualAcross(p)
	})
}

// TestOldVersions: sources that are no longer supported by PostgreSQL's own authors, which is when people move.
func TestOldVersions(t *testing.T) {
	eachPair(t, oldPairs, func(t *testing.T, p versionPair, src, dst *pgtest.Server) {
		ctx := context.Background()
		db := src.FreshDB(t)
		if err := truth.LoadOld(ctx, src.URI(db)); err != nil {
			t.Fatal(err)
		}
		if err := truth.LoadRoles(ctx, dst.URI("postgres")); err != nil {
			t.Fatal(err)
		}
		w := newVersionWork(t, src, dst, db, "--split-tables-larger-than", "64kB")
		r := w.mustEnd(w.clone(), exitDone)
		t.Logf("clone: %s", r.took)
		w.mustHaveUsed(p)
		w.mustEqualAcross(p)
	})
}

// TestMissingClient: without a pg_dump that is new enough the copy ends before anything is made, and says what is needed.
func TestMissingClient(t *testing.T) {
	newest := 0
	for _, in := range pgtest.Installed() {
		newest = max(newest, in.Major)
	}
	systems, _ := filepath.Glob("/usr/lib/postgresql/*/bin/pg_dump")
	for _, path := range systems {
		major, _ := strconv.Atoi(strings.Split(path, "/")[4])
		if major >= newest {
			t.Skipf("pgcopy finds %s, which fits every server of this machine", path)
		}
	}
	server := pgtest.Start(t, pgtest.WithMajor(newest))
	f := &field{src: server, dst: server, db: "postgres"}
	target := server.FreshDB(t)
	row := refusal{args: []string{"clone", "--source", server.URI("postgres"), "--target", server.URI(target), "--dir", filepath.Join(t.TempDir(), "work")},
		env: []string{"PATH=/usr/bin:/bin", "PGCOPY_PG_BIN_DIR="}, status: exitFailed,
		says:   []string{fmt.Sprintf("pg_dump %d or newer is needed to read the schema of a PostgreSQL %d source", newest, newest)},
		remedy: []string{fmt.Sprintf("install postgresql-client-%d", newest), "--pg-bin-dir"}}
	f.refuse(t, target, row)
}
