package sql

import (
	"embed"
	"strings"
)

// The statements on the target (PostgreSQL).
//
//go:embed target/*.sql
var targetFiles embed.FS

// Target is the text of target/NAME.sql, comments included. It panics when there is no such file, which the tests of
// pgtarget rule out for every name it uses.
func Target(name string) string {
	b, err := targetFiles.ReadFile("target/" + name + ".sql")
	if err != nil {
		panic("sql: no statement target/" + name + ".sql")
	}
	return strings.TrimSpace(string(b))
}
