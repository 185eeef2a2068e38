package pgtarget

import (
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func TestGrantStatements(t *testing.T) {
	grants := []pgschema.Grant{
		{Privilege: "SELECT", Grantee: "third", Grantor: "a b"}, // before the option it rests on
		{Privilege: "SELECT", Grantee: "", Grantor: "own"},
		{Privilege: "SELECT", Grantee: "a b", Grantor: "own", Grantable: true},
		{Privilege: "UPDATE", Grantee: "a b", Grantor: "own", Grantable: true},
		{Privilege: "UPDATE", Grantee: "third", Grantor: "a b", Grantable: true},
		{Privilege: "UPDATE", Grantee: "", Grantor: "third"},
	}
	want := `GRANT SELECT ON X TO PUBLIC
GRANT SELECT, UPDATE ON X TO "a b" WITH GRANT OPTION
SET ROLE "a b"
GRANT UPDATE ON X TO "third" WITH GRANT OPTION
RESET ROLE
SET ROLE "third"
GRANT UPDATE ON X TO PUBLIC
RESET ROLE
SET ROLE "a b"
GRANT SELECT ON X TO "third"
RESET ROLE`
	if got := strings.Join(grantStatements("X", "own", grants), "\n"); got != want {
		t.Errorf("got\n%s", got)
	}
	if got := ownerOf(grants); got != "own" {
		t.Errorf("the owner is %q", got)
	}
	broken := []pgschema.Grant{{Privilege: "SELECT", Grantee: "x", Grantor: "stranger"}}
	if got := orderGrants("own", broken); len(got) != 1 {
		t.Error(got)
	}
	if got := ownerOf(nil); got != "" {
		t.Error(got)
	}
}

func TestSameGrants(t *testing.T) {
	a, b := pgschema.Grant{Privilege: "A"}, pgschema.Grant{Privilege: "B"}
	if !sameGrants([]pgschema.Grant{a, b}, []pgschema.Grant{b, a}) || sameGrants([]pgschema.Grant{a}, []pgschema.Grant{a, b}) || !sameGrants(nil, nil) {
		t.Error("wrong")
	}
	if got := merged([]pgschema.Grant{a, b, {Privilege: "A", Grantable: true}}); len(got) != 2 || !got[0].Grantable {
		t.Error(got)
	}
}
