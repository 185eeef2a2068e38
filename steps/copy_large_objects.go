package steps

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// copyLargeObjects copies a batch of large objects with owner, ACL and comment, in one target transaction.
type copyLargeObjects struct{ base }

func newCopyLargeObjects(e *Env) *copyLargeObjects {
	return &copyLargeObjects{base{env: e, name: "copy-large-objects", kind: "large objects", pool: "blob",
		tasks: []planning{planned(sql.CatalogPlanCopyLargeObjects)},
		needs: []planning{planned(sql.CatalogPlanNeedsMilestone, "copy-large-objects", schemaCreated)}}}
}

func (s *copyLargeObjects) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	e := s.env
	b, err := e.Catalog.LargeObjectBatch(ctx, t.Part)
	if err != nil {
		return workflow.Result{}, err
	}
	proof := func(ctx context.Context, conn *pgx.Conn, xid uint64) (bool, error) {
		return pgtarget.WroteLargeObjects(ctx, conn, b.FirstOID, b.LastOID, xid)
	}
	return e.once(ctx, t, proof, func(ctx context.Context, dst *pgx.Conn) (res workflow.Result, err error) {
		err = e.withSource(ctx, func(src *pgx.Conn) error {
			res, err = s.copy(ctx, t, src, dst, b)
			return err
		})
		return res, err
	})
}

func (s *copyLargeObjects) copy(ctx context.Context, t workflow.Task, src, dst *pgx.Conn, b pgschema.LargeObjectBatch) (workflow.Result, error) {
	o := s.env.Opts
	w := pgtarget.NewLargeObjectWriter(dst, pgtarget.LargeObjectOptions{NoOwner: o.NoOwner, NoACL: o.NoACL, NoComments: o.NoComments, Replace: o.DropIfExists})
	defer w.Close(ctx)
	var res workflow.Result
	if err := pgsource.LargeObjects(ctx, src, b, func(lo pgschema.LargeObject) error {
		res.Rows++
		return w.Create(ctx, lo)
	}); err != nil {
		return res, err
	}
	if err := pgsource.LargeObjectContents(ctx, src, b, func(c pgsource.LargeObjectChunk) error {
		res.Bytes += int64(len(c.Data))
		t.Sent.Store(res.Bytes)
		return w.Write(ctx, c.OID, c.Offset, c.Data, c.Last)
	}); err != nil {
		return res, err
	}
	return res, w.Flush(ctx)
}
