package steps

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// databasesDir is where the work directories of single databases are, in that of all of them.
const databasesDir = "databases"

// allDatabasesWorkflow copies every database of a server: the roles once, then each database by a clone with a directory and a catalog of its
// own. This directory's catalog is the overview. The clones share their workers (see workflow.Gate).
func allDatabasesWorkflow(e *Env) Workflow {
	w := Workflow{Name: "clone all databases", Number: 30, NoSnapshot: true}
	if e.Opts.Roles {
		w.Steps = append(w.Steps, newDumpRoles(e), newRestoreRoles(e))
	}
	w.Steps = append(w.Steps, newCloneDatabase(e))
	w.Openings = []workflow.Step{newListDatabases(e), newPlan(e, func() []workflow.Step { return w.Steps })}
	return w
}

// listDatabases writes down which databases the source has.
type listDatabases struct{ base }

func newListDatabases(e *Env) *listDatabases {
	return &listDatabases{base{env: e, name: "list-databases", kind: "catalog queries", pool: "control"}}
}

func (s *listDatabases) Run(ctx context.Context, t workflow.Task) (res workflow.Result, err error) {
	return res, s.env.from.with(ctx, func(conn *pgx.Conn) error {
		return s.env.Catalog.LoadDatabases(ctx, func(store func(catalogdb.ClusterDatabase) error) error {
			return pgsource.Databases(ctx, conn, func(d pgschema.Database) error {
				return store(catalogdb.ClusterDatabase{Database: d, Dir: filepath.Join(databasesDir, dirName(d))})
			})
		})
	})
}

// plainName is a database's name that every file system and shell takes as it is.
var plainName = regexp.MustCompile(`^[a-z0-9_][a-z0-9_.-]*$`)

// dirName is the folder of a database: its name, or its OID where the name is no plain one.
func dirName(d pgschema.Database) string {
	if plainName.MatchString(d.Name) {
		return d.Name
	}
	return fmt.Sprintf("~%d", d.OID)
}

// cloneDatabase copies one database, by a clone of its own. What that has done is in its own catalog: an attempt that was interrupted is
// gone on with there.
type cloneDatabase struct {
	base
	gate   *workflow.Gate
	making sync.Mutex // CREATE DATABASE copies template0, one at a time
}

func newCloneDatabase(e *Env) *cloneDatabase {
	return &cloneDatabase{base: base{env: e, name: "clone-database", kind: "databases", pool: "database",
		tasks: []planning{planned(sql.CatalogPlanCloneDatabase)}, needs: []planning{planned(sql.CatalogPlanNeedsStep, "clone-database", "restore-roles")}},
		gate: newGate(e.Opts)}
}

func (s *cloneDatabase) Run(ctx context.Context, t workflow.Task) (res workflow.Result, err error) {
	e := s.env
	d, err := e.Catalog.ClusterDatabase(ctx, t.OID)
	if err != nil {
		return res, err
	}
	if err := s.make(ctx, d.Database); err != nil {
		return res, err
	}
	o := s.options(d)
	done, stop := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		s.follow(stop, o.Dir, t)
	}()
	err = s.clone(ctx, o)
	close(stop)
	<-done
	if p, ok := progressIn(context.WithoutCancel(ctx), o.Dir); ok && p.Overall != nil {
		res.Bytes = p.Overall.Bytes
	}
	return res, s.verdict(ctx, d.Name, o.Dir, err)
}

// make creates the database on the target if it is not there.
func (s *cloneDatabase) make(ctx context.Context, d pgschema.Database) error {
	s.making.Lock()
	defer s.making.Unlock()
	if m, mapped := s.env.Opts.mappedTablespaces()[d.Tablespace]; mapped {
		d.Tablespace = m.Target
	}
	return s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		made, err := pgtarget.CreateDatabase(ctx, conn, d, s.env.TargetInfo.Major(), s.env.Opts.NoOwner, s.env.Opts.NoTablespaces)
		if made {
			s.env.Log.Info("created the database", "database", d.Name)
		}
		return databaseError(d, err)
	})
}

// options are those of one database's clone.
func (s *cloneDatabase) options(d catalogdb.ClusterDatabase) Options {
	o := s.env.Opts
	o.Dir = filepath.Join(o.Dir, d.Dir)
	o.SourceDB, o.TargetDB = d.Name, d.Name
	o.AllDatabases, o.Roles, o.Restart, o.OnReady, o.gate, o.wal = false, false, false, nil, s.gate, s.env.wal
	o.Log = o.Log.With("database", d.Name)
	return o
}

// clone begins a database's clone, or goes on with it. One that is older than this overview is of an earlier --all-databases, which a
// restart forgot: it is started over.
func (s *cloneDatabase) clone(ctx context.Context, o Options) error {
	began, err := s.env.Catalog.BoundAt(ctx)
	if err != nil {
		return err
	}
	bound, runs, err := boundAt(ctx, o.Dir)
	switch {
	case err != nil:
		return err
	case bound == "" || runs == 0:
		_, err = Clone(ctx, o)
	case bound < began:
		o.Restart = true
		_, err = Clone(ctx, o)
	default:
		_, err = Resume(ctx, o)
	}
	return err
}

// boundAt tells when a directory was bound and how often something was run in it.
func boundAt(ctx context.Context, dir string) (moment string, runs int, err error) {
	db, err := catalogdb.OpenReadOnly(ctx, dir)
	if errors.Is(err, catalogdb.ErrNoCatalog) {
		return "", 0, nil
	} else if err != nil {
		return "", 0, dirError(dir, err)
	}
	defer func() { _ = db.Close() }()
	if moment, err = db.BoundAt(ctx); err != nil {
		return "", 0, dirError(dir, err)
	}
	all, err := db.Runs(ctx)
	return moment, len(all), err
}

// verdict is what the overview says of a clone. What would stop a clone at once (a lost snapshot, a full disk) is the failure of that one
// database here: the others go on.
func (s *cloneDatabase) verdict(ctx context.Context, name, dir string, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	if j := judge(err); j.Transient && !j.Fatal {
		return err
	}
	message, hint := pgdb.Explain(err)
	if errors.Is(err, workflow.ErrFailed) {
		hint = "see what is known of it: pgcopy list failures --dir " + dir
		if p, ok := progressIn(context.WithoutCancel(ctx), dir); ok && p.Overall != nil && len(p.Failures) > 0 {
			message = p.Failures[0].Error
			if n := p.Overall.Failed; n > 1 {
				message = fmt.Sprintf("%d tasks failed, the first: %s", n, message)
			} else if p.Failures[0].Hint != "" {
				hint = p.Failures[0].Hint
			}
		}
	}
	return &pgdb.UserError{Msg: "database " + name + ": " + message, Hint: hint}
}

func (o Options) in(dir string) Options {
	o.Dir = dir
	return o
}

// notOverview refuses to work on one database in the directory of all of them.
func (o Options) notOverview() error {
	if !o.AllDatabases {
		return nil
	}
	return &pgdb.UserError{Msg: o.Dir + " is the overview of all databases of a server",
		Hint: "name one database's own directory: --dir " + filepath.Join(o.Dir, databasesDir, "NAME") + "; or go on with all: pgcopy resume --dir " + o.Dir}
}
