package pgtarget

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// PropertyOptions say which properties of a database are left as they are on the target.
type PropertyOptions struct {
	NoACL      bool
	NoComments bool
}

// SetDatabaseProperties gives a database the settings, the role settings, the comment and the privileges in props. Settings
// that the target has besides are kept. The privileges become exactly those in props, except that there the database's
// owner is that of the target; no acl among props leaves them alone. Twice is the same as once.
//
// A property that the target refuses (a role that is missing, a parameter that it does not know) does not keep the others from being
// set, inside a transaction too; the error, a *pgdb.UserError, names all that were refused. A warning is what was done but
// is not as on the source.
func SetDatabaseProperties(ctx context.Context, conn *pgx.Conn, database string, props []pgschema.DatabaseProperty, o PropertyOptions) (warnings []string, err error) {
	s := propertySetter{conn: conn, database: pgschema.QuoteIdent(database)}
	var acl []pgschema.DatabaseProperty
	for _, p := range props {
		var err error
		switch {
		case p.Kind == "setting" || p.Kind == "role-setting":
			err = s.try(ctx, settingName(p), append(loadStatements(p), s.setting(p))...)
		case p.Kind == "comment" && !o.NoComments:
			err = s.try(ctx, "comment", "COMMENT ON DATABASE "+s.database+" IS "+pgschema.QuoteLiteral(p.Value))
		case p.Kind == "acl":
			acl = append(acl, p)
		}
		if err != nil {
			return nil, err
		}
	}
	if len(acl) > 0 && !o.NoACL {
		if err := s.setACL(ctx, database, acl); err != nil {
			return s.warnings, err
		}
	}
	return s.warnings, s.verdict(database)
}

type propertySetter struct {
	conn     *pgx.Conn
	database string // quoted
	warnings []string
	refused  []string
	cause    error // of the first refusal
}

func settingName(p pgschema.DatabaseProperty) string {
	if p.Kind == "role-setting" {
		return p.Name + " of role " + pgschema.DisplayIdent(p.Role)
	}
	return p.Name
}

// setting is the statement for one setting. The parameter's name is quoted, dots and all: a name from an extension
// ("auto_explain.log_min_duration") is looked up as one string.
func (s *propertySetter) setting(p pgschema.DatabaseProperty) string {
	who := "ALTER DATABASE " + s.database
	if p.Kind == "role-setting" {
		who = "ALTER ROLE " + pgschema.QuoteIdent(p.Role) + " IN DATABASE " + s.database
	}
	return who + " SET " + pgschema.QuoteIdent(p.Name) + " TO " + settingValue(p.Name, p.Value)
}

// settingValue is the stored text of a parameter as SET wants it. A list of names is stored with each name quoted where it has
// to be; given back as one string it would be taken for one name.
func settingValue(name, value string) string {
	if !slices.Contains(listParameters, strings.ToLower(name)) {
		return pgschema.QuoteLiteral(value)
	}
	names, ok := splitNames(value)
	if !ok || len(names) == 0 {
		return pgschema.QuoteLiteral(value)
	}
	for i, n := range names {
		names[i] = pgschema.QuoteLiteral(n)
	}
	return strings.Join(names, ", ")
}

// loadStatements try the libraries that every session would begin with. SET does not look for them, and one that the target
// lacks would keep everybody from connecting to the database. Who may not load one by hand, as on managed services, sets it
// untried.
func loadStatements(p pgschema.DatabaseProperty) (list []string) {
	try := func(library string) {
		block := "BEGIN LOAD " + pgschema.QuoteLiteral(library) + "; EXCEPTION WHEN insufficient_privilege THEN NULL; END"
		list = append(list, "DO "+pgschema.QuoteLiteral(block))
	}
	names, _ := splitNames(p.Value)
	for _, n := range names {
		switch strings.ToLower(p.Name) {
		case "local_preload_libraries":
			if !strings.Contains(n, "/") {
				n = "$libdir/plugins/" + n
			}
			try(n)
		case "session_preload_libraries":
			try(n)
		}
	}
	return list
}

// listParameters are those with GUC_LIST_QUOTE: variable_is_guc_list_quote() in src/bin/pg_dump/dumputils.c. An extension
// may not have one.
var listParameters = []string{
	"local_preload_libraries", "search_path", "session_preload_libraries", "shared_preload_libraries", "temp_tablespaces",
	"unix_socket_directories",
}

// splitNames takes a list of names apart, quoted or not, as SplitGUCList() of pg_dump does: it neither folds nor shortens them.
func splitNames(list string) (names []string, ok bool) {
	rest := strings.TrimSpace(list)
	for rest != "" {
		var name string
		if rest[0] == '"' {
			if name, rest, ok = cutQuoted(rest); !ok {
				return nil, false
			}
			rest = strings.TrimSpace(rest)
			if rest != "" && rest[0] != ',' {
				return nil, false
			}
		} else {
			end := strings.IndexByte(rest, ',')
			if end < 0 {
				end = len(rest)
			}
			if name = strings.TrimSpace(rest[:end]); name == "" {
				return nil, false
			}
			rest = rest[end:]
		}
		names = append(names, name)
		if rest != "" {
			if rest = strings.TrimSpace(rest[1:]); rest == "" {
				return nil, false // ends with a comma
			}
		}
	}
	return names, true
}

// cutQuoted takes a quoted name off the front of a text. A doubled quote inside stands for one.
func cutQuoted(s string) (name, rest string, ok bool) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		if s[i] != '"' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 == len(s) || s[i+1] != '"' {
			return b.String(), s[i+1:], true
		}
		b.WriteByte('"')
		i++
	}
	return "", "", false
}

// try runs statements as a whole or not at all. A refusal of the server is noted under the name; any other error is returned.
func (s *propertySetter) try(ctx context.Context, name string, statements ...string) error {
	text := strings.Join(statements, ";\n") // one message outside a transaction is a transaction of its own
	inside := s.conn.PgConn().TxStatus() != 'I'
	if inside {
		text = "SAVEPOINT pgcopy_property;\n" + text + ";\nRELEASE SAVEPOINT pgcopy_property"
	}
	_, err := s.conn.Exec(ctx, text)
	if err == nil {
		return nil
	}
	if pgdb.ClassOf(err) != pgdb.Permanent || s.conn.IsClosed() {
		return fmt.Errorf("set database property %s: %w", name, err)
	}
	if inside {
		if _, e := s.conn.Exec(ctx, "ROLLBACK TO SAVEPOINT pgcopy_property; RELEASE SAVEPOINT pgcopy_property"); e != nil {
			return fmt.Errorf("set database property %s: %w", name, errors.Join(err, e))
		}
	}
	why := err.Error()
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		why = pg.Message
	}
	s.refuse(name, why, err)
	return nil
}

func (s *propertySetter) refuse(name, why string, cause error) {
	s.refused = append(s.refused, name+" ("+why+")")
	if s.cause == nil {
		s.cause = cause
	}
}

func (s *propertySetter) verdict(database string) error {
	if len(s.refused) == 0 {
		return nil
	}
	return &pgdb.UserError{
		Msg: fmt.Sprintf("database %s on the target does not take %s", pgschema.DisplayIdent(database), strings.Join(s.refused, ", ")),
		Hint: "create missing roles and install missing extensions on the target, connect as the database's owner or a superuser, and resume;" +
			" or leave these out with --skip-db-properties",
		Err: s.cause,
	}
}
