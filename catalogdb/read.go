package catalogdb

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"

	"github.com/pgcopy/pgcopy/pgschema"
	stmt "github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// CopyTable is what a COPY needs to know of its table.
type CopyTable struct {
	OID     uint32
	Name    pgschema.Name
	Into    pgschema.Name // where its rows go: the table itself, or the root of its tree (see RootOID)
	RootOID uint32        // of the tree in which its rows have to find their partitions anew on the target, 0 mostly
	Kind    string        // pg_class.relkind
	Persist string
	Bytes   int64
	Method  string
	Format  string            // of COPY: "binary" or "text"
	Columns []pgschema.Column // names and generation, in order
}

// Table reads a table that has rows of its own.
func (db *DB) Table(ctx context.Context, oid uint32) (t CopyTable, err error) {
	t.OID = oid
	if err = db.r.QueryRowContext(ctx, stmt.CatalogCopyTable, oid).
		Scan(&t.Name.Schema, &t.Name.Rel, &t.Into.Schema, &t.Into.Rel, &t.RootOID, &t.Kind, &t.Persist, &t.Bytes, &t.Method, &t.Format); err != nil {
		return t, err
	}
	t.Columns, err = db.Columns(ctx, oid)
	return t, err
}

// Columns reads the columns of a table in order.
func (db *DB) Columns(ctx context.Context, oid uint32) (cols []pgschema.Column, err error) {
	err = each(ctx, db.r, `SELECT table_oid, num, name, type_oid, type, generated, identity, not_null FROM source_column
		WHERE table_oid = ? ORDER BY num`, []any{oid}, func(rows *sql.Rows) error {
		var c pgschema.Column
		err := rows.Scan(&c.TableOID, &c.Num, &c.Name, &c.TypeOID, &c.Type, &c.Generated, &c.Identity, &c.NotNull)
		cols = append(cols, c)
		return err
	})
	return cols, err
}

// Part reads one part of a split table.
func (db *DB) Part(ctx context.Context, table uint32, number int) (p pgschema.Part, err error) {
	p.TableOID, p.Number = table, number
	err = db.r.QueryRowContext(ctx, `SELECT count, condition, pages FROM part WHERE table_oid = ? AND number = ?`, table, number).
		Scan(&p.Count, &p.Where, &p.Pages)
	return p, err
}

// PartsTouched tells whether some part of a table has been copied, or may have been: it holds rows of the target that a truncate would lose.
func (db *DB) PartsTouched(ctx context.Context, table uint32) (touched bool, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM task WHERE step = 'copy-part' AND oid = ?1 AND (state IN ('done','running') OR target_xid IS NOT NULL))
		OR EXISTS (SELECT 1 FROM row_root r CROSS JOIN source_table s ON s.root_oid = r.oid
			CROSS JOIN task t ON t.step IN ('copy-table','copy-part') AND t.oid = s.oid AND (t.state IN ('done','running') OR t.target_xid IS NOT NULL) WHERE r.oid = ?1)`,
		table).Scan(&touched)
	return touched, err
}

// UnfinishedBeside tells how many other tasks of a task's step are to be done yet.
func (db *DB) UnfinishedBeside(ctx context.Context, t workflow.Task) (n int, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT count(*) FROM task WHERE step = ? AND id <> ? AND state IN ('pending','running')`, t.Step, t.ID).Scan(&n)
	return n, err
}

// OthersAtWork tells how many tasks of these pools run or could run beside a task, that take a fifth of its time or more, and how long it
// is expected to take itself.
func (db *DB) OthersAtWork(ctx context.Context, t workflow.Task, pools []string) (others int, cost time.Duration, err error) {
	list, err := json.Marshal(pools)
	if err != nil {
		return 0, 0, err
	}
	var us int64
	err = db.r.QueryRowContext(ctx, stmt.CatalogOthersAtWork, t.ID, string(list)).Scan(&others, &us)
	return others, time.Duration(us) * time.Microsecond, err
}

const indexColumns = `SELECT x.oid, x.table_oid, x.schema, x.name, x.definition, x.is_unique, x.is_primary, x.is_exclusion, x.is_partitioned, x.is_valid,
	x.bytes, x.constraint_oid FROM source_index x `

// Index reads an index.
func (db *DB) Index(ctx context.Context, oid uint32) (x pgschema.Index, err error) {
	err = db.r.QueryRowContext(ctx, indexColumns+`WHERE x.oid = ?`, oid).Scan(&x.OID, &x.TableOID, &x.Name.Schema, &x.Name.Rel, &x.Def, &x.Unique,
		&x.Primary, &x.Exclusion, &x.Partitioned, &x.Valid, &x.Bytes, &x.ConstraintOID)
	return x, err
}

// Constraint reads a constraint.
func (db *DB) Constraint(ctx context.Context, oid uint32) (c pgschema.Constraint, err error) {
	c.OID = oid
	err = db.r.QueryRowContext(ctx, `SELECT table_oid, index_oid, ref_table, name, type, definition, is_deferrable, is_deferred, is_validated, is_period
		FROM source_constraint WHERE oid = ?`, oid).Scan(&c.TableOID, &c.IndexOID, &c.RefTable, &c.Name, &c.Type, &c.Def, &c.Deferrable,
		&c.Deferred, &c.Validated, &c.Period)
	return c, err
}

