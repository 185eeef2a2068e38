package steps

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// syncLargeObjects copies the large objects again that have changed since the copy, and removes those that are gone: no plugin sends
// them. It goes through both sides' digests by ranges of OIDs; a range is what is in memory. It may be done twice.
type syncLargeObjects struct{ base }

func newSyncLargeObjects(e *Env) *syncLargeObjects {
	s := &syncLargeObjects{base{env: e, name: "sync-large-objects", kind: "large objects", pool: "control"}}
	if !e.Opts.SkipLargeObjects {
		s.tasks = []planning{planned(sql.CatalogPlanFollowCopy, "sync-large-objects", "those changed meanwhile", "control")}
		s.needs = []planning{planned(sql.CatalogPlanNeedsStep, "sync-large-objects", "apply-changes")}
	}
	return s
}

func (s *syncLargeObjects) Run(ctx context.Context, t workflow.Task) (res workflow.Result, err error) {
	err = s.env.from.with(ctx, func(src *pgx.Conn) error {
		return s.env.withTarget(ctx, func(dst *pgx.Conn) error {
			var batches []pgschema.LargeObjectBatch // ranges only, two numbers for 200 objects
			if err := pgsource.LargeObjectBatches(ctx, src, largeObjectsPerBatch, func(b pgschema.LargeObjectBatch) error {
				batches = append(batches, b)
				return nil
			}); err != nil {
				return err
			}
			next := uint32(1)
			for _, b := range append(batches, pgschema.LargeObjectBatch{FirstOID: 0, LastOID: math.MaxUint32}) {
				if err := s.batch(ctx, t, src, dst, next, b, &res); err != nil {
					return fmt.Errorf("large objects up to %d: %w", b.LastOID, err)
				}
				if b.LastOID == math.MaxUint32 {
					break
				}
				next = b.LastOID + 1
			}
			return nil
		})
	})
	if res.Rows > 0 {
		s.env.Log.Info("large objects that changed while changes were followed were copied again or removed", "objects", res.Rows)
	}
	return res, err
}

// batch makes the target's objects between from and the batch's end those of the source.
func (s *syncLargeObjects) batch(ctx context.Context, t workflow.Task, src, dst *pgx.Conn, from uint32, b pgschema.LargeObjectBatch, res *workflow.Result) error {
	here, there := map[uint32]string{}, map[uint32]string{}
	collect := func(into map[uint32]string) func(uint32, string) error {
		return func(oid uint32, digest string) error { into[oid] = digest; return nil }
	}
	if b.Count > 0 {
		if err := pgsource.LargeObjectDigests(ctx, src, b.FirstOID, b.LastOID, collect(here)); err != nil {
			return err
		}
	}
	if err := pgsource.LargeObjectDigests(ctx, dst, from, b.LastOID, collect(there)); err != nil {
		return err
	}
	var changed, gone []uint32
	for oid, digest := range here {
		if there[oid] != digest {
			changed = append(changed, oid)
		}
	}
	for oid := range there {
		if _, ok := here[oid]; !ok {
			gone = append(gone, oid)
		}
	}
	if len(changed)+len(gone) == 0 {
		return nil
	}
	slices.Sort(changed)
	res.Rows += int64(len(changed) + len(gone))
	return s.mend(ctx, t, src, dst, changed, gone)
}

// mend copies the changed objects one range each and removes those that are gone, in one target transaction.
func (s *syncLargeObjects) mend(ctx context.Context, t workflow.Task, src, dst *pgx.Conn, changed, gone []uint32) error {
	if _, err := dst.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	o := s.env.Opts
	w := pgtarget.NewLargeObjectWriter(dst, pgtarget.LargeObjectOptions{NoOwner: o.NoOwner, NoACL: o.NoACL, NoComments: o.NoComments, Replace: true})
	err := func() error {
		defer w.Close(ctx)
		if err := pgtarget.RemoveLargeObjects(ctx, dst, gone); err != nil {
			return err
		}
		for _, oid := range changed {
			one := pgschema.LargeObjectBatch{FirstOID: oid, LastOID: oid, Count: 1}
			if err := pgsource.LargeObjects(ctx, src, one, func(lo pgschema.LargeObject) error { return w.Create(ctx, lo) }); err != nil {
				return err
			}
			if err := pgsource.LargeObjectContents(ctx, src, one, func(c pgsource.LargeObjectChunk) error {
				t.Sent.Add(int64(len(c.Data)))
				return w.Write(ctx, c.OID, c.Offset, c.Data, c.Last)
			}); err != nil {
				return err
			}
		}
		return w.Flush(ctx)
	}()
	if err != nil {
		return errors.Join(err, rollback(ctx, dst))
	}
	_, err = dst.Exec(ctx, "COMMIT")
	return err
}
