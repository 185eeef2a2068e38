package pgtarget

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// ApplyOptions say how changes are applied. Zero values take the defaults.
type ApplyOptions struct {
	Origin string // the replication origin that says how far this target is

	MaxBatch      int // statements sent before their results are asked for; 200
	MaxBatchBytes int // and their bytes; 256 KiB
	MaxFold       int // rows of consecutive INSERTs that become one statement; 256, 1 for none
	MaxColumns    int // of all tables whose description is kept; 65536
	MaxParameters int // of all statements kept prepared on the server, which needs some 500 bytes for each; 65536
}

func (o ApplyOptions) withDefaults() ApplyOptions {
	set := func(v *int, d int) {
		if *v <= 0 {
			*v = d
		}
	}
	set(&o.MaxBatch, 200)
	set(&o.MaxBatchBytes, 256<<10)
	set(&o.MaxFold, 256)
	set(&o.MaxColumns, 1<<16)
	set(&o.MaxParameters, 1<<16)
	return o
}

// Applier applies changes to the target, in the order it is given them, inside transactions whose commit moves a replication origin. So a
// change and the knowledge that it was applied become durable together or not at all.
//
//	Begin(expect) ─▶ Apply … Apply ─▶ Commit(end)     the origin moves from expect to end
//	      └────────────────┴── any error ─▶ Rollback  the origin stays; Begin again
//
// Changes travel in batches, a batch is being sent while the server works on the one before it, and each one's command tag is checked: an
// UPDATE or DELETE that meets no row, or two, is a [*ConflictError]. Such an error may come from a later call than the one that brought the
// change, at the latest from Commit, which commits nothing before everything has been checked.
//
// An Applier is for one goroutine. Its memory is bounded by the options and by the largest row.
type Applier struct {
	conn *pgx.Conn
	opts ApplyOptions

	pipe   *pgconn.Pipeline // nil outside a transaction
	expect pgschema.LSN     // where the origin has to stand
	failed error            // what ended this transaction
	dirty  bool             // a failed transaction leaves doubt about which statements the server has

	tables tableCache
	run    insertRun
	fill   *batch   // what is being put together
	sent   []*batch // what the server has not been heard about
	spare  []*batch
	counts map[pgschema.Name]*ChangeCounts
	later  map[*targetTable]*laterRows

	begun int // transactions
	named int // statements

	// Scratch, kept for its room.
	states  []byte // of a change's columns
	key     []byte // of an insert's statement
	params  [][]byte
	formats []int16
}

// ChangeCounts is what was applied to one table, by the server's own account.
type ChangeCounts struct {
	Inserted, Updated, Deleted int64
	Truncated                  int64
	Skipped                    int64 // changes of what is a materialized view here: it is filled by REFRESH
}

// OriginError says that the origin is not where the next transaction begins: a transaction would be left out or applied twice.
type OriginError struct {
	Origin       string
	At, Expected pgschema.LSN
}

func (e *OriginError) Error() string {
	return fmt.Sprintf("replication origin %s is at %s, expected %s", e.Origin, e.At, e.Expected)
}

// NewApplier prepares a session of [pgdb.TargetSession] for applying. The Applier owns the connection from here on, unless there is an error:
// a [*pgdb.UserError] that names the grant when the role may not do it, a transient one (SQLSTATE 55006) while the session of an earlier
// run still holds the origin.
func NewApplier(ctx context.Context, conn *pgx.Conn, o ApplyOptions) (*Applier, error) {
	a := &Applier{conn: conn, opts: o.withDefaults(), counts: map[pgschema.Name]*ChangeCounts{}, later: map[*targetTable]*laterRows{}, fill: &batch{}}
	a.tables.init()
	names := []string{"session_replication_role", "synchronous_commit", "enable_seqscan", "jit"}
	values := []string{
		"replica", // triggers and foreign keys have fired on the source already
		"off",     // a crash that loses commits loses the origin's moves with them
		// A plan made while a table was small would read all of it for each row of what it has grown to.
		"off",
		"off",
	}
	if _, err := conn.Exec(ctx, statement(conn, "apply_session"), names, values); err != nil {
		return nil, replicaRoleError(conn, err)
	}
	if _, err := conn.Exec(ctx, statement(conn, "origin_session"), a.opts.Origin); err != nil {
		var pg *pgconn.PgError
		if errors.As(err, &pg) && pg.Code == "42704" {
			return nil, &pgdb.UserError{Msg: "the target has no replication origin " + a.opts.Origin + ", so it is not known what was applied to it", Err: err,
				Hint: "start over with --restart"}
		}
		return nil, originError(err)
	}
	return a, nil
}

// replicaRoleError explains that the role may not keep triggers from firing.
func replicaRoleError(conn *pgx.Conn, err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != "42501" {
		return err
	}
	return &pgdb.UserError{Msg: "the target's role may not set session_replication_role: triggers and foreign keys would fire on every change that is applied",
		Hint: "on the target, as a superuser: GRANT SET ON PARAMETER session_replication_role TO " + pgschema.QuoteIdent(conn.Config().User) +
			" (version 15 and newer), or connect as a superuser", Err: err}
}

// Begin begins a transaction, for which the origin has to stand exactly at expect: anything else is an [*OriginError], of this call or of a
// later one of the transaction. Counts start at zero.
func (a *Applier) Begin(ctx context.Context, expect pgschema.LSN) error {
	if a.pipe != nil {
		return errors.New("apply: a transaction has begun already")
	}
	a.expect, a.failed = expect, nil
	clear(a.counts)
	clear(a.later)
	a.begun++
	a.pipe = a.conn.PgConn().StartPipeline(ctx)
	a.pipe.SendQueryParams("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE", nil, nil, nil, nil)
	a.fill.add(item{kind: sentPlain})
	a.pipe.SendQueryParams(statement(a.conn, "origin_progress"), [][]byte{[]byte("false")}, nil, nil, nil)
	a.fill.add(item{kind: sentOrigin})
	return nil
}

