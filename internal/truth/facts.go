package truth

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

//go:embed queries/*.sql
var queries embed.FS

// query is the text of queries/NAME.sql.
func query(name string) string {
	b, err := queries.ReadFile("queries/" + name + ".sql")
	if err != nil {
		panic(err)
	}
	return string(b)
}

// factQueries each give one row per object: its name, then its properties.
var factQueries = []string{"relations", "indexes", "columns", "constraints", "triggers", "extensions", "database", "settings", "large_objects"}

// Facts reads what pg_dump --schema-only does not show: object -> property -> value.
//
// Indexes that are not valid are left out, as pg_dump leaves them out, unless they belong to a partitioned table: a copy
// is right without them. [Compare] reports any that the target has.
//
// Of the database itself the settings, comment and privileges are read, with its owner written as (owner): a database's
// name, owner, encoding and connection limit belong to whoever created it.
func Facts(ctx context.Context, uri string) (map[string]map[string]string, error) {
	return factsOf(ctx, uri, factQueries)
}

func factsOf(ctx context.Context, uri string, queries []string) (map[string]map[string]string, error) {
	c, err := connect(ctx, uri)
	if err != nil {
		return nil, fmt.Errorf("facts: %w", err)
	}
	defer c.Close(ctx)
	facts := map[string]map[string]string{}
	for _, q := range queries {
		err := each(ctx, c, query(q), func(columns []string, row [][]byte) error {
			props := make(map[string]string, len(columns)-1)
			for i := 1; i < len(columns); i++ {
				props[columns[i]] = "(null)"
				if row[i] != nil {
					props[columns[i]] = string(row[i])
				}
			}
			name := string(row[0])
			if _, twice := facts[name]; twice {
				return fmt.Errorf("two objects are called %q", name)
			}
			facts[name] = props
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("facts: %s: %w", q, err)
		}
	}
	return facts, nil
}

// DiffFacts names every object that one side lacks and every property that differs.
func DiffFacts(source, target map[string]map[string]string) []string {
	return diffKeys(source, target, func(name string, s, t map[string]string) string {
		var out []string
		for _, p := range slices.Sorted(maps.Keys(s)) {
			if s[p] != t[p] {
				out = append(out, fmt.Sprintf("%s: %s: %q on the source, %q on the target", name, p, s[p], t[p]))
			}
		}
		return strings.Join(out, "\n")
	}, "")
}

// Sequences reads last_value and is_called of every sequence that a copy has to set: all but those that belong to an
// extension without being part of its configuration.
func Sequences(ctx context.Context, uri string) (map[string]string, error) {
	c, err := connect(ctx, uri)
	if err != nil {
		return nil, fmt.Errorf("sequences: %w", err)
	}
	defer c.Close(ctx)
	var names []string
	err = each(ctx, c, query("sequences"), func(_ []string, row [][]byte) error {
		names = append(names, string(row[0]))
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("sequences: %w", err)
	}
	values := make(map[string]string, len(names))
	// A statement locks each sequence it reads until it ends, so there is a bound to how many one may read.
	for chunk := range slices.Chunk(names, 500) {
		if err := readSequences(ctx, c, chunk, values); err != nil {
			return nil, fmt.Errorf("sequences: %w", err)
		}
	}
	return values, nil
}

func readSequences(ctx context.Context, c *pgconn.PgConn, names []string, into map[string]string) error {
	var parts []string
	for i, n := range names {
		parts = append(parts, fmt.Sprintf("SELECT %d, 'last_value ' || last_value || ', is_called ' || is_called FROM %s", i, n))
	}
	return each(ctx, c, strings.Join(parts, " UNION ALL "), func(_ []string, row [][]byte) error {
		var i int
		if _, err := fmt.Sscan(string(row[0]), &i); err != nil {
			return err
		}
		into[names[i]] = string(row[1])
		return nil
	})
}

// DiffSequences names every sequence that one side lacks or whose state differs.
func DiffSequences(source, target map[string]string) []string {
	return diffKeys(source, target, func(name string, s, t string) string {
		return fmt.Sprintf("sequence %s: %s on the source, %s on the target", name, s, t)
	}, "sequence ")
}

// diffKeys walks the keys of both sides in order. say puts a difference of values into words; it is called only for
// keys of both sides, and gives "" where there is none.
func diffKeys[V any](source, target map[string]V, say func(name string, s, t V) string, kind string) []string {
	var out []string
	names := slices.Collect(maps.Keys(source))
	for n := range target {
		if _, ok := source[n]; !ok {
			names = append(names, n)
		}
	}
	slices.Sort(names)
	for _, n := range names {
		s, inSource := source[n]
		t, inTarget := target[n]
		switch {
		case !inTarget:
			out = append(out, kind+n+": missing on the target")
		case !inSource:
			out = append(out, kind+n+": only on the target")
		case fmt.Sprint(s) != fmt.Sprint(t):
			out = append(out, say(n, s, t))
		}
	}
	return out
}
