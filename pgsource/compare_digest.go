package pgsource

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// RowDigest is what rows come to: their number, and the sums of the upper and lower halves of their md5, in decimal. Sums do not depend on
// the order of the rows, and those of the parts of a table add up to that of the table, however each side is cut.
type RowDigest struct {
	Rows      int64
	High, Low string
}

// DigestTable is what a digest is made of: the columns that both sides have, in the same order on both.
type DigestTable struct {
	Name      pgschema.Name
	Parent    bool // a partitioned table: its rows are in its partitions
	Columns   []DigestColumn
	Condition string // "WHERE ..." of an extension's configuration table, "" for all rows
}

// DigestColumn is a column and what its values are made of.
type DigestColumn struct {
	Name    string
	BaseOID uint32 // of the type below all domains
	ElemOID uint32 // of an array's elements, 0
	Domain  bool
}

// Digest reads the rows of a part of a table, where given, and says what they come to.
func Digest(ctx context.Context, conn *pgx.Conn, t DigestTable, where string, d Dialect) (r RowDigest, err error) {
	text := "SELECT count(*), " + sumOf("left(h, 16)") + ", " + sumOf("right(h, 16)") +
		// OFFSET 0 keeps the planner from pulling the subquery up, which would compute each hash twice.
		" FROM (SELECT " + d.rowHash(t.Columns) + " AS h FROM " + t.from(where) + " OFFSET 0) r"
	err = conn.QueryRow(ctx, text, pgx.QueryExecModeExec).Scan(&r.Rows, &r.High, &r.Low)
	if err != nil {
		return r, fmt.Errorf("digest %s: %w", t.Name, err)
	}
	return r, nil
}

func sumOf(half string) string {
	return "coalesce(sum(('x' || " + half + ")::pg_catalog.bit(64)::pg_catalog.int8), 0)::pg_catalog.text"
}

// from is the FROM and WHERE of a part of a table, which is called t.
func (t DigestTable) from(where string) string {
	s := "ONLY " + t.Name.Quoted() + " AS t"
	if t.Parent {
		s = t.Name.Quoted() + " AS t"
	}
	if t.Condition != "" { // an extension's own SQL, which knows of no alias
		s = "(SELECT * FROM ONLY " + t.Name.Quoted() + " " + t.Condition + ") AS t"
	}
	if where != "" {
		s += " WHERE " + where
	}
	return s
}

// rowHash is the md5 of a row's binary image. record_send() frames each value with its length and has no text format to agree on; the
// types of the values go into it by OID, so all but those that have the same one everywhere are turned into text.
func (d Dialect) rowHash(columns []DigestColumn) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = d.value(c)
	}
	return "md5(record_send(ROW(" + strings.Join(list, ", ") + ")))"
}

// OIDs of built-in types (src/include/catalog/pg_type.dat), which never change.
const (
	oidBool, oidBytea, oidChar, oidInt8, oidInt2, oidInt4, oidText, oidOID = 16, 17, 18, 20, 21, 23, 25, 26
	oidFloat4, oidFloat8, oidMoney, oidBpchar, oidVarchar                  = 700, 701, 790, 1042, 1043
	oidDate, oidTime, oidTimestamp, oidTimestamptz, oidInterval, oidTimetz = 1082, 1083, 1114, 1184, 1186, 1266
	oidNumeric, oidUUID, oidXML                                            = 1700, 2950, 142
)

// sameEverywhere: types whose binary form is that of the value alone, in every version. The value is the name to cast a domain to.
var sameEverywhere = map[uint32]string{
	oidBool: "bool", oidChar: `"char"`, oidInt8: "int8", oidInt2: "int2", oidInt4: "int4", oidOID: "oid",
	oidMoney: "money", oidDate: "date", oidTime: "time", oidTimestamp: "timestamp", oidTimestamptz: "timestamptz", oidInterval: "interval",
	oidTimetz: "timetz", oidNumeric: "numeric", oidUUID: "uuid", oidBpchar: "bpchar",
}

var timeTypes = map[uint32]bool{oidTime: true, oidTimestamp: true, oidTimestamptz: true, oidInterval: true, oidTimetz: true}

// floatSends are the binary output functions of the types that are made of floats, whose text is not exact before 12.
var floatSends = map[uint32]string{600: "point_send", 601: "lseg_send", 602: "path_send", 603: "box_send", 604: "poly_send", 628: "line_send", 718: "circle_send"}

// longValue is from how many bytes a value is hashed by itself: the image of a row must stay below 1 GB.
const longValue = 100_000

// value is the SQL expression for what is hashed of a column.
func (d Dialect) value(c DigestColumn) string {
	v := "t." + pgschema.QuoteIdent(c.Name)
	switch base := c.BaseOID; {
	case base == oidFloat4 || base == oidFloat8: // NaN has many images in binary and one meaning
		name := map[uint32]string{oidFloat4: "float4", oidFloat8: "float8"}[base]
		return fmt.Sprintf("CASE WHEN %s = 'NaN'::pg_catalog.%s THEN 'NaN'::pg_catalog.%[2]s ELSE %[1]s::pg_catalog.%[2]s END", v, name)
	case base == oidText || base == oidVarchar:
		return d.text(v)
	case base == oidBytea:
		return fmt.Sprintf("CASE WHEN octet_length(%s) > %d THEN decode(md5(%[1]s), 'hex') ELSE %[1]s END", v, longValue)
	case d.OldTimes && timeTypes[base]:
		return v + "::pg_catalog.text"
	case base == oidXML: // its cast keeps a declaration that its output, and so every copy, leaves out
		return "pg_catalog.textin(pg_catalog.xml_out(" + v + "))"
	case sameEverywhere[base] != "" && c.Domain:
		return v + "::pg_catalog." + sameEverywhere[base]
	case sameEverywhere[base] != "":
		return v
	case d.OldFloats && floatSends[base] != "":
		return "pg_catalog." + floatSends[base] + "(" + v + ")"
	// The text of "char" beyond ASCII changed with 16, that of floats with 12.
	case c.ElemOID == oidChar, d.OldFloats && (c.ElemOID == oidFloat4 || c.ElemOID == oidFloat8 || floatSends[c.ElemOID] != ""):
		return "pg_catalog.array_send(" + v + ")"
	}
	return v + "::pg_catalog.text"
}

// text is hashed by the characters it stands for: record_send() converts it to the client's encoding, the dialect's.
func (d Dialect) text(v string) string {
	if d.SameBytes {
		return fmt.Sprintf("CASE WHEN octet_length(%s) > %d THEN md5(%[1]s) ELSE %[1]s::pg_catalog.text END", v, longValue)
	}
	// The number of bytes differs between encodings, that of characters does not.
	return fmt.Sprintf("CASE WHEN length(%s) > %d THEN md5(convert_to(%[1]s, %[3]s)) ELSE %[1]s::pg_catalog.text END", v, longValue, pgschema.QuoteLiteral(d.Encoding))
}
