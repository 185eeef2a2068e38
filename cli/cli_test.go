package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/steps"
	"github.com/pgcopy/pgcopy/workflow"
)

const (
	source = "postgresql://app:geheim@old.example:5433/shop"
	target = "host=new.example dbname=shop user=app"
)

// cloneWith puts something in the place of the work for one test.
func cloneWith(t *testing.T, fn func(ctx context.Context, o steps.Options) error) {
	t.Helper()
	before := clone
	clone = fn
	t.Cleanup(func() { clone = before })
}

func TestBadUsage(t *testing.T) {
	cloneWith(t, func(context.Context, steps.Options) error {
		t.Error("the work was begun")
		return nil
	})
	both := []string{"clone", "--source", source, "--target", target}
	with := func(args ...string) []string { return append(append([]string{}, both...), args...) }
	tries := "\ntry: pgcopy clone --help\n"
	for _, c := range []struct {
		args []string
		env  string
		want string // on stderr
	}{
		{nil, "", "say what to do: clone, resume, follow, stream, copy, dump, restore, snapshot, list, compare, ping, completion, version\ntry: pgcopy --help\n"},
		{[]string{"clon"}, "", "unexpected argument clon, did you mean \"clone\"?\ntry: pgcopy --help\n"},
		{[]string{"list"}, "", "say what to list: databases, extensions, collations, tables, table-parts, sequences, indexes, constraints, depends, skipped, schema, progress, runs, failures, steps\ntry: pgcopy list --help\n"},
		{[]string{"list", "progres"}, "", "unexpected argument progres, did you mean \"progress\"?\ntry: pgcopy list --help\n"},
		{[]string{"list", "progress", "--watch=soon"}, "", "--watch: needs a time span such as 5 (seconds) or 1m behind the =, not \"soon\"\ntry: pgcopy list progress --help\n"},
		{with("--tabel-jobs", "4"), "", "unknown flag --tabel-jobs, did you mean \"--table-jobs\"?" + tries},
		{[]string{"clone"}, "", "give --source or set PGCOPY_SOURCE_PGURI: a connection string such as postgresql://user@host/dbname" + tries},
		{[]string{"clone", "--source", source}, "", "give --target or set PGCOPY_TARGET_PGURI: a connection string such as postgresql://user@host/dbname" + tries},
		{[]string{"clone", "--source", "--target", target}, "", "--source needs a value behind it, and found --target" + tries},
		{[]string{"clone", source, target}, "", "unexpected argument postgresql://app:****@old.example:5433/shop" + tries},
		{[]string{"clone", "--source", "mysql://x", "--target", target}, "", "--source: a word without \"=\" (expected postgresql://... or keyword=value pairs)\nhint: give a URI (postgresql://user@host:5432/dbname) or keywords (host=... port=... dbname=... user=...)\n"},
		{[]string{"clone", "--target", target}, "PGCOPY_SOURCE_PGURI=postgresql://app:ge@heim@old/shop", "PGCOPY_SOURCE_PGURI: the URI has an \"@\" too many: characters such as @ / : ? # in a password must be percent-encoded (\"@\" is %40, \"/\" is %2F)\nhint: give a URI (postgresql://user@host:5432/dbname) or keywords (host=... port=... dbname=... user=...)\n"},
		{with("--table-jobs", "0"), "", "--table-jobs must be a whole number between 1 and 128, not 0" + tries},
		{with("--table-jobs", "-3"), "", "--table-jobs must be a whole number between 1 and 128, not -3" + tries},
		{with("--jobs=-3"), "", "--table-jobs must be a whole number between 1 and 128, not -3" + tries},
		{with("-J", "-3"), "", "--table-jobs must be a whole number between 1 and 128, not -3" + tries},
		{with("--table-jobs", "4000"), "", "--table-jobs must be a whole number between 1 and 128, not 4000" + tries},
		{with("--table-jobs", "many"), "", "--table-jobs must be a whole number between 1 and 128, not \"many\"" + tries},
		{with("--index-jobs", "1.5"), "", "--index-jobs must be a whole number between 1 and 128, not 1.5" + tries},
		{with("--restore-jobs", "0"), "", "--restore-jobs must be a whole number between 1 and 128, not 0" + tries},
		{with("--large-objects-jobs", "129"), "", "--large-objects-jobs must be a whole number between 1 and 128, not 129" + tries},
		{with(), "PGCOPYDB_TABLE_JOBS=0", "PGCOPYDB_TABLE_JOBS (--table-jobs) must be a whole number between 1 and 128, not 0" + tries},
		{with(), "PGCOPY_TABLE_JOBS=abc", "PGCOPY_TABLE_JOBS (--table-jobs) must be a whole number between 1 and 128, not \"abc\"" + tries},
		{with("--jobs", "abc"), "PGCOPY_TABLE_JOBS=3", "--table-jobs must be a whole number between 1 and 128, not \"abc\"" + tries},
		{with(), "PGCOPY_SPLIT_TABLES_LARGER_THAN=much", "PGCOPY_SPLIT_TABLES_LARGER_THAN (--split-tables-larger-than): \"much\" is not a size; write a number and a unit, such as 512kB, 200MB or 10GB" + tries},
		{with("--skip-vacuum"), "PGCOPY_VACUUM=on", "--skip-vacuum leaves the tables as they were loaded, and PGCOPY_VACUUM (--vacuum) vacuums them: give one of them" + tries},
		{with(), "PGCOPY_RETRY_FOR=ever", "PGCOPY_RETRY_FOR (--retry-for) must be a time span such as 90s, 10m or 2h, not \"ever\"" + tries},
		{with(), "PGCOPY_COPY_FORMAT=xml", "PGCOPY_COPY_FORMAT (--copy-format) \"xml\": give auto, binary or text" + tries},
		{[]string{"clone", "--source", source}, "PGCOPY_TARGET_PGURI=postgresql://app:geheim@new:port/shop", "PGCOPY_TARGET_PGURI: the port in the URI is not a number: characters such as @ / : ? # in a password must be percent-encoded (\"@\" is %40, \"/\" is %2F)\nhint: give a URI (postgresql://user@host:5432/dbname) or keywords (host=... port=... dbname=... user=...)\n"},
		{[]string{"resume", "--dir", "/nonexistent"}, "PGCOPY_INDEX_JOBS=x", "PGCOPY_INDEX_JOBS (--index-jobs) must be a whole number between 1 and 128, not \"x\"\ntry: pgcopy resume --help\n"},
		{with("--split-tables-larger-than", "12 bananas"), "", "--split-tables-larger-than: \"12 bananas\" is not a size; write a number and a unit, such as 512kB, 200MB or 10GB" + tries},
		{with("--split-at", "-1GB"), "", "--split-tables-larger-than: \"-1GB\" is not a size; write a number and a unit, such as 512kB, 200MB or 10GB" + tries},
		{with("--split-at", "1GB", "--split-max-parts", "0"), "", "--split-max-parts must be a whole number between 1 and 1000000, not 0" + tries},
		{with("--split-max-parts", "4", "--split-at", "never"), "", "--split-max-parts has no effect where no table is split: give --split-tables-larger-than a size as well" + tries},
		{with("--not-consistent"), "", "--not-consistent is for going on after the snapshot was lost: give it with --resume, or to pgcopy resume" + tries},
		{with("--resume", "--restart"), "", "--resume keeps what is done and --restart forgets it: give one of them" + tries},
		{with("--vacuum", "--skip-vacuum"), "", "--skip-vacuum leaves the tables as they were loaded, and --vacuum vacuums them: give one of them" + tries},
		{with("--statistics", "guess"), "", "--statistics must be copy, analyze or none, not \"guess\"" + tries},
		{with("--statistics", "copy", "-U"), "", "--skip-vacuum leaves the tables as they were loaded, without the statistics that --statistics copy is for: give one of them" + tries},
		{with("--retry-for", "ever"), "", "--retry-for must be a time span such as 90s, 10m or 2h, not \"ever\"" + tries},
		{with("--log-level", "loud"), "", "--log-level must be debug, info, warn or error, not \"loud\"" + tries},
		{with("--log-format", "xml"), "", "--log-format must be text or json, not \"xml\"" + tries},
		{with("--verbose", "--quiet"), "", "--verbose and --quiet contradict each other: give one of them" + tries},
		{with(), "PGCOPY_FAIL_FAST=perhaps", "PGCOPY_FAIL_FAST: must be on or off, not \"perhaps\"" + tries},
		{with("--dir"), "", "--dir needs a value behind it, and found nothing" + tries},
		{[]string{"snapshot", "--grace", "long", "--source", source}, "", "--grace must be a time span such as 90s, 10m or 2h, not \"long\"\ntry: pgcopy snapshot --help\n"},
	} {
		t.Run(strings.Join(append(c.args, c.env), " "), func(t *testing.T) {
			if name, value, ok := strings.Cut(c.env, "="); ok {
				t.Setenv(name, value)
			}
			status, stdout, stderr := pgcopy(t, c.args...)
			if status != ExitUsage || stdout != "" || stderr != "pgcopy: "+c.want {
				t.Errorf("status %d, stdout %q, stderr\n%s\nwanted\n%s", status, stdout, stderr, c.want)
			}
			if strings.Contains(stderr, "heim") {
				t.Error("a password is shown")
			}
		})
	}
}

