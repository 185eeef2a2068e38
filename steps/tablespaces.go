package steps

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
)

// ReadTablespaces reads and understands a map of tablespaces. Errors are *pgdb.UserError with file, line and remedy.
func ReadTablespaces(file string) ([]pgschema.TablespaceMapping, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, &pgdb.UserError{Msg: fmt.Sprintf("--tablespaces %s: %v", file, pathless(err)), Hint: "name a file that this user can read", Err: err}
	}
	all, err := pgschema.ParseTablespaces(file, text)
	var wrong *pgschema.FilterError
	if errors.As(err, &wrong) {
		return nil, &pgdb.UserError{Msg: "--tablespaces " + wrong.Error(), Hint: wrong.Hint, Err: err}
	}
	return all, err
}

// pathless is an error about a file without its name.
func pathless(err error) error {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}

// mappedTablespaces is the user's map by names of the source.
func (o Options) mappedTablespaces() map[string]pgschema.TablespaceMapping {
	by := map[string]pgschema.TablespaceMapping{}
	for _, m := range o.Tablespaces {
		by[m.Source] = m
	}
	return by
}

// placing decides in which tablespace of the target things come to be.
//
// What pg_dump knows of an object's tablespace is a field of its archive entry, set from pg_class.reltablespace; its SQL has no TABLESPACE
// clause. pg_restore makes the field a SET default_tablespace before the entry, which the server heeds for tables, partitioned tables and
// indexes, materialized views, all their indexes and those that ADD CONSTRAINT builds; TOAST goes with its table. So the field is mapped when the
// archive is read, it is stored with the entry, and each entry is run under a SET of its own. The alternatives are worse: ALTER ...
// SET TABLESPACE afterwards would need a lock and, for indexes, a rewrite; a change of pg_restore's text could hit a function's body.
type placing struct {
	to                           map[string]pgschema.TablespaceMapping
	none                         bool   // everything into the database's default
	sourceDefault, targetDefault string // of the databases
}

// of is the tablespace that an entry's object comes to be in, "" for the database's default. A name that is the default is not
// said: the server would refuse it for partitioned tables.
func (p placing) of(e pgschema.ArchiveEntry) string {
	if p.none {
		return ""
	}
	name := e.Tablespace
	if name == "" {
		if !slices.Contains([]string{"TABLE", "MATERIALIZED VIEW", "INDEX", "CONSTRAINT"}, e.Desc) {
			return ""
		}
		if _, mapped := p.to[p.sourceDefault]; !mapped {
			return ""
		}
		name = p.sourceDefault
	}
	return p.name(name)
}

func (p placing) name(source string) string {
	name := source
	if m, mapped := p.to[source]; mapped {
		name = m.Target
	}
	if name == p.targetDefault {
		return ""
	}
	return name
}

// defaultOf is the database's own tablespace.
func defaultOf[T any](all []T, is func(T) (string, bool)) string {
	for _, t := range all {
		if name, yes := is(t); yes {
			return name
		}
	}
	return ""
}

func (e *Env) sourceTablespaces(ctx context.Context) (all []pgschema.Tablespace, err error) {
	err = e.from.with(ctx, func(conn *pgx.Conn) (err error) {
		all, err = pgsource.Tablespaces(ctx, conn)
		return err
	})
	return all, err
}

func (e *Env) targetTablespaces(ctx context.Context) (all []pgtarget.TablespaceState, err error) {
	err = e.withTarget(ctx, func(conn *pgx.Conn) (err error) {
		all, err = pgtarget.Tablespaces(ctx, conn)
		return err
	})
	return all, err
}

// placing asks both servers for what it has to know.
func (e *Env) placing(ctx context.Context) (placing, error) {
	p := placing{to: e.Opts.mappedTablespaces(), none: e.Opts.NoTablespaces}
	if p.none {
		return p, nil
	}
	source, err := e.sourceTablespaces(ctx)
	if err != nil {
		return p, err
	}
	target, err := e.targetTablespaces(ctx)
	if err != nil {
		return p, err
	}
	p.sourceDefault = defaultOf(source, func(t pgschema.Tablespace) (string, bool) { return t.Name, t.Default })
	p.targetDefault = defaultOf(target, func(t pgtarget.TablespaceState) (string, bool) { return t.Name, t.Default })
	return p, nil
}

// checkMap refuses a map that names tablespaces which the source does not have.
func (e *Env) checkMap(source []pgschema.Tablespace) error {
	var names []string
	for _, t := range source {
		names = append(names, t.Name)
	}
	for _, m := range e.Opts.Tablespaces {
		if slices.Contains(names, m.Source) {
			continue
		}
		hint := "the source has " + displayed(names)
		if near := pgschema.Nearest(m.Source, names, 1); len(near) > 0 {
			hint = "did you mean " + pgschema.DisplayIdent(near[0]) + "?"
		}
		return &pgdb.UserError{Msg: e.placeOf(m) + "the source has no tablespace " + pgschema.DisplayIdent(m.Source), Hint: hint}
	}
	return nil
}

// placeOf is where a line of the map stands, as far as this process has read it.
func (e *Env) placeOf(m pgschema.TablespaceMapping) string {
	if m.Line == 0 {
		return "--tablespaces: "
	}
	return fmt.Sprintf("--tablespaces %s:%d: ", e.Opts.TablespacesFile, m.Line)
}

