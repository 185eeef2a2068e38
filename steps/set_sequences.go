package steps

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgtarget"
	"github.com/pgcopy/pgcopy/sql"
	"github.com/pgcopy/pgcopy/workflow"
)

// setSequences gives a batch of sequences the values they have on the source. setval() is not transactional and may be done twice.
type setSequences struct{ base }

func newSetSequences(e *Env) *setSequences {
	return &setSequences{base{env: e, name: "set-sequences", kind: "sequences", pool: "restore",
		tasks: []planning{planned(sql.CatalogPlanSequenceBatches), planned(sql.CatalogPlanSetSequences)},
		needs: []planning{planned(sql.CatalogPlanNeedsMilestone, "set-sequences", schemaCreated)}}}
}

func (s *setSequences) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	seqs, err := s.env.Catalog.SequenceBatch(ctx, t.Part)
	if err != nil {
		return workflow.Result{}, err
	}
	return workflow.Result{Rows: int64(len(seqs))}, s.env.withTarget(ctx, func(conn *pgx.Conn) error {
		return pgtarget.SetSequences(ctx, conn, seqs)
	})
}
