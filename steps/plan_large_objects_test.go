package steps

import "testing"

func TestPlanLargeObjects(t *testing.T) {
	for _, c := range []struct {
		what           string
		bytes, objects int64
		workers, want  int
	}{
		{"none", 0, 0, 4, 200},
		{"all of them empty", 0, 1000, 4, 200},
		{"2,000 of 250 kB: sixteen batches", 500 << 20, 2000, 4, 125},
		{"400 of them: so too", 100 << 20, 400, 4, 25},
		{"20 of them: no smaller batches than 4 MB", 5 << 20, 20, 4, 16},
		{"a million tiny ones", 100 << 20, 1000000, 4, 200},
		{"200 GB: no larger batches than 64 MB", 200 << 30, 1000000, 4, 200},
		{"and of 3 MB each", 3000 << 30, 1000000, 4, 20},
		{"two of 4 TB", 8 << 40, 2, 4, 1},
		{"no workers given", 64 << 20, 64, 0, 16},
	} {
		if got := planLargeObjects(c.bytes, c.objects, c.workers); got != c.want {
			t.Errorf("%s: %d in a batch, want %d", c.what, got, c.want)
		}
	}
}
