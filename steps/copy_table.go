package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// freezeFrom is the size from which TRUNCATE and COPY FREEZE in one transaction pay: the truncate costs about a millisecond, a later
// VACUUM of the whole table is what it saves.
const freezeFrom = 8 << 20

// copyTable copies a table in one part; of a split table it is the barrier behind the parts.
type copyTable struct {
	base
	quiet bool // somebody else may have made the schema, with triggers and foreign keys
}

func newCopyTable(e *Env) *copyTable {
	return &copyTable{base: base{env: e, name: "copy-table", kind: "table data", pool: "copy",
		tasks: []planning{planned(sql.CatalogPlanCopyTable)},
		needs: []planning{planned(sql.CatalogPlanCopyTableNeeds), planned(sql.CatalogPlanLateTables, plainRows), planned(sql.CatalogPlanLateMilestone, plainRows),
			planned(sql.CatalogPlanNeedsMilestone, "copy-table", schemaCreated)}}}
}

func (s *copyTable) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	table, err := s.env.Catalog.Table(ctx, t.OID)
	if err != nil {
		return workflow.Result{}, err
	}
	res, err := s.env.copyRows(ctx, t, table, pgschema.Part{TableOID: t.OID, Number: 1, Count: 1}, s.quiet)
	if err != nil {
		return res, fmt.Errorf("copy %s: %w", t.Subject, err)
	}
	return res, nil
}

// RunBatch copies small tables in one target transaction and one source transaction.
func (s *copyTable) RunBatch(ctx context.Context, ts []workflow.Task) ([]workflow.Result, error) {
	e := s.env
	tables := make([]catalogdb.CopyTable, len(ts))
	for i, t := range ts {
		table, err := e.Catalog.Table(ctx, t.OID)
		if err != nil {
			return nil, err
		}
		tables[i] = table
	}
	res, err := s.copyAll(ctx, ts, tables)
	if e.textInstead(ctx, ts, tables, err) {
		return s.copyAll(ctx, ts, tables)
	}
	return res, err
}

// copyAll copies tables in one target transaction and one source transaction.
func (s *copyTable) copyAll(ctx context.Context, ts []workflow.Task, tables []catalogdb.CopyTable) ([]workflow.Result, error) {
	e := s.env
	return e.together(ctx, ts, func(ctx context.Context, dst *pgx.Conn) ([]workflow.Result, error) {
		if name, found, err := pgtarget.FirstNotEmpty(ctx, dst, namesOf(tables)); err != nil {
			return nil, err
		} else if found {
			return nil, e.notEmpty(name)
		}
		if s.quiet {
			if err := pgtarget.Quiet(ctx, dst, touchedBy(tables...)); err != nil {
				return nil, err
			}
		}
		if err := e.checkFormats(ctx, dst, tables); err != nil {
			return nil, err
		}
		res := make([]workflow.Result, len(ts))
		return res, e.withSource(ctx, func(src *pgx.Conn) (err error) {
			for i, t := range ts {
				part := pgschema.Part{TableOID: t.OID, Number: 1, Count: 1}
				if res[i], err = e.relayPart(ctx, t, src, dst, tables[i], part, false); err != nil {
					return fmt.Errorf("copy %s: %w", t.Subject, err)
				}
			}
			return nil
		})
	})
}

// namesOf names the tables that have to be empty. Of a tree whose root the rows go to, truncate-table has looked at all of it.
func namesOf(tables []catalogdb.CopyTable) (names []pgschema.Name) {
	for _, t := range tables {
		if t.RootOID == 0 {
			names = append(names, t.Name)
		}
	}
	return names
}

// touchedBy names the tables of the target whose triggers rows could meet.
func touchedBy(tables ...catalogdb.CopyTable) (names []pgschema.Name) {
	for _, t := range tables {
		if names = append(names, t.Name); t.RootOID != 0 {
			names = append(names, t.Into)
		}
	}
	return names
}

// copyPart copies one part of a split table. It never truncates.
type copyPart struct {
	base
	quiet bool // as with copyTable
}

func newCopyPart(e *Env) *copyPart {
	return &copyPart{base: base{env: e, name: "copy-part", kind: "table data", pool: "copy",
		tasks: []planning{planned(sql.CatalogPlanCopyPart)},
		needs: []planning{planned(sql.CatalogPlanCopyPartNeeds), planned(sql.CatalogPlanNeedsMilestone, "copy-part", schemaCreated)}}}
}

func (s *copyPart) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	table, err := s.env.Catalog.Table(ctx, t.OID)
	if err != nil {
		return workflow.Result{}, err
	}
	part, err := s.env.Catalog.Part(ctx, t.OID, t.Part)
	if err != nil {
		return workflow.Result{}, err
	}
	res, err := s.env.copyRows(ctx, t, table, part, s.quiet)
	if err != nil {
		return res, fmt.Errorf("copy %s: %w", t.Subject, err)
	}
	return res, nil
}

