package catalogdb

import (
	"context"
	"fmt"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

// spoolAll reads everything after an LSN as text.
func spoolAll(t *testing.T, dir string, after pgschema.LSN) (got []string) {
	t.Helper()
	ctx := context.Background()
	r := ReadSpool(dir)
	defer func() { _ = r.Close() }()
	for {
		txns, err := r.Next(ctx, after, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(txns) == 0 {
			return got
		}
		for _, x := range txns {
			line := fmt.Sprintf("%d@%s:", x.Seq, x.EndLSN)
			if err := r.Messages(ctx, x, func(_ pgschema.LSN, m []byte) error {
				line += " " + string(m)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			got = append(got, line)
			after = x.EndLSN
		}
	}
}

func TestSpoolKeepsOrderOverFilesAndCrashes(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	w, err := OpenSpool(ctx, dir, 1) // every flush closes a file
	if err != nil {
		t.Fatal(err)
	}
	add := func(end pgschema.LSN, message string) {
		t.Helper()
		if err := w.Transaction(ctx, SpoolTxn{XID: 7, CommitLSN: end - 1, EndLSN: end, CommitTime: "2026-01-01", Changes: 1}, AppendMessage(nil, end, []byte(message)),
			map[string]ChangeCounts{"public.t": {Inserts: 1}}); err != nil {
			t.Fatal(err)
		}
	}
	flush := func(want pgschema.LSN) {
		t.Helper()
		if pos, err := w.Flush(ctx); err != nil || pos != want {
			t.Fatalf("flush gave %s, %v; want %s", pos, err, want)
		}
	}
	if err := w.Relation(ctx, 42, []byte("R42")); err != nil {
		t.Fatal(err)
	}
	add(10, "a")
	add(20, "b")
	flush(20)
	s := w.NewStream()
	for n, m := range []string{"c0", "c1", "c2"} {
		if err := w.Chunk(ctx, s, n, AppendMessage(nil, 25, []byte(m))); err != nil {
			t.Fatal(err)
		}
	}
	flush(20) // a piece of an unfinished transaction moves nothing
	add(24, "small one that commits in between")
	if err := w.Transaction(ctx, SpoolTxn{EndLSN: 30, CommitTime: "2026-01-01", Stream: s, Changes: 3}, nil, nil); err != nil {
		t.Fatal(err)
	}
	flush(30)
	add(40, "lost: never flushed")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}

	if w, err = OpenSpool(ctx, dir, 1); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	if w.Position() != 30 {
		t.Fatalf("position %s after a crash, want 0/1E", w.Position())
	}
	add(50, "e")
	w.Advance(60)
	flush(60)
	want := []string{"1@0/A: a", "2@0/14: b", "3@0/18: small one that commits in between", "4@0/1E: c0 c1 c2", "5@0/32: e"}
	if got := spoolAll(t, dir, 0); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Fatalf("got  %q\nwant %q", got, want)
	}
	if got := spoolAll(t, dir, 24); fmt.Sprint(got) != fmt.Sprint(want[3:]) {
		t.Fatalf("after 0/18: %q", got)
	}
	var relations []string
	r := ReadSpool(dir)
	if err := r.Relations(ctx, 5, func(m []byte) error { relations = append(relations, string(m)); return nil }); err != nil || len(relations) == 0 || relations[0] != "R42" {
		t.Fatalf("relations %q %v", relations, err)
	}
	files, err := spoolFiles(dir)
	if err != nil || len(files) < 3 {
		t.Fatalf("files %v %v", files, err)
	}
}
