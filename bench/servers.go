package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// settings are the same on both servers: what an administrator sets for a migration, no more. fsync stays on, because a target without it
// flatters whoever commits often. Autovacuum is off, because what it does after one tool would be counted to the next.
func settings(fsync bool) map[string]string {
	s := map[string]string{
		"shared_buffers":            "1GB",
		"maintenance_work_mem":      "256MB",
		"max_wal_size":              "16GB",
		"checkpoint_timeout":        "1h",
		"wal_level":                 "replica",
		"autovacuum":                "off",
		"max_locks_per_transaction": "1024", // pg_dump locks every table
		"max_worker_processes":      fmt.Sprint(max(8, 2*runtime.NumCPU())),
	}
	if !fsync {
		s["fsync"], s["full_page_writes"] = "off", "off"
	}
	return s
}

// servers are the two that everything runs on.
type servers struct{ source, target *pgtest.Server }

// startServers starts them, of a major version or, when that is 0, of this machine's own.
func startServers(ctx context.Context, major int, fsync bool) (servers, error) {
	if major != 0 {
		os.Setenv(pgtest.VersionsEnv, "all") // also one that only was fetched
	}
	o := pgtest.Options{Major: major, Settings: settings(fsync), Fsync: fsync}
	src, dst, err := pgtest.StartPair(ctx, o, o)
	if err != nil {
		return servers{}, err
	}
	return servers{src, dst}, nil
}

func (s servers) stop() error { return errors.Join(s.source.Stop(), s.target.Stop()) }

// fresh makes an empty database, in place of one of that name.
func fresh(ctx context.Context, s *pgtest.Server, db string) error {
	if err := s.DropDB(ctx, db); err != nil {
		return err
	}
	return s.ExecContext(ctx, "postgres", "CREATE DATABASE "+db+" TEMPLATE template0")
}

// settle writes out what earlier work has left, so that nobody pays for somebody else's dirty buffers.
func (s servers) settle(ctx context.Context) error {
	return errors.Join(s.source.ExecContext(ctx, "postgres", "CHECKPOINT"), s.target.ExecContext(ctx, "postgres", "CHECKPOINT"))
}

// rows asks a database for rows of text.
func rows(ctx context.Context, uri, sql string) ([][]string, error) {
	c, err := pgconn.Connect(ctx, uri)
	if err != nil {
		return nil, err
	}
	defer c.Close(context.WithoutCancel(ctx))
	results, err := c.Exec(ctx, sql).ReadAll()
	if err != nil || len(results) == 0 {
		return nil, err
	}
	var out [][]string
	for _, r := range results[len(results)-1].Rows {
		row := make([]string, len(r))
		for i, v := range r {
			row[i] = string(v)
		}
		out = append(out, row)
	}
	return out, nil
}

// statements sends each text of sqls as one message, in one session.
func statements(ctx context.Context, uri string, sqls []string) error {
	c, err := pgconn.Connect(ctx, uri)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	for _, sql := range sqls {
		if _, err := c.Exec(ctx, sql).ReadAll(); err != nil {
			return err
		}
	}
	return nil
}
