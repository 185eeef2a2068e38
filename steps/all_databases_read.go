package steps

import (
	"context"
	"path/filepath"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// InspectAll is Inspect for every database of the source's server, biggest first: from the catalogs of an overview, or from the source itself
// where Dir holds none. Of a database whose clone has not looked at it yet, show is told with a nil catalog.
func InspectAll(ctx context.Context, o Options, show func(database string, db *catalogdb.DB) error) error {
	if catalogdb.Exists(o.Dir) {
		return EachDatabase(ctx, o.Dir, func(name, dir string) error {
			if !catalogdb.Exists(dir) {
				return show(name, nil)
			}
			one := o
			one.Dir = dir
			return Inspect(ctx, one, func(db *catalogdb.DB) error { return show(name, db) })
		})
	}
	var all []pgschema.Database
	if o.Source != "" { // Inspect says what is missing otherwise
		if err := Databases(ctx, o, func(d pgschema.Database) error {
			all = append(all, d)
			return nil
		}); err != nil {
			return err
		}
	} else {
		return Inspect(ctx, o, func(*catalogdb.DB) error { return nil })
	}
	for _, d := range all {
		o.SourceDB = d.Name
		if err := Inspect(ctx, o, func(db *catalogdb.DB) error { return show(d.Name, db) }); err != nil {
			return err
		}
	}
	return nil
}

// IsOverview tells whether a directory is that of all databases of a server.
func IsOverview(ctx context.Context, dir string) bool {
	overview := false
	if catalogdb.Exists(dir) {
		_ = EachDatabase(ctx, dir, func(string, string) error {
			overview = true
			return nil
		})
	}
	return overview
}

// PairOfDatabases is a name that at least one of two servers has a database of.
type PairOfDatabases struct {
	Name     string
	Dir      string // of its clone, below that of the overview
	OnSource bool
	OnTarget bool
}

// PairsOfDatabases are the databases of both servers: those of the source, biggest first, then those that only the target has.
func PairsOfDatabases(ctx context.Context, o Options) (pairs []PairOfDatabases, err error) {
	at := map[string]int{}
	for _, side := range []struct{ label, uri string }{{"--source", o.Source}, {"--target", o.Target}} {
		c, err := pgdb.ParseConninfo(side.label, side.uri)
		if err != nil {
			return nil, err
		}
		if err := eachDatabaseOf(ctx, c, func(d pgschema.Database) error {
			if side.label == "--source" {
				at[d.Name] = len(pairs)
				pairs = append(pairs, PairOfDatabases{Name: d.Name, Dir: filepath.Join(o.Dir, databasesDir, dirName(d)), OnSource: true})
			} else if i, ok := at[d.Name]; ok {
				pairs[i].OnTarget = true
			} else {
				pairs = append(pairs, PairOfDatabases{Name: d.Name, OnTarget: true})
			}
			return nil
		}); err != nil {
			return nil, err
		}
	}
	return pairs, nil
}