// optionsOf is what the work is asked to do by a command line.
func optionsOf(t *testing.T, args ...string) (o steps.Options) {
	t.Helper()
	called := false
	cloneWith(t, func(_ context.Context, given steps.Options) error {
		o, called = given, true
		return nil
	})
	if status, _, stderr := pgcopy(t, args...); status != ExitDone || !called {
		t.Fatalf("%v: status %d, %s", args, status, stderr)
	}
	if o.Log == nil || o.OnReady == nil || len(o.HolderCommand) != 2 {
		t.Errorf("%v: no log, nobody to be told, or no command to hold a snapshot", args)
	}
	o.Log, o.OnReady, o.HolderCommand, o.Command = nil, nil, nil, ""
	return o
}

func TestOptionsOfClone(t *testing.T) {
	plain := steps.Options{Source: source, Target: target, Dir: defaultDir(), TableJobs: 4, IndexJobs: 4, RestoreJobs: 4, LargeObjectsJobs: 4,
		RetryFor: 10 * time.Minute, Version: Version()}
	both := []string{"--source", source, "--target", target}
	if o := optionsOf(t, append([]string{"clone"}, both...)...); !reflect.DeepEqual(o, plain) {
		t.Errorf("with nothing but the databases:\n%+v\n%+v", o, plain)
	}
	all := plain
	all.Dir = "/work"
	all.TableJobs, all.IndexJobs, all.RestoreJobs, all.LargeObjectsJobs = 8, 6, 5, 3
	all.SplitTablesLargerThan, all.SplitMaxParts, all.SkipSplitByCTID, all.EstimateTableSizes = 10<<30, 16, true, true
	all.DropIfExists, all.NoOwner, all.NoACL, all.NoComments, all.NoTablespaces = true, true, true, true, true
	all.SkipLargeObjects, all.SkipExtensions, all.SkipExtComments, all.SkipCollations, all.SkipVacuum, all.SkipDBProperties = true, true, true, true, true, true
	all.FailFast, all.Restart, all.RetryFor, all.PgBinDir = true, true, 90*time.Second, "/opt/bin"
	rest := []string{"--retry-for", "90", "--pg-bin-dir", "/opt/bin"}
	for name, args := range map[string][]string{
		"long": {"clone", "--source", source, "--target=" + target, "--dir", "/work", "--table-jobs", "8", "--index-jobs=6", "--restore-jobs", "5", "--large-objects-jobs", "3",
			"--split-tables-larger-than", "10GB", "--split-max-parts", "16", "--skip-split-by-ctid", "--estimate-table-sizes", "--drop-if-exists",
			"--no-owner", "--no-acl", "--no-comments", "--no-tablespaces", "--skip-large-objects", "--skip-extensions", "--skip-ext-comments",
			"--skip-collations", "--skip-vacuum", "--skip-db-properties", "--fail-fast", "--restart"},
		"pgcopydb's aliases": {"fork", "--source", source, "--target", target, "--dir", "/work", "--jobs", "8", "--index-jobs", "6", "--restore-jobs", "5", "--large-objects-jobs", "3",
			"--split-at", "10 GB", "--split-max-parts", "16", "--skip-split-by-ctid", "--estimate-table-sizes", "--drop-if-exists",
			"--no-owner", "--no-acl", "--no-comments", "--no-tablespaces", "--skip-blobs", "--skip-extensions", "--skip-ext-comment",
			"--skip-collations", "--skip-vacuum", "--skip-db-properties", "--fail-fast", "--restart"},
		"short": {"copy", "db", "-S", source, "-T" + target, "-D", "/work", "-J8", "-I", "6", "-j", "5", "-b", "3", "-L", "10GB", "-u", "16", "-kmcOxXyBeMlUgir"},
	} {
		if o := optionsOf(t, append(args, rest...)...); !reflect.DeepEqual(o, all) {
			t.Errorf("%s:\n%+v\n%+v", name, o, all)
		}
	}
	jobs := plain
	jobs.IndexJobs, jobs.RestoreJobs = 7, 7
	if o := optionsOf(t, append([]string{"clone", "--index-jobs", "7"}, both...)...); !reflect.DeepEqual(o, jobs) {
		t.Errorf("restore jobs are %d, not as many as index jobs", o.RestoreJobs)
	}
}