// truncateTable empties a split table before its first part. It is a task of its own so that no part ever truncates. Of a tree whose rows go into
// the root, it sees to it once that nobody else's rows are there.
type truncateTable struct{ base }

func newTruncateTable(e *Env) *truncateTable {
	return &truncateTable{base{env: e, name: "truncate-table", kind: "table data", pool: "copy",
		tasks: []planning{planned(sql.CatalogPlanTruncateTable)},
		needs: []planning{planned(sql.CatalogPlanNeedsMilestone, "truncate-table", schemaCreated)}}}
}

// Tasks first cuts what is to be cut: this is the first step that has to know.
func (s *truncateTable) Tasks(ctx context.Context, p workflow.Planner) error {
	if err := execAll(ctx, p, s.env.autoSplit()); err != nil {
		return err
	}
	return s.base.Tasks(ctx, p)
}

func (s *truncateTable) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	// The parts need this task, so none can have begun. Truncating a table whose parts are done is the one mistake that loses
	// all rows in silence; it is worth looking twice.
	if touched, err := s.env.Catalog.PartsTouched(ctx, t.OID); err != nil || touched {
		return workflow.Result{}, err
	}
	table, err := s.env.Catalog.Table(ctx, t.OID)
	if err != nil || table.RootOID != 0 { // then the rows of other partitions may be there by now, and the root has been looked at
		return workflow.Result{}, err
	}
	return workflow.Result{}, s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		if table.Kind == "p" {
			return s.env.mustBeEmpty(ctx, conn, table.Name)
		}
		may, err := pgtarget.CanTruncate(ctx, conn, table.Name)
		if err != nil {
			return err
		}
		if may {
			return pgtarget.TruncateOnly(ctx, conn, table.Name)
		}
		return s.env.mustBeEmpty(ctx, conn, table.Name)
	})
}

// mustBeEmpty refuses to add rows to those that somebody else has put into a table.
func (e *Env) mustBeEmpty(ctx context.Context, conn *pgx.Conn, name pgschema.Name) error {
	empty, err := pgtarget.IsEmpty(ctx, conn, name)
	if err != nil || empty {
		return err
	}
	return e.notEmpty(name)
}

func (e *Env) notEmpty(name pgschema.Name) error {
	return &pgdb.UserError{Msg: fmt.Sprintf("%s on the target already has rows that this copy did not write", name),
		Hint: "empty the table on the target, then: pgcopy resume --dir " + e.Opts.Dir}
}

// copyRows relays one part of a table within one target transaction.
func (e *Env) copyRows(ctx context.Context, t workflow.Task, table catalogdb.CopyTable, part pgschema.Part, quiet bool) (workflow.Result, error) {
	tables := []catalogdb.CopyTable{table}
	res, err := e.copyRowsAs(ctx, t, tables, part, quiet)
	if e.textInstead(ctx, []workflow.Task{t}, tables, err) {
		return e.copyRowsAs(ctx, t, tables, part, quiet)
	}
	return res, err
}

// copyRowsAs is copyRows in the format that the one table has, which it may turn into text.
func (e *Env) copyRowsAs(ctx context.Context, t workflow.Task, tables []catalogdb.CopyTable, part pgschema.Part, quiet bool) (workflow.Result, error) {
	table := tables[0]
	proof := func(ctx context.Context, conn *pgx.Conn, xid uint64) (bool, error) {
		return pgtarget.WroteRows(ctx, conn, table.Into, xid)
	}
	return e.once(ctx, t, proof, func(ctx context.Context, dst *pgx.Conn) (workflow.Result, error) {
		if quiet || table.Persist == "u" { // which is copied again, when all else is there, after a crash of the target
			if err := pgtarget.Quiet(ctx, dst, touchedBy(table)); err != nil {
				return workflow.Result{}, err
			}
		}
		freeze := false
		if part.Count == 1 {
			var err error
			if freeze, err = e.prepareWhole(ctx, dst, table); err != nil {
				return workflow.Result{}, err
			}
		} else if err := pgtarget.HoldShape(ctx, dst, table.Into); err != nil {
			return workflow.Result{}, err
		}
		if err := e.checkFormats(ctx, dst, tables); err != nil {
			return workflow.Result{}, err
		}
		var res workflow.Result
		err := e.withSource(ctx, func(src *pgx.Conn) error {
			var err error
			res, err = e.relayPart(ctx, t, src, dst, tables[0], part, freeze)
			return err
		})
		return res, err
	})
}