// Apply queues an insert, update, delete or truncation; events of other kinds are ignored. The event may be reused when it returns.
func (a *Applier) Apply(ctx context.Context, e *changes.Event) error {
	switch {
	case a.failed != nil:
		return a.failed
	case a.pipe == nil:
		return errors.New("apply: no transaction has begun")
	}
	var err error
	switch e.Kind {
	case changes.Insert:
		err = a.insert(e)
	case changes.Update:
		err = a.update(e)
	case changes.Delete:
		err = a.delete(e)
	case changes.Truncate:
		err = a.truncate(e)
	}
	var conflict *ConflictError
	if errors.As(err, &conflict) && conflict.Statement == "" {
		if earlier := a.settle(); earlier != nil { // nothing was sent for this one, but of those before something may have gone wrong
			err = earlier
		}
	}
	return a.fail(err)
}

// fail remembers the first error of a transaction.
func (a *Applier) fail(err error) error {
	if err != nil && a.failed == nil {
		a.failed, a.dirty = err, true
	}
	return err
}

// Settle sends what is queued and checks every result, so that Counts is complete before Commit is asked for. It waits under the context of
// Begin.
func (a *Applier) Settle(ctx context.Context) error {
	switch {
	case a.failed != nil:
		return a.failed
	case a.pipe == nil:
		return errors.New("apply: no transaction has begun")
	case ctx.Err() != nil:
		return ctx.Err()
	}
	if err := a.settle(); err != nil {
		return a.fail(err)
	}
	return a.fail(a.checkLater())
}

// Commit sends what is queued, checks every result, and commits together with the origin's move to end. A [*pgdb.CommitError] says that the
// COMMIT itself went wrong: when it is ambiguous ([pgdb.ClassOf]), the origin of a new session tells. After any error call Rollback.
func (a *Applier) Commit(ctx context.Context, end pgschema.LSN, at time.Time) error {
	if err := a.Settle(ctx); err != nil {
		return err
	}
	if at.IsZero() {
		at = time.Now()
	}
	a.pipe.SendQueryParams(statement(a.conn, "origin_xact"), [][]byte{[]byte(end.String()), []byte(at.UTC().Format("2006-01-02 15:04:05.999999-07"))}, nil, nil, nil)
	a.pipe.SendQueryParams("COMMIT", nil, nil, nil, nil)
	if err := a.pipe.Sync(); err != nil {
		return a.fail(&pgdb.CommitError{Err: err})
	}
	if _, err := readTag(a.pipe); err != nil {
		var pg *pgconn.PgError
		if errors.As(err, &pg) { // so the COMMIT behind it was not looked at
			return a.fail(fmt.Errorf("move replication origin %s to %s: %w", a.opts.Origin, end, err))
		}
		return a.fail(&pgdb.CommitError{Err: err}) // the connection is gone, with the COMMIT under way
	}
	tag, err := readTag(a.pipe)
	if err == nil && tag.String() != "COMMIT" {
		err = fmt.Errorf("the server answered %s: %w", tag, pgx.ErrTxCommitRollback)
	}
	if err != nil {
		return a.fail(&pgdb.CommitError{Err: err})
	}
	err = a.pipe.Close()
	a.pipe = nil
	return err
}

// Rollback ends the transaction without a trace and makes the Applier ready for another Begin. On a connection that is gone it does nothing.
func (a *Applier) Rollback(ctx context.Context) error {
	a.run.reset()
	a.fill.reset()
	a.sent = nil
	a.failed = nil
	if a.pipe != nil {
		_ = a.pipe.Sync()  // what was queued is answered as well
		_ = a.pipe.Close() // and read to the end
		a.pipe = nil
	}
	if a.conn.IsClosed() {
		return nil
	}
	if _, err := a.conn.PgConn().Exec(ctx, "ROLLBACK").ReadAll(); err != nil {
		return fmt.Errorf("roll back: %w", err)
	}
	if !a.dirty {
		return nil
	}
	a.dirty = false
	a.tables.init() // what is known of the tables may have been the fault
	return a.conn.DeallocateAll(ctx)
}

// Progress is how far the origin is: as committed, and as it would be after a crash of the target. Asking makes durable what is not yet,
// which is a flush of the target's WAL: ask now and then, not after each transaction. Do not call it inside a transaction.
func (a *Applier) Progress(ctx context.Context) (committed, flushed pgschema.LSN, err error) {
	if committed, err = a.progress(ctx, false); err != nil {
		return 0, 0, err
	}
	flushed, err = a.progress(ctx, true)
	return committed, flushed, err
}

func (a *Applier) progress(ctx context.Context, flush bool) (pgschema.LSN, error) {
	var text string
	if err := queryRow(ctx, a.conn, "origin_progress", flush).Scan(&text); err != nil {
		return 0, fmt.Errorf("progress of replication origin %s: %w", a.opts.Origin, err)
	}
	return pgschema.ParseLSN(text)
}

// Counts is what the transaction has applied: complete after Settle or Commit, and until the next Begin. The map is the Applier's own.
func (a *Applier) Counts() map[pgschema.Name]*ChangeCounts { return a.counts }

// Close rolls back what has not been committed and closes the connection.
func (a *Applier) Close(ctx context.Context) error {
	if a.pipe != nil {
		_ = a.Rollback(ctx)
	}
	return a.conn.Close(ctx)
}
