package pgtarget

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// largeObjectBuffer is about how many bytes of what goes with the objects, comments for instance, a writer gathers before it sends them.
const largeObjectBuffer = 1 << 20

// LargeObjectOptions say what of a large object is written beside its bytes.
type LargeObjectOptions struct {
	NoOwner    bool // they belong to the connected role
	NoACL      bool
	NoComments bool
	Replace    bool // drop the objects of the same OIDs that exist; otherwise they are an error
}

// LargeObjectWriter creates large objects under given OIDs in the transaction that the caller has begun. Create announces
// an object, Write gives its bytes, Flush sends what is left and waits for all of it; who does not come to Flush calls Close. Bytes are sent
// at once and no answer is waited for, the rest in two or three round trips for some thousands of objects. After an error the
// transaction has to be rolled back and the writer is of no more use.
//
// An object gets owner, comment and privileges after its last byte: its owner may be refused to write to it. It keeps
// what it knows of the objects whose last byte is to come, nothing else.
type LargeObjectWriter struct {
	conn *pgx.Conn
	opts LargeObjectOptions
	me   string // current_user, asked for with the first piece

	coming map[uint32]pgschema.LargeObject // announced, last byte not seen
	create []uint32
	whole  []pgschema.LargeObject // all bytes are sent
	size   int
	bytes  putStream
}

// NewLargeObjectWriter is a writer for any number of objects.
func NewLargeObjectWriter(conn *pgx.Conn, opts LargeObjectOptions) *LargeObjectWriter {
	return &LargeObjectWriter{conn: conn, opts: opts, coming: map[uint32]pgschema.LargeObject{}, bytes: putStream{conn: conn}}
}

// Create announces an object. It may stay without bytes.
func (w *LargeObjectWriter) Create(ctx context.Context, lo pgschema.LargeObject) error {
	w.create = append(w.create, lo.OID)
	w.coming[lo.OID] = lo
	return w.grow(ctx, 64)
}

// Write gives bytes of an announced object, from a byte position on. data may be reused afterwards. last says that
// no more bytes of this object follow. An error may be about what an earlier call gave.
func (w *LargeObjectWriter) Write(ctx context.Context, oid uint32, offset int64, data []byte, last bool) error {
	lo, known := w.coming[oid]
	if !known {
		return fmt.Errorf("large object %d: bytes for an object that was not announced or is complete", oid)
	}
	if len(data) > 0 {
		if len(w.create) > 0 { // this one may be among them
			if err := w.send(ctx); err != nil {
				return err
			}
		}
		if err := w.bytes.put(ctx, oid, offset, data); err != nil {
			return fmt.Errorf("write large objects: %w", err)
		}
	}
	if !last {
		return nil
	}
	delete(w.coming, oid)
	w.whole = append(w.whole, lo)
	return w.grow(ctx, len(lo.Comment)+64)
}

func (w *LargeObjectWriter) grow(ctx context.Context, n int) error {
	if w.size += n; w.size < largeObjectBuffer {
		return nil
	}
	return w.send(ctx)
}

// Flush completes all objects announced so far and sends them. Nothing is in the transaction for certain before.
func (w *LargeObjectWriter) Flush(ctx context.Context) error {
	for _, oid := range slices.Sorted(maps.Keys(w.coming)) {
		w.whole = append(w.whole, w.coming[oid])
	}
	clear(w.coming)
	return w.send(ctx)
}

// Close leaves the connection ready for the end of its transaction, or closed, when the caller gives up without Flush. It is no error to
// call it in any case.
func (w *LargeObjectWriter) Close(ctx context.Context) {
	ctx, done := pgdb.Afterwards(ctx)
	defer done()
	_ = w.bytes.settle(ctx) // what the caller has is the reason
}

func (w *LargeObjectWriter) send(ctx context.Context) error {
	if err := w.bytes.settle(ctx); err != nil {
		return fmt.Errorf("write large objects: %w", err)
	}
	if err := w.sendNew(ctx); err != nil {
		return err
	}
	if err := w.sendRest(ctx); err != nil {
		return err
	}
	clear(w.whole)
	w.create, w.whole, w.size = w.create[:0], w.whole[:0], 0
	return nil
}

