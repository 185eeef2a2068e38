package steps

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/workflow"
)

// The formats of COPY, as Options and the catalog name them. Binary spares both servers the printing and parsing of numbers and times, and it
// must never change a value, so it is chosen in three steps:
//
//  1. load-source looks at every column's type, and at what is the same for all tables (formats),
//  2. when the table is copied, its columns on the target must be of the same forms (checkFormats): a bigint read as double precision
//     is a number too, and a wrong one,
//  3. when a server refuses binary all the same, the transaction is rolled back and done again with text (textInstead).
const (
	formatBinary = "binary"
	formatText   = "text"
)

// formats chooses the format of each table's COPY.
func (s *loadSource) formats(ctx context.Context, l *catalogdb.Loader, conn, _ *pgx.Conn) error {
	oids, err := l.ColumnTypes()
	if err != nil {
		return err
	}
	if err := pgdb.TypeForms(ctx, conn, oids, l.TypeForm); err != nil {
		return err
	}
	return l.ChooseFormats(s.env.whyText(conn), s.env.Opts.CopyFormat == formatBinary)
}

// whyText is why all tables travel as text, "" when they need not.
func (e *Env) whyText(source *pgx.Conn) string {
	from, to := e.SourceInfo, e.TargetInfo
	switch {
	case e.Opts.CopyFormat == formatText:
		return "--copy-format text"
	case from.Encoding != "UTF8" || to.Encoding != "UTF8":
		return fmt.Sprintf("the encodings are %s and %s, and binary is for UTF8 on both sides", from.Encoding, to.Encoding)
	case to.Major() < from.Major():
		// An infinite interval of 17, for one, is a finite one to 16.
		return fmt.Sprintf("the target (version %d) is older than the source (%d)", to.Major(), from.Major())
	}
	if why := pgdb.WhyNoBinary(source.PgConn()); why != "" {
		return "the source's " + why
	}
	return ""
}

// tellText says which tables travel as text although binary was asked for.
func (e *Env) tellText(ctx context.Context) error {
	if e.Opts.CopyFormat != formatBinary {
		return nil
	}
	var list []string
	n, err := e.Catalog.TablesAsText(ctx, 5, func(table, why string) { list = append(list, table+": "+why) })
	if err != nil || n == 0 {
		return err
	}
	if n > len(list) {
		list = append(list, fmt.Sprintf("and %d more (pgcopy list tables --dir %s)", n-len(list), e.Opts.Dir))
	}
	e.Log.Warn("tables that cannot travel in binary travel as text", "tables", n, "which", strings.Join(list, "; "))
	return nil
}

// checkFormats turns to text what is to travel in binary and meets other types on the target. Pre-data made the tables alike, but not all
// tables are made by pgcopy, people alter them, and the extensions there may be of other versions. dst is in the transaction of the copy and has
// touched the tables, so that they stay as they are.
func (e *Env) checkFormats(ctx context.Context, dst *pgx.Conn, tables []catalogdb.CopyTable) error {
	var names []pgschema.Name
	var wanted []pgtarget.ColumnType
	var columns []catalogdb.ColumnForm
	of := map[int]int{} // position among names: among tables
	for i, t := range tables {
		if t.Format != formatBinary {
			continue
		}
		cols, err := e.Catalog.ColumnForms(ctx, t.OID)
		if err != nil {
			return err
		}
		of[len(names)] = i
		for _, c := range cols {
			w := pgtarget.ColumnType{Table: len(names), Name: c.Name, TypeOID: c.TypeOID}
			if c.TypeOID >= pgdb.FirstFreeOID {
				w.TypeOID = 0 // another number there, and if not, by chance
			}
			wanted, columns = append(wanted, w), append(columns, c)
		}
		names = append(names, t.Name)
	}
	if len(names) == 0 {
		return nil
	}
	has := map[int]uint32{}
	if err := pgtarget.OtherTypes(ctx, dst, names, wanted, func(at int, oid uint32) { has[at] = oid }); err != nil {
		return err
	}
	forms, err := formsOf(ctx, dst, has)
	if err != nil {
		return err
	}
	for at, c := range columns {
		there, other := forms[has[at]]
		i := of[wanted[at].Table]
		if !other || there.Form == c.Form && e.takes(there) || tables[i].Format != formatBinary {
			continue
		}
		why := fmt.Sprintf("column %s is %s on the source and %s on the target", pgschema.DisplayIdent(c.Name), c.Form, there.Form)
		if there.Form == c.Form {
			why = fmt.Sprintf("column %s (%s) on the target %s", pgschema.DisplayIdent(c.Name), there.Name, there.Reason)
		}
		if err := e.Catalog.CopyAsText(ctx, tables[i].OID, why); err != nil {
			return err
		}
		e.Log.Info("the table travels as text", "table", tables[i].Name.String(), "why", why)
		tables[i].Format = formatText
	}
	return nil
}

