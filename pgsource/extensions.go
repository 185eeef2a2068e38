package pgsource

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// Extensions hands over the installed extensions by ascending OID, plpgsql included (its OID is below 16384 when initdb installed it).
func Extensions(ctx context.Context, conn *pgx.Conn, yield func(pgschema.Extension) error) error {
	return query(ctx, conn, "extensions", "extensions", nil, func(e *pgschema.Extension) []any {
		return []any{&e.OID, &e.Name, &e.Schema, &e.Version}
	}, yield)
}

// ExtensionConfigs hands over the tables and sequences that extensions have marked with
// pg_extension_config_dump(), those with the smaller Depth first, then in the order in which the extension marked them.
// Tables that reference each other in a circle end with some depth, each greater than 0.
func ExtensionConfigs(ctx context.Context, conn *pgx.Conn, yield func(pgschema.ExtensionConfig) error) error {
	return query(ctx, conn, "extension configuration", "extension_configs", nil, func(e *pgschema.ExtensionConfig) []any {
		return []any{&e.ExtensionOID, &e.RelOID, &e.Name.Schema, &e.Name.Rel, &e.Kind, &e.Condition, &e.Depth}
	}, yield)
}
