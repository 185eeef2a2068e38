package steps

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// copyExtensionData copies what users have put into the configuration tables of an extension, all of them in one target
// transaction. The rows that CREATE EXTENSION makes itself are not among those that the extension's condition selects.
type copyExtensionData struct{ base }

func newCopyExtensionData(e *Env) *copyExtensionData {
	return &copyExtensionData{base{env: e, name: "copy-extension-data", kind: "extension data", pool: "copy",
		tasks: []planning{planned(sql.CatalogPlanCopyExtensionData)},
		needs: []planning{planned(sql.CatalogPlanNeedsMilestone, "copy-extension-data", schemaCreated)}}}
}

func (s *copyExtensionData) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	e := s.env
	configs, seqs, err := e.Catalog.ExtensionConfigs(ctx, t.OID)
	if err != nil {
		return workflow.Result{}, err
	}
	proof := func(ctx context.Context, conn *pgx.Conn, xid uint64) (bool, error) {
		for _, c := range configs {
			if c.Kind != "r" {
				continue
			}
			if wrote, err := pgtarget.WroteRows(ctx, conn, c.Name, xid); err != nil || wrote {
				return wrote, err
			}
		}
		return false, nil // no row was written: doing it again writes none either
	}
	return e.once(ctx, t, proof, func(ctx context.Context, dst *pgx.Conn) (res workflow.Result, err error) {
		err = e.withSource(ctx, func(src *pgx.Conn) error {
			for _, c := range configs {
				if err := s.copy(ctx, t, src, dst, c, seqs, &res); err != nil {
					return fmt.Errorf("copy configuration %s of extension %s: %w", c.Name, t.Subject, err)
				}
			}
			return nil
		})
		return res, err
	})
}

func (s *copyExtensionData) copy(ctx context.Context, t workflow.Task, src, dst *pgx.Conn, c pgschema.ExtensionConfig,
	seqs map[uint32]pgschema.Sequence, sum *workflow.Result) error {
	if c.Kind == "S" {
		if q, ok := seqs[c.RelOID]; ok {
			return pgtarget.SetSequences(ctx, dst, []pgschema.Sequence{q})
		}
		return nil
	}
	columns, err := s.env.Catalog.Columns(ctx, c.RelOID)
	if err != nil {
		return err
	}
	r, err := s.env.relay(ctx, t, src, dst, pgsource.CopyConfigSQL(c, columns, s.env.encoding(), pgsource.FormatText),
		pgtarget.CopyInSQL(c.Name, columns, s.env.arrival(), "text", false))
	sum.Bytes += r.Bytes
	sum.Rows += r.Rows
	return err
}
