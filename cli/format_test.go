package cli

import (
	"strings"
	"testing"
)

func TestSeconds(t *testing.T) {
	for s, want := range map[float64]string{0: "0ms", 0.0354: "35ms", 0.9994: "999ms", 0.9996: "1.0s", 2.84: "2.8s", 9.96: "10s", 42.2: "42s", 59.6: "1m00s",
		80: "1m20s", 3599.7: "1h00m", 7500: "2h05m", 86400: "1d00h", 3*86400 + 4*3600: "3d04h"} {
		if got := seconds(s); got != want {
			t.Errorf("%v s is %s, not %s", s, got, want)
		}
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -1000: "-1,000", -100: "-100"} {
		if got := count(n); got != want {
			t.Errorf("%d is %s, not %s", n, got, want)
		}
	}
}

func TestFit(t *testing.T) {
	for _, text := range []string{"public.orders", "schema_with_a_long_name.table_with_a_long_name part 3 of 8", "表の名前はとても長いです part 3 of 8", ""} {
		for width := range 60 {
			got := fit(text, width)
			if cells(got) > width {
				t.Errorf("%q takes %d columns, not %d", got, cells(got), width)
			}
			if cells(text) <= width && got != text {
				t.Errorf("%q was changed to %q, though it fits in %d", text, got, width)
			}
		}
	}
	if got := fit("schema_with_a_long_name.table part 3 of 8", 25); got != "schema_with_a_...t 3 of 8" {
		t.Error(got)
	}
}

func TestCleanTakesTheTeethOutOfNames(t *testing.T) {
	got := clean("a\x1b[2Jb\nc\td\u202ee\x00")
	if strings.ContainsAny(got, "\x1b\n\t\x00\u202e") || !strings.HasPrefix(got, "a") {
		t.Errorf("%q", got)
	}
	if name := `"Größe 表"`; clean(name) != name {
		t.Errorf("%q", clean(name))
	}
}
