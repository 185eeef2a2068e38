package pgsource

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/pgcopy/pgcopy/pgschema"
)

// largeObjectChunk is the most that one row of an answer carries of a large object, in bytes: a multiple of the 2 kB
// pages in which they are stored. It bounds the memory of both ends.
const largeObjectChunk = 512 << 10

// largeObjectWindow is how many chunks one round trip asks for at most.
const largeObjectWindow = 64

// LargeObjectBatches hands over ranges of perBatch large objects each, by ascending OID.
func LargeObjectBatches(ctx context.Context, conn *pgx.Conn, perBatch int, yield func(pgschema.LargeObjectBatch) error) error {
	if perBatch < 1 {
		perBatch = 1
	}
	return query(ctx, conn, "large objects", "large_object_batches", []any{int64(perBatch)},
		func(b *pgschema.LargeObjectBatch) []any { return []any{&b.Number, &b.FirstOID, &b.LastOID, &b.Count} }, yield)
}

// LargeObjects hands over owner, comment and privileges of the large objects of a batch, by ascending OID.
func LargeObjects(ctx context.Context, conn *pgx.Conn, b pgschema.LargeObjectBatch, yield func(pgschema.LargeObject) error) error {
	type row struct {
		lo                          pgschema.LargeObject
		comment                     *string
		privilege, grantee, grantor *string
		grantable                   *bool
	}
	var cur pgschema.LargeObject
	flush := func() error {
		if cur.OID == 0 {
			return nil
		}
		return yield(cur)
	}
	err := query(ctx, conn, "large objects", "large_objects", []any{b.FirstOID, b.LastOID}, func(r *row) []any {
		return []any{&r.lo.OID, &r.lo.Owner, &r.comment, &r.lo.HasACL, &r.privilege, &r.grantee, &r.grantor, &r.grantable}
	}, func(r row) error {
		if r.lo.OID != cur.OID {
			if err := flush(); err != nil {
				return err
			}
			cur = r.lo
			if r.comment != nil {
				cur.Comment = *r.comment
			}
		}
		if r.privilege != nil {
			cur.ACL = append(cur.ACL, pgschema.Grant{Privilege: *r.privilege, Grantee: *r.grantee, Grantor: *r.grantor,
				Grantable: *r.grantable})
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

// LargeObjectChunk is a piece of a large object. Data is at most 512 kB and only valid until yield returns. Every object
// has a chunk at offset 0, an empty one when it has no bytes; after it come the rest of the longer ones, each in order.
type LargeObjectChunk struct {
	OID    uint32
	Offset int64
	Data   []byte
	Last   bool // nothing of this object follows
}

// LargeObjectContents hands over the bytes of the large objects of a batch: first the first 512 kB of each, in one round
// trip, then the rest of the longer ones, up to 32 MB a round trip. It reads through lo_get(), which follows the
// snapshot and needs SELECT on the objects but no superuser. Holes read as zeros.
func LargeObjectContents(ctx context.Context, conn *pgx.Conn, b pgschema.LargeObjectBatch, yield func(LargeObjectChunk) error) error {
	fail := func(err error) error {
		return fmt.Errorf("read large objects %d to %d: %w", b.FirstOID, b.LastOID, err)
	}
	var long []uint32
	rows, err := conn.Query(ctx, statementFor("large_object_heads", 0), b.FirstOID, b.LastOID, largeObjectChunk)
	if err != nil {
		return fail(err)
	}
	defer rows.Close()
	for rows.Next() {
		var c LargeObjectChunk
		if err := rows.Scan(&c.OID, (*pgtype.DriverBytes)(&c.Data)); err != nil {
			return fail(err)
		}
		if c.Last = len(c.Data) < largeObjectChunk; !c.Last {
			long = append(long, c.OID)
		}
		if err := yield(c); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fail(err)
	}
	for _, oid := range long {
		if err := restOf(ctx, conn, oid, yield); err != nil {
			return err
		}
	}
	return nil
}

// restOf hands over a large object from its second chunk on. The length is not asked for: a short chunk is the end.
// The window doubles, so that an object of little more than a chunk does not pay for a long one.
func restOf(ctx context.Context, conn *pgx.Conn, oid uint32, yield func(LargeObjectChunk) error) error {
	offset := int64(largeObjectChunk)
	for window := 2; ; window = min(2*window, largeObjectWindow) {
		rows, err := conn.Query(ctx, statementFor("large_object_chunks", 0), oid, largeObjectChunk, offset, window)
		if err != nil {
			return fmt.Errorf("read large object %d: %w", oid, err)
		}
		ended := false
		for rows.Next() {
			c := LargeObjectChunk{OID: oid}
			if err = rows.Scan(&c.Offset, (*pgtype.DriverBytes)(&c.Data)); err != nil {
				break
			}
			if ended {
				continue
			}
			c.Last = len(c.Data) < largeObjectChunk
			ended = c.Last
			if err := yield(c); err != nil {
				rows.Close()
				return err
			}
			offset += int64(len(c.Data))
		}
		rows.Close()
		if err == nil {
			err = rows.Err()
		}
		if err != nil {
			return fmt.Errorf("read large object %d: %w", oid, err)
		}
		if ended {
			return nil
		}
	}
}