func TestOptionCopyFormat(t *testing.T) {
	both := []string{"clone", "--source", source, "--target", target}
	for given, want := range map[string]string{"auto": "", "binary": "binary", "TEXT": "text"} {
		if o := optionsOf(t, append(both, "--copy-format", given)...); o.CopyFormat != want {
			t.Errorf("--copy-format %s: %q, want %q", given, o.CopyFormat, want)
		}
	}
	if status, _, stderr := pgcopy(t, append(both, "--copy-format", "csv")...); status != ExitUsage || !strings.Contains(stderr, "auto, binary or text") {
		t.Errorf("--copy-format csv: status %d, %s", status, stderr)
	}
	t.Setenv("PGCOPY_COPY_FORMAT", "text")
	if o := optionsOf(t, both...); o.CopyFormat != "text" {
		t.Errorf("the environment's format is not taken: %q", o.CopyFormat)
	}
}

func TestOptionsFromTheEnvironment(t *testing.T) {
	for _, prefix := range []string{"PGCOPY_", "PGCOPYDB_"} {
		t.Run(prefix, func(t *testing.T) {
			for name, value := range map[string]string{"SOURCE_PGURI": source, "TARGET_PGURI": target, "DIR": "/work", "TABLE_JOBS": "8", "INDEX_JOBS": "6",
				"RESTORE_JOBS": "5", "LARGE_OBJECTS_JOBS": "3", "SPLIT_TABLES_LARGER_THAN": "1 GB", "SPLIT_MAX_PARTS": "9", "ESTIMATE_TABLE_SIZES": "on",
				"DROP_IF_EXISTS": "yes", "SKIP_TABLESPACES": "true", "SKIP_VACUUM": "1", "SKIP_DB_PROPERTIES": "t", "SKIP_CTID_SPLIT": "ON", "FAIL_FAST": "off"} {
				t.Setenv(prefix+name, value)
			}
			want := steps.Options{Source: source, Target: target, Dir: "/work", TableJobs: 8, IndexJobs: 6, RestoreJobs: 5, LargeObjectsJobs: 3,
				SplitTablesLargerThan: 1 << 30, SplitMaxParts: 9, EstimateTableSizes: true, DropIfExists: true, NoTablespaces: true, SkipVacuum: true,
				SkipDBProperties: true, SkipSplitByCTID: true, RetryFor: 10 * time.Minute, Version: Version()}
			if o := optionsOf(t, "clone"); !reflect.DeepEqual(o, want) {
				t.Errorf("\n%+v\n%+v", o, want)
			}
			want.TableJobs = 2
			if o := optionsOf(t, "clone", "-J", "2"); !reflect.DeepEqual(o, want) {
				t.Errorf("the command line comes second to the environment: %d table jobs", o.TableJobs)
			}
		})
	}
	t.Run("empty", func(t *testing.T) {
		for _, name := range []string{"DIR", "TABLE_JOBS", "RESTORE_JOBS", "SPLIT_TABLES_LARGER_THAN", "FAIL_FAST", "RETRY_FOR", "LOG_LEVEL", "LOG_FORMAT"} {
			t.Setenv("PGCOPY_"+name, "")
		}
		o := optionsOf(t, "clone", "-S", source, "-T", target)
		if o.Dir != defaultDir() || o.TableJobs != 4 || o.RestoreJobs != 4 || o.FailFast || o.RetryFor != 10*time.Minute {
			t.Errorf("empty variables count: %+v", o)
		}
	})
}

