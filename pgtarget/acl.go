package pgtarget

import (
	"slices"
	"strings"

	"github.com/pgcopy/pgcopy/pgschema"
)

// grantStatements are the GRANTs that make grants on an object, in an order in which each grantor has what it grants.
// object is the object as GRANT names it, "LARGE OBJECT 16385". What the owner granted is granted without a word on who
// does it: a superuser or member of the owner's role who grants does so as the owner (select_best_grantor() in
// src/backend/utils/adt/acl.c). Another grantor's part is done as that role. pg_dump changes the session's user for that,
// which only a superuser may; SET ROLE gives the same grantor and is open to the role's members as well.
func grantStatements(object, owner string, grants []pgschema.Grant) []string {
	var list []string
	grants = orderGrants(owner, grants)
	for len(grants) > 0 {
		n := 1
		for n < len(grants) && sameBut(grants[0], grants[n]) {
			n++
		}
		grant := grantStatement(object, grants[:n])
		if by := grants[0].Grantor; by == owner {
			list = append(list, grant)
		} else {
			list = append(list, "SET ROLE "+pgschema.QuoteIdent(by), grant, "RESET ROLE")
		}
		grants = grants[n:]
	}
	return list
}

// sameBut: two grants that one statement can make.
func sameBut(a, b pgschema.Grant) bool {
	return a.Grantee == b.Grantee && a.Grantor == b.Grantor && a.Grantable == b.Grantable
}

func grantStatement(object string, grants []pgschema.Grant) string {
	var privileges []string
	for _, g := range grants {
		privileges = append(privileges, g.Privilege)
	}
	text := "GRANT " + strings.Join(privileges, ", ") + " ON " + object + " TO " + grantee(grants[0].Grantee)
	if grants[0].Grantable {
		text += " WITH GRANT OPTION"
	}
	return text
}

func revokeAll(object, from string) string {
	return "REVOKE ALL ON " + object + " FROM " + grantee(from) + " CASCADE"
}

// grantee is a role as GRANT wants it; "" is everybody.
func grantee(role string) string {
	if role == "" {
		return "PUBLIC"
	}
	return pgschema.QuoteIdent(role)
}

// orderGrants puts each grant after the one that its grantor's grant option comes from. Stored lists are nearly always in that
// order already, but one is not where a grant option was given a second time and the first one revoked.
func orderGrants(owner string, grants []pgschema.Grant) []pgschema.Grant {
	type option struct{ role, privilege string }
	holds := map[option]bool{}
	ordered := make([]pgschema.Grant, 0, len(grants))
	rest := slices.Clone(grants)
	for len(rest) > 0 {
		var later []pgschema.Grant
		for _, g := range rest {
			if g.Grantor != owner && !holds[option{g.Grantor, g.Privilege}] {
				later = append(later, g)
				continue
			}
			ordered = append(ordered, g)
			if g.Grantable {
				holds[option{g.Grantee, g.Privilege}] = true
			}
		}
		if len(later) == len(rest) { // cannot be; the server will say what is wrong with it
			return append(ordered, later...)
		}
		rest = later
	}
	return ordered
}

// ownerOf is the role at the root of a list of grants: the one that granted what nobody had given it to grant. "" when the
// list does not tell, because it is empty.
func ownerOf(grants []pgschema.Grant) string {
	for _, g := range grants {
		given := slices.ContainsFunc(grants, func(o pgschema.Grant) bool {
			return o.Grantee == g.Grantor && o.Grantor != g.Grantor && o.Privilege == g.Privilege && o.Grantable
		})
		if !given {
			return g.Grantor
		}
	}
	return ""
}

// sameGrants compares two lists, whatever their order.
func sameGrants(a, b []pgschema.Grant) bool {
	count := map[pgschema.Grant]int{}
	for _, g := range a {
		count[g]++
	}
	for _, g := range b {
		count[g]--
	}
	for _, n := range count {
		if n != 0 {
			return false
		}
	}
	return true
}
