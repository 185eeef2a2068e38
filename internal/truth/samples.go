package truth

import (
	"context"
	"fmt"
	"path/filepath"
)

// LoadTables fills a database with many small tables: schemas s1, s2, ... with perSchema tables t1, t2, ... each.
func LoadTables(ctx context.Context, uri string, schemas, perSchema int) error {
	for i := 1; i <= schemas; i++ {
		// One schema a transaction: it locks all that it creates.
		err := runSample(ctx, uri, "many_tables.sql", map[string]string{
			"sample.schema": fmt.Sprintf("s%d", i), "sample.tables": fmt.Sprint(perSchema)})
		if err != nil {
			return err
		}
	}
	return nil
}

// LoadLargeObjects creates count large objects with OIDs from 100000 on, some with owner, privileges and comment. It
// calls [LoadRoles] first; the target needs those roles too.
func LoadLargeObjects(ctx context.Context, uri string, count int) error {
	if err := LoadRoles(ctx, uri); err != nil {
		return err
	}
	for first := 0; first < count; first += 1000 {
		err := runSample(ctx, uri, "large_objects.sql", map[string]string{
			"sample.first": fmt.Sprint(100000 + first), "sample.count": fmt.Sprint(min(1000, count-first))})
		if err != nil {
			return err
		}
	}
	return nil
}

func runSample(ctx context.Context, uri, file string, settings map[string]string) error {
	c, err := loader(ctx, uri, "", "UTF8", settings)
	if err != nil {
		return fmt.Errorf("load %s: %w", file, err)
	}
	defer c.Close(ctx)
	return run(ctx, c, filepath.Join("..", "samples", file))
}
