package steps

import (
	"context"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
	"github.com/pgcopy/pgcopy/pgschema"
)

// TestMain lets the test program serve as the process that holds a snapshot, which a clone starts, and as a clone of its own.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "snapshot" {
		os.Exit(holdForTest(os.Args[2:]))
	}
	if len(os.Args) == 3 && os.Args[1] == "clone" && os.Getenv(childVar) != "" {
		os.Exit(cloneAsChild(os.Args[2]))
	}
	pgtest.Main(m)
}

func holdForTest(args []string) int {
	flags := flag.NewFlagSet("snapshot", flag.ContinueOnError)
	dir, grace := flags.String("dir", "", ""), flags.Duration("grace", time.Hour, "")
	slot, plugin := flags.String("slot-name", "", ""), flags.String("plugin", "", "")
	flags.Bool("report", true, "")
	if err := flags.Parse(args); err != nil {
		return 2
	}
	err := HoldSnapshot(context.Background(), HoldOptions{Source: os.Getenv("PGCOPY_SOURCE_PGURI"), Dir: *dir, Grace: *grace, Slot: *slot, Plugin: *plugin,
		Log: slog.New(slog.NewTextHandler(os.Stderr, nil))}, func(name string, at pgschema.LSN) error {
		fmt.Println(ReportSnapshot(name, at, nil))
		return nil
	})
	if err != nil {
		fmt.Println(ReportSnapshot("", 0, err))
		return 1
	}
	return 0
}

// testOptions are those of a clone of one database to another, into a fresh directory.
func testOptions(t *testing.T, source, target string) Options {
	level := slog.LevelInfo
	if os.Getenv("PGCOPY_TEST_DEBUG") != "" {
		level = slog.LevelDebug
	}
	split, never := testSplit(t)
	return Options{CopyFormat: testFormat(), SplitTablesLargerThan: split, NeverSplit: never, Source: source, Target: target, Dir: filepath.Join(t.TempDir(), "work"), TableJobs: 4, IndexJobs: 2, RestoreJobs: 2, LargeObjectsJobs: 2,
		RetryFor: 20 * time.Second, HolderCommand: []string{os.Args[0], "snapshot"}, SnapshotGrace: time.Minute, Command: "test", Version: "test", Log: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: level}))}
}

// testFormat is the format of COPY for the clones of all tests: PGCOPY_TEST_COPY_FORMAT is text or binary, and empty for what users get.
func testFormat() string { return strings.TrimPrefix(os.Getenv("PGCOPY_TEST_COPY_FORMAT"), "auto") }

// testSplit is how the clones of all tests cut tables: PGCOPY_TEST_SPLIT is a size or never, and empty for what users get.
func testSplit(t *testing.T) (larger int64, never bool) {
	switch split := os.Getenv("PGCOPY_TEST_SPLIT"); split {
	case "":
	case "never":
		never = true
	default:
		var err error
		if larger, err = pgschema.ParseSize(split); err != nil {
			t.Fatalf("PGCOPY_TEST_SPLIT: %v", err)
		}
	}
	return larger, never
}

type testWriter struct{ t *testing.T }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Helper()
	w.t.Log(string(p))
	return len(p), nil
}

// mustEqual fails the test with every difference between two databases.
func mustEqual(t *testing.T, srv *pgtest.Server, source, target string) {
	t.Helper()
	report, err := truth.Compare(context.Background(), truth.Options{SourceURI: source, TargetURI: target, BinDir: filepath.Dir(srv.Bin("pg_dump")), Amcheck: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range report {
		if i < 50 {
			t.Error(d)
		}
	}
	if t.Failed() {
		t.FailNow()
	}
}
