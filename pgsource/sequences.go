package pgsource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/sql"
)

// sequenceBatch is how many sequences one round trip reads. It also bounds the locks held at a time.
const sequenceBatch = 300

// Sequences hands over every sequence outside the system schemas by ascending OID, with the value it has now: sequences
// do not follow snapshots, so the value is that of the moment of reading. Those of serial and identity columns and of extensions
// (Extension names it) are included. Where CanSelect is false nothing was read and LastValue is 0. A sequence
// dropped since the snapshot is left out. No lock stays behind, even inside a transaction.
func Sequences(ctx context.Context, conn *pgx.Conn, yield func(pgschema.Sequence) error) error {
	return inTransaction(ctx, conn, func() error {
		if _, err := conn.Exec(ctx, "DECLARE pgcopy_sequences NO SCROLL CURSOR FOR "+sql.Source("sequences")); err != nil {
			return fmt.Errorf("read sequences: %w", err)
		}
		for {
			batch, err := fetchSequences(ctx, conn)
			if err == nil && len(batch) > 0 {
				err = readValues(ctx, conn, batch, yield)
			}
			if err != nil || len(batch) == 0 {
				return errors.Join(err, closeSequences(ctx, conn))
			}
		}
	})
}

// closeSequences makes the cursor's name free again in a transaction that lives on.
func closeSequences(ctx context.Context, conn *pgx.Conn) error {
	if conn.PgConn().TxStatus() != 'T' {
		return nil
	}
	if _, err := conn.Exec(ctx, "CLOSE pgcopy_sequences"); err != nil {
		return fmt.Errorf("read sequences: %w", err)
	}
	return nil
}

func fetchSequences(ctx context.Context, conn *pgx.Conn) ([]pgschema.Sequence, error) {
	rows, err := conn.Query(ctx, fmt.Sprintf("FETCH %d FROM pgcopy_sequences", sequenceBatch), pgx.QueryExecModeExec)
	if err != nil {
		return nil, fmt.Errorf("read sequences: %w", err)
	}
	batch := make([]pgschema.Sequence, 0, sequenceBatch)
	err = each(rows, "sequences", func(s *pgschema.Sequence) []any {
		return []any{&s.OID, &s.Name.Schema, &s.Name.Rel, &s.Extension, &s.CanSelect}
	}, func(s pgschema.Sequence) error {
		batch = append(batch, s)
		return nil
	})
	return batch, err
}

// readValues completes a batch in one round trip. When a sequence of it is gone, halves are tried, down to the one.
func readValues(ctx context.Context, conn *pgx.Conn, batch []pgschema.Sequence, yield func(pgschema.Sequence) error) error {
	err := selectValues(ctx, conn, batch)
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && (pg.Code == "42P01" || pg.Code == "3F000"): // undefined table, undefined schema
		if len(batch) == 1 {
			return nil
		}
		half := len(batch) / 2
		if err := readValues(ctx, conn, batch[:half], yield); err != nil {
			return err
		}
		return readValues(ctx, conn, batch[half:], yield)
	case err != nil:
		return err
	}
	for _, s := range batch {
		if err := yield(s); err != nil {
			return err
		}
	}
	return nil
}

// selectValues sets LastValue and IsCalled of the batch. It works below a savepoint that it rolls back: that gives up
// the lock on each sequence, of which a long transaction over many sequences could otherwise hold more than the
// server's lock table takes, and an error leaves the transaction usable.
func selectValues(ctx context.Context, conn *pgx.Conn, batch []pgschema.Sequence) error {
	var b strings.Builder
	for i, s := range batch {
		if !s.CanSelect {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\nUNION ALL ")
		}
		fmt.Fprintf(&b, "SELECT %d::pg_catalog.int4, last_value, is_called FROM %s", i, s.Name.Quoted())
	}
	if b.Len() == 0 {
		return nil
	}
	if _, err := conn.Exec(ctx, "SAVEPOINT pgcopy_sequences"); err != nil {
		return fmt.Errorf("read sequences: %w", err)
	}
	rows, err := conn.Query(ctx, b.String(), pgx.QueryExecModeExec)
	if err == nil {
		var at int
		var last int64
		var called bool
		_, err = pgx.ForEachRow(rows, []any{&at, &last, &called}, func() error {
			batch[at].LastValue, batch[at].IsCalled = last, called
			return nil
		})
	}
	if err != nil {
		err = fmt.Errorf("read values of sequences: %w", err)
	}
	if _, err2 := conn.Exec(ctx, "ROLLBACK TO SAVEPOINT pgcopy_sequences; RELEASE SAVEPOINT pgcopy_sequences"); err2 != nil && err == nil {
		err = fmt.Errorf("read sequences: %w", err2)
	}
	return err
}
