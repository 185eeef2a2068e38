package pgtarget

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// Quiet keeps rows that the current transaction copies into these tables from firing what is there before them: triggers, which would change the
// rows or write others, and checks of foreign keys, which ask for rows that are still to come. It sets session_replication_role for the
// transaction where the role may. A trigger that fires all the same is a [*pgdb.UserError]: nobody would see what it did.
//
// https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-SESSION-REPLICATION-ROLE
func Quiet(ctx context.Context, conn *pgx.Conn, names []pgschema.Name) error {
	var may bool
	if err := queryRow(ctx, conn, "may_be_replica").Scan(&may); err != nil {
		return fmt.Errorf("look for triggers: %w", err)
	}
	if may {
		if _, err := conn.Exec(ctx, "SET LOCAL session_replication_role = replica"); err != nil {
			return fmt.Errorf("look for triggers: %w", err)
		}
	}
	schemas, rels := make([]string, len(names)), make([]string, len(names))
	for i, n := range names {
		schemas[i], rels[i] = n.Schema, n.Rel
	}
	var table pgschema.Name
	var trigger string
	err := queryRow(ctx, conn, "firing_trigger", schemas, rels, may).Scan(&table.Schema, &table.Rel, &trigger)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return fmt.Errorf("look for triggers: %w", err)
	}
	hint := "disable it on the target for the copy"
	if !may {
		hint += ", or copy as a superuser, or copy the rows before there are triggers: restore pre-data, copy data, restore post-data"
	}
	return &pgdb.UserError{Msg: fmt.Sprintf("%s has a trigger on the target, %s, that would fire for every row", table, pgschema.DisplayIdent(trigger)), Hint: hint}
}
