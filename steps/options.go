package steps

import (
	"log/slog"
	"time"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/workflow"
)

// Options are the wishes of a user, complete and checked: the zero value of a field means what its comment says. They are kept in the
// catalog (without passwords), so that resume needs no other flag than the directory.
type Options struct {
	Source string `json:"-"` // connection strings as given
	Target string `json:"-"`
	Dir    string `json:"-"`

	AllDatabases bool   `json:"all_databases"` // every database of the server, each in a directory below Dir
	SourceDB     string `json:"-"`             // another database than Source names, "": that one
	TargetDB     string `json:"-"`

	TableJobs        int `json:"table_jobs"`
	IndexJobs        int `json:"index_jobs"`
	RestoreJobs      int `json:"restore_jobs"`
	LargeObjectsJobs int `json:"large_objects_jobs"`

	SplitTablesLargerThan int64 `json:"split_tables_larger_than"` // bytes, 0: where a table would keep workers waiting
	NeverSplit            bool  `json:"never_split"`              // not even there
	SplitMaxParts         int   `json:"split_max_parts"`          // 0: no bound
	SkipSplitByCTID       bool  `json:"skip_split_by_ctid"`
	EstimateTableSizes    bool  `json:"estimate_table_sizes"`

	CopyFormat string `json:"copy_format"` // "binary" or "text"; "": chosen for each table

	Roles            bool          `json:"roles"`             // copy the cluster's roles first
	NoRolePasswords  bool          `json:"no_role_passwords"` // without their passwords
	DropIfExists     bool          `json:"drop_if_exists"`
	NoOwner          bool          `json:"no_owner"`
	NoACL            bool          `json:"no_acl"`
	NoComments       bool          `json:"no_comments"`
	NoTablespaces    bool          `json:"no_tablespaces"`
	TablespacesFile  string        `json:"-"` // where Tablespaces stand, for messages
	SkipLargeObjects bool          `json:"skip_large_objects"`
	SkipExtensions   bool          `json:"skip_extensions"`
	Requirements     []Requirement `json:"requirements,omitempty"` // versions of extensions that the target is to have
	SkipExtComments  bool          `json:"skip_ext_comments"`
	SkipCollations   bool          `json:"skip_collations"`
	SkipVacuum       bool          `json:"skip_vacuum"`          // neither VACUUM nor ANALYZE
	Vacuum           bool          `json:"vacuum,omitempty"`     // VACUUM every table as well
	Statistics       string        `json:"statistics,omitempty"` // where they come from: copy, analyze or none; "": see Env.carriesStatistics
	SkipDBProperties bool          `json:"skip_db_properties"`

	Tablespaces []pgschema.TablespaceMapping `json:"tablespaces,omitempty"` // names of the target for those of the source, see docs/tablespaces.md

	Filters string           `json:"-"`                // a file that says what is copied, see docs/filters.md; "": everything
	Filter  *pgschema.Filter `json:"filter,omitempty"` // what that file says
	// FiltersFile is its path: a file that was found wrong is read again by the run that goes on.
	FiltersFile string `json:"filters_file,omitempty"`

	Snapshot      string        `json:"-"`              // read under this snapshot, exported by somebody else; "": one of our own
	SnapshotGrace time.Duration `json:"snapshot_grace"` // how long the snapshot outlives an interrupted run; 0: one hour
	NotConsistent bool          `json:"-"`              // resume: take a new snapshot when the first one is gone
	HolderCommand []string      `json:"-"`              // how to start a process that calls HoldSnapshot: program and first arguments

	Part  bool `json:"-"` // of a command in a directory in use: only what was given is held against what is recorded
	Whole bool `json:"-"` // resume: these are all options of the run again, and are refused when they ask for another copy

	Follow          bool         `json:"follow"`            // receive and apply the changes made since the snapshot
	Plugin          string       `json:"plugin"`            // pgoutput, test_decoding or wal2json
	NumericAsString bool         `json:"numeric_as_string"` // wal2json 2.6 and newer: numbers as strings, so that NaN and infinities are not lost
	SlotName        string       `json:"slot_name"`         // on the source
	Publication     string       `json:"publication"`       // given by somebody else; "": one of our own, named like the slot
	Origin          string       `json:"origin"`            // on the target
	EndPos          pgschema.LSN `json:"-"`                 // where to end; 0: when the sentinel says

	FailFast bool          `json:"fail_fast"`
	Restart  bool          `json:"-"` // forget what the directory knows and start over
	RetryFor time.Duration `json:"retry_for"`
	PgBinDir string        `json:"pg_bin_dir"` // folders of PostgreSQL client programs, colon separated

	Command string       `json:"-"` // the command line for the run's row, without passwords
	Version string       `json:"-"` // of pgcopy
	Log     *slog.Logger `json:"-"`

	gate *workflow.Gate // shared with the clones of other databases, nil when there are none
	wal  *walFlow       // as gate

	// OnReady is called once, when the catalog is open and the run has begun, with the directory: a progress display can
	// open it for reading from then on. May be nil.
	OnReady func(dir string) `json:"-"`
}
