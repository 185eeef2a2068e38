package pgtarget

import (
	"strings"

	"github.com/pgcopy/pgcopy/pgschema"
)

// CopyInSQL is the statement that takes what pgsource.CopyOutSQL of the same table, columns, encoding and format sends. Columns
// are named, so that the order in which the target has them does not matter; generated ones are left to the target. freeze
// is only allowed in the transaction that truncated or created the table
// (https://www.postgresql.org/docs/current/sql-copy.html, FREEZE).
func CopyInSQL(table pgschema.Name, columns []pgschema.Column, encoding, format string, freeze bool) string {
	var b strings.Builder
	b.WriteString("COPY " + table.Quoted())
	sep := " ("
	for _, c := range columns {
		if c.Generated == "" {
			b.WriteString(sep + pgschema.QuoteIdent(c.Name))
			sep = ", "
		}
	}
	if sep == ", " {
		b.WriteString(")")
	}
	b.WriteString(" FROM STDIN (FORMAT " + format)
	if freeze {
		b.WriteString(", FREEZE")
	}
	if encoding != "" {
		b.WriteString(", ENCODING " + pgschema.QuoteLiteral(encoding))
	}
	b.WriteString(")")
	return b.String()
}
