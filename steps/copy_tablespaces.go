package steps

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
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// copyTablespaces makes the source's tablespaces on the target, under the names and in the directories of the map. CREATE TABLESPACE
// cannot be part of a transaction, so this looks for what is there first: a tablespace that is stays as it is, but for a comment or privileges
// where it has none yet, which an interrupted run may owe it. It may be done twice.
type copyTablespaces struct{ base }

func newCopyTablespaces(e *Env) *copyTablespaces {
	return &copyTablespaces{base{env: e, name: "copy-tablespaces", kind: "tablespaces", pool: "control",
		tasks: []planning{planned(sql.CatalogPlanOne, "copy-tablespaces", "tablespaces of the source", "control")}}}
}

func (s *copyTablespaces) Run(ctx context.Context, t workflow.Task) (res workflow.Result, err error) {
	source, err := s.env.sourceTablespaces(ctx)
	if err != nil {
		return res, err
	}
	if err := s.env.checkMap(source); err != nil {
		return res, err
	}
	return res, s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		have, err := pgtarget.Tablespaces(ctx, conn)
		if err != nil {
			return err
		}
		there := map[string]pgtarget.TablespaceState{}
		for _, t := range have {
			there[t.Name] = t
		}
		for _, t := range s.wanted(source) {
			was, exists := there[t.Name]
			made, err := s.copy(ctx, conn, t, exists, was)
			if err != nil {
				return err
			}
			there[t.Name] = pgtarget.TablespaceState{Name: t.Name, Commented: true, Granted: true}
			if made {
				res.Rows++
			}
		}
		return nil
	})
}

// wanted are the source's tablespaces that people have made, as they are to be on the target.
func (s *copyTablespaces) wanted(source []pgschema.Tablespace) (all []pgschema.Tablespace) {
	mapped := s.env.Opts.mappedTablespaces()
	place := map[string]string{} // directory by name on the target: one of two lines may say it for both
	for _, m := range s.env.Opts.Tablespaces {
		if m.Location != "" {
			place[m.Target] = m.Location
		}
	}
	for _, t := range source {
		m, ok := mapped[t.Name]
		if t.BuiltIn() && !ok {
			continue
		}
		if ok {
			t.Name = m.Target
		}
		if t.BuiltIn() { // the target's own pg_default
			continue
		}
		if at := place[t.Name]; at != "" {
			t.Location = at
		}
		all = append(all, t)
	}
	return all
}

func (s *copyTablespaces) copy(ctx context.Context, conn *pgx.Conn, t pgschema.Tablespace, exists bool, was pgtarget.TablespaceState) (made bool, err error) {
	o := s.env.Opts
	roles := []string{t.Owner}
	for _, g := range t.Grants {
		if g.Role != "" {
			roles = append(roles, g.Role)
		}
	}
	missing, err := pgtarget.MissingRoles(ctx, conn, roles)
	if err != nil {
		return false, err
	}
	shown := pgschema.DisplayIdent(t.Name)
	if !exists {
		switch {
		case o.NoOwner:
			t.Owner = ""
		case slices.Contains(missing, t.Owner):
			s.env.Log.Warn(fmt.Sprintf("tablespace %s belongs to %s: the target has no role %s", shown, s.env.TargetInfo.Role, pgschema.DisplayIdent(t.Owner)))
			t.Owner = ""
		}
		if err := s.make(ctx, conn, t); err != nil {
			return false, err
		}
	}
	var grants []pgschema.TablespaceGrant
	if !o.NoACL && !was.Granted {
		for _, g := range t.Grants {
			if slices.Contains(missing, g.Role) {
				s.env.Log.Warn(fmt.Sprintf("tablespace %s is without privileges for %s: the target has no such role", shown, pgschema.DisplayIdent(g.Role)))
				continue
			}
			grants = append(grants, g)
		}
	}
	if o.NoComments || was.Commented {
		t.Comment = ""
	}
	if err := pgtarget.AdornTablespace(ctx, conn, t.Name, t.Comment, grants); err != nil {
		return !exists, fmt.Errorf("comment and privileges of tablespace %s: %w", shown, err)
	}
	return !exists, nil
}

func (s *copyTablespaces) make(ctx context.Context, conn *pgx.Conn, t pgschema.Tablespace) error {
	shown := pgschema.DisplayIdent(t.Name)
	line := fmt.Sprintf("SOURCE = %s : /directory/on/the/target", shown)
	if !strings.HasPrefix(t.Location, "/") && (len(t.Location) < 2 || t.Location[1] != ':') {
		return &pgdb.UserError{Msg: fmt.Sprintf("create tablespace %s: the source has it within its own data directory", shown),
			Hint: "say where the target is to have it, in the file of --tablespaces: " + line}
	}
	err := pgtarget.CreateTablespace(ctx, conn, t)
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	hint := ""
	switch pg.Code {
	case "42501": // insufficient_privilege: of the role, or of the server's user on the directory
		hint = "connect to the target as a superuser; or map the tablespace to one that is there (--tablespaces FILE), or copy with --no-tablespaces"
		if strings.Contains(pg.Message, t.Location) {
			hint = "give the directory to the user that the target's server runs as"
		}
	case "42710": // somebody else was faster, or a role may not see what is there
		return nil
	case "58P01", "55006", "42P17", "42809", "55000", "22023": // no such directory, one in use, no directory, one that is not empty, a name that is not allowed
		hint = "make an empty directory of that name on the target's server that its user owns, or name another in the file of --tablespaces: " + line
	}
	told := &pgdb.UserError{Msg: fmt.Sprintf("create tablespace %s at %s: %s", shown, t.Location, reason(err)), Hint: hint}
	if hint == "" { // a directory in use is nothing that passes, whatever the class of the server's error: then it is not told
		told.Err = err
	}
	return told
}
