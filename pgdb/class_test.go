package pgdb

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

func state(code string) error { return &pgconn.PgError{Code: code, Severity: "ERROR", Message: "m"} }
func fatal(code string) error { return &pgconn.PgError{Code: code, Severity: "FATAL", Message: "m"} }

func TestClassOf(t *testing.T) {
	reset := &net.OpError{Op: "read", Err: syscall.ECONNRESET}
	for _, c := range []struct {
		err  error
		want Class
	}{
		{nil, None},
		{errors.New("strange"), Permanent},
		{fatal("57P01"), Transient}, {fatal("57P02"), Transient}, {fatal("57P03"), Transient},
		{fatal("57P04"), Permanent}, {state("57014"), Permanent},
		{state("40001"), Transient}, {state("40P01"), Transient}, {state("55P03"), Transient},
		{state("08006"), Transient}, {state("53100"), Transient}, {fatal("53300"), Transient},
		{state("53400"), Permanent}, {state("23505"), Permanent}, {state("42P01"), Permanent},
		{fatal("28P01"), Permanent}, {fatal("28000"), Permanent}, {fatal("3D000"), Permanent},
		{io.EOF, Transient}, {io.ErrUnexpectedEOF, Transient}, {reset, Transient},
		{net.ErrClosed, Transient}, {pgconn.ErrConnClosed, Transient},
		{&net.DNSError{IsNotFound: true}, Permanent}, {&net.DNSError{IsTimeout: true}, Transient},
		{x509.UnknownAuthorityError{}, Permanent},
		{&os.PathError{Op: "fork/exec", Path: "/x/pg_dumpall", Err: syscall.ENOENT}, Permanent}, {&os.PathError{Err: syscall.EACCES}, Permanent},
		{&os.PathError{Op: "open", Err: syscall.EROFS}, Permanent}, {&os.PathError{Op: "write", Err: syscall.ENOSPC}, Transient},
		{&net.OpError{Op: "dial", Err: &os.SyscallError{Syscall: "connect", Err: syscall.ENOENT}}, Transient}, // the socket of a server that restarts
		{context.Canceled, Canceled}, {context.DeadlineExceeded, Transient},
		{&SourceError{fatal("57P01")}, Transient}, {&TargetError{state("23514")}, Permanent},
		{&ConnectError{Err: errors.Join(reset, fatal("28P01"))}, Permanent},
		{&CommitError{io.EOF}, Ambiguous}, {&CommitError{context.Canceled}, Ambiguous},
		{&CommitError{fatal("57P01")}, Ambiguous}, {&CommitError{reset}, Ambiguous},
		{&CommitError{state("40001")}, Transient}, {&CommitError{state("23503")}, Permanent},
		{&CommitError{pgx.ErrTxCommitRollback}, Permanent},
	} {
		for range 2 {
			if got := ClassOf(c.err); got != c.want {
				t.Errorf("%v is %v, want %v", c.err, got, c.want)
			}
			if c.err != nil {
				c.err = fmt.Errorf("copy public.t: %w", c.err)
			}
		}
	}
}

func TestErrorText(t *testing.T) {
	err := fmt.Errorf("copy public.orders part 3: %w", &TargetError{&pgconn.PgError{
		Severity: "ERROR", Code: "23505", Message: `duplicate key value violates unique constraint "k"`,
		Detail: "Key (id)=(1) already exists.", Where: "COPY orders, line 5\nSQL statement",
	}})
	const want = `copy public.orders part 3: write target: duplicate key value violates unique constraint "k" (SQLSTATE 23505)` +
		`: Key (id)=(1) already exists: COPY orders, line 5`
	if err.Error() != want {
		t.Error(err)
	}
}