// relayPart copies the rows of one part of a table.
func (e *Env) relayPart(ctx context.Context, t workflow.Task, src, dst *pgx.Conn, table catalogdb.CopyTable, part pgschema.Part, freeze bool) (workflow.Result, error) {
	if err := e.guard(ctx, src, table, part); err != nil {
		return workflow.Result{}, e.inTheWay(ctx, table, err)
	}
	format, leaves, arrives := pgsource.FormatText, e.encoding(), e.arrival()
	if table.Format == formatBinary && pgdb.WhyNoBinary(src.PgConn()) == "" && pgdb.WhyNoBinary(dst.PgConn()) == "" {
		format, leaves, arrives = pgsource.FormatBinary, "", "" // the option does not govern what binary values are made of
	}
	copyOut := pgsource.CopyOutSQL(table.Name, table.Columns, part, leaves, format)
	copyIn := pgtarget.CopyInSQL(table.Into, table.Columns, arrives, string(format), freeze)
	res, err := e.relay(ctx, t, src, dst, copyOut, copyIn)
	if format == pgsource.FormatBinary && isBinaryRefusal(err) {
		err = &binaryRefused{table.OID, err}
	}
	return res, e.inTheWay(ctx, table, err)
}

// relay runs one COPY and holds both ends' counts against each other.
func (e *Env) relay(ctx context.Context, t workflow.Task, src, dst *pgx.Conn, copyOut, copyIn string) (workflow.Result, error) {
	r, err := pgdb.Relay(ctx, src.PgConn(), dst.PgConn(), copyOut, copyIn, pgdb.RelayOptions{Progress: t.Sent})
	if err != nil {
		return workflow.Result{}, e.refused(err)
	}
	if r.Rows != r.SourceRows {
		return workflow.Result{}, fmt.Errorf("the source sent %d rows and the target stored %d: a trigger or rule of the target leaves rows out",
			r.SourceRows, r.Rows)
	}
	return workflow.Result{Bytes: r.Bytes, Rows: r.Rows}, nil
}

// refused adds the remedy when the target does not take a row: the same again would meet the same row.
func (e *Env) refused(err error) error {
	var at *pgdb.TargetError
	var pg *pgconn.PgError
	if !errors.As(err, &at) || !errors.As(at, &pg) {
		return err
	}
	again := "then: pgcopy resume --dir " + e.Opts.Dir + "; or mend the row on the source and start over with --restart"
	switch {
	case pg.Code == "22021", pg.Code == "22P05": // character_not_in_repertoire, untranslatable_character
		return &pgdb.UserError{Msg: err.Error(), Err: err, Hint: fmt.Sprintf(
			"the target database's encoding, %s, cannot hold this text: copy into a database of encoding %s, or mend the row on the source and start over with --restart",
			e.TargetInfo.Encoding, e.SourceInfo.Encoding)}
	case pg.Code == "23514" && pg.ConstraintName == "": // what a partition takes (ExecPartitionCheckEmitError in execMain.c), or a tree
		return &pgdb.UserError{Msg: err.Error(), Err: err, Hint: "on the target the row belongs to another partition, or to one that is left out: " +
			"give its database the collation and encoding of the source's (CREATE DATABASE ... TEMPLATE template0), then start over with --restart"}
	case strings.HasPrefix(pg.Code, "23"): // integrity constraint violations
		return &pgdb.UserError{Msg: err.Error(), Err: err, Hint: "take the constraint off the target's table for the copy, " + again}
	}
	return err
}

// prepareWhole readies a table that is copied in one part, and tells whether its rows may be frozen: only in the transaction
// that truncated the table, and never where the target's table is a partitioned one.
func (e *Env) prepareWhole(ctx context.Context, dst *pgx.Conn, table catalogdb.CopyTable) (freeze bool, err error) {
	if table.RootOID != 0 {
		return false, nil
	}
	if table.Bytes >= freezeFrom {
		kind, exists, err := pgtarget.RelKind(ctx, dst, table.Name)
		if err != nil {
			return false, err
		}
		if exists && kind == "r" {
			may, err := pgtarget.CanTruncate(ctx, dst, table.Name)
			if err != nil {
				return false, err
			}
			if may {
				return true, pgtarget.TruncateOnly(ctx, dst, table.Name)
			}
		}
	}
	if table.Persist == "u" {
		return false, e.emptyUnlogged(ctx, dst, table.Name)
	}
	return false, e.mustBeEmpty(ctx, dst, table.Name)
}

// emptyUnlogged empties an unlogged table that a clean restart of the target may have left with its rows: a crash would have emptied
// it, and the two cannot be told apart.
func (e *Env) emptyUnlogged(ctx context.Context, dst *pgx.Conn, name pgschema.Name) error {
	empty, err := pgtarget.IsEmpty(ctx, dst, name)
	if err == nil && !empty {
		err = pgtarget.TruncateOnly(ctx, dst, name)
	}
	return err
}

// frozen tells whether a table's copy left nothing for VACUUM to do.
func frozen(t catalogdb.CopyTable) bool {
	return t.Method == "whole" && t.Bytes >= freezeFrom && t.RootOID == 0
}
