package pgdb

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// defaultConnectTimeout bounds one attempt at one host when the user named no
// connect_timeout; libpq would wait for the kernel to give up, minutes later.
const defaultConnectTimeout = 10 * time.Second

// Conninfo is a connection string that was understood: which server, database
// and user, and how to get there. It is safe for use by several goroutines.
//
// Formatting one, in whatever way, shows the string without its password.
type Conninfo struct {
	label    string
	text     string // as given, password and all: never shown
	redacted string
	toolDSN  string
	toolEnv  []string
	config   *pgx.ConnConfig
	dial     dialSettings
	appName  string // the user's own application_name, "" when not given
}

// ParseConninfo understands a connection string in either form of libpq
// (https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING),
// with service files, .pgpass and the PG* environment. label says in messages
// where the string came from, "--source" for instance.
//
// The error is a [*UserError] and holds no part of a password.
func ParseConninfo(label, text string) (*Conninfo, error) {
	params, err := scanConnString(text)
	if err != nil {
		return nil, badConninfo(label, err.Error())
	}
	given := map[string]string{}
	for _, p := range params {
		given[p.key] = p.value
	}
	if err := refuseUnsupported(given); err != nil {
		return nil, badConninfo(label, err.Error())
	}
	parsed := text
	if given["hostaddr"] != "" && given["host"] == "" {
		parsed = addParam(text, "host", given["hostaddr"])
	}
	config, err := pgx.ParseConfig(parsed)
	if err != nil {
		return nil, badConninfo(label, parseProblem(err, given))
	}
	c := &Conninfo{label: label, text: text, config: config}
	c.redacted = cutParams(text, params, isSecretKeyword)
	c.toolDSN, c.toolEnv = toolSettings(text, params, given)
	if err := c.takeLibpqOnly(given); err != nil {
		return nil, badConninfo(label, err.Error())
	}
	return c, nil
}

func isSecretKeyword(key string) bool {
	switch key {
	case "password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key":
		return true
	}
	return false
}

func badConninfo(label, problem string) error {
	return &UserError{
		Msg:  label + ": " + problem,
		Hint: "give a URI (postgresql://user@host:5432/dbname) or keywords (host=... port=... dbname=... user=...)",
	}
}

// refuseUnsupported names the libpq keywords that would be silently without
// effect here. Ignoring a security setting is worse than refusing it.
func refuseUnsupported(given map[string]string) error {
	for _, k := range []string{
		"sslcrl", "sslcrldir", "requirepeer", "gsslib", "oauth_issuer", "oauth_client_id",
		"oauth_client_secret", "oauth_scope", "scram_client_key", "scram_server_key", "sslkeylogfile", "replication",
	} {
		if given[k] != "" {
			return fmt.Errorf("connection keyword %q is not supported: leave it out", k)
		}
	}
	switch {
	case given["sslpassword"] != "":
		return errors.New("sslpassword in a connection string cannot be handed to pg_dump unseen: put it into a service file and give service=NAME")
	case given["gssencmode"] == "require":
		return errors.New("gssencmode=require is not supported: use TLS (sslmode=require)")
	case given["load_balance_hosts"] == "random":
		return errors.New("load_balance_hosts=random is not supported: the hosts must be tried in order, so that a resumed run meets the same server")
	case given["ssl"] != "" && given["ssl"] != "true":
		return errors.New("ssl= accepts only true: use sslmode")
	}
	return nil
}

// parseProblem is pgx's complaint without the connection string it quotes.
func parseProblem(err error, given map[string]string) string {
	text := err.Error()
	if i := strings.Index(text, "`: "); i >= 0 {
		text = text[i+3:]
	}
	for k, v := range given {
		if isSecretKeyword(k) && v != "" {
			text = strings.ReplaceAll(text, v, "****")
		}
	}
	switch {
	case text == "invalid port":
		return "the port must be a number between 1 and 65535"
	case strings.Contains(text, "sslmode is invalid"):
		return "sslmode must be disable, allow, prefer, require, verify-ca or verify-full"
	}
	return strings.TrimPrefix(text, "failed to ")
}

// toolSettings are the connection string and the environment with which libpq's
// own programs reach the same database without a password on their command line.
func toolSettings(text string, params []connParam, given map[string]string) (dsn string, env []string) {
	dsn = cutParams(text, params, func(k string) bool { return isSecretKeyword(k) || k == "servicefile" })
	if pw := given["password"]; pw != "" {
		env = append(env, "PGPASSWORD="+pw)
	}
	if f := given["servicefile"]; f != "" {
		env = append(env, "PGSERVICEFILE="+f)
	}
	if given["connect_timeout"] == "" && os.Getenv("PGCONNECT_TIMEOUT") == "" {
		env = append(env, "PGCONNECT_TIMEOUT="+strconv.Itoa(int(defaultConnectTimeout.Seconds())))
	}
	if given["keepalives"] == "" && given["keepalives_idle"] == "" {
		dsn = addParam(dsn, "keepalives_idle", "10")
	}
	return dsn, env
}

