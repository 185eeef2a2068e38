package steps

import (
	"context"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"math/big"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// allLargeObjects stands for all large objects of a side: to a comparison they are one table, whose rows are pieces of objects. Its OID is that of
// the system catalog that holds them (src/include/catalog/pg_largeobject.h).
var allLargeObjects = pgschema.Table{OID: 2613, Name: pgschema.Name{Schema: "pg_catalog", Rel: "pg_largeobject"}, Kind: catalogdb.LargeObjects, Populated: true}

// largeObjects stores the large objects of a side, when it has any, in batches of their own.
func (s *loadSides) largeObjects(ctx context.Context, l *catalogdb.ComparisonLoader, side catalogdb.Side, conn *pgx.Conn) error {
	bytes, count, err := pgsource.LargeObjectsSize(ctx, conn)
	if err != nil || count == 0 {
		return err
	}
	t := allLargeObjects
	t.Bytes = bytes
	if err := l.Relation(side, t, ""); err != nil {
		return err
	}
	batches := int((count + largeObjectsPerBatch - 1) / largeObjectsPerBatch)
	return pgsource.LargeObjectBatches(ctx, conn, largeObjectsPerBatch, func(b pgschema.LargeObjectBatch) error {
		return l.Part(side, pgschema.Part{TableOID: t.OID, Number: b.Number, Count: batches, Where: fmt.Sprintf("%d to %d", b.FirstOID, b.LastOID)})
	})
}

// digestLargeObjects reads a batch of large objects. The digest is a sum over pieces of objects, each hashed with its object and place, so that it
// depends neither on their order nor on how either side was cut. Their bytes travel, which those of tables do not: only a superuser could have the
// server hash them where they are.
func digestLargeObjects(ctx context.Context, conn *pgx.Conn, batch string) (catalogdb.RowDigest, error) {
	var b pgschema.LargeObjectBatch
	if _, err := fmt.Sscanf(batch, "%d to %d", &b.FirstOID, &b.LastOID); err != nil {
		return catalogdb.RowDigest{}, fmt.Errorf("%q is no batch of large objects", batch)
	}
	var objects int64
	var high, low, part big.Int
	err := pgsource.LargeObjectContents(ctx, conn, b, func(c pgsource.LargeObjectChunk) error {
		if c.Offset == 0 {
			objects++
		}
		sum := md5.New()
		var place [12]byte
		binary.BigEndian.PutUint32(place[:], c.OID)
		binary.BigEndian.PutUint64(place[4:], uint64(c.Offset))
		_, _ = sum.Write(place[:])
		_, _ = sum.Write(c.Data)
		h := sum.Sum(nil)
		high.Add(&high, part.SetInt64(int64(binary.BigEndian.Uint64(h))))
		low.Add(&low, part.SetInt64(int64(binary.BigEndian.Uint64(h[8:]))))
		return nil
	})
	return catalogdb.RowDigest{Rows: objects, High: high.String(), Low: low.String()}, err
}