// takes tells whether values of a type may travel in binary.
func (e *Env) takes(t pgdb.TypeForm) bool {
	return t.Verdict == pgdb.TypeSafe || t.Verdict == pgdb.TypeCaution && e.Opts.CopyFormat == formatBinary
}

// formsOf asks for the forms of types, each once.
func formsOf(ctx context.Context, conn *pgx.Conn, types map[int]uint32) (map[uint32]pgdb.TypeForm, error) {
	var oids []uint32
	for _, oid := range types {
		if oid != 0 { // COPY will say by name what is missing
			oids = append(oids, oid)
		}
	}
	slices.Sort(oids)
	forms := map[uint32]pgdb.TypeForm{}
	return forms, pgdb.TypeForms(ctx, conn, slices.Compact(oids), func(t pgdb.TypeForm) error {
		forms[t.OID] = t
		return nil
	})
}

// binaryRefused is the error of a COPY that may be done with text instead.
type binaryRefused struct {
	table uint32
	err   error
}

func (b *binaryRefused) Error() string { return b.err.Error() }
func (b *binaryRefused) Unwrap() error { return b.err }

// binaryRefusals are the codes with which a server rejects a binary stream, a type's binary form, or a value in it. A type's own function
// mostly says XX000 or 22P02. What is wrong with a value in any form is said again, in more words, when it comes as text.
var binaryRefusals = []string{
	"22P03", // invalid_binary_representation
	"22P02", // invalid_text_representation: an enum's label
	"42804", // datatype_mismatch: an array of another type's elements
	"42883", // undefined_function: no binary input or output function
	"42P18", // indeterminate_datatype
	"0A000", // feature_not_supported
	"08P01", // protocol_violation: a value is shorter or longer than its type
	"XX000", // internal_error
}

// isBinaryRefusal tells whether text might do what binary did not. Both servers may be the one to refuse.
func isBinaryRefusal(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && slices.Contains(binaryRefusals, pg.Code)
}

// textInstead looks whether tasks that failed did so because a server refused binary, and readies them to be done again at once, with text.
// Their transaction was never told to commit.
func (e *Env) textInstead(ctx context.Context, ts []workflow.Task, tables []catalogdb.CopyTable, err error) bool {
	var refused *binaryRefused
	if !errors.As(err, &refused) || ctx.Err() != nil {
		return false
	}
	why := "binary was refused: " + reason(refused.err)
	if stored := e.Catalog.CopyAsText(ctx, refused.table, why); stored != nil {
		e.Log.Debug("the format could not be stored", "error", stored) // the error of the copy says more
		return false
	}
	for i := range tables {
		if tables[i].OID == refused.table {
			e.Log.Warn("binary was refused, the table travels as text", "table", tables[i].Name.String(), "error", reason(refused.err))
		}
		tables[i].Format = formatText // this time all of them: one refusal costs one more attempt, not one each
		ts[i].Sent.Store(0)
	}
	return true
}
