package pgtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Null is how [Server.Rows] and [Server.Value] give an SQL NULL.
const Null = `\N`

// databases numbers the fresh databases of a server.
type databases struct{ next atomic.Int64 }

// ExecContext runs statements (several, separated by semicolons, are one implicit transaction) as the superuser.
func (s *Server) ExecContext(ctx context.Context, db, sql string) error {
	_, err := s.query(ctx, db, sql)
	return err
}

// Exec runs statements and ends the test on an error.
func (s *Server) Exec(t testing.TB, db, sql string) {
	t.Helper()
	s.Rows(t, db, sql)
}

// Rows runs statements and gives the rows of the last one as the server printed them, [Null] for NULL.
func (s *Server) Rows(t testing.TB, db, sql string) [][]string {
	t.Helper()
	rows, err := s.query(context.Background(), db, sql)
	if err != nil {
		t.Fatalf("database %s on port %d: %v\n%s", db, s.Port, err, clip(sql))
	}
	return rows
}

// Value runs a statement that gives one row of one column.
func (s *Server) Value(t testing.TB, db, sql string) string {
	t.Helper()
	rows := s.Rows(t, db, sql)
	if len(rows) != 1 || len(rows[0]) != 1 {
		t.Fatalf("database %s on port %d: want one value, got %d rows\n%s", db, s.Port, len(rows), clip(sql))
	}
	return rows[0][0]
}

func (s *Server) query(ctx context.Context, db, sql string) ([][]string, error) {
	conn, err := pgconn.Connect(ctx, s.URI(db))
	if err != nil {
		return nil, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	results, err := conn.Exec(ctx, sql).ReadAll()
	if err != nil {
		return nil, err
	}
	if len(results) == 0 {
		return nil, nil
	}
	var rows [][]string
	for _, r := range results[len(results)-1].Rows {
		row := make([]string, len(r))
		for i, v := range r {
			if row[i] = string(v); v == nil {
				row[i] = Null
			}
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// CreateDB creates a database and drops it when the test ends. createOpts follows the name in CREATE DATABASE, e.g.
// "TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'".
func (s *Server) CreateDB(t testing.TB, name, createOpts string) {
	t.Helper()
	s.Exec(t, "postgres", "CREATE DATABASE "+quote(name)+" "+createOpts)
	t.Cleanup(func() {
		if s.PID() == 0 {
			return // down or gone: there is nothing to make room for
		}
		if err := s.DropDB(context.Background(), name); err != nil {
			t.Logf("pgtest: %v", err) // the server is thrown away anyhow
		}
	})
}

// FreshDB creates an empty database with a name of its own and drops it when the test ends.
func (s *Server) FreshDB(t testing.TB) string {
	t.Helper()
	word := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToLower(t.Name()))
	name := fmt.Sprintf("t%d_%.40s", s.next.Add(1), word)
	s.CreateDB(t, name, "")
	return name
}

// DropDB drops a database with all that would hold it: sessions, replication slots, prepared transactions.
func (s *Server) DropDB(ctx context.Context, name string) error {
	lit := "'" + strings.ReplaceAll(name, "'", "''") + "'"
	gids, err := s.query(ctx, "postgres", "SELECT gid FROM pg_prepared_xacts WHERE database = "+lit)
	for _, gid := range gids {
		err = errors.Join(err, s.ExecContext(ctx, name, "ROLLBACK PREPARED '"+strings.ReplaceAll(gid[0], "'", "''")+"'"))
	}
	// a terminated backend needs a moment until its slot and its database are free
	for range 50 {
		err = s.ExecContext(ctx, "postgres", "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "+lit)
		if err == nil {
			err = s.ExecContext(ctx, "postgres", "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = "+lit)
		}
		if err == nil {
			err = s.ExecContext(ctx, "postgres", "DROP DATABASE IF EXISTS "+quote(name))
		}
		if err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("drop database %s: %w", name, err)
}

// PsqlContext runs psql on a database, stopping at the first error, and gives what it wrote to its standard output.
// args are further arguments of psql, such as "-f", path or "-c", command.
func (s *Server) PsqlContext(ctx context.Context, db string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, s.Bin("psql"), append([]string{"-X", "-q", "-v", "ON_ERROR_STOP=1",
		"-d", s.uri(s.Port, Superuser, "", db)}, args...)...)
	cmd.Env = append(os.Environ(), "PGPASSWORD="+s.opts.Password, "PGCLIENTENCODING=UTF8", "LC_ALL=C")
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("psql %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(errOut.String()))
	}
	return out.String(), nil
}

// Psql runs psql as [Server.PsqlContext] does and ends the test on an error.
func (s *Server) Psql(t testing.TB, db string, args ...string) string {
	t.Helper()
	out, err := s.PsqlContext(context.Background(), db, args...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func clip(sql string) string {
	if len(sql) > 500 {
		return sql[:500] + " ..."
	}
	return sql
}
