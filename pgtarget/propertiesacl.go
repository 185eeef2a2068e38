package pgtarget

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// setACL makes the privileges on the database those of the source. Nothing is sent when they are already.
func (s *propertySetter) setACL(ctx context.Context, database string, acl []pgschema.DatabaseProperty) error {
	owner, have, err := databaseGrants(ctx, s.conn, database)
	if err != nil {
		return fmt.Errorf("read the privileges of database %s: %w", pgschema.DisplayIdent(database), err)
	}
	grants, was := ownGrants(acl, owner)
	if was != "" && was != owner {
		s.warnings = append(s.warnings, fmt.Sprintf("database %s belongs to %s on the target and to %s on the source: the owner's privileges went to %s",
			pgschema.DisplayIdent(database), owner, was, owner))
	}
	want, err := s.grantable(ctx, grants)
	if err != nil || sameGrants(have, want) {
		return err
	}
	object := "DATABASE " + s.database
	var list []string
	for _, role := range grantees(have) {
		list = append(list, revokeAll(object, role))
	}
	list = append(list, grantStatements(object, owner, want)...)
	refused := len(s.refused)
	if err := s.try(ctx, "privileges", list...); err != nil || len(s.refused) > refused {
		return err
	}
	// GRANT by who may not grant everything does what it may and warns.
	if _, have, err = databaseGrants(ctx, s.conn, database); err == nil && !sameGrants(have, want) {
		s.refuse("privileges", "not all could be granted or revoked", nil)
	}
	return err
}

// databaseGrants are a database's owner and its privileges, the default ones spelled out.
func databaseGrants(ctx context.Context, conn *pgx.Conn, database string) (owner string, grants []pgschema.Grant, err error) {
	rows, err := conn.Query(ctx, statement(conn, "database_acl"), database)
	if err != nil {
		return "", nil, err
	}
	var g pgschema.Grant
	_, err = pgx.ForEachRow(rows, []any{&owner, &g.Privilege, &g.Grantee, &g.Grantor, &g.Grantable}, func() error {
		if g.Privilege != "" {
			grants = append(grants, g)
		}
		return nil
	})
	return owner, grants, err
}

// ownGrants are the source's privileges with the target's owner in the place of the source's, who it was as well; that is
// not known when nothing is granted.
func ownGrants(acl []pgschema.DatabaseProperty, owner string) (grants []pgschema.Grant, was string) {
	for _, p := range acl {
		if p.Name != "" {
			grants = append(grants, pgschema.Grant{Privilege: p.Name, Grantee: p.Role, Grantor: p.By, Grantable: p.Value == "grantable"})
		}
	}
	was = ownerOf(grants)
	for i := range grants {
		g := &grants[i]
		if g.Grantee == was && was != "" {
			g.Grantee = owner
		}
		if g.Grantor == was {
			g.Grantor = owner
		}
	}
	return merged(grants), was
}

// merged has one grant in the place of several that a server would store as one.
func merged(grants []pgschema.Grant) []pgschema.Grant {
	var list []pgschema.Grant
	for _, g := range grants {
		i := slices.IndexFunc(list, func(o pgschema.Grant) bool {
			return o.Privilege == g.Privilege && o.Grantee == g.Grantee && o.Grantor == g.Grantor
		})
		if i < 0 {
			list = append(list, g)
		} else if g.Grantable {
			list[i].Grantable = true
		}
	}
	return list
}

// grantable leaves out the grants to and by roles that the target does not have, and notes these roles.
func (s *propertySetter) grantable(ctx context.Context, grants []pgschema.Grant) ([]pgschema.Grant, error) {
	var roles []string
	for _, g := range grants {
		roles = append(roles, g.Grantee, g.Grantor)
	}
	slices.Sort(roles)
	roles = slices.DeleteFunc(slices.Compact(roles), func(r string) bool { return r == "" })
	rows, err := s.conn.Query(ctx, statement(s.conn, "roles_missing"), roles)
	if err != nil {
		return nil, err
	}
	missing, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for _, r := range missing {
		s.refuse("privileges of role "+pgschema.DisplayIdent(r), "the role does not exist", nil)
	}
	return slices.DeleteFunc(grants, func(g pgschema.Grant) bool {
		return slices.Contains(missing, g.Grantee) || slices.Contains(missing, g.Grantor)
	}), nil
}

// grantees are all who have been granted something, each once.
func grantees(grants []pgschema.Grant) []string {
	var list []string
	for _, g := range grants {
		if !slices.Contains(list, g.Grantee) {
			list = append(list, g.Grantee)
		}
	}
	return list
}
