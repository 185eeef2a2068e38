package truth

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

// What is shown of rows that differ: enough to see what went wrong, not what a terminal drowns in.
const (
	sampledTables  = 5
	sampledRows    = 3
	sampledMaxRows = 200_000 // larger tables are only named
	sampledText    = 200
)

// sampleRows shows some rows of the first tables that differ, as text, with how often each side has them.
func sampleRows(ctx context.Context, o Options, source, target map[string]TableDigest) ([]string, error) {
	var out []string
	for _, table := range slices.Sorted(maps.Keys(source)) {
		t, ok := target[table]
		if !ok || source[table] == t || len(out) == sampledTables {
			continue
		}
		n, _ := strconv.Atoi(source[table].Rows)
		m, _ := strconv.Atoi(t.Rows)
		if max(n, m) > sampledMaxRows {
			continue
		}
		sample, err := sampleTable(ctx, o, table)
		if err != nil {
			return out, fmt.Errorf("sample %s: %w", table, err)
		}
		out = append(out, sample)
	}
	return out, nil
}

func sampleTable(ctx context.Context, o Options, table string) (string, error) {
	type seen struct {
		n    int
		text string
	}
	s, t, err := both(ctx, o, func(ctx context.Context, uri string) (map[string]seen, error) {
		c, err := connect(ctx, uri)
		if err != nil {
			return nil, err
		}
		defer c.Close(ctx)
		tables, err := tableColumns(ctx, c)
		if err != nil {
			return nil, err
		}
		encoding, err := value(ctx, c, "SHOW client_encoding")
		if err != nil {
			return nil, err
		}
		rows := map[string]seen{}
		sql := fmt.Sprintf("SELECT md5(convert_to(r, '%s')), left(r, %d) FROM (SELECT %s AS r FROM %s AS t) x",
			encoding, sampledText, rowText(tables[table], encoding), from(table))
		err = each(ctx, c, sql, func(_ []string, row [][]byte) error {
			k := string(row[0])
			rows[k] = seen{rows[k].n + 1, string(row[1])}
			return nil
		})
		return rows, err
	})
	if err != nil {
		return "", err
	}
	out := "table " + table + ": rows that differ (columns by name):"
	for _, side := range []struct {
		name       string
		here, away map[string]seen
	}{{"source", s, t}, {"target", t, s}} {
		shown := 0
		for _, k := range slices.Sorted(maps.Keys(side.here)) {
			if here, away := side.here[k], side.away[k].n; here.n > away && shown < sampledRows {
				shown++
				out += fmt.Sprintf("\n  more often on the %s (%d times, there %d): %s", side.name, here.n, away, here.text)
			}
		}
	}
	return out, nil
}
