package pgsource

import (
	"context"
	"fmt"
	"math"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// SplitMethod says by what a table is cut into parts.
type SplitMethod string

// The ways to cut a table.
const (
	SplitNone SplitMethod = "none" // one part
	SplitCTID SplitMethod = "ctid" // ranges of blocks
	SplitKey  SplitMethod = "key"  // ranges of an integer column
)

// SplitOptions are the caller's wishes and what the server can do.
type SplitOptions struct {
	Threshold     int64 // bytes; larger tables are split, 0 splits none
	ByShare       bool  // with no threshold: somebody else cuts those whose copy takes more than its share of the time
	MaxParts      int   // 0: no bound
	ServerVersion int   // as server_version_num
	SkipCTID      bool  // never by ctid
}

// tidRangeScan is the first version that reads only the blocks of a ctid range (release notes of 14, E.20.3.1.2). Before, each part
// would read the whole table.
const tidRangeScan = 140000

// ReadsCTIDRanges tells whether a server of a version (server_version_num) reads only the blocks of a ctid range.
func ReadsCTIDRanges(version int) bool { return version >= tidRangeScan }

// ChooseSplit decides how a table is cut, and says why in words that fit after "not split: " or "split by ...: ".
//
// Block ranges come first: they are even whatever the values, and need no index. Being on a standby does not matter: the ranges
// hold under a snapshot there as on a primary. What they do not survive is a rewrite between two parts
// (VACUUM FULL, CLUSTER), so callers hold a lock meanwhile: see LockTables.
func ChooseSplit(t pgschema.Table, o SplitOptions) (SplitMethod, string) {
	switch {
	case t.Kind != "r":
		return SplitNone, "holds no rows of its own to copy"
	case o.Threshold <= 0 && o.ByShare:
		return SplitNone, "too small to keep other workers waiting"
	case o.Threshold <= 0:
		return SplitNone, "splitting is off"
	case t.Bytes <= o.Threshold:
		return SplitNone, "not larger than " + pgschema.PrettySize(o.Threshold)
	case o.MaxParts == 1:
		return SplitNone, "at most one part allowed"
	}
	why := ""
	switch {
	case o.SkipCTID:
		why = "ctid ranges are switched off"
	case t.AM != "heap":
		why = "access method " + pgschema.DisplayIdent(t.AM) + " has no ctid ranges"
	case !ReadsCTIDRanges(o.ServerVersion):
		why = "servers before 14 have no ctid range scans"
	case t.Pages < 2:
		why = "too few pages for ctid ranges"
	default:
		return SplitCTID, "heap table"
	}
	if t.KeyColumn == "" {
		return SplitNone, why + ", and there is no integer key"
	}
	return SplitKey, why
}

// PlanParts cuts a table into its parts, always at least one. By key it asks the source for the key's range, so conn must be in the
// snapshot under which the parts will be read; otherwise it sends nothing. The method it gives is the one it used: a
// table whose key holds fewer than two values is one part, with the reason.
func PlanParts(ctx context.Context, conn *pgx.Conn, t pgschema.Table, o SplitOptions) ([]pgschema.Part, SplitMethod, string, error) {
	method, why := ChooseSplit(t, o)
	whole := []pgschema.Part{{TableOID: t.OID, Number: 1, Count: 1, Pages: t.Pages}}
	switch method {
	case SplitCTID:
		n := pgschema.PartCount(t.Bytes, o.Threshold, o.MaxParts, uint64(t.Pages))
		return pgschema.SplitByCTID(t.OID, t.Pages, n), method, why, nil
	case SplitKey:
		lo, hi, found, err := TableKeyRange(ctx, conn, t.Name, t.KeyColumn)
		if err != nil {
			return nil, "", "", fmt.Errorf("plan parts: %w", err)
		}
		if !found {
			return whole, SplitNone, "column " + pgschema.DisplayIdent(t.KeyColumn) + " has no values", nil
		}
		parts := pgschema.SplitByKey(t.OID, t.KeyColumn, lo, hi, !t.KeyNotNull,
			pgschema.PartCount(t.Bytes, o.Threshold, o.MaxParts, keyUnits(lo, hi)), t.Pages)
		if len(parts) == 1 {
			return whole, SplitNone, "all values of " + pgschema.DisplayIdent(t.KeyColumn) + " are in one range", nil
		}
		return parts, method, why, nil
	}
	return whole, method, why, nil
}

// keyUnits is how many values lie in [lo, hi], as far as a uint64 goes.
func keyUnits(lo, hi int64) uint64 {
	width := uint64(hi) - uint64(lo)
	if width == math.MaxUint64 {
		return width
	}
	return width + 1
}
