package cli

import "github.com/pgcopy/pgcopy/steps"

// filterFlag names the file that says which objects are copied. It is part of contentFlags.
type filterFlag struct {
	Filters string `aliases:"filter" short:"F" placeholder:"FILE" env:"PGCOPY_FILTERS,PGCOPYDB_FILTERS" help:"Copy what this file includes, less what it excludes: schemas, tables, rows, indexes, extensions (also --filter; see docs/filters.md)."`
}

// apply hands the file over. An empty environment variable counts as none.
func (f *filterFlag) apply(o *steps.Options) { o.Filters = f.Filters }
