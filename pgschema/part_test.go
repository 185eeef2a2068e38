package pgschema

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

// holds evaluates the small language SplitByKey writes, for a key (nil is NULL).
func holds(t *testing.T, where string, key *int64) bool {
	t.Helper()
	if where == "" {
		return true
	}
	if strings.HasPrefix(where, "(") {
		inner, _, _ := strings.Cut(where[1:], " OR ")
		return key == nil || holds(t, inner, key)
	}
	if key == nil {
		return false
	}
	for _, c := range strings.Split(where, " AND ") {
		f := strings.Fields(c)
		v, err := strconv.ParseInt(strings.Trim(f[2], "'"), 10, 64)
		if err != nil {
			t.Fatalf("%q: %v", where, err)
		}
		if f[1] == "<" && *key >= v || f[1] == ">=" && *key < v {
			return false
		}
	}
	return true
}

func TestSplitByKeyEveryKeyInExactlyOnePart(t *testing.T) {
	keys := []int64{math.MinInt64, math.MinInt64 + 1, -8000, -2, -1, 0, 1, 2, 31999, 40000, math.MaxInt64 - 1, math.MaxInt64}
	for _, min := range keys {
		for _, max := range keys {
			if max < min {
				continue
			}
			for _, n := range []int{1, 2, 3, 5, 7, 16, 101} {
				if w := uint64(max) - uint64(min); w != math.MaxUint64 && uint64(n) > w+1 {
					continue
				}
				parts := SplitByKey(1, "id", min, max, true, n, 100)
				check := func(k *int64) {
					c := 0
					for _, p := range parts {
						if holds(t, p.Where, k) {
							c++
						}
					}
					if c != 1 {
						t.Fatalf("[%d,%d] in %d: key %v is in %d parts", min, max, n, k, c)
					}
				}
				check(nil)
				for _, k := range keys {
					check(&k)
				}
				for i, p := range parts {
					if p.Number != i+1 || p.Count != len(parts) {
						t.Fatalf("part %d of %d is numbered %d of %d", i+1, len(parts), p.Number, p.Count)
					}
				}
			}
		}
	}
}

func TestSplitByCTIDCoversAllPages(t *testing.T) {
	for _, pages := range []int64{1, 2, 7, 100, 1 << 32} {
		for _, n := range []int{1, 2, 3, 7} {
			if int64(n) > pages {
				continue
			}
			parts, sum := SplitByCTID(1, pages, n), int64(0)
			for i, p := range parts {
				sum += p.Pages
				if i > 0 {
					_, up, _ := strings.Cut(parts[i-1].Where, "< ")
					_, lo, _ := strings.Cut(p.Where, ">= ")
					if lo, _, _ = strings.Cut(lo, " AND"); up != lo {
						t.Fatalf("gap between %q and %q", parts[i-1].Where, p.Where)
					}
				}
			}
			if sum != pages {
				t.Fatalf("%d pages in %d parts: %d pages", pages, n, sum)
			}
		}
	}
}

func TestPartCount(t *testing.T) {
	for _, c := range []struct {
		bytes, threshold int64
		max              int
		units            uint64
		want             int
	}{
		{100, 0, 0, 9, 1}, {100, 100, 0, 9, 1}, {101, 100, 0, 9, 2}, {1000, 100, 3, 99, 3}, {1000, 1, 0, 4, 4}, {math.MaxInt64, 1, 7, 1 << 40, 7},
	} {
		if got := PartCount(c.bytes, c.threshold, c.max, c.units); got != c.want {
			t.Errorf("PartCount(%d, %d, %d, %d) = %d, want %d", c.bytes, c.threshold, c.max, c.units, got, c.want)
		}
	}
}
