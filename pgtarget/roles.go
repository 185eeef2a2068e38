package pgtarget

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
)

// RestoreRoles runs the SQL of pg_dumpall --roles-only. Roles that the target has already keep their attributes and passwords; their
// settings and memberships are set as on the source, so running it twice changes nothing. It tells how many roles it made.
func RestoreRoles(ctx context.Context, conn *pgx.Conn, script string) (created int64, err error) {
	var refused []string
	kept := map[string]bool{} // as written in the script
	for _, stmt := range SplitStatements(withoutMeta(script)) {
		if name, ok := roleOf(stmt, "CREATE ROLE "); ok {
			exists, err := roleExists(ctx, conn, name)
			if err != nil {
				return created, err
			}
			if kept[name] = exists; exists {
				continue
			}
			created++
		} else if name, ok := roleOf(stmt, "ALTER ROLE "); ok && kept[name] && strings.HasPrefix(stmt, "ALTER ROLE "+name+" WITH ") {
			continue
		}
		if _, err := conn.PgConn().Exec(ctx, stmt).ReadAll(); err != nil {
			var pg *pgconn.PgError
			if !errors.As(err, &pg) {
				return created, err
			}
			refused = append(refused, fmt.Sprintf("%s (%s)", firstWords(stmt), pg.Message))
		}
	}
	if len(refused) == 0 {
		return created, nil
	}
	list := strings.Join(refused[:min(len(refused), 5)], "; ")
	return created, &pgdb.UserError{Msg: fmt.Sprintf("%d statements on roles were refused by the target: %s", len(refused), list),
		Hint: "connect to the target as a superuser, or with CREATEROLE and without superuser roles on the source"}
}

// withoutMeta drops psql's own commands, which newer pg_dumpall puts around its output.
func withoutMeta(script string) string {
	var b strings.Builder
	for _, line := range strings.SplitAfter(script, "\n") {
		if !strings.HasPrefix(line, `\`) {
			b.WriteString(line)
		}
	}
	return b.String()
}

// roleOf gives the role's name, as written, of a statement that begins like verb.
func roleOf(stmt, verb string) (string, bool) {
	rest, ok := strings.CutPrefix(stmt, verb)
	if !ok {
		return "", false
	}
	if !strings.HasPrefix(rest, `"`) {
		end := strings.IndexAny(rest, " ;\n")
		if end < 0 {
			end = len(rest)
		}
		return rest[:end], true
	}
	for i := 1; i < len(rest); i++ {
		if rest[i] != '"' {
			continue
		}
		if i+1 < len(rest) && rest[i+1] == '"' {
			i++
			continue
		}
		return rest[:i+1], true
	}
	return rest, true
}

func roleExists(ctx context.Context, conn *pgx.Conn, written string) (exists bool, err error) {
	name := written
	if quoted, ok := strings.CutPrefix(written, `"`); ok {
		name = strings.ReplaceAll(strings.TrimSuffix(quoted, `"`), `""`, `"`)
	}
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = $1)", name).Scan(&exists)
	return exists, err
}

// firstWords is the beginning of a statement without what may be secret: ALTER ROLE ... WITH names a password behind it.
func firstWords(stmt string) string {
	if i := strings.Index(stmt, " WITH "); i >= 0 {
		stmt = stmt[:i]
	}
	if len(stmt) > 100 {
		stmt = stmt[:100]
	}
	return strings.TrimSuffix(strings.TrimSpace(stmt), ";")
}
