package steps

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// mostUnforeseen bounds how many tables a warning names.
const mostUnforeseen = 10

// ReadFilters reads and understands a filter file. Errors are *pgdb.UserError with file, line and remedy.
func ReadFilters(file string) (*pgschema.Filter, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		var path *fs.PathError
		cause := err
		if errors.As(err, &path) {
			cause = path.Err
		}
		return nil, &pgdb.UserError{Msg: fmt.Sprintf("--filters %s: %v", file, cause), Hint: "name a file that this user can read", Err: err}
	}
	f, err := pgschema.ParseFilter(file, text)
	if err != nil {
		var wrong *pgschema.FilterError
		if errors.As(err, &wrong) {
			return nil, &pgdb.UserError{Msg: wrong.Error(), Hint: wrong.Hint, Err: err}
		}
		return nil, err
	}
	return f, nil
}

// checkFilters holds the filters against the other options.
func checkFilters(o Options) error {
	if o.SkipExtensions && o.Filter.Has(pgschema.IncludeOnlyExtension) {
		e := o.Filter.Of(pgschema.IncludeOnlyExtension)[0]
		return &pgdb.UserError{Msg: fmt.Sprintf("%s:%d: --skip-extensions leaves out all extensions, but [include-only-extension] includes %s", o.Filter.File, e.Line, e),
			Hint: "drop --skip-extensions, or remove the section"}
	}
	return nil
}

// takeFilters reads the file that the user named, if any.
func (e *Env) takeFilters() (err error) {
	if e.Opts.Filters != "" {
		if e.Opts.Filter, err = ReadFilters(e.Opts.Filters); err != nil {
			return err
		}
		if e.Opts.FiltersFile, err = filepath.Abs(e.Opts.Filters); err != nil {
			return err
		}
	}
	return checkFilters(e.Opts)
}

// filtersAgain reads the filters anew as long as nothing was found by them: the first run may have ended because of what they say.
func (e *Env) filtersAgain(ctx context.Context, setup catalogdb.Setup) error {
	if e.Opts.FiltersFile == "" || e.Opts.Restart {
		return nil
	}
	done, _, err := e.Catalog.SourceWork(ctx)
	if err != nil || done > 0 {
		return err
	}
	f, err := ReadFilters(e.Opts.FiltersFile)
	if errors.Is(err, os.ErrNotExist) || err == nil && f.Digest() == setup.FilterDigest {
		return nil // those that were read, then
	} else if err != nil {
		return err
	}
	e.Opts.Filter = f
	if err := checkFilters(e.Opts); err != nil {
		return err
	}
	options, err := json.Marshal(e.Opts)
	if err != nil {
		return err
	}
	e.Log.Info("the filters were changed, and are read anew: nothing was found by them yet", "file", e.Opts.FiltersFile)
	return e.Catalog.SetFilter(ctx, string(options), f.Digest())
}

// sameFilters refuses to go on under other filters than those of the work directory. No file means those, and so does the same file while
// nothing was found by it (see filtersAgain).
func sameFilters(o Options, setup catalogdb.Setup, kept Options, loaded bool) error {
	if o.Filters == "" {
		return nil
	}
	f, err := ReadFilters(o.Filters)
	if err != nil || f.Digest() == setup.FilterDigest {
		return err
	}
	if path, err := filepath.Abs(o.Filters); err == nil && !loaded && path == kept.FiltersFile {
		return nil
	}
	begun := "without filters"
	if !kept.Filter.IsZero() {
		begun = "with other filters, those of " + kept.Filter.File
	}
	return &pgdb.UserError{Msg: fmt.Sprintf("%s was begun %s, not with %s", o.Dir, begun, o.Filters),
		Hint: "leave --filters away to go on as it was begun, or use another --dir"}
}

// filters finds what the filters mean on the source and keeps that. It is the first thing done: a filter that is wrong is told
// before anything is made.
func (s *loadSource) filters(ctx context.Context, l *catalogdb.Loader, conn, _ *pgx.Conn) error {
	f := s.env.Opts.Filter
	if f.IsZero() {
		return nil
	}
	if err := pgsource.FilterMatches(ctx, conn, f, func(text string) { s.env.Log.Warn(text) }, func(m pgschema.FilterMatch) error {
		return l.FilterMatch(m, f.Rule(m.Entry))
	}); err != nil {
		return err
	}
	if err := pgsource.ConstraintNeeds(ctx, conn, l.ConstraintNeed); err != nil {
		return err
	}
	return pgsource.ExtensionGrants(ctx, conn, l.ExtensionGrant)
}

