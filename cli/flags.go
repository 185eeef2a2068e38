package cli

import (
	"strings"

	"github.com/pgcopy/pgcopy/steps"
)

// dirFlag names the work directory.
type dirFlag struct {
	Dir string `short:"D" placeholder:"DIR" default:"${dir}" env:"PGCOPY_DIR,PGCOPYDB_DIR" help:"Work directory: the catalog of what is to be done and what is (default ${default})."`
}

// path is the directory to work in. An empty environment variable counts as none.
func (f *dirFlag) path() string {
	if f.Dir == "" {
		return defaultDir()
	}
	return f.Dir
}

// jsonFlag asks for output that programs read.
type jsonFlag struct {
	JSON toggle `name:"json" help:"Print JSON."`
}

var (
	sourceEnvs = []string{"PGCOPY_SOURCE_PGURI", "PGCOPYDB_SOURCE_PGURI"}
	targetEnvs = []string{"PGCOPY_TARGET_PGURI", "PGCOPYDB_TARGET_PGURI"}
)

// connectionFlags name the two databases.
type connectionFlags struct {
	Source string `short:"S" placeholder:"URI" env:"PGCOPY_SOURCE_PGURI,PGCOPYDB_SOURCE_PGURI" help:"Database to copy: a URI or keyword=value pairs, as for psql."`
	Target string `short:"T" placeholder:"URI" env:"PGCOPY_TARGET_PGURI,PGCOPYDB_TARGET_PGURI" help:"Database to copy it to."`
}

func (f *connectionFlags) check() error {
	if err := connection("--source", f.Source, sourceEnvs...); err != nil {
		return err
	}
	return connection("--target", f.Target, targetEnvs...)
}

// maxJobs is the most workers of one kind. More than that is a typing error: each is a session on both servers.
const maxJobs = 128

// jobFlags say how many workers there are of each kind.
type jobFlags struct {
	TableJobs        string `aliases:"jobs" short:"J" placeholder:"N" default:"4" env:"PGCOPY_TABLE_JOBS,PGCOPYDB_TABLE_JOBS" help:"Tables, or parts of tables, to copy at once (also --jobs; default ${default})."`
	IndexJobs        string `short:"I" placeholder:"N" default:"4" env:"PGCOPY_INDEX_JOBS,PGCOPYDB_INDEX_JOBS" help:"Indexes to build at once (default ${default})."`
	RestoreJobs      string `short:"j" placeholder:"N" env:"PGCOPY_RESTORE_JOBS,PGCOPYDB_RESTORE_JOBS" help:"Schema objects to restore at once (default: as --index-jobs)."`
	LargeObjectsJobs string `short:"b" placeholder:"N" default:"4" env:"PGCOPY_LARGE_OBJECTS_JOBS,PGCOPYDB_LARGE_OBJECTS_JOBS" help:"Workers for large objects (default ${default})."`
}

// jobs are the numbers of workers.
type jobs struct{ table, index, restore, largeObjects int }

func (f *jobFlags) numbers() (j jobs, err error) {
	if j.table, err = number("--table-jobs", f.TableJobs, 4, 1, maxJobs); err != nil {
		return j, err
	}
	if j.index, err = number("--index-jobs", f.IndexJobs, 4, 1, maxJobs); err != nil {
		return j, err
	}
	if j.restore, err = number("--restore-jobs", f.RestoreJobs, j.index, 1, maxJobs); err != nil {
		return j, err
	}
	j.largeObjects, err = number("--large-objects-jobs", f.LargeObjectsJobs, 4, 1, maxJobs)
	return j, err
}

// maxParts bounds --split-max-parts: each part is a row of the catalog and a COPY of its own.
const maxParts = 1_000_000

// splitFlags say how big tables are cut.
type splitFlags struct {
	SplitTablesLargerThan string `aliases:"split-at" short:"L" placeholder:"SIZE" env:"PGCOPY_SPLIT_TABLES_LARGER_THAN,PGCOPYDB_SPLIT_TABLES_LARGER_THAN" help:"Copy tables larger than this in parts of that size, such as 10GB; never: in one part each (also --split-at; default: auto, what takes more than a worker's share of the time)."`
	cutFlags
}

