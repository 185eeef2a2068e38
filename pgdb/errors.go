package pgdb

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// UserError is an error that the person at the keyboard can do something about.
// Its text is one sentence that names the thing; the hint is the remedy.
type UserError struct {
	Msg  string
	Hint string
	Err  error // the cause, nil when Msg is all there is
}

func (e *UserError) Error() string { return e.Msg }

func (e *UserError) Unwrap() error { return e.Err }

// CommitError says that a COMMIT was sent and its outcome was not received, or
// that the server refused it. [ClassOf] tells the two apart: the first is
// [Ambiguous] and must be resolved by asking pg_xact_status().
type CommitError struct{ Err error }

func (e *CommitError) Error() string { return "commit: " + e.Err.Error() }

func (e *CommitError) Unwrap() error { return e.Err }

// Commit commits tx. An error is a [*CommitError].
func Commit(ctx context.Context, tx pgx.Tx) error {
	if err := tx.Commit(ctx); err != nil {
		return &CommitError{Err: err}
	}
	return nil
}

// SourceError is a failure of the source's end of a [Relay].
type SourceError struct{ Err error }

func (e *SourceError) Error() string { return "read source: " + describe(e.Err) }

func (e *SourceError) Unwrap() error { return e.Err }

// TargetError is a failure of the target's end of a [Relay]. The CONTEXT of the
// server's message, which names table, line and column, is part of its text.
type TargetError struct{ Err error }

func (e *TargetError) Error() string { return "write target: " + describe(e.Err) }

func (e *TargetError) Unwrap() error { return e.Err }

// describe is the server's message with its detail and the first line of its
// context, which pgconn's own text leaves out.
func describe(err error) string {
	pg, ok := err.(*pgconn.PgError)
	if !ok {
		return err.Error()
	}
	text := pg.Message + " (SQLSTATE " + pg.Code + ")"
	if pg.Detail != "" {
		text += ": " + clip(strings.TrimSuffix(oneLine(pg.Detail), "."), 300)
	}
	if where, _, _ := strings.Cut(pg.Where, "\n"); where != "" {
		text += ": " + clip(where, 300)
	}
	return text
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// asPgError finds the server's message in an error, nil when there is none.
func asPgError(err error) *pgconn.PgError {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg
	}
	return nil
}

// protocolError is a conversation that left the tracks: the connection is of no
// more use.
type protocolError struct{ msg string }

func (e *protocolError) Error() string { return "protocol: " + e.msg }

func protocolErrorf(format string, args ...any) error {
	return &protocolError{fmt.Sprintf(format, args...)}
}
