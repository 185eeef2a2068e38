package steps

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// ListedEntry is an entry of an archive's table of contents, and what becomes of it.
type ListedEntry struct {
	pgschema.ArchiveEntry
	Line  int    // of the list it was read from; 0 when there is none
	Known bool   // whether it is kept is known, because a work directory has the archive
	Kept  bool   // it is restored
	Why   string // by which step, or by which rule it is left out
	Sure  bool   // kind, schema, name and owner are what they are, not what a line of text looks like
}

// ParseList reads a table of contents: that of a file, which may be what pg_restore --list prints or an archive itself, or, with a nil reader, that of
// the archive in the work directory. Where the directory has the archive, entries are known by their numbers and OIDs, and what a line says of their
// names is not believed. Memory grows with the file's own lines.
func ParseList(ctx context.Context, dir string, r io.Reader, file string, yield func(ListedEntry) error) error {
	if !catalogdb.Exists(dir) {
		if r == nil {
			return dirError(dir, catalogdb.ErrNoCatalog)
		}
		return readListFile(r, file, yield)
	}
	db, err := catalogdb.Look(ctx, dir)
	if err != nil {
		return dirError(dir, err)
	}
	defer func() { _ = db.Close() }()
	archive := filepath.Join(dir, "schema", "schema.dump")
	_, missing := os.Stat(archive)
	switch {
	case missing != nil && r == nil:
		return &pgdb.UserError{Msg: dir + " has no dump of the schema yet", Hint: "make it with: pgcopy dump schema --dir " + dir, Err: missing}
	case missing != nil:
		return readListFile(r, file, yield)
	}
	l := listing{db: db, archive: archive}
	if r != nil {
		if err := l.read(r, file); err != nil {
			return err
		}
	}
	return l.show(ctx, file, yield)
}

// readListFile reads a list, or an archive, without anything to hold it against.
func readListFile(r io.Reader, file string, yield func(ListedEntry) error) error {
	b := bufio.NewReader(r)
	if head, _ := b.Peek(5); bytes.Equal(head, []byte("PGDMP")) {
		_, err := pgsource.ReadTOC(b, func(e pgschema.ArchiveEntry) error { return yield(ListedEntry{ArchiveEntry: e, Sure: true}) })
		return inFile(file, err)
	}
	return inFile(file, pgsource.ReadList(b, func(l pgsource.ListLine) error {
		e := ListedEntry{ArchiveEntry: l.Entry, Line: l.Line, Sure: l.Sure}
		if l.Out {
			e.Known, e.Why = true, leftOutOfList
		}
		return yield(e)
	}))
}

const leftOutOfList = "it begins with a semicolon in the list"

// inFile says where an error is. A line that is wrong reads file:line, as editors understand it.
func inFile(file string, err error) error {
	var bad *pgsource.ListError
	if errors.As(err, &bad) {
		return &pgdb.UserError{Msg: fmt.Sprintf("%s:%d: %s", file, bad.Line, bad.Msg), Err: err,
			Hint: "each line is: number; OID of the system catalog, OID, kind, schema, name, owner, as pg_restore --list prints it; a semicolon in front takes it out"}
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", file, err)
	}
	return nil
}

// listing is a list held against the archive of a work directory.
type listing struct {
	db      *catalogdb.DB
	archive string
	lines   map[int]pgsource.ListLine // by dump id; nil: no list, all entries are meant
}

func (l *listing) read(r io.Reader, file string) error {
	l.lines = map[int]pgsource.ListLine{}
	return inFile(file, pgsource.ReadList(r, func(line pgsource.ListLine) error {
		if before, again := l.lines[line.Entry.DumpID]; again && !before.Out && !line.Out {
			return &pgsource.ListError{Line: line.Line, Msg: fmt.Sprintf("entry %d is in line %d already", line.Entry.DumpID, before.Line)}
		} else if again && !before.Out {
			return nil
		}
		l.lines[line.Entry.DumpID] = line
		return nil
	}))
}

// show hands out the entries in the archive's order.
func (l *listing) show(ctx context.Context, file string, yield func(ListedEntry) error) error {
	f, err := os.Open(l.archive)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if _, err := pgsource.ReadTOC(f, func(e pgschema.ArchiveEntry) error {
		line, listed := l.lines[e.DumpID]
		if l.lines != nil && !listed {
			return nil
		}
		delete(l.lines, e.DumpID)
		if line.OIDs && (line.Entry.CatalogOID != e.CatalogOID || line.Entry.OID != e.OID) {
			return l.foreign(file, line, fmt.Sprintf("entry %d is %d %d there", e.DumpID, e.CatalogOID, e.OID))
		}
		entry, err := l.fate(ctx, e)
		if err != nil {
			return err
		}
		if entry.Line = line.Line; line.Out {
			entry.Kept, entry.Why = false, leftOutOfList
		}
		return yield(entry)
	}); err != nil {
		return err
	}
	for _, line := range l.lines {
		if !line.Out {
			return l.foreign(file, line, fmt.Sprintf("there is no entry %d", line.Entry.DumpID))
		}
	}
	return nil
}

// foreign is a list that another archive was listed into.
func (l *listing) foreign(file string, line pgsource.ListLine, problem string) error {
	return &pgdb.UserError{Msg: fmt.Sprintf("%s:%d: this is no line of %s: %s", file, line.Line, l.archive, problem),
		Hint: "list that archive (pg_restore --list), or name the work directory of the list, or an empty one, with --dir"}
}

// fate is what the catalog says of an entry.
func (l *listing) fate(ctx context.Context, e pgschema.ArchiveEntry) (ListedEntry, error) {
	out := ListedEntry{ArchiveEntry: e, Known: true, Sure: true}
	step, known, rule, err := l.db.EntryFate(ctx, e.DumpID)
	switch {
	case err != nil:
		return out, err
	case e.IsSetting():
		out.Why = "it is a setting of the archive itself"
	case e.IsLargeObject():
		out.Why = "large objects are copied with their rows, not from the archive"
	case rule != "":
		out.Why = rule
	case step != "":
		out.Kept, out.Why = true, step
	case known:
		out.Why = "no step does it"
	default:
		out.Why = "pg_restore has nothing to do for it with the options of this directory"
	}
	return out, nil
}