// cutFlags say how they are cut once it is known that they are.
type cutFlags struct {
	SplitMaxParts      string `short:"u" placeholder:"N" env:"PGCOPY_SPLIT_MAX_PARTS,PGCOPYDB_SPLIT_MAX_PARTS" help:"Cut no table in more parts than this."`
	SkipSplitByCTID    toggle `name:"skip-split-by-ctid" short:"k" env:"PGCOPY_SKIP_CTID_SPLIT,PGCOPYDB_SKIP_CTID_SPLIT" help:"Cut by an integer key only, not by the place of rows in the table."`
	EstimateTableSizes toggle `short:"m" env:"PGCOPY_ESTIMATE_TABLE_SIZES,PGCOPYDB_ESTIMATE_TABLE_SIZES" help:"Take the sizes of tables from statistics instead of asking for each."`
}

// apply tells the clone; nothing, or auto, leaves the choice to it.
func (f *splitFlags) apply(o *steps.Options) (err error) {
	switch strings.ToLower(strings.TrimSpace(f.SplitTablesLargerThan)) {
	case "auto":
	case "never":
		o.NeverSplit = true
	default:
		o.SplitTablesLargerThan, err = size("--split-tables-larger-than", f.SplitTablesLargerThan)
	}
	if err != nil {
		return err
	}
	o.SkipSplitByCTID, o.EstimateTableSizes = bool(f.SkipSplitByCTID), bool(f.EstimateTableSizes)
	o.SplitMaxParts, err = f.parts(!o.NeverSplit)
	return err
}

// parts is the bound on them, which means nothing where no table is cut.
func (f *cutFlags) parts(cut bool) (int, error) {
	n, err := number("--split-max-parts", f.SplitMaxParts, 0, 1, maxParts)
	if err == nil && n > 0 && !cut {
		return 0, usagef("--split-max-parts has no effect where no table is split: give --split-tables-larger-than a size as well")
	}
	return n, err
}

// formatFlag says in which format of COPY rows travel.
type formatFlag struct {
	CopyFormat string `placeholder:"FORMAT" default:"auto" env:"PGCOPY_COPY_FORMAT" help:"How rows travel: auto (binary where every column's type allows it, else text), binary (also for types that auto is wary of) or text (default ${default}; see docs/copy-format.md)."`
}

// wish is the format for package steps, "" for auto.
func (f *formatFlag) wish() (string, error) {
	switch v := strings.ToLower(f.CopyFormat); v {
	case "", "auto":
		return "", nil
	case "binary", "text":
		return v, nil
	}
	return "", usagef("--copy-format %q: give auto, binary or text", f.CopyFormat)
}

