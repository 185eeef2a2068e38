package steps

import (
	"context"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// plugin gives a new decoder for the slot's plugin, and the options its stream is started with.
func (e *Env) plugin(ctx context.Context, r catalogdb.Replication) (changes.Decoder, []string, error) {
	options := changes.PluginOptions(r.Plugin, changes.StreamOptions{Publication: r.Publication, Major: e.SourceInfo.Major(),
		NumericAsString: e.Opts.NumericAsString})
	switch r.Plugin {
	case "pgoutput":
		return changes.NewPgoutput(), options, nil
	case "test_decoding":
		return changes.NewTestDecoding(e.describe(ctx)), options, nil
	case "wal2json":
		return changes.NewWal2JSON(e.describe(ctx), e.Opts.NumericAsString), options, nil
	}
	return nil, nil, fmt.Errorf("no plugin %q", r.Plugin)
}

// describe asks the source for what test_decoding and wal2json do not say: a table's columns in order, and which of them are its
// replica identity.
func (e *Env) describe(ctx context.Context) func(pgschema.Name) (*changes.Relation, error) {
	return func(name pgschema.Name) (rel *changes.Relation, err error) {
		err = e.from.with(ctx, func(conn *pgx.Conn) error {
			oid, identity, columns, key, err := pgsource.DescribeRelation(ctx, conn, name)
			if err != nil {
				return err
			}
			if oid == 0 { // dropped since: the decoder takes it as the change says it
				return nil
			}
			rel = &changes.Relation{ID: oid, Name: name, Identity: identity}
			for _, c := range columns {
				rel.Columns = append(rel.Columns, changes.RelationColumn{Name: c.Name, TypeOID: c.TypeOID, Type: c.Type, Key: slices.Contains(key, c.Name)})
			}
			return nil
		})
		return rel, err
	}
}