// leftOut is the rule by which the filters leave a relation out by itself, or, if rowsToo, its rows.
func (s *loadSource) leftOut(l *catalogdb.Loader, oid uint32, schema string, rowsToo bool) (string, error) {
	if s.env.Opts.Filter.IsZero() {
		return "", nil
	}
	return l.DirectRule(oid, schema, rowsToo)
}

// unreadableLeftOut tells whether filters leave out something that may not be read, and whether it has to be hidden from pg_dump then.
func (s *loadSource) unreadableLeftOut(l *catalogdb.Loader, u pgschema.Unreadable) (out, hide bool, err error) {
	oid := u.OID
	if u.Owner != 0 {
		oid = u.Owner
	}
	rule, err := s.leftOut(l, oid, u.Name.Schema, u.Why == "row-security")
	if err != nil || rule == "" {
		return false, false, err
	}
	if hide = u.Why != "row-security"; hide {
		err = l.Hidden(u, rule)
	}
	return true, hide, err
}

// hidden are the tables and sequences that pg_dump must not be shown. They are on its command line, so there cannot be very many.
func (s *dumpSchema) hidden(ctx context.Context) (names []pgschema.Name, err error) {
	err = s.env.Catalog.HiddenRelations(ctx, func(n pgschema.Name) error {
		names = append(names, n)
		return nil
	})
	return names, err
}

// filter leaves out of the archive what the filters say, and tells what came of it.
func (s *dumpSchema) filter(l *catalogdb.ArchiveLoader) error {
	f := s.env.Opts.Filter
	if f.IsZero() {
		return nil
	}
	if err := l.Filter(f); err != nil {
		var lost *catalogdb.LostError
		if errors.As(err, &lost) {
			return &pgdb.UserError{Msg: lost.Error(), Hint: "include what it needs too, or remove the entry", Err: err}
		}
		return fmt.Errorf("apply %s: %w", f.File, err)
	}
	return s.tellFiltered(l)
}

// tellFiltered logs how much is left out, and warns of tables that nobody named.
func (s *dumpSchema) tellFiltered(l *catalogdb.ArchiveLoader) error {
	counts, err := l.SkippedCounts()
	if err != nil {
		return err
	}
	var all int64
	for _, n := range counts {
		all += n
	}
	args := []any{"file", s.env.Opts.Filter.File, "objects", all}
	for _, kind := range []string{"SCHEMA", "TABLE", "TABLE DATA", "VIEW", "MATERIALIZED VIEW", "INDEX", "SEQUENCE", "EXTENSION"} {
		if counts[kind] > 0 {
			args = append(args, strings.ReplaceAll(strings.ToLower(kind), " ", "_"), counts[kind])
		}
	}
	s.env.Log.Info("filters leave out what pgcopy list skipped tells", args...)
	first, n, err := l.UnforeseenTables(mostUnforeseen)
	for _, t := range first {
		s.env.Log.Warn(fmt.Sprintf("%s %s is left out too: it %s, which %s leaves out", strings.ToLower(t.Kind),
			pgschema.Name{Schema: t.Schema, Rel: t.Name}, t.Via, t.Rule))
	}
	if more := n - int64(len(first)); more > 0 {
		s.env.Log.Warn(fmt.Sprintf("and %d more tables that need something that is left out", more))
	}
	return err
}

// useList writes the dump ids of what is not left out into a file for pg_restore --use-list; "" when nothing is left out.
func (e *Env) useList(ctx context.Context) (string, error) {
	any, err := e.Catalog.AnySkipped(ctx)
	if err != nil || !any {
		return "", err
	}
	file := filepath.Join(filepath.Dir(e.archivePath()), "kept.list")
	f, err := os.OpenFile(file, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", err
	}
	w := bufio.NewWriter(f)
	err = e.Catalog.KeptEntries(ctx, func(id int) error {
		_, err := w.WriteString(strconv.Itoa(id) + ";\n")
		return err
	})
	return file, errors.Join(err, w.Flush(), f.Close())
}
