package pgschema

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

var sizeUnits = []struct {
	name string
	mul  int64
}{
	{"B", 1}, {"kB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"TB", 1 << 40}, {"PB", 1 << 50}, {"EB", 1 << 60},
}

// ParseSize reads a size as people write it: a number and an optional unit of 1024 steps (B, kB, MB, GB, TB, PB, EB; any case),
// with or without a blank between them: "10GB", "1.5 MB", "8192". The value is bytes, never negative.
func ParseSize(s string) (int64, error) {
	t := strings.TrimSpace(s)
	i := 0
	for i < len(t) && (t[i] >= '0' && t[i] <= '9' || t[i] == '.') {
		i++
	}
	num, unit := t[:i], strings.TrimSpace(t[i:])
	v, err := strconv.ParseFloat(num, 64)
	if err != nil {
		return 0, sizeError(s)
	}
	mul := int64(0)
	for _, u := range sizeUnits {
		if strings.EqualFold(unit, u.name) || (unit != "" && strings.EqualFold(unit+"B", u.name)) {
			mul = u.mul
		}
	}
	if unit == "" {
		mul = 1
	}
	if mul == 0 {
		return 0, sizeError(s)
	}
	b := v * float64(mul)
	if b >= math.MaxInt64 {
		return 0, fmt.Errorf("%q is larger than any size (at most 8 EB)", s)
	}
	return int64(b), nil
}

func sizeError(s string) error {
	return fmt.Errorf("%q is not a size; write a number and a unit, such as 512kB, 200MB or 10GB", s)
}

// PrettySize writes a number of bytes the way pg_size_pretty's readers expect: whole units of 1024 up to four digits.
func PrettySize(b int64) string {
	f, u := float64(b), 0
	for f >= 1024 && u < len(sizeUnits)-1 {
		f, u = f/1024, u+1
	}
	if u == 0 || f >= 100 {
		return fmt.Sprintf("%.0f %s", f, sizeUnits[u].name)
	}
	return fmt.Sprintf("%.1f %s", f, sizeUnits[u].name)
}

// ExactSize writes a number of bytes as [ParseSize] reads it, with the largest unit that loses nothing: "700MB", "1536kB", "8193B".
func ExactSize(b int64) string {
	u := 0
	for u < len(sizeUnits)-1 && b != 0 && b%sizeUnits[u+1].mul == 0 {
		u++
	}
	return strconv.FormatInt(b/sizeUnits[u].mul, 10) + sizeUnits[u].name
}
