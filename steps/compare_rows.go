package steps

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/bits"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/workflow"
)

// rowsPerBucket is how many rows of a table share a bucket: the second look reads as many for each row that differs.
const rowsPerBucket = 1000

// maxBucketBits bounds the buckets that a server has to keep in memory, at about 100 bytes each.
const maxBucketBits = 20

// compareRows names the rows of a table that differ. It looks twice: once at the digests of buckets of rows, once at the rows of those buckets
// that differ. Both sides come sorted, so that only what differs is ever kept.
type compareRows struct {
	base
	c *comparison
}

func (s *compareRows) Run(ctx context.Context, t workflow.Task) (workflow.Result, error) {
	pair, err := s.c.Catalog.ComparePair(ctx, int64(t.OID))
	if err != nil || pair.Digests[0] == pair.Digests[1] {
		return workflow.Result{}, err
	}
	search := rowSearch(pair)
	buckets, all, err := s.buckets(ctx, pair, search)
	if err != nil {
		return workflow.Result{}, fmt.Errorf("search %s: %w", t.Subject, err)
	}
	list, complete, err := s.rows(ctx, pair, search, buckets)
	if err != nil {
		return workflow.Result{}, fmt.Errorf("search %s: %w", t.Subject, err)
	}
	return workflow.Result{}, s.c.Catalog.RecordRows(ctx, pair.ID, list, all && complete)
}

// rowSearch is the search on each side. Rows are told apart by a key only if both sides have its columns with the same types.
func rowSearch(pair catalogdb.ComparePair) (search [2]pgsource.RowSearch) {
	n := bits.Len64(uint64(max(pair.Digests[0].Rows, pair.Digests[1].Rows) / rowsPerBucket))
	for i := range sides {
		search[i] = pgsource.RowSearch{Table: digestTable(pair, i), Key: keyColumns(pair, i), Bits: min(n, maxBucketBits)}
	}
	return search
}

func keyColumns(pair catalogdb.ComparePair, i int) []pgsource.DigestColumn {
	same := map[string]catalogdb.ColumnPair{}
	for _, c := range pair.Columns {
		if c.SourceType == c.TargetType {
			same[c.Name] = c
		}
	}
	for _, side := range pair.Sides { // the source's key, else the target's
		var key []pgsource.DigestColumn
		for _, name := range side.Key {
			if c, ok := same[name]; ok {
				key = append(key, digestColumn(c, i))
			}
		}
		if len(key) > 0 && len(key) == len(side.Key) {
			return key
		}
	}
	return nil
}

// buckets gives the first buckets that differ, as many as rows are wanted: each holds at least one. all: there are no others.
func (s *compareRows) buckets(ctx context.Context, pair catalogdb.ComparePair, search [2]pgsource.RowSearch) (list []int64, all bool, err error) {
	all = true
	differs := func(n int64) error {
		if len(list) < s.c.rows {
			list = append(list, n)
		} else {
			all = false
		}
		return nil
	}
	err = merge(ctx, func(ctx context.Context, i int, yield func(pgsource.RowBucket) error) error {
		return s.c.withSide(ctx, sides[i], func(conn *pgx.Conn) error { return search[i].Buckets(ctx, conn, s.c.dialect, yield) })
	}, func(a, b pgsource.RowBucket) int { return compareInts(a.Number, b.Number) }, func(a, b *pgsource.RowBucket) error {
		switch {
		case a == nil:
			return differs(b.Number)
		case b == nil || a.Digest != b.Digest:
			return differs(a.Number)
		}
		return nil
	})
	return list, all, err
}

func compareInts(a, b int64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// rows gives the first rows of some buckets that differ. complete: there are no others in them.
func (s *compareRows) rows(ctx context.Context, pair catalogdb.ComparePair, search [2]pgsource.RowSearch, buckets []int64) (list []catalogdb.DifferentRow, complete bool, err error) {
	complete = true
	err = merge(ctx, func(ctx context.Context, i int, yield func(pgsource.RowImage) error) error {
		return s.c.withSide(ctx, sides[i], func(conn *pgx.Conn) error { return search[i].Rows(ctx, conn, s.c.dialect, buckets, yield) })
	}, func(a, b pgsource.RowImage) int { return bytes.Compare([]byte(a.KeyHash), []byte(b.KeyHash)) }, func(a, b *pgsource.RowImage) error {
		r, ok := difference(a, b, search[0].Table.Columns)
		switch {
		case !ok:
		case len(list) < s.c.rows:
			list = append(list, r)
		default:
			complete = false
		}
		return nil
	})
	return list, complete, err
}

// difference words how the rows of one key differ; nil is a side that has none.
func difference(a, b *pgsource.RowImage, columns []pgsource.DigestColumn) (r catalogdb.DifferentRow, ok bool) {
	switch {
	case b == nil || a != nil && a.Copies > b.Copies:
		r = catalogdb.DifferentRow{Change: "missing", Key: compactJSON(a.Key), Copies: a.Copies}
		if b != nil {
			r.Copies -= b.Copies
		}
	case a == nil || a.Copies < b.Copies:
		r = catalogdb.DifferentRow{Change: "extra", Key: compactJSON(b.Key), Copies: b.Copies}
		if a != nil {
			r.Copies -= a.Copies
		}
	case a.First == b.First && a.Last == b.Last:
		return r, false
	default:
		r = catalogdb.DifferentRow{Change: "changed", Key: compactJSON(a.Key), Copies: 1}
		for i, c := range columns {
			if len(a.Columns) < 8*i+8 || len(b.Columns) < 8*i+8 || a.Columns[8*i:8*i+8] != b.Columns[8*i:8*i+8] {
				r.Columns = append(r.Columns, c.Name)
			}
		}
	}
	return r, true
}

// compactJSON is the server's JSON without its blanks.
func compactJSON(text string) json.RawMessage {
	var b bytes.Buffer
	if err := json.Compact(&b, []byte(text)); err != nil { // bytes of an unknown encoding
		quoted, _ := json.Marshal(text)
		return quoted
	}
	return b.Bytes()
}

// merge reads two sorted streams, side 0 and side 1, and hands over what stands at the same place in both; nil is a side that has nothing there.
func merge[T any](ctx context.Context, read func(ctx context.Context, i int, yield func(T) error) error, order func(a, b T) int, pair func(a, b *T) error) error {
	g, ctx := errgroup.WithContext(ctx)
	var streams [2]chan T
	for i := range streams {
		streams[i] = make(chan T, 256)
		g.Go(func() error {
			defer close(streams[i])
			return read(ctx, i, func(v T) error {
				select {
				case streams[i] <- v:
					return nil
				case <-ctx.Done():
					return context.Cause(ctx)
				}
			})
		})
	}
	g.Go(func() error {
		a, moreA := <-streams[0]
		b, moreB := <-streams[1]
		for moreA || moreB {
			var err error
			switch {
			case !moreB || moreA && order(a, b) < 0:
				err = pair(&a, nil)
				a, moreA = <-streams[0]
			case !moreA || order(a, b) > 0:
				err = pair(nil, &b)
				b, moreB = <-streams[1]
			default:
				err = pair(&a, &b)
				a, moreA = <-streams[0]
				b, moreB = <-streams[1]
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	return g.Wait()
}
