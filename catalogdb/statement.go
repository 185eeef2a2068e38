package catalogdb

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync"

	stmt "github.com/pgcopy/pgcopy/sql"
)

// reader is the handle for reading. It compiles each statement once for each of its connections: compiling costs several times what
// running most of them does. The texts are constants of this package, so there are only so many.
type reader struct {
	*sql.DB
	mu    sync.Mutex
	known map[string]*sql.Stmt
}

func openReader(path string, q url.Values, connections int) (*reader, error) {
	h, err := sql.Open("sqlite", dsn(path, q))
	if err != nil {
		return nil, err
	}
	h.SetMaxOpenConns(connections)
	h.SetMaxIdleConns(connections) // a new connection costs as much as some hundred reads
	return &reader{DB: h, known: map[string]*sql.Stmt{}}, nil
}

func (r *reader) prepared(ctx context.Context, text string) (*sql.Stmt, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if s, ok := r.known[text]; ok {
		return s, nil
	}
	s, err := r.DB.PrepareContext(ctx, compact(text))
	if err == nil {
		r.known[text] = s
	}
	return s, err
}

// QueryContext implements queryer.
func (r *reader) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	s, err := r.prepared(ctx, text)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// QueryRowContext is as that of sql.DB.
func (r *reader) QueryRowContext(ctx context.Context, text string, args ...any) *sql.Row {
	s, err := r.prepared(ctx, text)
	if err != nil {
		return r.DB.QueryRowContext(ctx, text, args...) // says the same to whom it concerns
	}
	return s.QueryRowContext(ctx, args...)
}

// hotStatements are those of every single task, compiled when the catalog is opened for writing. The others of the writer
// run once or a few times in the life of a directory.
var hotStatements = []string{stmt.CatalogClaim, stmt.CatalogClaimMore, stmt.CatalogOutlook, stmt.CatalogSettleDone, stmt.CatalogUnblock,
	stmt.CatalogRecordTargetXids, stmt.CatalogRecordResults,
	stmt.CatalogSettleBarriers, storeSent}

func (db *DB) prepareHot(ctx context.Context) error {
	db.hot = make(map[string]*sql.Stmt, len(hotStatements))
	for _, text := range hotStatements {
		s, err := db.w.PrepareContext(ctx, compact(text))
		if err != nil {
			return fmt.Errorf("compile %q: %w", text, err)
		}
		db.hot[text] = s
	}
	return nil
}

// hotTx is a transaction of the writer that knows the hot statements.
type hotTx struct {
	*sql.Tx
	db *DB
}

// ExecContext is as that of sql.Tx.
func (t hotTx) ExecContext(ctx context.Context, text string, args ...any) (sql.Result, error) {
	if s, ok := t.db.hot[text]; ok {
		return t.StmtContext(ctx, s).ExecContext(ctx, args...)
	}
	return t.Tx.ExecContext(ctx, text, args...)
}

// QueryContext implements queryer.
func (t hotTx) QueryContext(ctx context.Context, text string, args ...any) (*sql.Rows, error) {
	if s, ok := t.db.hot[text]; ok {
		return t.StmtContext(ctx, s).QueryContext(ctx, args...)
	}
	return t.Tx.QueryContext(ctx, text, args...)
}

// compact takes off what follows the statement: the driver keeps a statement compiled only when nothing follows it.
func compact(text string) string { return strings.TrimRight(text, "; \n") }

// closeStatements gives up what was compiled.
func (db *DB) closeStatements() error {
	var errs []error
	for _, s := range db.hot {
		errs = append(errs, s.Close())
	}
	if db.r != nil {
		db.r.mu.Lock()
		defer db.r.mu.Unlock()
		for _, s := range db.r.known {
			errs = append(errs, s.Close())
		}
		clear(db.r.known)
	}
	clear(db.hot)
	return errors.Join(errs...)
}