// takeLibpqOnly moves what pgx would send to the server as a setting, and what
// it does not know at all, to where it belongs.
func (c *Conninfo) takeLibpqOnly(given map[string]string) error {
	params := c.config.RuntimeParams
	take := func(key string) string {
		v := params[key]
		delete(params, key)
		return v
	}
	var err error
	if c.dial, err = readDialSettings(take); err != nil {
		return err
	}
	c.appName = take("application_name")
	if fb := take("fallback_application_name"); c.appName == "" {
		c.appName = fb
	}
	take("client_encoding") // the session's business, see Session
	for _, k := range []string{
		"gssencmode", "gssdelegation", "gsslib", "sslcompression", "requiressl",
		"load_balance_hosts", "ssl", "channel_binding",
	} {
		take(k)
	}
	minTLS, maxTLS := take("ssl_min_protocol_version"), take("ssl_max_protocol_version")
	if err := limitTLS(&c.config.Config, minTLS, maxTLS); err != nil {
		return err
	}
	c.useHostaddr(take("hostaddr"))
	if c.config.ConnectTimeout == 0 && given["connect_timeout"] == "" && os.Getenv("PGCONNECT_TIMEOUT") == "" {
		c.config.ConnectTimeout = defaultConnectTimeout
	}
	c.dial.timeout = c.config.ConnectTimeout
	c.config.DialFunc = c.dial.dial
	return nil
}

// Label is where the string came from, as given to [ParseConninfo].
func (c *Conninfo) Label() string { return c.label }

// Redacted is the connection string as it was given, without any password.
func (c *Conninfo) Redacted() string { return c.redacted }

// String is [Conninfo.Redacted].
func (c *Conninfo) String() string { return c.redacted }

// GoString keeps %#v from printing the password.
func (c *Conninfo) GoString() string { return "pgdb.Conninfo(" + strconv.Quote(c.redacted) + ")" }

// Format keeps every verb of fmt, %+v too, from printing the password.
func (c *Conninfo) Format(f fmt.State, verb rune) {
	switch {
	case verb == 'q':
		fmt.Fprintf(f, "%q", c.redacted)
	case verb == 'v' && f.Flag('#'):
		fmt.Fprint(f, c.GoString())
	default:
		fmt.Fprint(f, c.redacted)
	}
}

// LogValue is [Conninfo.Redacted] for slog.
func (c *Conninfo) LogValue() slog.Value { return slog.StringValue(c.redacted) }

// MarshalText is [Conninfo.Redacted], for JSON.
func (c *Conninfo) MarshalText() ([]byte, error) { return []byte(c.redacted), nil }

// Host is the first host: a name, an address, or the directory of a socket.
func (c *Conninfo) Host() string { return c.config.Host }

// Port is the port of the first host.
func (c *Conninfo) Port() uint16 { return c.config.Port }

// User is the role to log in as.
func (c *Conninfo) User() string { return c.config.User }

// Database is the database's name; like libpq's default, it is the user's name
// when none was given.
func (c *Conninfo) Database() string {
	if c.config.Database == "" {
		return c.config.User
	}
	return c.config.Database
}

// Addresses names every server that would be tried, in order: host:port, or the
// socket's path.
func (c *Conninfo) Addresses() []string {
	list := []string{address(c.config.Host, c.config.Port)}
	for _, f := range c.config.Fallbacks {
		if a := address(f.Host, f.Port); a != list[len(list)-1] {
			list = append(list, a)
		}
	}
	return list
}

func address(host string, port uint16) string {
	if network, path := pgconn.NetworkAddress(host, port); network == "unix" {
		return path
	}
	return net.JoinHostPort(host, strconv.Itoa(int(port)))
}

// ToolDSN is a connection string for --dbname of pg_dump and its kin, without a
// password. Use it together with [Conninfo.ToolEnv].
func (c *Conninfo) ToolDSN() string { return c.toolDSN }

// Environ is the whole connection string, with its password, as a variable for the environment of another pgcopy process. It is for nothing else.
func (c *Conninfo) Environ(variable string) string { return variable + "=" + c.text }

// ToolEnv is what to add to the environment of such a program: PGPASSWORD when
// the string held a password. What comes from .pgpass, a service file or the
// environment, libpq finds there itself.
func (c *Conninfo) ToolEnv() []string { return append([]string(nil), c.toolEnv...) }

// WithDatabase is the same server and user, another database. The password is
// looked up again: .pgpass may have another one for it.
func (c *Conninfo) WithDatabase(name string) (*Conninfo, error) {
	// Of a keyword given twice, libpq takes the last.
	return ParseConninfo(c.label, addParam(c.text, "dbname", name))
}
