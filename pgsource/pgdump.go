package pgsource

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// DumpOptions say how the schema is dumped. What is left out of a restore (owners, comments ...) is decided there, not here: the
// archive holds everything.
type DumpOptions struct {
	Encoding string            // of the archive's strings, "" for the source database's own. A SQL_ASCII database has no other
	Hidden   []pgschema.Name   // tables and sequences that the role may not read: pg_dump locks or reads what it describes, so it must not see these
	Warn     func(text string) // gets each warning of pg_dump, nil to drop them
}

// DumpSchema writes the schema of the database dsn leads to, as seen by an exported snapshot, into file: a pg_dump archive in
// custom format with the pre-data and post-data sections and no rows or large objects. The file appears when it
// is complete and on disk; until then it is file.partial, of which nothing is left after an error. Only its owner may read it, as
// user mappings and subscriptions hold passwords. dsn must hold none: env is for those (see pgdb.Conninfo.ToolEnv).
func DumpSchema(ctx context.Context, tools pgdb.Tools, dsn string, env []string, snapshot, file string, opts DumpOptions) error {
	if err := dumpSchema(ctx, tools, dsn, env, snapshot, file, opts); err != nil {
		return fmt.Errorf("dump schema: %w", err)
	}
	return nil
}

func dumpSchema(ctx context.Context, tools pgdb.Tools, dsn string, env []string, snapshot, file string, opts DumpOptions) (err error) {
	partial := file + ".partial"
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer func() {
		if err = errors.Join(err, f.Close()); err != nil {
			os.Remove(partial)
		}
	}()
	run := pgdb.ToolRun{Path: tools.Program("pg_dump"), Args: dumpArgs(tools.Major, dsn, snapshot, partial, opts), Env: env, Warn: opts.Warn}
	if err := run.Do(ctx); err != nil {
		return explainDump(err)
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(partial, file); err != nil {
		return err
	}
	return syncDir(filepath.Dir(file))
}

func dumpArgs(major int, dsn, snapshot, file string, opts DumpOptions) []string {
	args := []string{
		"--format=custom", "--section=pre-data", "--section=post-data",
		"--no-password",             // a prompt would wait for ever
		"--no-sync",                 // done here, before the rename
		"--lock-wait-timeout=60000", // ms; whoever wants a table for himself may be waiting for our snapshot
		"--file=" + file, "--dbname=" + dsn,
	}
	if major >= 16 {
		args = append(args, "--no-large-objects")
	} else {
		args = append(args, "--no-blobs")
	}
	if major >= 18 { // the planner's statistics are gathered anew on the target
		args = append(args, "--no-statistics")
	}
	if snapshot != "" {
		args = append(args, "--snapshot="+snapshot)
	}
	if opts.Encoding != "" {
		args = append(args, "--encoding="+opts.Encoding)
	}
	for _, n := range opts.Hidden { // in double quotes a pattern is a name
		args = append(args, "--exclude-table="+n.Quoted())
	}
	return args
}

// explainDump adds the remedy to the failures of pg_dump that a person can do something about.
func explainDump(err error) error {
	var tool *pgdb.ToolError
	if !errors.As(err, &tool) {
		return err
	}
	hint := ""
	switch {
	case strings.Contains(tool.Said, "permission denied"):
		hint = "pg_dump locks every table it describes: grant the source's role SELECT on all tables and USAGE on their schemas, or connect as a superuser"
	case strings.Contains(tool.Said, "canceling statement due to"):
		hint = "pg_dump locks every table it describes, and somebody on the source has or wants one of them for himself (TRUNCATE, ALTER TABLE, VACUUM FULL): end that, see pg_stat_activity"
	case strings.Contains(tool.Said, "max_locks_per_transaction"):
		hint = "pg_dump and the holder of the snapshot each lock every table: have the source's lock table (max_locks_per_transaction times max_connections) hold a quarter more entries than there are tables and sequences, and restart the source"
	case strings.Contains(tool.Said, "server version mismatch"):
		hint = "name the folder of a newer pg_dump with --pg-bin-dir"
	case strings.Contains(tool.Said, "too many connections for"), strings.Contains(tool.Said, "too many clients already"),
		strings.Contains(tool.Said, "remaining connection slots are reserved"):
		hint = "pg_dump has a connection of its own beside pgcopy's: raise max_connections or the role's connection limit on the source, or end other sessions there"
	case strings.Contains(tool.Said, "no password supplied"), strings.Contains(tool.Said, "password authentication failed"):
		hint = "give the password in the connection string, in PGPASSWORD or in ~/.pgpass"
	default:
		return err
	}
	return &pgdb.UserError{Msg: tool.Error(), Hint: hint, Err: err}
}

// syncDir makes a rename within a folder durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
