package pgsource

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pgcopy/pgcopy/pgdb"
)

// DumpRoles writes the cluster's roles, their settings and memberships into file as SQL, with pg_dumpall. Only its owner may read the
// file: without noPasswords it holds the roles' password hashes. It appears when it is complete.
func DumpRoles(ctx context.Context, tools pgdb.Tools, dsn string, env []string, database, file string, noPasswords bool) error {
	part := file + ".partial"
	args := []string{"--roles-only", "--dbname", dsn, "--database", database}
	if noPasswords {
		args = append(args, "--no-role-passwords")
	}
	run := pgdb.ToolRun{Path: tools.Program("pg_dumpall"), Args: args, Env: env, Output: func(r io.Reader) error {
		f, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, r)
		return errors.Join(err, f.Sync(), f.Close())
	}}
	err := run.Do(ctx)
	if err == nil {
		err = os.Rename(part, file)
	}
	if err != nil {
		_ = os.Remove(part)
		var te *pgdb.ToolError
		if errors.As(err, &te) && strings.Contains(te.Said, "pg_authid") {
			return &pgdb.UserError{Msg: "dump roles: the source's role may not read passwords (pg_authid)", Err: err,
				Hint: "use --no-role-passwords and set passwords on the target yourself, or connect to the source as a superuser"}
		}
		return fmt.Errorf("dump roles: %w", err)
	}
	return nil
}
