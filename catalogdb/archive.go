package catalogdb

import (
	"context"
	"database/sql"
	"strings"

	"github.com/pgcopy/pgcopy/pgschema"
	stmt "github.com/pgcopy/pgcopy/sql"
)

// ArchiveLoader writes the dump's table of contents and the SQL of its entries, within one transaction.
type ArchiveLoader struct{ Loader }

// LoadArchive runs fn in one transaction that replaces the archive's entries, and then decides which step does which.
func (db *DB) LoadArchive(ctx context.Context, fn func(*ArchiveLoader) error) error {
	return db.write(ctx, func(tx *sql.Tx) error {
		for _, t := range []string{"archive_entry", "archive_need", "archive_batch_need", "skipped_object"} {
			if _, err := tx.ExecContext(ctx, `DELETE FROM `+t); err != nil {
				return err
			}
		}
		l := &ArchiveLoader{Loader{ctx: ctx, tx: tx, stmts: map[string]*sql.Stmt{}}}
		defer l.close()
		if err := fn(l); err != nil {
			return err
		}
		// What pg_restore's script does not hold (by --no-owner, --no-acl, ...) is nothing to do.
		if _, err := tx.ExecContext(ctx, `DELETE FROM archive_entry WHERE position < 0`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM skipped_object WHERE dump_id NOT IN (SELECT dump_id FROM archive_entry)`); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, stmt.CatalogAssignArchive); err != nil {
			return err
		}
		return batchArchive(ctx, tx)
	})
}

// Script is what pg_restore's script says of an entry.
type Script struct {
	Position int    // in the script, pre-data before post-data
	Section  string // pre-data or post-data
	Session  []string
	SQL      string
	Riders   int // how many statements stand behind the first
}

// Entry stores an entry of the table of contents, with its script when that is at hand; it may follow with Script. Its tablespace is the
// target's.
func (l *ArchiveLoader) Entry(e pgschema.ArchiveEntry, s *Script) error {
	if s == nil {
		s = &Script{Position: -int(e.DumpID), Section: "pre-data"}
	}
	if err := l.exec(`INSERT INTO archive_entry (dump_id, position, section, description, catalog_oid, object_oid, schema, name, owner, tablespace, session, sql,
		riders) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`, e.DumpID, s.Position, s.Section, e.Desc, e.CatalogOID, e.OID, e.Schema, e.Name, e.Owner,
		e.Tablespace, strings.Join(s.Session, "\n"), s.SQL, s.Riders); err != nil {
		return err
	}
	for _, n := range e.Needs {
		if err := l.exec(`INSERT INTO archive_need (dump_id, needs_id) VALUES (?, ?) ON CONFLICT DO NOTHING`, e.DumpID, n); err != nil {
			return err
		}
	}
	return nil
}

// Script stores what the script says of an entry that was stored without.
func (l *ArchiveLoader) Script(dumpID int, s *Script) error {
	return l.exec(`UPDATE archive_entry SET position = ?2, section = ?3, session = ?4, sql = ?5, riders = ?6 WHERE dump_id = ?1`,
		dumpID, s.Position, s.Section, strings.Join(s.Session, "\n"), s.SQL, s.Riders)
}

// SkipByDescription leaves out all entries of a kind, and what is said about them (comments), by an option.
func (l *ArchiveLoader) SkipByDescription(description, rule string) error {
	return l.exec(`INSERT INTO skipped_object (kind, oid, schema, name, rule, dump_id)
		SELECT e.description, e.object_oid, e.schema, e.name, ?2, e.dump_id FROM archive_entry e
		 WHERE e.description = ?1
		    OR (e.description IN ('COMMENT','ACL','SECURITY LABEL') AND EXISTS (
		        SELECT 1 FROM archive_need d JOIN archive_entry o ON o.dump_id = d.needs_id AND o.description = ?1 WHERE d.dump_id = e.dump_id))
		ON CONFLICT DO NOTHING`, description, rule)
}

// SkipByName leaves out an entry by its kind and name, and what needs it, for a reason.
func (l *ArchiveLoader) SkipByName(description, name, rule string) error {
	return l.exec(`INSERT INTO skipped_object (kind, oid, schema, name, rule, dump_id)
		SELECT e.description, e.object_oid, e.schema, e.name, ?3, e.dump_id FROM archive_entry e
		 WHERE (e.description = ?1 AND e.name = ?2)
		    OR EXISTS (SELECT 1 FROM archive_need d JOIN archive_entry o ON o.dump_id = d.needs_id AND o.description = ?1 AND o.name = ?2
		                WHERE d.dump_id = e.dump_id)
		ON CONFLICT DO NOTHING`, description, name, rule)
}

// SkipCommentsOn leaves out the comments on all entries of a kind, by an option.
func (l *ArchiveLoader) SkipCommentsOn(description, rule string) error {
	return l.exec(`INSERT INTO skipped_object (kind, oid, schema, name, rule, dump_id)
		SELECT e.description, e.object_oid, e.schema, e.name, ?2, e.dump_id FROM archive_entry e
		 WHERE e.description = 'COMMENT' AND EXISTS (
		        SELECT 1 FROM archive_need d JOIN archive_entry o ON o.dump_id = d.needs_id AND o.description = ?1 WHERE d.dump_id = e.dump_id)
		ON CONFLICT DO NOTHING`, description, rule)
}

const entryColumns = `SELECT dump_id, position, section, description, catalog_oid, object_oid, schema, name, owner, tablespace, session, sql FROM archive_entry `

func scanEntry(rows interface{ Scan(...any) error }) (e pgschema.ArchiveEntry, err error) {
	var session string
	err = rows.Scan(&e.DumpID, &e.Position, &e.Section, &e.Desc, &e.CatalogOID, &e.OID, &e.Schema, &e.Name, &e.Owner, &e.Tablespace, &session, &e.SQL)
	if session != "" {
		e.Session = strings.Split(session, "\n")
	}
	return e, err
}

// ArchiveBatch hands out the entries of a pre-data batch in order.
func (db *DB) ArchiveBatch(ctx context.Context, batch int, fn func(pgschema.ArchiveEntry) error) error {
	return each(ctx, db.r, entryColumns+`WHERE batch = ? ORDER BY position`, []any{batch}, func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		if err != nil {
			return err
		}
		return fn(e)
	})
}

// ExtensionEntries hands out, in order, the entries that make the schemas of extensions, and those that comment on extensions.
func (db *DB) ExtensionEntries(ctx context.Context, fn func(pgschema.ArchiveEntry) error) error {
	return each(ctx, db.r, entryColumns+`WHERE done_by = 'restore-pre-data' AND (description = 'SCHEMA' AND name IN (SELECT schema FROM extension)
		OR description = 'COMMENT' AND name LIKE 'EXTENSION %') ORDER BY position`, nil, func(rows *sql.Rows) error {
		e, err := scanEntry(rows)
		if err != nil {
			return err
		}
		return fn(e)
	})
}

// ArchiveEntry reads one entry by its dump id.
func (db *DB) ArchiveEntry(ctx context.Context, dumpID uint32) (pgschema.ArchiveEntry, error) {
	return scanEntry(db.r.QueryRowContext(ctx, entryColumns+`WHERE dump_id = ?`, dumpID))
}

// ArchiveEntryOf reads the entry that makes an object; catalog is pgschema.ClassCatalog or its like. sql.ErrNoRows when the archive has none.
func (db *DB) ArchiveEntryOf(ctx context.Context, catalog, oid uint32, step string) (pgschema.ArchiveEntry, error) {
	return scanEntry(db.r.QueryRowContext(ctx, entryColumns+`WHERE catalog_oid = ? AND object_oid = ? AND done_by = ?`, catalog, oid, step))
}

// ArchiveTablespaces lists the tablespaces of the target that entries which are not left out want, but for the database's default.
func (db *DB) ArchiveTablespaces(ctx context.Context) (names []string, err error) {
	err = each(ctx, db.r, `SELECT DISTINCT tablespace FROM archive_entry WHERE tablespace <> '' AND done_by <> '' ORDER BY 1`, nil, func(rows *sql.Rows) error {
		var name string
		err := rows.Scan(&name)
		names = append(names, name)
		return err
	})
	return names, err
}
