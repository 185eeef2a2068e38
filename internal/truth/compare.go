package truth

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// Options say what [Compare] compares.
type Options struct {
	SourceURI string
	TargetURI string
	BinDir    string // where pg_dump and pg_amcheck are, e.g. /usr/lib/postgresql/15/bin; "" for PATH
	Amcheck   bool   // also run pg_amcheck on the target
}

// Compare names every difference between two databases. An empty report means that they hold the same. An error
// means that it could not find out.
func Compare(ctx context.Context, o Options) (report []string, err error) {
	for _, part := range []func(context.Context, Options) ([]string, error){
		compareSchema, compareFacts, compareSequences, invalidIndexes, compareData,
	} {
		found, err := part(ctx, o)
		if err != nil {
			return report, err
		}
		report = append(report, found...)
	}
	if o.Amcheck { // last, because it creates an extension for its time
		found, err := Amcheck(ctx, filepath.Join(o.BinDir, "pg_amcheck"), o.TargetURI)
		if err != nil {
			return report, err
		}
		report = append(report, found...)
	}
	for i, line := range report {
		// Names from a database of encoding SQL_ASCII are any bytes.
		report[i] = strings.ToValidUTF8(line, "\ufffd")
	}
	return report, nil
}

// both asks the two sides the same at the same time.
func both[V any](ctx context.Context, o Options, ask func(ctx context.Context, uri string) (V, error)) (source, target V, err error) {
	done := make(chan error, 1)
	go func() {
		var err error
		target, err = ask(ctx, o.TargetURI)
		if err != nil {
			err = fmt.Errorf("target: %w", err)
		}
		done <- err
	}()
	source, err = ask(ctx, o.SourceURI)
	if err != nil {
		err = fmt.Errorf("source: %w", err)
	}
	err = errors.Join(err, <-done)
	return source, target, err
}

func compareSchema(ctx context.Context, o Options) ([]string, error) {
	s, t, err := both(ctx, o, func(ctx context.Context, uri string) (string, error) {
		return SchemaDump(ctx, filepath.Join(o.BinDir, "pg_dump"), uri)
	})
	return DiffSchema(s, t), err
}

func compareFacts(ctx context.Context, o Options) ([]string, error) {
	s, t, err := both(ctx, o, Facts)
	return DiffFacts(s, t), err
}

func compareSequences(ctx context.Context, o Options) ([]string, error) {
	s, t, err := both(ctx, o, Sequences)
	return DiffSequences(s, t), err
}

func compareData(ctx context.Context, o Options) ([]string, error) {
	s, t, err := both(ctx, o, DataDigest)
	if err != nil {
		return nil, err
	}
	report := DiffData(s, t)
	samples, err := sampleRows(ctx, o, s, t)
	return append(report, samples...), err
}

// invalidIndexes names the unfinished indexes of the target, whether the source has them too or not: a copy either
// builds an index or leaves it out.
func invalidIndexes(ctx context.Context, o Options) ([]string, error) {
	c, err := connect(ctx, o.TargetURI)
	if err != nil {
		return nil, fmt.Errorf("target: invalid indexes: %w", err)
	}
	defer c.Close(ctx)
	var out []string
	err = each(ctx, c, query("invalid_indexes"), func(_ []string, row [][]byte) error {
		out = append(out, fmt.Sprintf("index %s: invalid on the target", row[0]))
		return nil
	})
	return out, err
}
