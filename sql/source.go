package sql

import (
	"embed"
	"strings"
)

// The statements on the source (PostgreSQL), all versions.
//
//go:embed source/*.sql
var sourceFiles embed.FS

// Source is the text of source/NAME.sql, comments included. It panics when there is no such file, which the tests of
// pgsource rule out for every name it uses.
func Source(name string) string {
	b, err := sourceFiles.ReadFile("source/" + name + ".sql")
	if err != nil {
		panic("sql: no statement source/" + name + ".sql")
	}
	return strings.TrimSpace(string(b))
}
