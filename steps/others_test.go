package steps

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
)

// Of two clones that begin at one moment, or one after the other, into one database, exactly one goes on, and its copy is whole. The other names it,
// and proposes nothing that would spoil its work.
func TestTwoClonesIntoOneDatabase(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from := src.FreshDB(t)
	src.Exec(t, from, `CREATE TABLE a (id int PRIMARY KEY, v text); INSERT INTO a SELECT i, repeat('x', 200) FROM generate_series(1, 60000) i;
		CREATE TABLE b (id int PRIMARY KEY); INSERT INTO b SELECT generate_series(1, 1000); SELECT lo_create(0) FROM generate_series(1, 50)`)
	for _, delay := range []time.Duration{0, 50 * time.Millisecond, 300 * time.Millisecond} {
		t.Run(delay.String(), func(t *testing.T) {
			to := dst.FreshDB(t)
			var reports [2]childReport
			var both sync.WaitGroup
			for i := range reports {
				o := testOptions(t, src.URI(from), dst.URI(to))
				both.Go(func() { reports[i] = cloneInChild(t, o) })
				time.Sleep(delay)
			}
			both.Wait()
			lost := reports[0].Error
			if lost == "" {
				lost = reports[1].Error
			} else if reports[1].Error != "" {
				t.Fatalf("neither came to its end:\n%s\n%s", lost, reports[1].Error)
			}
			// the first may have ended while the second waited to see whether it was killed, or before the second began to look
			if !strings.Contains(lost, "another pgcopy is at work in the target database "+to+": application pgcopy copy, pid ") &&
				!strings.Contains(lost, "another pgcopy was at work there until now (application pgcopy copy, pid ") && (delay < 100*time.Millisecond || !strings.Contains(lost, "is not empty")) {
				t.Error(lost)
			}
			mustEqual(t, src, src.URI(from), dst.URI(to))
		})
	}
}

// A session that is gone at the second look was nobody: it may be one of this process, which the server knows of first.
func TestNewcomersAreNobody(t *testing.T) {
	ctx := t.Context()
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	passing, err := pgx.Connect(ctx, dst.URI(to)+"&application_name=pgcopy%20copy")
	if err != nil {
		t.Fatal(err)
	}
	o := testOptions(t, src.URI(from), dst.URI(to))
	e := &Env{Opts: o, Log: o.Log}
	if err := errors.Join(e.parse(), e.connectBoth(ctx)); err != nil {
		t.Fatal(err)
	}
	defer e.end()
	if err := e.withTarget(ctx, func(conn *pgx.Conn) error {
		met, left, err := lastingOthers(ctx, conn, time.Minute, func(pgtarget.Other) bool {
			_ = passing.Close(ctx)
			return true
		})
		if len(met) != 1 || len(left) != 0 {
			t.Errorf("met %v, and %v for a minute", met, left)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
}

func TestAnotherRunOnTheTarget(t *testing.T) {
	ctx := context.Background()
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, "CREATE TABLE a ()")
	other, err := pgx.Connect(ctx, dst.URI(to)+"&application_name=pgcopy%20copy")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close(ctx) }()
	const who = "another pgcopy is at work in the target database "
	refused := func(err error, says string) {
		t.Helper()
		message, hint := pgdb.Explain(err)
		if !strings.Contains(message, says) || !strings.Contains(message, "application pgcopy copy, pid ") || !strings.Contains(message, ", since 20") ||
			!strings.Contains(hint, "let ") || !strings.Contains(hint, "stop it first") || strings.Contains(hint, "--drop-if-exists") {
			t.Errorf("%s\nhint: %s", message, hint)
		}
	}
	dst.Exec(t, to, "CREATE TABLE theirs ()")
	o := testOptions(t, src.URI(from), dst.URI(to))
	_, err = Clone(ctx, o)
	refused(err, "is not empty: 1 table (public.theirs); "+who+to)
	o.DropIfExists = true
	_, err = Clone(ctx, o)
	refused(err, who+to)

	e := &Env{Opts: o, Log: o.Log}
	if err := errors.Join(e.parse(), e.connectBoth(ctx)); err != nil {
		t.Fatal(err)
	}
	defer e.end()
	there := entryError(pgschema.ArchiveEntry{Desc: "TABLE", Name: "a"}, &pgconn.PgError{Code: "42P07", Message: `relation "a" already exists`})
	refused(e.blame(ctx, there), `restore table a: `)
	e.Opts.Filter = &pgschema.Filter{Entries: make([]pgschema.FilterEntry, 1)}
	if _, err := e.checkAlone(ctx); err != nil {
		t.Error("parts of a database from several sources:", err)
	}
	if err := other.Close(ctx); err != nil {
		t.Fatal(err)
	}
	for dst.Value(t, "postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'pgcopy copy' AND pid = "+strconv.Itoa(int(other.PgConn().PID()))) != "0" {
		time.Sleep(10 * time.Millisecond) // its backend ends a moment later
	}
	if _, hint := pgdb.Explain(e.blame(ctx, there)); !strings.Contains(hint, "--drop-if-exists, which drops what is there") || !strings.Contains(hint, "nobody else") {
		t.Error(hint)
	}
	if _, err = Clone(ctx, o); err != nil {
		t.Error("the other one has gone:", err)
	}
}
