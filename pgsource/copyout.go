package pgsource

import (
	"strings"

	"github.com/pgcopy/pgcopy/pgschema"
)

// CopyFormat is a format of COPY.
type CopyFormat string

// The formats that pgcopy relays.
const (
	FormatText   CopyFormat = "text"
	FormatBinary CopyFormat = "binary"
)

// CopyOutSQL is the statement that sends the rows of one part of a table: COPY of the table itself when the part is the whole of
// it, COPY of a query otherwise. Rows of inheritance children and of partitions are never included. columns are those of the table,
// in order; generated ones are left out, and a table without any other sends its rows as empty lines. encoding is
// the name of the encoding the rows are sent in, "" for that of the session.
func CopyOutSQL(table pgschema.Name, columns []pgschema.Column, part pgschema.Part, encoding string, format CopyFormat) string {
	list := columnList(columns)
	var b strings.Builder
	b.WriteString("COPY ")
	switch {
	case part.Where != "":
		b.WriteString("(SELECT " + list + " FROM ONLY " + table.Quoted() + " WHERE " + part.Where + ")")
	case list == "":
		b.WriteString(table.Quoted())
	default:
		b.WriteString(table.Quoted() + " (" + list + ")")
	}
	b.WriteString(" TO STDOUT")
	writeCopyOptions(&b, encoding, format)
	return b.String()
}

// CopyConfigSQL is the statement that sends the rows of an extension's configuration table which the extension leaves to the
// user. The condition is the extension's own SQL, as pg_dump uses it.
func CopyConfigSQL(config pgschema.ExtensionConfig, columns []pgschema.Column, encoding string, format CopyFormat) string {
	var b strings.Builder
	b.WriteString("COPY (SELECT " + columnList(columns) + " FROM ONLY " + config.Name.Quoted())
	if config.Condition != "" {
		b.WriteString(" " + config.Condition)
	}
	b.WriteString(") TO STDOUT")
	writeCopyOptions(&b, encoding, format)
	return b.String()
}

func columnList(columns []pgschema.Column) string {
	names := make([]string, 0, len(columns))
	for _, c := range columns {
		if c.Generated == "" {
			names = append(names, pgschema.QuoteIdent(c.Name))
		}
	}
	return strings.Join(names, ", ")
}

func writeCopyOptions(b *strings.Builder, encoding string, format CopyFormat) {
	b.WriteString(" (FORMAT " + string(format))
	if encoding != "" {
		b.WriteString(", ENCODING " + strings.TrimSpace(pgschema.QuoteLiteral(encoding)))
	}
	b.WriteString(")")
}
