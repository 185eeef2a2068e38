package steps

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/sync/errgroup"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
)

// scriptAhead is how many entries of a script may wait to be stored.
const scriptAhead = 256

// scriptStream is one section of pg_restore's script, read ahead of whoever stores it.
type scriptStream struct {
	section string
	before  int // how many positions belong to the sections before it
	read    int
	ahead   chan pgtarget.ScriptEntry
	head    pgtarget.ScriptEntry
	more    bool
}

func (s *scriptStream) next() {
	if s.head, s.more = <-s.ahead; s.more {
		s.read++
	}
}

func (s *scriptStream) script() *catalogdb.Script {
	return &catalogdb.Script{Position: s.before + s.read, Section: s.section, Session: s.head.Session, SQL: s.head.SQL,
		Riders: max(len(pgtarget.SplitStatements(s.head.SQL))-1, 0)}
}

// archiveReader reads an archive's table of contents beside its script. Both come in the same order, but for what pg_restore does in later
// passes (privileges, refreshes, event triggers), so that most entries are at hand with their SQL and are stored with one statement.
type archiveReader struct {
	file    *os.File
	streams []*scriptStream
	group   *errgroup.Group
	cancel  context.CancelFunc
}

// openArchive begins to read an archive. The caller closes it, whatever comes of it.
func (e *Env) openArchive(ctx context.Context, name string) (*archiveReader, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	h, err := pgsource.ReadTOCHeader(f)
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	ctx, cancel := context.WithCancel(ctx)
	g, ctx := errgroup.WithContext(ctx)
	r := &archiveReader{file: f, group: g, cancel: cancel}
	for i, section := range []string{"pre-data", "post-data"} {
		s := &scriptStream{section: section, before: i * h.Entries, ahead: make(chan pgtarget.ScriptEntry, scriptAhead)}
		r.streams = append(r.streams, s)
		opts := e.restoreOptions()
		opts.Sections, opts.NoTablespaces = []string{section}, true // each entry has its own, see placing
		g.Go(func() error {
			defer close(s.ahead)
			_, err := pgtarget.RestoreScript(ctx, e.Tools, name, opts, func(entry pgtarget.ScriptEntry) error {
				select {
				case s.ahead <- entry:
					return nil
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			})
			return err
		})
	}
	return r, nil
}

// entries gives every entry of the table of contents to yield, with its script where that comes at the same place.
func (r *archiveReader) entries(yield func(pgschema.ArchiveEntry, *catalogdb.Script) error) error {
	for _, s := range r.streams {
		s.next()
	}
	if _, err := pgsource.ReadTOC(r.file, func(e pgschema.ArchiveEntry) error {
		for _, s := range r.streams {
			if s.more && s.head.DumpID == e.DumpID {
				script := s.script()
				s.next()
				return yield(e, script)
			}
		}
		return yield(e, nil)
	}); err != nil {
		return fmt.Errorf("read %s: %w", r.file.Name(), err)
	}
	return nil
}

// rest gives the entries of the script that come at another place than in the table of contents. Without an error, all were read.
func (r *archiveReader) rest(yield func(dumpID int, s *catalogdb.Script) error) error {
	for _, s := range r.streams {
		for ; s.more; s.next() {
			if err := yield(s.head.DumpID, s.script()); err != nil {
				return err
			}
		}
	}
	return r.group.Wait()
}

// close ends what still reads.
func (r *archiveReader) close() {
	r.cancel()
	_ = r.group.Wait()
	r.file.Close()
}
