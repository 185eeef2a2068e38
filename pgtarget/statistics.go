package pgtarget

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgschema"
)

// OldestStatistics is the first major version that takes statistics of another server ([RestoreStatistics]).
const OldestStatistics = 18

// TableStatistics are statistics for a table of the target.
type TableStatistics struct {
	Name pgschema.Name
	// Frozen: it was loaded with COPY (FREEZE), so every page is visible to all.
	Frozen bool
	pgschema.TableStatistics
}

// errPartly: the server has said why in a warning.
var errPartly = errors.New("the target did not take all of the statistics")

// RestoreStatistics gives tables the statistics of a server of version (as server_version_num), in one round trip. It must not be called in a
// transaction: each table is one of its own, so that nobody waits for more than one of them, and nobody in a circle. What was wrong with each comes
// back in the order of tables, nil for nothing; an error is about the connection.
//
// The role needs what it needs for ANALYZE: to own the table, or MAINTAIN. One that has neither is told so here, where ANALYZE only warns.
func RestoreStatistics(ctx context.Context, conn *pgx.Conn, version int, tables []TableStatistics) (wrong []error, err error) {
	if len(tables) == 0 {
		return nil, nil
	}
	sd, err := conn.Prepare(ctx, "restore_statistics", statement(conn, "restore_statistics"))
	if err != nil {
		return nil, fmt.Errorf("restore statistics: %w", err)
	}
	params := make([][][]byte, len(tables))
	for i, t := range tables {
		if params[i], err = statisticsParams(conn, sd, version, t, i == len(tables)-1); err != nil {
			return nil, fmt.Errorf("restore statistics of %s: %w", t.Name, err)
		}
	}
	p := conn.PgConn().StartPipeline(ctx)
	for _, values := range params {
		p.SendQueryPrepared(sd.Name, values, nil, nil)
		p.SendPipelineSync()
	}
	err = p.Flush()
	for i := 0; i < len(tables) && err == nil; i++ {
		var of error
		if of, err = tookStatistics(p); of != nil {
			of = fmt.Errorf("restore statistics of %s: %w", tables[i].Name, of)
		}
		wrong = append(wrong, of)
	}
	if err = errors.Join(err, p.Close()); err != nil {
		return nil, fmt.Errorf("restore statistics: %w", err)
	}
	return wrong, nil
}

// statisticsParams are the parameters of the statement, as text. Only the last of several transactions is flushed to the target's disk: those before it
// go with it.
func statisticsParams(conn *pgx.Conn, sd *pgconn.StatementDescription, version int, t TableStatistics, last bool) ([][]byte, error) {
	var rows *float32
	if t.Rows >= 0 {
		rows = &t.Rows
	}
	n := len(t.Columns)
	indexes, columns, numbers, inherited := make([]string, n), make([]string, n), make([]int16, n), make([]bool, n)
	figures := make([][]*string, len(pgschema.Figures))
	for i := range figures {
		figures[i] = make([]*string, n)
	}
	for i, c := range t.Columns {
		indexes[i], columns[i], numbers[i], inherited[i] = c.Index, c.Column, c.Number, c.Inherited
		for k, f := range c.Figures {
			figures[k][i] = f
		}
	}
	values := []any{t.Name.Schema, t.Name.Rel, version, rows, t.Frozen, indexes, columns, numbers, inherited}
	for _, f := range figures {
		values = append(values, f)
	}
	values = append(values, last)
	params := make([][]byte, len(values))
	for i, v := range values {
		var err error
		if params[i], err = conn.TypeMap().Encode(sd.ParamOIDs[i], pgx.TextFormatCode, v, []byte{}); err != nil {
			return nil, err
		}
	}
	return params, nil
}

// tookStatistics reads the answer about one table, and the end of its transaction.
func tookStatistics(p *pgconn.Pipeline) (wrong, err error) {
	taken := false
	results, err := p.GetResults()
	if rr, ok := results.(*pgconn.ResultReader); ok {
		for rr.NextRow() {
			taken = string(rr.Values()[0]) == "t"
		}
		_, err = rr.Close()
	}
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg):
		wrong = err
	case err != nil:
		return nil, err
	case !taken:
		wrong = errPartly
	}
	_, err = p.GetResults() // of the sync
	return wrong, err
}
