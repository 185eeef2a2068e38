package truth

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Amcheck runs pg_amcheck --heapallindexed (pgAmcheck is the program's path) over a database: every heap tuple and
// TOAST value is readable, every B-tree is in order and lacks no row. What it complains about is the report.
//
// The extension amcheck is created in a schema of its own for the time of the check, unless the database has it.
func Amcheck(ctx context.Context, pgAmcheck, uri string) (report []string, err error) {
	c, err := connect(ctx, uri)
	if err != nil {
		return nil, fmt.Errorf("amcheck: %w", err)
	}
	defer c.Close(ctx)
	had, err := value(ctx, c, `SELECT count(*) FROM pg_catalog.pg_extension WHERE extname = 'amcheck'`)
	if err != nil {
		return nil, fmt.Errorf("amcheck: %w", err)
	}
	if had == "0" {
		if _, err := c.Exec(ctx, `CREATE SCHEMA pgcopy_truth; CREATE EXTENSION amcheck WITH SCHEMA pgcopy_truth`).ReadAll(); err != nil {
			return nil, fmt.Errorf("amcheck: install: %w", err)
		}
		defer func() {
			_, drop := c.Exec(context.WithoutCancel(ctx), `SET client_min_messages = error; DROP SCHEMA pgcopy_truth CASCADE`).ReadAll()
			err = errors.Join(err, drop)
		}()
	}
	return runAmcheck(ctx, pgAmcheck, uri)
}

func runAmcheck(ctx context.Context, pgAmcheck, uri string) ([]string, error) {
	env, err := clientEnv(uri)
	if err != nil {
		return nil, fmt.Errorf("amcheck: %w", err)
	}
	cfg, err := pgconn.ParseConfig(uri)
	if err != nil {
		return nil, fmt.Errorf("amcheck: %w", err)
	}
	// The name as a connection string, so that no character of it is read as a pattern.
	db := "dbname='" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(cfg.Database) + "'"
	cmd := exec.CommandContext(ctx, pgAmcheck, "--heapallindexed", "--jobs=2", db)
	cmd.Env = append(env, "PGCLIENTENCODING=SQL_ASCII") // names as the bytes they are; not all are text in the database's own encoding
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	err = cmd.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil, nil
	case errors.As(err, &exit) && exit.ExitCode() == 2: // corruption found: it is on the standard output
		return []string{"amcheck: " + strings.TrimSpace(out.String()) + "\n" + strings.TrimSpace(errOut.String())}, nil
	default:
		return nil, fmt.Errorf("amcheck: %s: %w: %s", pgAmcheck, err, strings.TrimSpace(errOut.String()))
	}
}
