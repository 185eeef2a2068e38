package sql

import _ "embed"

// SpoolSchema is what a file of the change spool is made of (SQLite).
//
//go:embed spool/schema.sql
var SpoolSchema string
