package pgdb

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Class is what an error means for the work that met it.
type Class int

const (
	// None is no error.
	None Class = iota

	// Transient: nothing happened that would stay, and the same again after a
	// while may succeed.
	Transient

	// Ambiguous: it may have happened. Ask the server before doing it again.
	Ambiguous

	// Permanent: the same again would fail again.
	Permanent

	// Canceled: somebody here wanted it to stop. It says nothing about the work.
	Canceled
)

func (c Class) String() string {
	return [...]string{"none", "transient", "ambiguous", "permanent", "canceled"}[c]
}

// ClassOf says what an error means for the work. An error it knows nothing about
// is [Permanent]: repeating what is not understood is how a copy is done twice.
func ClassOf(err error) Class {
	if err == nil {
		return None
	}
	var commit *CommitError
	if errors.As(err, &commit) {
		return classOfCommit(commit.Err)
	}
	if pg := asPgError(err); pg != nil && !errors.Is(err, context.Canceled) {
		return classOfState(pg)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return Canceled
	case isConfigFault(err):
		return Permanent
	case isConnectionLoss(err):
		return Transient
	}
	return Permanent
}

// classOfCommit: a definite answer of the server is an ERROR it sent. FATAL may
// come after the commit was made durable (interrupts are held off until then),
// and a lost connection says nothing at all, whoever lost it.
func classOfCommit(err error) Class {
	if errors.Is(err, pgx.ErrTxCommitRollback) || errors.Is(err, pgx.ErrTxClosed) {
		return Permanent
	}
	if pg := asPgError(err); pg != nil {
		if severity(pg) == "ERROR" {
			return classOfState(pg)
		}
		return Ambiguous
	}
	if pgconn.SafeToRetry(err) {
		return ClassOf(err) // nothing was sent
	}
	return Ambiguous
}

// isFatal: the server ends the session with it.
func isFatal(pg *pgconn.PgError) bool { return severity(pg) == "FATAL" || severity(pg) == "PANIC" }

func severity(pg *pgconn.PgError) string {
	if pg.SeverityUnlocalized != "" {
		return pg.SeverityUnlocalized
	}
	return pg.Severity
}

// classOfState goes by SQLSTATE
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
func classOfState(pg *pgconn.PgError) Class {
	switch pg.Code {
	case "57P01", // admin_shutdown: the server restarts, or someone ended this backend
		"57P02", // crash_shutdown: another backend crashed
		"57P03", // cannot_connect_now: starting up, or in recovery
		"57P05", // idle_session_timeout: set by someone else than us
		"25P03", // idle_in_transaction_session_timeout
		"25P04", // transaction_timeout
		"40001", // serialization_failure, and a standby's conflict with recovery
		"40P01", // deadlock_detected
		"40003", // statement_completion_unknown: the transaction itself is rolled back
		"55P03", // lock_not_available
		"55006", // object_in_use: a slot whose last walsender has not gone yet
		"58030": // io_error
		return Transient
	case "53400": // configuration_limit_exceeded, temp_file_limit for one: stays exceeded
		return Permanent
	}
	switch {
	case strings.HasPrefix(pg.Code, "08"):
		return Transient
	// Insufficient resources, a full disk (53100) among them: the sort files of
	// other index builds of this very run take space that comes back when they
	// end, and a person who is told can make room before the retries run out.
	case strings.HasPrefix(pg.Code, "53"):
		return Transient
	}
	return Permanent
}

// isConfigFault recognises what no amount of waiting repairs.
func isConfigFault(err error) bool {
	var dns *net.DNSError
	if errors.As(err, &dns) && dns.IsNotFound {
		return true
	}
	var (
		unknownCA *x509.UnknownAuthorityError
		ca        x509.UnknownAuthorityError
		host      x509.HostnameError
		invalid   x509.CertificateInvalidError
		verify    *tls.CertificateVerificationError
		alert     tls.AlertError
		record    tls.RecordHeaderError
	)
	if errors.As(err, &unknownCA) || errors.As(err, &ca) || errors.As(err, &host) || errors.As(err, &invalid) ||
		errors.As(err, &verify) || errors.As(err, &alert) || errors.As(err, &record) {
		return true
	}
	// A socket file that is not there may come back: the server removes it while it restarts.
	return errors.Is(err, os.ErrPermission) || isTLSRefusal(err)
}

// isTLSRefusal: pgconn has no type for it.
func isTLSRefusal(err error) bool {
	return strings.Contains(err.Error(), "server refused TLS connection")
}

// isConnectionLoss: the network, or the other end of it, went away.
func isConnectionLoss(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe) ||
		errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) ||
		errors.Is(err, pgconn.ErrConnClosed) || pgconn.Timeout(err) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ETIMEDOUT) ||
		errors.Is(err, syscall.EHOSTUNREACH) || errors.Is(err, syscall.ENETUNREACH) ||
		isNetError(err) || errors.As(err, new(*protocolError)) || isShortage(err)
}

// isNetError: the network's own errors. A bare errno looks like one, by its methods, and may be about a file or a program.
func isNetError(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) {
		return true
	}
	var netErr net.Error
	if !errors.As(err, &netErr) {
		return false
	}
	_, bare := netErr.(syscall.Errno)
	return !bare
}

// isShortage: this machine is out of something that comes back, or that a person who is told can make room for or mend.
func isShortage(err error) bool {
	for _, errno := range []syscall.Errno{syscall.ENOSPC, syscall.EDQUOT, syscall.EIO, syscall.ESTALE, syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.ENOBUFS,
		syscall.EAGAIN, syscall.EINTR} {
		if errors.Is(err, errno) {
			return true
		}
	}
	return false
}
