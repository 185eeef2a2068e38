package pgschema

import (
	"math"
	"testing"
)

func TestExactSize(t *testing.T) {
	for b, want := range map[int64]string{0: "0B", 1: "1B", 1023: "1023B", 1024: "1kB", 8193: "8193B", 700 << 20: "700MB", 3 << 29: "1536MB",
		10 << 30: "10GB", 1 << 40: "1TB", math.MaxInt64: "9223372036854775807B"} {
		got := ExactSize(b)
		if got != want {
			t.Errorf("%d is %s, want %s", b, got, want)
		}
		if again, err := ParseSize(got); b < 1<<53 && (err != nil || again != b) {
			t.Errorf("%s is read as %d, %v", got, again, err)
		}
	}
}
