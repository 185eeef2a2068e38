// Package workflow runs rows. A worker is a loop of claim, do, settle:
//
//	            claim                    done
//	pending ────────────▶ running ─────────────────▶ done ──▶ what needs it is less blocked
//	   ▲  ▲                 │  │
//	   │  └──── put back ───┘  │ permanent error
//	   │   (transient error:   ▼
//	   │    with a delay)    failed ──▶ what needs it is skipped
//	   └──────── resume ───────┘
//
// Small tasks of a step that is a Batcher share an attempt: a worker claims some more of them with the first, does all together, and
// settles all together. When that comes to nothing they are tried one by one, so that a task is never failed for another one's fault.
//
// It owns the loop, the pools of workers, the delays between attempts, the order in which a verdict is written and
// the decision when a run is over. It leaves to the Queue how rows are kept (catalogdb), to the Steps what a row
// means (package steps), and to a Judge what an error means. It knows no Postgres and no SQLite.
package workflow
