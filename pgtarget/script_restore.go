package pgtarget

import (
	"context"
	"fmt"
	"io"

	"github.com/pgcopy/pgcopy/pgdb"
)

// RestoreOptions choose what of an archive is turned into SQL.
type RestoreOptions struct {
	NoOwner       bool              // no ALTER ... OWNER TO: everything belongs to who restores
	NoACL         bool              // no GRANT and REVOKE
	NoComments    bool              // no COMMENT ON
	NoTablespaces bool              // everything in the target's default tablespace
	Sections      []string          // pre-data, post-data; none for all
	UseList       string            // a file of dump ids, one a line, to restore in that order; "" for everything in the archive's order
	Warn          func(text string) // gets each warning of pg_restore, nil to drop them
}

func (o RestoreOptions) args() []string {
	args := []string{"--file=-", "--verbose"}
	for flag, on := range map[string]bool{
		"--no-owner": o.NoOwner, "--no-acl": o.NoACL, "--no-comments": o.NoComments, "--no-tablespaces": o.NoTablespaces,
	} {
		if on {
			args = append(args, flag)
		}
	}
	for _, s := range o.Sections {
		args = append(args, "--section="+s)
	}
	if o.UseList != "" {
		args = append(args, "--use-list="+o.UseList)
	}
	return args
}

// RestoreScript has pg_restore print the SQL of an archive and gives it to yield entry by entry, see [ReadScript]. No server is asked
// for anything. The returned preamble is what pg_restore would set up a session with; see [RestoreSettings] for what to use instead.
func RestoreScript(ctx context.Context, tools pgdb.Tools, archive string, opts RestoreOptions, yield func(ScriptEntry) error) (preamble string, err error) {
	err = runRestore(ctx, tools, archive, opts, nil, func(r io.Reader) error {
		preamble, err = ReadScript(r, yield)
		return err
	})
	return preamble, err
}

// DropStatements gives the DROP statements of "pg_restore --clean --if-exists" for an archive to yield, in the order to run them:
// dependents first. Each is to be run by itself: those for the constraints and indexes of partitions cannot succeed (SQLSTATE 42P16,
// 2BP01) while the parent has them. They go with the parent, and may be run again after all others, when IF EXISTS holds.
func DropStatements(ctx context.Context, tools pgdb.Tools, archive string, opts RestoreOptions, yield func(stmt string) error) error {
	return runRestore(ctx, tools, archive, opts, []string{"--clean", "--if-exists"}, func(r io.Reader) error { return ReadDrops(r, yield) })
}

func runRestore(ctx context.Context, tools pgdb.Tools, archive string, opts RestoreOptions, more []string, read func(io.Reader) error) error {
	args := append(append(opts.args(), more...), "--", archive)
	err := pgdb.ToolRun{Path: tools.Program("pg_restore"), Args: args, Output: read, Warn: opts.Warn}.Do(ctx)
	if err != nil {
		return fmt.Errorf("restore script of %s: %w", archive, err)
	}
	return nil
}