// TableInfo is what is asked about any relation, whatever its kind.
type TableInfo struct {
	Name                           pgschema.Name
	Kind, Persist                  string
	Bytes                          int64
	Rows                           int64 // copied so far
	HasPartitionRoot, IsPartParent bool
	Routed                         bool // rows found their partitions anew on the target
}

// TableInfo reads the nature of a table.
func (db *DB) TableInfo(ctx context.Context, oid uint32) (t TableInfo, err error) {
	err = db.r.QueryRowContext(ctx, `SELECT schema, name, kind, persistence, bytes, root_oid <> 0, kind = 'p',
		EXISTS (SELECT 1 FROM row_root r WHERE r.oid = s.root_oid),
		(SELECT coalesce(sum(t.rows), 0) FROM task t WHERE t.step IN ('copy-table','copy-part') AND t.oid = s.oid) FROM source_table s WHERE oid = ?`, oid).
		Scan(&t.Name.Schema, &t.Name.Rel, &t.Kind, &t.Persist, &t.Bytes, &t.HasPartitionRoot, &t.IsPartParent, &t.Routed, &t.Rows)
	return t, err
}

// TableNames hands out the names of all tables of a kind ('r' tables, 'p' partitioned ones, 'm' materialized views).
func (db *DB) TableNames(ctx context.Context, kinds string, fn func(pgschema.Name) error) error {
	return each(ctx, db.r, `SELECT schema, name FROM source_table WHERE instr(?, kind) > 0 ORDER BY oid`, []any{kinds}, func(rows *sql.Rows) error {
		var n pgschema.Name
		if err := rows.Scan(&n.Schema, &n.Rel); err != nil {
			return err
		}
		return fn(n)
	})
}

// SequenceBatch hands out the sequences of a batch.
func (db *DB) SequenceBatch(ctx context.Context, batch int) (seqs []pgschema.Sequence, err error) {
	err = each(ctx, db.r, `SELECT oid, schema, name, last_value, is_called FROM sequence WHERE batch = ? ORDER BY oid`, []any{batch}, func(rows *sql.Rows) error {
		var s pgschema.Sequence
		err := rows.Scan(&s.OID, &s.Name.Schema, &s.Name.Rel, &s.LastValue, &s.IsCalled)
		seqs = append(seqs, s)
		return err
	})
	return seqs, err
}

// LargeObjectBatch reads a range of large objects.
func (db *DB) LargeObjectBatch(ctx context.Context, number int) (b pgschema.LargeObjectBatch, err error) {
	b.Number = number
	err = db.r.QueryRowContext(ctx, `SELECT first_oid, last_oid, count FROM large_object_batch WHERE number = ?`, number).Scan(&b.FirstOID, &b.LastOID, &b.Count)
	return b, err
}

// ExtensionConfigs reads the configuration relations of an extension, referenced ones first; values of sequences come with them.
func (db *DB) ExtensionConfigs(ctx context.Context, extension uint32) (configs []pgschema.ExtensionConfig, seqs map[uint32]pgschema.Sequence, err error) {
	seqs = map[uint32]pgschema.Sequence{}
	err = each(ctx, db.r, `SELECT extension_oid, rel_oid, schema, name, kind, condition, depth, last_value, is_called FROM extension_config
		WHERE extension_oid = ? ORDER BY depth, rel_oid`, []any{extension}, func(rows *sql.Rows) error {
		var c pgschema.ExtensionConfig
		var last sql.NullInt64
		var called sql.NullBool
		err := rows.Scan(&c.ExtensionOID, &c.RelOID, &c.Name.Schema, &c.Name.Rel, &c.Kind, &c.Condition, &c.Depth, &last, &called)
		configs = append(configs, c)
		if last.Valid {
			seqs[c.RelOID] = pgschema.Sequence{OID: c.RelOID, Name: c.Name, LastValue: last.Int64, IsCalled: called.Bool}
		}
		return err
	})
	return configs, seqs, err
}

// DatabaseProperties reads the properties of the database itself, in order.
func (db *DB) DatabaseProperties(ctx context.Context) (props []pgschema.DatabaseProperty, err error) {
	err = each(ctx, db.r, `SELECT kind, role, name, value, granted_by FROM database_property ORDER BY position`, nil, func(rows *sql.Rows) error {
		var p pgschema.DatabaseProperty
		err := rows.Scan(&p.Kind, &p.Role, &p.Name, &p.Value, &p.By)
		props = append(props, p)
		return err
	})
	return props, err
}

// IsNoRows tells that a reader found nothing.
func IsNoRows(err error) bool { return errors.Is(err, sql.ErrNoRows) }

// Extensions hands out the source's extensions, less those that are left out.
func (db *DB) Extensions(ctx context.Context, fn func(pgschema.Extension) error) error {
	return each(ctx, db.r, `SELECT oid, name, schema, version FROM extension ORDER BY oid`, nil, func(rows *sql.Rows) error {
		var x pgschema.Extension
		if err := rows.Scan(&x.OID, &x.Name, &x.Schema, &x.Version); err != nil {
			return err
		}
		return fn(x)
	})
}