func displayed(names []string) string {
	shown := make([]string, len(names))
	for i, n := range names {
		shown[i] = pgschema.DisplayIdent(n)
	}
	return strings.Join(shown, ", ")
}

// checkTablespaces refuses, before anything is made, what could not be placed on the target. Under filters nobody knows yet what will be
// needed: the plan looks again then, as it does always.
func (e *Env) checkTablespaces(ctx context.Context, places bool) error {
	if e.Opts.NoTablespaces || !places && len(e.Opts.Tablespaces) == 0 {
		return nil
	}
	source, err := e.sourceTablespaces(ctx)
	if err != nil {
		return err
	}
	if err := e.checkMap(source); err != nil || !places || !e.Opts.Filter.IsZero() {
		return err
	}
	p, err := e.placing(ctx)
	if err != nil {
		return err
	}
	var wanted []string
	for _, t := range source {
		_, mapped := p.to[t.Name]
		if t.Used || t.Default && mapped {
			wanted = append(wanted, p.name(t.Name))
		}
	}
	return e.checkPlaces(ctx, wanted, "")
}

// checkPlaces refuses tablespaces that the target does not have, or that the role may not use. again is how to change an option.
func (e *Env) checkPlaces(ctx context.Context, wanted []string, again string) error {
	wanted = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(wanted))), func(n string) bool { return n == "" })
	if len(wanted) == 0 {
		return nil
	}
	have, err := e.targetTablespaces(ctx)
	if err != nil {
		return err
	}
	var missing, forbidden []string
	for _, name := range wanted {
		i := slices.IndexFunc(have, func(t pgtarget.TablespaceState) bool { return t.Name == name })
		switch {
		case i < 0:
			missing = append(missing, name)
		case !have[i].May:
			forbidden = append(forbidden, name)
		}
	}
	switch {
	case len(missing) > 0:
		return &pgdb.UserError{Msg: "the target has no tablespace " + displayed(missing) + e.mappedFrom(missing),
			Hint: "make what is missing with pgcopy copy tablespaces (in another --dir, as a superuser); or, " + again +
				"name others in --tablespaces FILE (lines such as " + pgschema.DisplayIdent(missing[0]) + " = pg_default), or leave tablespaces out with --no-tablespaces"}
	case len(forbidden) > 0:
		role := pgschema.QuoteIdent(e.TargetInfo.Role)
		return &pgdb.UserError{Msg: fmt.Sprintf("%s may not make anything in tablespace %s of the target", e.TargetInfo.Acting(), displayed(forbidden)),
			Hint: fmt.Sprintf("on the target: GRANT CREATE ON TABLESPACE %s TO %s; or, %sname others in --tablespaces FILE, or leave tablespaces out with --no-tablespaces",
				pgschema.QuoteIdent(forbidden[0]), role, again)}
	}
	return nil
}

// mappedFrom tells which lines of the map want the names.
func (e *Env) mappedFrom(names []string) string {
	var from []string
	for _, m := range e.Opts.Tablespaces {
		if slices.Contains(names, m.Target) {
			from = append(from, strings.TrimSuffix(e.placeOf(m), " ")+" "+m.String())
		}
	}
	if len(from) == 0 {
		return ""
	}
	return " (" + strings.Join(from, "; ") + ")"
}

// checkPlanned looks whether the target has what the archive wants, once it is known what is left out.
func (e *Env) checkPlanned(ctx context.Context, names []string) error {
	if e.Opts.NoTablespaces || !slices.ContainsFunc(names, func(n string) bool { return n == "restore-pre-data" || n == "create-index" }) {
		return nil
	}
	wanted, err := e.Catalog.ArchiveTablespaces(ctx)
	if err != nil {
		return err
	}
	return e.checkPlaces(ctx, wanted, "with --restart, ")
}

// setting maps the tablespaces that settings of the database name. A session warns of one that is not there, each time anew, so without
// tablespaces the settings are left out.
func (p placing) setting(d pgschema.DatabaseProperty) (placed pgschema.DatabaseProperty, keep bool) {
	if d.Kind != "setting" && d.Kind != "role-setting" {
		return d, true
	}
	to := func(name string) string {
		if m, mapped := p.to[name]; mapped {
			return m.Target
		}
		return name
	}
	switch strings.ToLower(d.Name) {
	case "default_tablespace":
		d.Value = to(d.Value)
	case "temp_tablespaces":
		d.Value = pgtarget.MapTablespaceNames(d.Value, to)
	default:
		return d, true
	}
	return d, !p.none
}

// databaseError names the remedy where a database was to be made in a tablespace that the target does not have.
func databaseError(d pgschema.Database, err error) error {
	var pg *pgconn.PgError
	if d.Tablespace == "" || !errors.As(err, &pg) || pg.Code != "42704" || !strings.Contains(pg.Message, "tablespace ") {
		return err
	}
	return &pgdb.UserError{Msg: fmt.Sprintf("create database %s: %s", pgschema.DisplayIdent(d.Name), reason(err)), Err: err,
		Hint: "make it with pgcopy copy tablespaces (in another --dir, as a superuser); or, with --restart, name another in --tablespaces FILE, or give --no-tablespaces"}
}
