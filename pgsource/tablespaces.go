package pgsource

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// Tablespaces reads the server's tablespaces, pg_default and pg_global included, by name. Every role may: nothing but the names of roles
// and directories is in there.
func Tablespaces(ctx context.Context, conn *pgx.Conn) (all []pgschema.Tablespace, err error) {
	place := map[string]int{}
	if err := query(ctx, conn, "tablespaces", "tablespaces", nil, func(t *pgschema.Tablespace) []any {
		return []any{&t.Name, &t.Owner, &t.Location, &t.Options, &t.Comment, &t.Default, &t.Used, &t.May}
	}, func(t pgschema.Tablespace) error {
		place[t.Name] = len(all)
		all = append(all, t)
		return nil
	}); err != nil {
		return nil, err
	}
	type grant struct {
		tablespace string
		pgschema.TablespaceGrant
	}
	return all, query(ctx, conn, "privileges of tablespaces", "tablespace_grants", nil, func(g *grant) []any {
		return []any{&g.tablespace, &g.Role, &g.Option}
	}, func(g grant) error {
		if i, ok := place[g.tablespace]; ok {
			all[i].Grants = append(all[i].Grants, g.TablespaceGrant)
		}
		return nil
	})
}
