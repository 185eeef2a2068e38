package catalogdb

import (
	"context"
	"database/sql"
	"fmt"

	"github.com/pgcopy/pgcopy/pgschema"
)

// found are the tables that a load fills; a load that is done again starts from nothing.
var found = []string{"source_table", "source_column", "part", "source_index", "source_constraint", "sequence", "extension",
	"extension_config", "large_object_batch", "database_property", "filter_match", "extension_grant",
	"constraint_need", "hidden_relation", "hidden_need", "source_type", "routed_root"}

// Loader writes what was found on the source, within one transaction.
type Loader struct {
	ctx   context.Context
	tx    *sql.Tx
	stmts map[string]*sql.Stmt
	props int
}

// Load runs fn in one transaction that replaces all that was found before.
func (db *DB) Load(ctx context.Context, fn func(*Loader) error) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		for _, t := range found {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+t); err != nil {
				return err
			}
		}
		l := &Loader{ctx: ctx, tx: tx, stmts: map[string]*sql.Stmt{}}
		defer l.close()
		return fn(l)
	})
}

func (l *Loader) close() {
	for _, s := range l.stmts {
		_ = s.Close()
	}
}

// exec prepares each statement once per load.
func (l *Loader) exec(statement string, args ...any) error {
	s, err := l.prepare(statement)
	if err == nil {
		_, err = s.ExecContext(l.ctx, args...)
	}
	return err
}

func (l *Loader) prepare(statement string) (s *sql.Stmt, err error) {
	if s = l.stmts[statement]; s == nil {
		if s, err = l.tx.PrepareContext(l.ctx, statement); err == nil {
			l.stmts[statement] = s
		}
	}
	return s, err
}

// Table stores a table without its columns.
func (l *Loader) Table(t pgschema.Table) error {
	return l.exec(`INSERT INTO source_table (oid, schema, name, display, kind, persistence, access_method, owner, pages, bytes, row_estimate,
		parent_oid, root_oid, populated, key_column, key_not_null) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		t.OID, t.Name.Schema, t.Name.Rel, displayName(t.Name), t.Kind, t.Persist, t.AM, t.Owner, t.Pages, t.Bytes, t.Rows,
		t.ParentOID, t.RootOID, t.Populated, t.KeyColumn, t.KeyNotNull)
}

// RoutedRoot stores the root of a tree in which a row may belong to another partition on the target, and why.
func (l *Loader) RoutedRoot(oid uint32, reason string) error {
	return l.exec(`INSERT INTO routed_root (oid, reason) VALUES (?, ?)`, oid, reason)
}

// Columns stores a table's columns and the column list that its COPY uses: generated columns are left out, the target computes
// them (COPY refuses values for them).
func (l *Loader) Columns(table uint32, cols []pgschema.Column) error {
	var list []byte
	for _, c := range cols {
		if err := l.exec(`INSERT INTO source_column (table_oid, num, name, type_oid, type, generated, identity, not_null)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`, c.TableOID, c.Num, c.Name, c.TypeOID, c.Type, c.Generated, c.Identity, c.NotNull); err != nil {
			return err
		}
		if c.Generated == "" {
			if len(list) > 0 {
				list = append(list, ", "...)
			}
			list = append(list, pgschema.QuoteIdent(c.Name)...)
		}
	}
	return l.exec(`UPDATE source_table SET copy_columns = ? WHERE oid = ?`, string(list), table)
}

// Parts stores how a table is cut, and why so.
func (l *Loader) Parts(table uint32, method, reason string, parts []pgschema.Part) error {
	if len(parts) > 1 {
		for _, p := range parts {
			if err := l.exec(`INSERT INTO part (table_oid, number, count, condition, pages) VALUES (?, ?, ?, ?, ?)`,
				p.TableOID, p.Number, p.Count, p.Where, p.Pages); err != nil {
				return err
			}
		}
	}
	return l.exec(`UPDATE source_table SET copy_method = ?, copy_reason = ? WHERE oid = ?`, method, reason, table)
}

// Index stores an index.
func (l *Loader) Index(x pgschema.Index) error {
	return l.exec(`INSERT INTO source_index (oid, table_oid, schema, name, display, definition, is_unique, is_primary, is_exclusion, is_partitioned,
		is_valid, bytes, constraint_oid) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, x.OID, x.TableOID, x.Name.Schema, x.Name.Rel,
		displayName(x.Name), x.Def, x.Unique, x.Primary, x.Exclusion, x.Partitioned, x.Valid, x.Bytes, x.ConstraintOID)
}

// Constraint stores a constraint.
func (l *Loader) Constraint(c pgschema.Constraint) error {
	return l.exec(`INSERT INTO source_constraint (oid, table_oid, index_oid, ref_table, name, type, definition, is_deferrable, is_deferred,
		is_validated, is_period) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, c.OID, c.TableOID, c.IndexOID, c.RefTable, c.Name, c.Type, c.Def,
		c.Deferrable, c.Deferred, c.Validated, c.Period)
}

// Sequence stores a sequence and its value.
func (l *Loader) Sequence(s pgschema.Sequence) error {
	return l.exec(`INSERT INTO sequence (oid, schema, name, display, last_value, is_called) VALUES (?, ?, ?, ?, ?, ?)`,
		s.OID, s.Name.Schema, s.Name.Rel, displayName(s.Name), s.LastValue, s.IsCalled)
}

// Extension stores an extension.
func (l *Loader) Extension(e pgschema.Extension) error {
	return l.exec(`INSERT INTO extension (oid, name, schema, version) VALUES (?, ?, ?, ?)`, e.OID, e.Name, e.Schema, e.Version)
}

// ExtensionConfig stores a configuration table or sequence of an extension.
func (l *Loader) ExtensionConfig(c pgschema.ExtensionConfig) error {
	return l.exec(`INSERT INTO extension_config (extension_oid, rel_oid, schema, name, kind, condition, depth) VALUES (?, ?, ?, ?, ?, ?, ?)`,
		c.ExtensionOID, c.RelOID, c.Name.Schema, c.Name.Rel, c.Kind, c.Condition, c.Depth)
}

// ExtensionSequence stores the value of a configuration sequence.
func (l *Loader) ExtensionSequence(s pgschema.Sequence) error {
	return l.exec(`UPDATE extension_config SET last_value = ?, is_called = ? WHERE rel_oid = ?`, s.LastValue, s.IsCalled, s.OID)
}

// LargeObjectBatch stores a range of large objects.
func (l *Loader) LargeObjectBatch(b pgschema.LargeObjectBatch, bytes int64) error {
	return l.exec(`INSERT INTO large_object_batch (number, first_oid, last_oid, count, bytes) VALUES (?, ?, ?, ?, ?)`,
		b.Number, b.FirstOID, b.LastOID, b.Count, bytes)
}

// DatabaseProperty stores a property of the database itself.
func (l *Loader) DatabaseProperty(p pgschema.DatabaseProperty) error {
	l.props++
	if err := l.exec(`INSERT INTO database_property (position, kind, role, name, value, granted_by) VALUES (?, ?, ?, ?, ?, ?)`,
		l.props, p.Kind, p.Role, p.Name, p.Value, p.By); err != nil {
		return fmt.Errorf("database %s %s: %w", p.Kind, p.Name, err)
	}
	return nil
}
