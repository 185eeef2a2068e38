package pgschema

import (
	"fmt"
	"math"
)

// Part is a slice of one table that is copied by itself. The slices of a table never overlap and together hold every row.
type Part struct {
	TableOID uint32
	Number   int    // from 1
	Count    int    // how many parts the table has
	Where    string // SQL condition without WHERE, "" for the whole table
	Pages    int64  // estimated share in blocks, for bytes estimates
}

// PartCount is how many parts a table of size bytes gets: the ceiling of bytes/threshold, at most maxParts (0: no bound)
// and at most one per unit that can be told apart (a page, a key value).
func PartCount(bytes, threshold int64, maxParts int, units uint64) int {
	if threshold <= 0 || bytes <= threshold || units <= 1 {
		return 1
	}
	n := bytes / threshold
	if bytes%threshold != 0 {
		n++
	}
	if maxParts > 0 && n > int64(maxParts) {
		n = int64(maxParts)
	}
	if uint64(n) > units {
		n = int64(units)
	}
	if n > math.MaxInt32 {
		n = math.MaxInt32
	}
	return int(n)
}

// SplitByCTID cuts a heap of pages blocks into n ranges of equal length. The last range is open, so that a row on a page added
// after the measurement is still in exactly one part (the snapshot decides whether it is copied at all). TID range scans
// make each part read only its own pages from version 14 on (release notes of PostgreSQL 14, E.20.3.1.2).
func SplitByCTID(table uint32, pages int64, n int) []Part {
	parts := make([]Part, 0, n)
	for i := 0; i < n; i++ {
		lo, hi := bound(pages, i, n), bound(pages, i+1, n)
		where := fmt.Sprintf("ctid >= '(%d,0)'::pg_catalog.tid AND ctid < '(%d,0)'::pg_catalog.tid", lo, hi)
		switch {
		case n == 1:
			where = ""
		case i == 0:
			where = fmt.Sprintf("ctid < '(%d,0)'::pg_catalog.tid", hi)
		case i == n-1:
			where = fmt.Sprintf("ctid >= '(%d,0)'::pg_catalog.tid", lo)
		}
		parts = append(parts, Part{TableOID: table, Number: i + 1, Count: n, Where: where, Pages: hi - lo})
	}
	return parts
}

// bound is pages*i/n without overflow for any table Postgres can hold (at most 2^32 pages).
func bound(pages int64, i, n int) int64 {
	return int64(uint64(pages) * uint64(i) / uint64(n))
}

// SplitByKey cuts a table by an integer column that lies in [min, max]. NULL keys ride with the first part, which has no lower
// bound; the last has no upper one: a bound is never a marker value, so -1, 0 and both ends of int8 are keys like any
// other. Arithmetic is on uint64 distances from min, which cannot overflow.
func SplitByKey(table uint32, column string, min, max int64, nullable bool, n int, pages int64) []Part {
	key := QuoteIdent(column)
	width := uint64(max) - uint64(min) // max-min, exact even for the full int8 range
	step := width/uint64(n) + 1
	parts := make([]Part, 0, n)
	for i := 0; i < n; i++ {
		lo := int64(uint64(min) + step*uint64(i))
		hi := int64(uint64(min) + step*uint64(i+1))
		last := i == n-1 || step*uint64(i+1) > width
		p := Part{TableOID: table, Number: i + 1, Pages: pages / int64(n)}
		switch {
		case i == 0 && last:
			p.Where = ""
		case i == 0:
			p.Where = fmt.Sprintf("%s < '%d'", key, hi)
			if nullable {
				p.Where = fmt.Sprintf("(%s OR %s IS NULL)", p.Where, key)
			}
		case last:
			p.Where = fmt.Sprintf("%s >= '%d'", key, lo)
		default:
			p.Where = fmt.Sprintf("%s >= '%d' AND %s < '%d'", key, lo, key, hi)
		}
		parts = append(parts, p)
		if last {
			break
		}
	}
	for i := range parts {
		parts[i].Count = len(parts)
	}
	return parts
}
