package steps

import (
	"regexp"
	"slices"
	"strings"
)

const identPattern = `(?:"(?:[^"]|"")*"|[^\s",;]+)`

// policyRoles finds the roles of a CREATE POLICY as pg_dump writes it.
var policyRoles = regexp.MustCompile(`(?s)^(CREATE POLICY ` + identPattern + ` ON ` + `(?:"(?:[^"]|"")*"|[^\s";])+` + `(?: AS [A-Z]+)?(?: FOR [A-Z]+)? TO )(` +
	identPattern + `(?:, ` + identPattern + `)*)(;| USING | WITH CHECK )`)

var oneIdent = regexp.MustCompile(identPattern)

// sortedRoles writes the roles of a policy by name. pg_dump has them in the order of the server's OIDs, which a copy of the roles need not keep and
// which means nothing.
func sortedRoles(definition string) string {
	m := policyRoles.FindStringSubmatchIndex(definition)
	if m == nil {
		return definition
	}
	roles := oneIdent.FindAllString(definition[m[4]:m[5]], -1)
	slices.Sort(roles)
	return definition[:m[4]] + strings.Join(roles, ", ") + definition[m[5]:]
}
