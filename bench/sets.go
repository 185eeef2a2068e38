package main

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed data/*.sql
var data embed.FS

// setNames are the data sets in the order in which they are measured and shown.
var setNames = []string{"pgb", "onebig", "many", "blobs", "text"}

// parseSets reads a list such as "pgb,many"; "" and "all" are all of them.
func parseSets(list string) ([]string, error) {
	if list == "" || list == "all" {
		return setNames, nil
	}
	names := strings.Split(list, ",")
	for _, n := range names {
		if !slices.Contains(setNames, n) {
			return nil, fmt.Errorf("there is no data set %q: there are %s", n, strings.Join(setNames, ", "))
		}
	}
	return names, nil
}

// paragraphs are the pieces of a data set's file that are sent one by one: what is not separated by an empty line is one transaction, and
// a DO block that commits has to be alone. Those of comments only are left out.
func paragraphs(sql string) []string {
	var out []string
	for p := range strings.SplitSeq(sql, "\n\n") {
		lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(p), "\n"), func(l string) bool { return strings.HasPrefix(l, "--") })
		if p = strings.TrimSpace(strings.Join(lines, "\n")); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// fill makes a data set in an empty database and leaves it as a database at rest is: vacuumed, analyzed, with its hint bits set, so that the
// first tool to read it does not do that work for the others.
func fill(ctx context.Context, uri, set string, scale float64) error {
	sql, err := data.ReadFile("data/" + set + ".sql")
	if err != nil {
		return err
	}
	c, err := pgconn.Connect(ctx, uri)
	if err != nil {
		return err
	}
	defer c.Close(context.WithoutCancel(ctx))
	steps := slices.Concat([]string{fmt.Sprintf("SET bench.scale = '%g'", scale)}, paragraphs(string(sql)), []string{"VACUUM (FREEZE, ANALYZE)"})
	for _, s := range steps {
		if _, err := c.Exec(ctx, s).ReadAll(); err != nil {
			return fmt.Errorf("fill %s: %w", set, err)
		}
	}
	return nil
}