// sendNew creates the objects, in one round trip once the statements are prepared.
func (w *LargeObjectWriter) sendNew(ctx context.Context) error {
	var b pgx.Batch
	var present []uint32
	if w.me == "" {
		b.Queue("SELECT current_user::pg_catalog.text").QueryRow(func(r pgx.Row) error { return r.Scan(&w.me) })
		b.Queue(statement(w.conn, "large_objects_compression"))
	}
	if len(w.create) > 0 {
		if w.opts.Replace {
			b.Queue(statement(w.conn, "large_objects_unlink"), w.create)
		} else {
			b.Queue(statement(w.conn, "large_objects_present"), w.create).Query(func(r pgx.Rows) (err error) {
				if present, err = pgx.CollectRows(r, pgx.RowTo[uint32]); err == nil && len(present) > 0 {
					err = largeObjectsPresent(present)
				}
				return err
			})
		}
		b.Queue(statement(w.conn, "large_objects_create"), w.create)
	}
	if b.Len() == 0 {
		return nil
	}
	err := w.conn.SendBatch(ctx, &b).Close()
	if err != nil && len(present) == 0 {
		return fmt.Errorf("write large objects: %w", err)
	}
	return err
}

// ErrPresent is in the chain of an error about large objects that were not to be there yet.
var ErrPresent = errors.New("present on the target")

// largeObjectsPresent is said in place of the server's unique violation, which comes right after it.
func largeObjectsPresent(oids []uint32) error {
	what := fmt.Sprintf("large object %d exists on the target already", oids[0])
	if n := len(oids) - 1; n > 0 {
		what = fmt.Sprintf("large object %d and %d more exist on the target already", oids[0], n)
	}
	return &pgdb.UserError{
		Msg:  what,
		Hint: fmt.Sprintf("drop what is not needed there (SELECT lo_unlink(%d)), or run with --drop-if-exists to replace all of them, only if nobody else is filling this database", oids[0]),
		Err:  ErrPresent,
	}
}

// sendRest sends comments, owners and privileges of the complete objects as one text.
func (w *LargeObjectWriter) sendRest(ctx context.Context) error {
	var text strings.Builder
	var about []uint32 // the object of each statement
	for _, lo := range w.whole {
		for _, s := range w.restOf(lo) {
			text.WriteString(s + ";\n")
			about = append(about, lo.OID)
		}
	}
	if text.Len() == 0 {
		return nil
	}
	results, done := w.conn.PgConn().Exec(ctx, text.String()), 0
	for results.NextResult() {
		if _, err := results.ResultReader().Close(); err == nil {
			done++
		}
	}
	if err := results.Close(); err != nil {
		return largeObjectError(about[min(done, len(about)-1)], err)
	}
	return nil
}

// restOf is what makes an object that has its bytes the one it was on the source. The comment comes before the owner,
// because who gives an object away may no longer comment on it.
func (w *LargeObjectWriter) restOf(lo pgschema.LargeObject) []string {
	var list []string
	object := fmt.Sprintf("LARGE OBJECT %d", lo.OID)
	if lo.Comment != "" && !w.opts.NoComments {
		list = append(list, "COMMENT ON "+object+" IS "+pgschema.QuoteLiteral(lo.Comment))
	}
	if !w.opts.NoOwner && lo.Owner != w.me {
		list = append(list, "ALTER "+object+" OWNER TO "+pgschema.QuoteIdent(lo.Owner))
	}
	if lo.HasACL && !w.opts.NoACL {
		list = append(list, largeObjectACL(object, lo)...)
	}
	return list
}

// largeObjectACL goes from the privileges of a new object, all for the owner and none for others, to those in lo. The
// owner's are touched only where they are not the ordinary ones, as pg_dump does: without them the owner need not exist
// on the target when owners are left out.
func largeObjectACL(object string, lo pgschema.LargeObject) []string {
	own := func(g pgschema.Grant) bool { return g.Grantee == lo.Owner && g.Grantor == lo.Owner }
	var owned, others []pgschema.Grant
	for _, g := range lo.ACL {
		if own(g) {
			owned = append(owned, g)
		} else {
			others = append(others, g)
		}
	}
	all := []pgschema.Grant{
		{Privilege: "SELECT", Grantee: lo.Owner, Grantor: lo.Owner}, {Privilege: "UPDATE", Grantee: lo.Owner, Grantor: lo.Owner},
	}
	switch {
	case sameGrants(owned, all) && len(others) == 0:
		return []string{revokeAll(object, "")} // says nothing new, but stores the list as the source has it
	case sameGrants(owned, all):
		return grantStatements(object, lo.Owner, others)
	}
	return append([]string{revokeAll(object, lo.Owner)}, grantStatements(object, lo.Owner, lo.ACL)...)
}

// largeObjectError names the object, and the way out where a role is missing or may not be acted for.
func largeObjectError(oid uint32, err error) error {
	var pg *pgconn.PgError
	if errors.As(err, &pg) && (pg.Code == "42704" || pg.Code == "42501") {
		return &pgdb.UserError{
			Msg:  fmt.Sprintf("owner, comment or privileges of large object %d: %s", oid, pg.Message),
			Hint: "create the role on the target, connect as a role that may act for it, or leave these out with --no-owner --no-acl",
			Err:  err,
		}
	}
	return fmt.Errorf("owner, comment or privileges of large object %d: %w", oid, err)
}
