package cli

import (
	"strings"
	"testing"
)

func TestDidYouMean(t *testing.T) {
	for args, want := range map[string]string{
		"clon":                    `unexpected argument clon, did you mean "clone"?`,
		"lst tables":              `unexpected argument lst, did you mean "list"?`,
		"list tabels":             `unexpected argument tabels, did you mean "tables"?`,
		"list progres":            `unexpected argument progres, did you mean "progress"?`,
		"copy rols":               `unexpected argument rols, did you mean "roles"?`,
		"restore parse-lst":       `unexpected argument parse-lst, did you mean "parse-list"?`,
		"stream sentinel gte":     `unexpected argument gte, did you mean "get"?`,
		"stream sentinel set end": `unexpected argument end, did you mean "endpos"?`,
		"compare dta":             `unexpected argument dta, did you mean "data"?`,
		"clone --soruce x":        `unknown flag --soruce, did you mean "--source"?`,
		"clone --table-job 4":     `unknown flag --table-job, did you mean "--table-jobs"?`,
		"clone --no-acls":         `unknown flag --no-acls, did you mean "--no-acl"?`,
		"list tables --jsn":       `unknown flag --jsn, did you mean "--json"?`,
		"list progress --wach":    `unknown flag --wach, did you mean "--watch"?`,
		"clone -Z":                `unknown flag -Z`,
		"progress":                `unexpected argument progress, did you mean "list progress"?`,
		"parse-list":              `unexpected argument parse-list, did you mean "restore parse-list"?`,
		"dump receive":            `unexpected argument receive, did you mean "stream receive"?`,
		"sequences":               `unexpected argument sequences, did you mean one of "copy sequences", "list sequences"?`,
		"dump frobnicate":         `unexpected argument frobnicate: there are roles, schema`,
	} {
		status, stdout, stderr := pgcopy(t, strings.Fields(args)...)
		said, _, _ := strings.Cut(stderr, "\n")
		if status != ExitUsage || stdout != "" || said != "pgcopy: "+want {
			t.Errorf("%s: status %d, %s", args, status, stderr)
		}
	}
}
