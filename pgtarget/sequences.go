package pgtarget

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// sequencesPerTrip bounds what is on the way to the server at once.
const sequencesPerTrip = 500

// SetSequences gives each sequence its value. The statements of some hundred sequences share a round trip. setval() is
// not undone by a rollback; doing it twice is the same as once.
func SetSequences(ctx context.Context, conn *pgx.Conn, sequences []pgschema.Sequence) error {
	for len(sequences) > 0 {
		n := min(len(sequences), sequencesPerTrip)
		if err := setSequences(ctx, conn, sequences[:n]); err != nil {
			return err
		}
		sequences = sequences[n:]
	}
	return nil
}

func setSequences(ctx context.Context, conn *pgx.Conn, sequences []pgschema.Sequence) (err error) {
	var b pgx.Batch
	for _, s := range sequences {
		b.Queue(statement(conn, "set_sequence"), s.Name.Quoted(), s.LastValue, s.IsCalled)
	}
	results := conn.SendBatch(ctx, &b)
	for _, s := range sequences {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // repeats the error
			return fmt.Errorf("set sequence %s to %d: %w", s.Name, s.LastValue, err)
		}
	}
	if err := results.Close(); err != nil {
		return fmt.Errorf("set sequences: %w", err)
	}
	return nil
}