func TestCommandLineForTheRecordHasNoPassword(t *testing.T) {
	var line string
	cloneWith(t, func(_ context.Context, o steps.Options) error {
		line = o.Command
		return nil
	})
	pgcopy(t, "clone", "--source="+source, "-T", target+" password='ge heim'", "--dir", "/my work")
	if want := "pgcopy clone --source=postgresql://app@old.example:5433/shop -T 'host=new.example dbname=shop user=app' --dir '/my work'"; line != want {
		t.Errorf("%s\nwanted\n%s", line, want)
	}
}

// How a run ends is its exit status, and what is said about it.
func TestHowCloneEnds(t *testing.T) {
	interrupted := Interrupted{os.Interrupt}
	user := &pgdb.UserError{Msg: "target database \"shop\" is not empty: it holds table public.a", Hint: "empty it, or give --drop-if-exists"}
	for name, c := range map[string]struct {
		err    error
		begun  bool // the catalog was there before it ended
		signal bool
		status int
		want   string
	}{
		"done":    {nil, true, false, ExitDone, ""},
		"refused": {user, false, false, ExitFailed, "pgcopy: target database \"shop\" is not empty: it holds table public.a\nhint: empty it, or give --drop-if-exists\n"},
		"some failed": {workflow.ErrFailed, true, false, ExitFailed, "pgcopy: copy public.\"Odd name\": write target: invalid byte sequence for encoding \"UTF8\": 0xe9 (SQLSTATE 22021): COPY Odd name, line 7, column note\n" +
			"hint: mend the value on the source, or create the target database with the encoding of the source; then: pgcopy resume --dir DIR\n"},
		"interrupted": {interrupted, true, true, ExitInterrupted, "pgcopy: interrupted by signal: interrupt\nhint: what was done is recorded; go on with: pgcopy resume --dir DIR\n"},
		"interrupted while it connects": {fmt.Errorf("--source: connecting: %w", context.Canceled), false, true, ExitInterrupted,
			"pgcopy: interrupted by signal: interrupt\n"},
		"interrupted with a broken connection": {errors.New("read source: unexpected EOF"), true, true, ExitInterrupted,
			"pgcopy: interrupted by signal: interrupt\nhint: what was done is recorded; go on with: pgcopy resume --dir DIR\n"},
		"a full disk": {fmt.Errorf("record that copy-table a is done: %w: database or disk is full", catalogdb.ErrCannotStore), true, true, ExitFailed,
			"pgcopy: progress could not be recorded in DIR: cannot write the catalog: database or disk is full\nhint: make room for the directory, or allow this user to write it, then: pgcopy resume --dir DIR\n"},
		"something else": {errors.New("read source: no such thing"), true, false, ExitFailed,
			"pgcopy: read source: no such thing\nhint: what was done is recorded; when the cause is fixed: pgcopy resume --dir DIR\n"},
		"locked": {fmt.Errorf("%w by process 4711", catalogdb.ErrLocked), false, false, ExitFailed,
			"pgcopy: work directory is in use by process 4711\nhint: wait until it has ended, or give another directory with --dir; pgcopy list progress shows how far it is\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := workDir(t, "failed.sql")
			ctx, cancel := context.WithCancelCause(t.Context())
			defer cancel(nil)
			cloneWith(t, func(_ context.Context, o steps.Options) error {
				if c.begun {
					o.OnReady(o.Dir)
				}
				if c.signal {
					cancel(interrupted)
				}
				return c.err
			})
			status, stdout, stderr := pgcopyUntil(ctx, "clone", "-S", source, "-T", target, "--dir", dir, "--log-level", "error")
			if stderr = strings.ReplaceAll(stderr, dir, "DIR"); status != c.status || stderr != c.want {
				t.Errorf("status %d\n%s\nwanted %d\n%s", status, stderr, c.status, c.want)
			}
			if (stdout != "") != c.begun {
				t.Errorf("summary: %q", stdout)
			}
		})
	}
}

