package cli

import (
	"bufio"
	"io"

	"github.com/pgcopy/pgcopy/catalogdb"
)

type listSchemaCmd struct{ sourceListFlags }

// Run prints all that is known of the source's objects. It is JSON with --json and without: there is no table that could hold it.
func (c *listSchemaCmd) Run(a *app) error {
	return c.inspect(a, func(db *catalogdb.DB) error { return printSchema(a.stdout, db, a) })
}

// printSchema writes one object with a list for each kind of thing, every thing on a line of its own, as it is read.
func printSchema(w io.Writer, db *catalogdb.DB, a *app) error {
	out := bufio.NewWriter(w)
	open, before, objects := "", "{\n", 0 // what closes the section at hand, what goes before the next one
	closeSection := func() {
		switch {
		case open == "}" && objects == 0:
			out.WriteString("null")
		case open == "]" && objects > 0:
			out.WriteString("\n  ]")
		case open == "]":
			out.WriteString("]")
		}
	}
	err := db.DescribeSchema(a.ctx, func(name string, one bool) error {
		closeSection()
		out.WriteString(before + `  "` + name + `": `)
		open, before, objects = "]", ",\n", 0
		if one {
			open = "}"
		} else {
			out.WriteString("[")
		}
		return nil
	}, func(object string) error {
		switch {
		case open == "}":
		case objects > 0:
			out.WriteString(",\n    ")
		default:
			out.WriteString("\n    ")
		}
		objects++
		_, err := out.WriteString(object)
		return err
	})
	if err != nil {
		return err
	}
	closeSection()
	if open == "" { // a catalog that is being made
		out.WriteString("{")
	}
	out.WriteString("\n}\n")
	return out.Flush()
}
