package pgdb

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Explain turns an error into one sentence for people and, where there is one, a
// remedy. No password is in either. Errors without a better explanation come
// back as their own text and an empty hint, or the server's hint.
func Explain(err error) (message, hint string) {
	if err == nil {
		return "", ""
	}
	var user *UserError
	if errors.As(err, &user) {
		return err.Error(), user.Hint
	}
	var connect *ConnectError
	if errors.As(err, &connect) {
		return explainConnect(connect)
	}
	if pg := asPgError(err); pg != nil {
		return err.Error(), cmp.Or(searchPathHint(pg), pg.Hint)
	}
	return err.Error(), ""
}

// searchPathHint: a function that finds its tables, types or functions by the search path finds nothing where pgcopy, as pg_restore does, has
// none but pg_catalog. The server's own hint is about spelling.
func searchPathHint(pg *pgconn.PgError) string {
	switch pg.Code {
	case "42P01", "42883", "42704", "3F000": // undefined table, function, object, schema
	default:
		return ""
	}
	if !strings.Contains(pg.Where, "function ") { // PL/pgSQL function f(integer) line 1 at ..., SQL function "f" during inlining
		return ""
	}
	return "a function that looks for it by search_path finds nothing, since a restore has none, as with pg_restore: ALTER FUNCTION ... SET search_path = ... where it failed, then go on with pgcopy resume"
}

func explainConnect(e *ConnectError) (message, hint string) {
	server := strings.Join(e.Servers, ", ")
	say := func(format string, args ...any) string {
		return e.Label + ": " + fmt.Sprintf(format, args...)
	}
	if pg := asPgError(e.Err); pg != nil {
		return explainRefusal(e, pg, server, say)
	}
	var dns *net.DNSError
	switch {
	case errors.Is(e.Err, context.Canceled):
		return say("connecting to %s was interrupted", server), ""
	case errors.As(e.Err, &dns):
		return say("host %q is not known (asked for %s, user %s, database %s)", dns.Name, server, e.User, e.Database),
			"check the host name in the connection string, and the name resolution of this machine"
	case errors.Is(e.Err, syscall.ENOENT):
		return say("there is no server socket %s (user %s, database %s)", server, e.User, e.Database),
			"name the server with host= and port=, or check that it runs on this machine"
	case isTLSRefusal(e.Err):
		return say("server %s does not speak TLS, which sslmode asks for (user %s, database %s)", server, e.User, e.Database),
			"enable ssl on the server, or use sslmode=prefer if the network may be trusted"
	case isConfigFault(e.Err):
		return say("TLS to %s failed (user %s, database %s): %s", server, e.User, e.Database, connectCause(e.Err)),
			"check sslmode, sslrootcert, sslcert and sslkey against the server's certificate"
	case errors.Is(e.Err, syscall.ECONNREFUSED):
		return say("nothing listens on %s (user %s, database %s)", server, e.User, e.Database),
			"check host and port, that the server runs, and its listen_addresses"
	case isTimeout(e.Err):
		return say("server %s did not answer in time (user %s, database %s)", server, e.User, e.Database),
			"check the address and the firewalls in between; connect_timeout in the connection string allows more seconds"
	}
	if strings.Contains(e.Err.Error(), "failed to receive message") { // pgconn has no type for a reply that is no message
		return say("what listens on %s does not answer like a PostgreSQL server (user %s, database %s): %s", server, e.User, e.Database, connectCause(e.Err)),
			"check host and port"
	}
	return e.Error(), "check host, port and database in the connection string, and the server's log"
}

// explainRefusal words what the server itself answered to the login.
func explainRefusal(e *ConnectError, pg *pgconn.PgError, server string, say func(string, ...any) string) (string, string) {
	switch pg.Code {
	case "28P01":
		if e.NoPassword {
			return say("server %s asks for the password of user %q (database %q), and none was given", server, e.User, e.Database),
				"put it into the connection string, PGPASSWORD or ~/.pgpass (which must have mode 0600)"
		}
		return say("password authentication failed for user %q on %s, database %q", e.User, server, e.Database),
			"check the password in the connection string, PGPASSWORD or ~/.pgpass (which must have mode 0600)"
	case "28000":
		return say("server %s does not let user %q into database %q: %s", server, e.User, e.Database, pg.Message),
			"add a line for this user, database and address to the server's pg_hba.conf and reload it, or check that the role may log in"
	case "3D000":
		return say("database %q does not exist on %s (user %s)", e.Database, server, e.User),
			"check the database name (psql -l lists those there are); a target is created first: createdb " + shellWord(e.Database)
	case "42501":
		return say("user %q may not connect to database %q on %s: %s", e.User, e.Database, server, pg.Message),
			fmt.Sprintf("grant it: GRANT CONNECT ON DATABASE %s TO %s", pgx.Identifier{e.Database}.Sanitize(), pgx.Identifier{e.User}.Sanitize())
	case "53300":
		return say("server %s has no connection left for user %q, database %q: %s", server, e.User, e.Database, pg.Message),
			"raise max_connections or the role's connection limit, end other sessions, or use fewer jobs"
	case "57P03":
		return say("server %s is not ready yet (user %s, database %s): %s", server, e.User, e.Database, pg.Message),
			"wait until it accepts connections and try again"
	}
	return say("server %s refused user %q, database %q: %s", server, e.User, e.Database, describe(pg)), pg.Hint
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.Is(err, syscall.ETIMEDOUT) || pgconn.Timeout(err) || errors.As(err, &netErr) && netErr.Timeout()
}

// connectCause is the telling part of pgconn's list of attempts: what a server
// said if one spoke, else the first failure.
func connectCause(err error) string {
	if pg := asPgError(err); pg != nil {
		return describe(pg)
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok && len(joined.Unwrap()) > 0 {
		err = joined.Unwrap()[0]
	}
	return oneLine(err.Error())
}

// shellWord quotes a word for a command line that is shown.
func shellWord(s string) string {
	if s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-") == "" && s[0] != '-' {
		return s
	}
	quoted := "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	if strings.HasPrefix(s, "-") {
		return "-- " + quoted
	}
	return quoted
}