func TestCloneTellsInTheFormatThatWasAskedFor(t *testing.T) {
	dir := workDir(t, "failed.sql")
	cloneWith(t, func(_ context.Context, o steps.Options) error {
		o.OnReady(o.Dir)
		o.Log.Info("something", "subject", "public.orders")
		return workflow.ErrFailed
	})
	status, stdout, stderr := pgcopy(t, "clone", "-S", source, "-T", target, "--dir", dir, "--log-format", "json", "--json")
	if status != ExitFailed || !strings.HasPrefix(stdout, "{\n  \"dir\":") {
		t.Errorf("status %d, summary %.100s", status, stdout)
	}
	for _, line := range strings.Split(strings.TrimSpace(stderr), "\n") {
		if !strings.HasPrefix(line, "{") {
			t.Errorf("not JSON: %s", line)
		}
	}
	if !strings.Contains(stderr, "; then: pgcopy resume") {
		t.Errorf("no hint: %s", stderr)
	}
	status, stdout, stderr = pgcopy(t, "clone", "-S", source, "-T", target, "--dir", dir, "--quiet")
	if status != ExitFailed || stdout != "" || strings.Contains(stderr, "something") || !strings.Contains(stderr, "invalid byte sequence") {
		t.Errorf("quiet: status %d, %q, %q", status, stdout, stderr)
	}
}

