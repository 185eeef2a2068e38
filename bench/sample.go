package main

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// lookEvery is how often the sessions of both servers are looked at when a run is to be explained.
const lookEvery = 50 * time.Millisecond

// Activity is what sessions were seen doing: on which server, for which statement, working or waiting for what, for how many seconds, those of
// several sessions added up. The time in which no session of either server was active is told as server "none".
type Activity struct {
	Server  string  `json:"server"`
	Doing   string  `json:"doing"` // the first words of the statement
	Waiting string  `json:"waiting"`
	Seconds float64 `json:"seconds"`
}

// looking asks which sessions of the measured database are active. A walsender has no part in a copy.
const looking = `SELECT query, coalesce(wait_event_type || ' ' || wait_event, 'CPU') FROM pg_stat_activity
	WHERE datname = current_database() AND pid <> pg_backend_pid() AND (state = 'active' OR state = 'fastpath function call' OR backend_type = 'parallel worker')`

// watch looks at both databases until ctx ends, and then says what it saw. It costs the servers a few hundredths of a CPU: it is for explaining
// a run, not for one whose figures are published.
func watch(ctx context.Context, source, target string) (func() ([]Activity, error), error) {
	ctx, stop := context.WithCancel(ctx)
	var conns []*pgconn.PgConn
	for _, uri := range []string{source, target} {
		c, err := pgconn.Connect(ctx, uri)
		if err != nil {
			stop()
			return nil, err
		}
		conns = append(conns, c)
	}
	seen, failed := map[Activity]float64{}, make(chan error, 1)
	go func() {
		last := time.Now()
		for {
			select {
			case <-ctx.Done():
				failed <- nil
				return
			case <-time.After(lookEvery):
			}
			now := time.Now()
			took := now.Sub(last).Seconds()
			last = now
			active := 0
			for i, name := range []string{"source", "target"} {
				// not under ctx: a query that is broken off would close the connection in the middle
				results, err := conns[i].Exec(context.WithoutCancel(ctx), looking).ReadAll()
				if err != nil {
					failed <- err
					return
				}
				for _, r := range results[0].Rows {
					active++
					seen[Activity{Server: name, Doing: firstWords(string(r[0])), Waiting: string(r[1])}] += took
				}
			}
			if active == 0 {
				seen[Activity{Server: "none"}] += took
			}
		}
	}()
	return func() ([]Activity, error) {
		stop()
		err := <-failed
		for _, c := range conns {
			_ = c.Close(context.WithoutCancel(ctx))
		}
		return ranked(seen), err
	}, nil
}

// ranked puts the longest first.
func ranked(seen map[Activity]float64) []Activity {
	var out []Activity
	for _, a := range slices.SortedFunc(maps.Keys(seen), func(a, b Activity) int {
		return cmp.Or(cmp.Compare(seen[b], seen[a]), strings.Compare(a.Server+a.Doing+a.Waiting, b.Server+b.Doing+b.Waiting))
	}) {
		a.Seconds, _ = strconv.ParseFloat(strconv.FormatFloat(seen[a], 'f', 3, 64), 64)
		out = append(out, a)
	}
	return out
}

// withoutSet leaves out the settings that a message of several statements begins with, unless there is nothing else.
func withoutSet(sql string) string {
	for rest := sql; ; {
		rest = strings.TrimSpace(rest)
		if rest == "" {
			return sql
		}
		if word, _, _ := strings.Cut(rest, " "); !strings.EqualFold(word, "SET") && !strings.EqualFold(word, "RESET") {
			return rest
		}
		_, rest, _ = strings.Cut(rest, ";")
	}
}

// firstWords are the first two words of a statement, comments left out: enough to tell COPY FROM a CREATE INDEX, and the same for every table.
func firstWords(sql string) string {
	var kept []string
	for line := range strings.Lines(sql) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "--") {
			kept = append(kept, line)
		}
	}
	f := strings.Fields(withoutSet(strings.Join(kept, " ")))
	if len(f) > 2 {
		f = f[:2]
	}
	if len(f) == 2 && (strings.EqualFold(f[0], "COPY") || strings.ContainsAny(f[1], ".(\"'")) {
		f = f[:1] // the second is a name
	}
	return strings.TrimSuffix(strings.ToUpper(strings.Join(f, " ")), ";")
}
