package cli

import "github.com/pgcopy/pgcopy/steps"

// takeTablespaces reads the map of tablespaces, if a file is named. An empty environment variable counts as none.
func takeTablespaces(o *steps.Options, file string) (err error) {
	switch {
	case file == "":
		return nil
	case o.NoTablespaces:
		return usagef("--tablespaces says where things go, and --no-tablespaces puts all of them into the default: give one of them")
	}
	o.TablespacesFile = file
	o.Tablespaces, err = steps.ReadTablespaces(file)
	return err
}