// Scripts depend on the numbers.
func TestExitStatusesAreAsDocumented(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "exit-status.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, help, _ := pgcopy(t, "--help")
	for status, name := range map[int]string{0: "done", 1: "failed", 2: "bad usage", 3: "differences found", 4: "interrupted", 5: "could not verify"} {
		if !strings.Contains(string(doc), fmt.Sprintf("| %d | %s |", status, name)) {
			t.Errorf("docs/exit-status.md has no row for %d, %s", status, name)
		}
		if !strings.Contains(help, fmt.Sprintf("\n  %d  ", status)) {
			t.Errorf("--help does not name status %d", status)
		}
	}
	if got := []int{ExitDone, ExitFailed, ExitUsage, ExitDifferences, ExitInterrupted, ExitUnverified}; !reflect.DeepEqual(got, []int{0, 1, 2, 3, 4, 5}) {
		t.Errorf("the statuses have become %v", got)
	}
}

func TestHelpAndVersion(t *testing.T) {
	for _, args := range [][]string{{"--help"}, {"-h"}, {"help"}, {"clone", "--help"}, {"help", "clone"}, {"list", "--help"}, {"list", "progress", "-h"}, {"clone", "--source", "x", "-h"}} {
		if status, stdout, stderr := pgcopy(t, args...); status != ExitDone || stderr != "" || !strings.HasPrefix(stdout, "Usage: pgcopy") {
			t.Errorf("%v: status %d, %q, %q", args, status, stdout, stderr)
		}
	}
	for _, args := range [][]string{{"version"}, {"--version"}, {"-V"}} {
		if status, stdout, _ := pgcopy(t, args...); status != ExitDone || stdout != "pgcopy "+Version()+"\n" {
			t.Errorf("%v: status %d, %q", args, status, stdout)
		}
	}
	if _, stdout, _ := pgcopy(t, "version", "--json"); !strings.Contains(stdout, `"pgcopy": "`+Version()+`"`) {
		t.Error(stdout)
	}
}
