package pgdb

import (
	"context"
	_ "embed"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Session says how a session is to behave whatever the server, the database or
// the role has as defaults. The zero value changes nothing but the client
// encoding. A Session is a value: its methods return changed copies.
type Session struct {
	// Role is shown in pg_stat_activity as "pgcopy <role>", unless the user's
	// connection string names an application.
	Role string

	// ClientEncoding is UTF8 when empty, and SQL_ASCII where the database is
	// SQL_ASCII: such a database checks what it receives against the client's
	// encoding, and its bytes need not be UTF-8. COPY sessions name the source
	// database's encoding here, so that nothing is converted on the way out.
	ClientEncoding string

	// Settings are configuration parameters for the whole session. One that the
	// server's version does not know is left out.
	Settings map[string]string

	// Wishes are settings like those, by names in any case, and what the server refuses is left out: each is asked for by itself. What is in
	// Settings stays.
	Wishes map[string]string

	// Params are sent in the startup packet, before any statement; a parameter
	// that the server does not know ends the connection. It is the place for
	// "replication", and the only one for settings of a replication session.
	Params map[string]string

	target bool // see OwnTargetBackends
}

// With is the session with one more setting.
func (s Session) With(name, value string) Session {
	s.Settings = maps.Clone(s.Settings)
	if s.Settings == nil {
		s.Settings = map[string]string{}
	}
	s.Settings[name] = value
	return s
}

// WithParam is the session with one more startup parameter.
func (s Session) WithParam(name, value string) Session {
	s.Params = maps.Clone(s.Params)
	if s.Params == nil {
		s.Params = map[string]string{}
	}
	s.Params[name] = value
	return s
}

// Without is the session without some of its settings: the server's, database's and role's hold for it.
func (s Session) Without(names ...string) Session {
	s.Settings = maps.Clone(s.Settings)
	for _, n := range names {
		delete(s.Settings, n)
	}
	return s
}

// Wishing is the session with settings that it may be refused.
func (s Session) Wishing(settings map[string]string) Session {
	s.Wishes = settings
	return s
}

// As is the session under another role name.
func (s Session) As(role string) Session {
	s.Role = role
	return s
}

// Encoded is the session with another client encoding.
func (s Session) Encoded(name string) Session {
	s.ClientEncoding = name
	return s
}

// commonSettings make a value print and parse the same way on both ends, keep
// the server from ending a session that works or waits, and leave no name to be
// found through a search path. pg_dump sets up its session alike
// (setup_connection in src/bin/pg_dump/pg_dump.c).
var commonSettings = map[string]string{
	"statement_timeout":                   "0",
	"lock_timeout":                        "0",
	"idle_in_transaction_session_timeout": "0",
	"idle_session_timeout":                "0", // 14
	"transaction_timeout":                 "0", // 17
	"extra_float_digits":                  "3",
	"datestyle":                           "ISO",
	"intervalstyle":                       "postgres",
	"timezone":                            "UTC",
	"bytea_output":                        "hex",
	"array_nulls":                         "on",
	"search_path":                         "",
	"default_transaction_read_only":       "off",
	"client_min_messages":                 "warning",
	"xmloption":                           "content",
	"standard_conforming_strings":         "on",
	"quote_all_identifiers":               "off",
	// Questions to the catalogs are guessed to be thousands of times what they are, and
	// compiled for seconds to run for a millisecond. 11
	"jit": "off",
	// A policy that would hide rows, or refuse some, is an error.
	"row_security": "off",
}

// SourceSession is for reading the source.
func SourceSession() Session {
	return Session{Role: "source", Settings: maps.Clone(commonSettings)}.
		// Rows in the order of the heap: the copy keeps the correlation, and two
		// parts of a table never start in the middle of each other's ranges.
		With("synchronize_seqscans", "off")
}

// TargetSession is for writing to the target. session_replication_role is not
// set: who applies changes adds it, and needs the privilege for it.
func TargetSession() Session {
	return Session{Role: "target", Settings: maps.Clone(commonSettings), target: true}.
		With("check_function_bodies", "off").
		// What the catalog calls done must survive an immediate restart of the target.
		With("synchronous_commit", "on")
}

// ownValues are settings on which depends what functions and casts make of values, which are not all as immutable as indexes take them to be.
var ownValues = []string{"timezone", "datestyle", "intervalstyle", "bytea_output", "extra_float_digits"}

// RestoreSession is for what makes the target's database: its schema, rows, indexes, views. Rows that the target computes (generated columns, expressions of
// indexes, materialized views) are as its own sessions would compute them, as with pg_restore: nothing is set that values depend on. What the source
// sends can be read under any such setting: its dates are ISO, with offsets, and the fields of its intervals have signs.
func RestoreSession() Session { return TargetSession().Without(ownValues...) }

// ApplySession is for changes that are followed. Columns of types without an equality are held against the source's text, so the forms of values are
// set; generated columns are computed in the target's time zone.
func ApplySession() Session { return TargetSession().Without("timezone") }

//go:embed set_session.sql
var setSessionSQL string

// configure makes the session ready; it is run by every connect.
func (s Session) configure(ctx context.Context, conn *pgconn.PgConn) error {
	settings := maps.Clone(s.Settings)
	if s.ClientEncoding == "" && conn.ParameterStatus("server_encoding") == "SQL_ASCII" {
		if settings == nil {
			settings = map[string]string{}
		}
		settings["client_encoding"] = "SQL_ASCII"
	}
	if len(settings) == 0 {
		return nil
	}
	names := slices.Sorted(maps.Keys(settings))
	values := make([]string, len(names))
	for i, n := range names {
		values[i] = settings[n]
	}
	result := conn.ExecParams(ctx, setSessionSQL,
		[][]byte{textArray(names), textArray(values)}, nil, nil, nil).Read()
	if s.target && result.Err == nil && len(result.Rows) > 0 {
		ownTarget.add(string(result.Rows[0][1]))
	}
	if result.Err != nil {
		return result.Err
	}
	for _, n := range slices.Sorted(maps.Keys(s.Wishes)) {
		if _, ok := settings[strings.ToLower(n)]; ok {
			continue
		}
		wish := conn.ExecParams(ctx, "SELECT pg_catalog.set_config($1, $2, false)", [][]byte{[]byte(n), []byte(s.Wishes[n])}, nil, nil, nil).Read()
		if wish.Err != nil && conn.IsClosed() {
			return wish.Err
		}
	}
	return nil
}

// textArray is the text form of a text[].
func textArray(list []string) []byte {
	var b strings.Builder
	b.WriteByte('{')
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	for i, v := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(`"` + escape.Replace(v) + `"`)
	}
	b.WriteByte('}')
	return []byte(b.String())
}
