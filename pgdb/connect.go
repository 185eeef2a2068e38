package pgdb

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// ConnectError is an attempt to connect that failed. [Explain] has the sentence
// for people; Err is what the network or the server said.
type ConnectError struct {
	Label    string   // where the connection string came from
	Servers  []string // host:port of each server that was tried
	User     string
	Database string
	Err      error

	NoPassword bool // none was given, and none was found
}

func (e *ConnectError) Error() string {
	return fmt.Sprintf("connect %s (%s, user %s, database %s): %s",
		e.Label, strings.Join(e.Servers, ", "), e.User, e.Database, connectCause(e.Err))
}

func (e *ConnectError) Unwrap() error { return e.Err }

// Connect opens a session for queries. The error is a [*ConnectError].
func (c *Conninfo) Connect(ctx context.Context, s Session) (*pgx.Conn, error) {
	config := c.config.Copy()
	c.prepare(&config.Config, s)
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, c.connectError(ctx, err)
	}
	return conn, nil
}

// ConnectPgConn opens a session at the level of the protocol: replication, or a
// stream of statements. The error is a [*ConnectError].
func (c *Conninfo) ConnectPgConn(ctx context.Context, s Session) (*pgconn.PgConn, error) {
	config := c.config.Config.Copy()
	c.prepare(config, s)
	conn, err := pgconn.ConnectConfig(ctx, config)
	if err != nil {
		return nil, c.connectError(ctx, err)
	}
	return conn, nil
}

// prepare adds the session to the configuration of one connection.
func (c *Conninfo) prepare(config *pgconn.Config, s Session) {
	params := config.RuntimeParams
	switch {
	case c.appName != "":
		params["application_name"] = c.appName
	case s.Role != "":
		params["application_name"] = "pgcopy " + s.Role
	default:
		params["application_name"] = "pgcopy"
	}
	params["client_encoding"] = "UTF8"
	if s.ClientEncoding != "" {
		params["client_encoding"] = s.ClientEncoding
	}
	for k, v := range s.Params {
		params[k] = v
	}
	config.AfterConnect = s.configure
}

// connectError leaves pgconn's own error type out of the chain: it carries the
// whole configuration, password included.
func (c *Conninfo) connectError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	} else if ce, ok := err.(*pgconn.ConnectError); ok {
		err = ce.Unwrap()
	}
	return &ConnectError{Label: c.label, Servers: c.Addresses(), User: c.User(), Database: c.Database(), Err: err,
		NoPassword: c.config.Password == ""}
}
