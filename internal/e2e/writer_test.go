package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"
)

// keepMoving moves amounts from one table to the other, one transaction after the other, until the context ends.
func keepMoving(ctx context.Context, uri string, who int, moves *int) error {
	conn, err := pgx.Connect(ctx, uri)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	for ctx.Err() == nil {
		from, to, amount := 1+2*rand.IntN(10000)-who, 1+2*rand.IntN(10000)-who, 1+rand.IntN(10)
		_, err := conn.Exec(context.WithoutCancel(ctx), fmt.Sprintf(`BEGIN;
			UPDATE here SET amount = amount - %d WHERE id = %d;
			INSERT INTO moves (amount) VALUES (%[1]d);
			UPDATE there SET amount = amount + %[1]d WHERE id = %[3]d;
			COMMIT`, amount, max(from, 1), max(to, 1)))
		if err != nil {
			return fmt.Errorf("writer on the source: %w", err)
		}
		*moves++
	}
	return nil
}

// keepLock holds the lock that rows of the lingering database wait for.
func keepLock(ctx context.Context, uri string, held chan<- struct{}) error {
	return keepOpen(ctx, uri, held, "BEGIN; SELECT pg_advisory_xact_lock(4711)")
}

// keepOpen runs a statement and keeps its session open until the context ends.
func keepOpen(ctx context.Context, uri string, held chan<- struct{}, statement string) error {
	conn, err := pgx.Connect(context.WithoutCancel(ctx), uri)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if _, err := conn.Exec(context.WithoutCancel(ctx), statement); err != nil {
		return err
	}
	close(held)
	<-ctx.Done()
	return nil
}
