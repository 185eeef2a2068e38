package pgdb

import (
	"context"
	_ "embed"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// FirstFreeOID is the first OID that is not the same object on every server (FirstGenbkiObjectId in access/transam.h).
const FirstFreeOID = 10000

// TypeVerdict says whether values of a type may travel in binary COPY.
type TypeVerdict string

// The verdicts. TypeSafe holds when the other end has a type of the same form; TypeCaution too, as far as its author is to be trusted;
// values of a TypeNever would be refused or, worse, mean something else there.
const (
	TypeSafe    TypeVerdict = "safe"
	TypeCaution TypeVerdict = "caution"
	TypeNever   TypeVerdict = "never"
)

// TypeForm is what a type is in binary COPY. Two types of one form read each other's values: a domain has the form of its base, and every enum
// is "enum", because labels travel. That of an extension's type names the extension's version.
type TypeForm struct {
	OID     uint32
	Name    string // schema-qualified unless built in
	Form    string // "int4", "array range int4", "hstore (extension hstore 1.8)"
	Verdict TypeVerdict
	Reason  string // why not TypeSafe, as the end of a sentence: "depends on lc_monetary"
}

//go:embed type_forms.sql
var typeFormsSQL string

// TypeForms hands over the forms of types, in one round trip. An OID that is no type's is left out.
func TypeForms(ctx context.Context, conn *pgx.Conn, oids []uint32, yield func(TypeForm) error) error {
	if len(oids) == 0 {
		return nil
	}
	rows, err := conn.Query(ctx, typeFormsSQL, slices.Clone(oids))
	if err != nil {
		return fmt.Errorf("read %d types: %w", len(oids), err)
	}
	defer rows.Close()
	for rows.Next() {
		var t TypeForm
		if err := rows.Scan(&t.OID, &t.Name, &t.Form, &t.Verdict, &t.Reason); err != nil {
			return fmt.Errorf("read types: %w", err)
		}
		if err := yield(t); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read %d types: %w", len(oids), err)
	}
	return nil
}

// WhyNoBinary says why a session cannot take part in a binary COPY, "" when it can. COPY's ENCODING option does not govern binary
// values: their functions convert between client_encoding and the database's encoding, so both are to be UTF8, where nothing is
// converted and everything is checked. Servers before 10 could be built with floating-point timestamps.
func WhyNoBinary(conn *pgconn.PgConn) string {
	for _, name := range []string{"server_encoding", "client_encoding"} {
		if v := conn.ParameterStatus(name); v != "UTF8" {
			return fmt.Sprintf("%s is %s, and binary is for UTF8", name, v)
		}
	}
	if v := conn.ParameterStatus("integer_datetimes"); v != "on" {
		return "timestamps are floating-point numbers there"
	}
	return ""
}
