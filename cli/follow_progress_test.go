package cli

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/catalogdb"
)

func TestPrintFollow(t *testing.T) {
	lag, none := 12.5, 0.0
	for _, c := range []struct {
		f    catalogdb.FollowProgress
		want []string
	}{
		{catalogdb.FollowProgress{Received: "0/200", Flushed: "0/1F0", Replayed: "0/100", Source: "0/300", EndPos: "0/400", LagBytes: 2 << 20, LagSeconds: &lag,
			AppliedRate: catalogdb.FollowRate{Changes: 150.4, Bytes: 3 << 10}, WaitsFor: "the copy"},
			[]string{"0/1F0", "endpos", "follow: 2.0 MB behind the source (13s), applying 150 changes/s, 3.0 kB/s, apply waits for the copy"}},
		{catalogdb.FollowProgress{LagSeconds: &none, LagBytes: 8, WaitsFor: "more changes"}, []string{"source     -", "follow: caught up, apply waits for more changes"}},
	} {
		var b bytes.Buffer
		if err := printFollow(&b, catalogdb.Progress{Follow: &c.f}); err != nil {
			t.Fatal(err)
		}
		for _, want := range c.want {
			if !strings.Contains(b.String(), want) {
				t.Errorf("no %q in\n%s", want, b.String())
			}
		}
	}
	var b bytes.Buffer
	if err := printFollow(&b, catalogdb.Progress{}); err != nil || b.Len() > 0 {
		t.Errorf("without following: %q, %v", b.String(), err)
	}
}
