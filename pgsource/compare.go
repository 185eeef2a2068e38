package pgsource

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/sql"
)

// ComparableColumn is a column as a comparison sees it.
type ComparableColumn struct {
	TableOID uint32
	Num      int16
	Name     string
	Type     string // format_type()
	BaseOID  uint32 // of the type below all domains
	ElemOID  uint32 // of an array's elements, 0 for other types
	Domain   bool
}

// ComparableColumns hands over the columns of all tables and materialized views, those of extensions too, a table at a time. Until the end of
// the transaction, names are quoted where they need it only.
func ComparableColumns(ctx context.Context, conn *pgx.Conn, yield func(ComparableColumn) error) error {
	if _, err := conn.Exec(ctx, sql.Source("compare_plain_names")); err != nil {
		return fmt.Errorf("read columns: %w", err)
	}
	return query(ctx, conn, "columns", "compare_columns", nil, func(c *ComparableColumn) []any {
		return []any{&c.TableOID, &c.Num, &c.Name, &c.Type, &c.BaseOID, &c.ElemOID, &c.Domain}
	}, yield)
}

// TableKey is by which columns the rows of a table are told apart.
type TableKey struct {
	TableOID uint32
	Columns  []string
}

// Keys hands over the primary key of each table, or else a unique constraint that does as well.
func Keys(ctx context.Context, conn *pgx.Conn, yield func(TableKey) error) error {
	return query(ctx, conn, "keys", "compare_keys", nil, func(k *TableKey) []any { return []any{&k.TableOID, &k.Columns} }, yield)
}

// Dialect is how the two servers of a comparison are made to say the same of the same value.
type Dialect struct {
	OldFloats bool   // one is older than 12: floats as text are not exact there
	OldTimes  bool   // one is older than 10, which may keep times as floats
	Encoding  string // what text is converted to before it is hashed; SQL_ASCII for the bytes as the databases have them
	SameBytes bool   // both databases keep the same text as the same bytes
}

// CommonDialect is the dialect of two servers. Where one database does not know its own encoding (SQL_ASCII), bytes are compared as they are.
func CommonDialect(a, b *pgdb.ServerInfo) Dialect {
	d := Dialect{OldFloats: min(a.Major(), b.Major()) < 12, OldTimes: min(a.Major(), b.Major()) < 10, Encoding: "UTF8",
		SameBytes: a.Encoding == b.Encoding}
	if a.Encoding == "SQL_ASCII" || b.Encoding == "SQL_ASCII" {
		d.Encoding, d.SameBytes = "SQL_ASCII", true
	}
	return d
}

// Session is a session whose answers can be held against those of the other side. Beside what every session of pgcopy sets, it pins
// what the text of values depends on: money's format, the quoting of names whose keywords differ between versions, and,
// with a server older than 12, the 15 digits that all versions print alike for floats within other values.
func (d Dialect) Session() pgdb.Session {
	s := pgdb.SourceSession().As("compare").Encoded(d.Encoding).With("lc_monetary", "C").With("quote_all_identifiers", "on").With("jit", "off")
	if d.OldFloats {
		s = s.With("extra_float_digits", "0")
	}
	return s
}

// ViewDefinition is the query of a view as the server words it. ok is false when there is no such view.
func ViewDefinition(ctx context.Context, conn *pgx.Conn, name pgschema.Name) (text string, ok bool, err error) {
	err = conn.QueryRow(ctx, sql.Source("compare_view"), name.Schema, name.Rel).Scan(&text)
	if err == pgx.ErrNoRows {
		return "", false, nil
	}
	return text, err == nil, err
}

// RelationGrants says who may do what with a relation, in words that are the same on every server; MAINTAIN, which is new in 17, is left out.
func RelationGrants(ctx context.Context, conn *pgx.Conn, name pgschema.Name) (text string, err error) {
	err = conn.QueryRow(ctx, sql.Source("compare_acl"), name.Schema, name.Rel).Scan(&text)
	return text, err
}

// NotNullColumns names the columns of a relation that take no NULL, one a line.
func NotNullColumns(ctx context.Context, conn *pgx.Conn, name pgschema.Name) (text string, err error) {
	err = conn.QueryRow(ctx, sql.Source("compare_not_null"), name.Schema, name.Rel).Scan(&text)
	return text, err
}

// Reword has a server word a view's query in its own way: versions print the same query differently. It makes a temporary view of it in
// a transaction that is rolled back, so conn must be outside one and may write; nothing stays.
func Reword(ctx context.Context, conn *pgx.Conn, query string) (text string, err error) {
	if _, err := conn.Exec(ctx, "BEGIN READ WRITE"); err != nil {
		return "", err
	}
	defer rollback(ctx, conn)
	if _, err = conn.Exec(ctx, "CREATE TEMPORARY VIEW pgcopy_compare AS "+query, pgx.QueryExecModeSimpleProtocol); err != nil {
		return "", fmt.Errorf("reword a view: %w", err)
	}
	err = conn.QueryRow(ctx, sql.Source("compare_reworded")).Scan(&text)
	return text, err
}
