// Package sql holds every SQL statement of pgcopy, one per file: catalog/ is SQLite, source/ and target/ are PostgreSQL.
// It owns the texts and nothing else. Values travel as parameters; identifiers are put in by pgschema's quoting only.
package sql
