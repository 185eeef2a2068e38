package pgsource

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// OldestStatistics is the first server version whose statistics [ReadStatistics] understands, as server_version_num.
const OldestStatistics = 100000

// ReadStatistics hands out what the planner of the source knows of tables, in their order, each under its place in names. One that the source does
// not have (any more), or that the role may not read, has a gap. What is read is as the statistics are now, under whatever snapshot:
// they are a sample in any case.
//
// A server before 14 does not tell an empty table from one that it has never looked at, nor counts the rows of a partitioned one.
func ReadStatistics(ctx context.Context, conn *pgx.Conn, names []pgschema.Name, fn func(i int, s pgschema.TableStatistics) error) error {
	schemas, rels := make([]string, len(names)), make([]string, len(names))
	for i, n := range names {
		schemas[i], rels[i] = n.Schema, n.Rel
	}
	rows, err := conn.Query(ctx, statementFor("statistics", ServerVersion(conn)), schemas, rels)
	if err != nil {
		return fmt.Errorf("read statistics: %w", err)
	}
	defer rows.Close()
	g := gathering{next: fn, at: -1}
	for rows.Next() {
		var l statisticsLine
		if err := rows.Scan(l.fields()...); err != nil {
			return fmt.Errorf("read statistics: %w", err)
		}
		if err := g.add(&l); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("read statistics: %w", err)
	}
	return g.upTo(len(names))
}

// statisticsLine is a row of the query: a column, and what is known of it.
type statisticsLine struct {
	table            int32
	kind             string
	reltuples        float32
	extended, sorted bool
	inherited        *bool
	pgschema.ColumnStatistics
}

func (l *statisticsLine) fields() []any {
	l.Figures = make([]*string, len(pgschema.Figures))
	list := []any{&l.table, &l.kind, &l.reltuples, &l.extended, &l.Index, &l.Column, &l.Number, &l.sorted, &l.inherited}
	for i := range l.Figures {
		list = append(list, &l.Figures[i])
	}
	return list
}

// gathering puts lines together to tables.
type gathering struct {
	next func(int, pgschema.TableStatistics) error
	at   int // the table of the last line
	s    pgschema.TableStatistics
	last *statisticsLine
}

func (g *gathering) add(l *statisticsLine) error {
	if i := int(l.table) - 1; i != g.at {
		if err := g.upTo(i); err != nil {
			return err
		}
		g.at, g.last = i, nil
		g.s = pgschema.TableStatistics{Rows: l.reltuples}
		switch {
		case l.extended:
			g.s.Gap = "it has extended statistics, which cannot be carried over"
		case l.kind == "p" && l.reltuples <= 0:
			g.s.Rows = -1
		case l.reltuples <= 0:
			g.s.Gap = "the source has never analyzed it, or not since it was emptied"
		}
	}
	// Of a table the rows of its own come first, of a partitioned one there are none.
	another := g.last == nil || g.last.Index != l.Index || g.last.Number != l.Number
	if l.inherited == nil || another && *l.inherited && l.kind != "p" {
		g.gap("the source has no statistics of column " + l.Column)
	} else {
		l.Inherited = *l.inherited
		g.s.Sorted = g.s.Sorted || l.sorted
		g.s.Columns = append(g.s.Columns, l.ColumnStatistics)
	}
	g.last = l
	return nil
}

func (g *gathering) gap(why string) {
	if g.s.Gap == "" {
		g.s.Gap = why
	}
}

// upTo hands out the table gathered last, and those before i that had no line.
func (g *gathering) upTo(i int) error {
	if g.at >= 0 {
		if err := g.next(g.at, g.s); err != nil {
			return err
		}
	}
	for g.at++; g.at < i; g.at++ {
		if err := g.next(g.at, pgschema.TableStatistics{Gap: "the source has no statistics of it"}); err != nil {
			return err
		}
	}
	return nil
}
