package main

import (
	"context"

	"github.com/pgcopy/pgcopy/internal/truth"
)

// original is what a source holds, asked once for all copies of it.
type original struct {
	pgDump    string
	schema    string
	facts     map[string]map[string]string
	sequences map[string]string
	digests   map[string]truth.TableDigest
}

func describe(ctx context.Context, pgDump, uri string) (o original, err error) {
	o.pgDump = pgDump
	if o.schema, err = truth.SchemaDump(ctx, pgDump, uri); err != nil {
		return o, err
	}
	if o.facts, err = truth.Facts(ctx, uri); err != nil {
		return o, err
	}
	if o.sequences, err = truth.Sequences(ctx, uri); err != nil {
		return o, err
	}
	o.digests, err = truth.DataDigest(ctx, uri)
	return o, err
}

// differences names what a copy does not have as its source has it: schema, properties, sequences, rows, large objects. None: it is equal.
func (o original) differences(ctx context.Context, uri string) ([]string, error) {
	c, err := describe(ctx, o.pgDump, uri)
	if err != nil {
		return nil, err
	}
	report := truth.DiffSchema(o.schema, c.schema)
	report = append(report, truth.DiffFacts(o.facts, c.facts)...)
	report = append(report, truth.DiffSequences(o.sequences, c.sequences)...)
	return append(report, truth.DiffData(o.digests, c.digests)...), nil
}