// contentFlags say what is left out, and what is done with what the target has already.
type contentFlags struct {
	filterFlag       `embed:""`
	Roles            toggle `short:"A" help:"Copy the roles of the whole cluster first."`
	NoRolePasswords  toggle `short:"P" help:"With --roles: without their passwords, which only a superuser of the source may read."`
	DropIfExists     toggle `short:"c" env:"PGCOPY_DROP_IF_EXISTS,PGCOPYDB_DROP_IF_EXISTS" help:"Drop what is in the way on the target. Without it, a target that is not empty is refused."`
	NoOwner          toggle `short:"O" help:"Let everything belong to the user who connects to the target."`
	NoACL            toggle `name:"no-acl" short:"x" help:"Leave out privileges (GRANT and REVOKE)."`
	NoComments       toggle `short:"X" help:"Leave out comments."`
	NoTablespaces    toggle `short:"y" env:"PGCOPY_SKIP_TABLESPACES,PGCOPYDB_SKIP_TABLESPACES" help:"Put everything into the default tablespace."`
	Tablespaces      string `placeholder:"FILE" env:"PGCOPY_TABLESPACES" help:"Names of the target's tablespaces for those of the source: lines such as fast = ssd (see docs/tablespaces.md)."`
	SkipLargeObjects toggle `aliases:"skip-blobs" short:"B" help:"Leave out large objects (also --skip-blobs)."`
	SkipExtensions   toggle `short:"e" help:"Leave out extensions and their configuration tables."`
	Requirements     string `short:"Q" placeholder:"FILE" help:"Versions of extensions to install on the target: JSON of name and version."`
	SkipExtComments  toggle `aliases:"skip-ext-comment" short:"M" help:"Leave out comments on extensions."`
	SkipCollations   toggle `short:"l" help:"Leave out collations."`
	SkipVacuum       toggle `short:"U" env:"PGCOPY_SKIP_VACUUM,PGCOPYDB_SKIP_VACUUM" help:"Leave the tables on the target as they were loaded: neither VACUUM nor ANALYZE."`
	Vacuum           toggle `env:"PGCOPY_VACUUM" help:"VACUUM the tables as well. Without it autovacuum does, in its own time."`
	Statistics       string `placeholder:"HOW" env:"PGCOPY_STATISTICS" help:"Statistics of the tables: copy those of the source, analyze, or none (default: copy to a target of version 18 or newer, else analyze)."`
	SkipDBProperties toggle `name:"skip-db-properties" short:"g" env:"PGCOPY_SKIP_DB_PROPERTIES,PGCOPYDB_SKIP_DB_PROPERTIES" help:"Leave out settings, comment and privileges of the database itself."`
}

// runFlags say how a run behaves.
type runFlags struct {
	FailFast      toggle `short:"i" env:"PGCOPY_FAIL_FAST,PGCOPYDB_FAIL_FAST" help:"Stop at the first failure instead of doing all that can be done."`
	Restart       toggle `short:"r" help:"Forget what the work directory knows, remove what it created on the target, and start over."`
	Snapshot      string `short:"N" placeholder:"NAME" env:"PGCOPY_SNAPSHOT,PGCOPYDB_SNAPSHOT" help:"Read under this snapshot, which somebody else holds."`
	Resume        toggle `short:"R" help:"Go on with the interrupted run of the work directory, as pgcopy resume does, which needs no other option than --dir."`
	NotConsistent toggle `short:"C" help:"With --resume, when the snapshot is gone: take a new one and keep what is done. The copy is then not one consistent picture."`
	RetryFor      string `placeholder:"TIME" default:"10m" env:"PGCOPY_RETRY_FOR" help:"How long to try again after a lost connection and its like (default ${default})."`
	PgBinDir      string `placeholder:"DIR" env:"PGCOPY_PG_BIN_DIR" help:"Where pg_dump and pg_restore are, if not on PATH; several folders are separated by colons."`
}

func (f *runFlags) check() error {
	switch {
	case bool(f.Resume && f.Restart):
		return usagef("--resume keeps what is done and --restart forgets it: give one of them")
	case bool(f.NotConsistent && !f.Resume):
		return usagef("--not-consistent is for going on after the snapshot was lost: give it with --resume, or to pgcopy resume")
	}
	return nil
}

// careFlags gives what is said about VACUUM and statistics, which must not contradict itself.
func (f *contentFlags) careFlags(o *steps.Options) error {
	o.SkipVacuum, o.Vacuum, o.Statistics = bool(f.SkipVacuum), bool(f.Vacuum), f.Statistics
	switch f.Statistics {
	case "", steps.CopyStatistics, steps.AnalyzeStatistics, steps.NoStatistics:
	default:
		return usagef("--statistics must be copy, analyze or none, not %q", f.Statistics)
	}
	switch {
	case o.SkipVacuum && o.Vacuum:
		return usagef("--skip-vacuum leaves the tables as they were loaded, and --vacuum vacuums them: give one of them")
	case o.SkipVacuum && o.Statistics != "" && o.Statistics != steps.NoStatistics:
		return usagef("--skip-vacuum leaves the tables as they were loaded, without the statistics that --statistics %s is for: give one of them", o.Statistics)
	}
	return nil
}
