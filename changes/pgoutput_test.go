package changes

import (
	"bytes"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

// TestPgoutputStreaming follows a large transaction that is sent while it goes on, with a part of it rolled back.
func TestPgoutputStreaming(t *testing.T) {
	d := NewPgoutput()
	var kinds strings.Builder
	top, sub := uint32(0), uint32(0)
	recorded(t, "pgoutput_streaming", func(lsn pgschema.LSN, message []byte) {
		e, err := d.Decode(lsn, message)
		if err != nil {
			t.Fatal(err)
		}
		kinds.WriteByte(byte(e.Kind))
		switch {
		case e.Kind == StreamOpen && top == 0:
			top = e.XID
		case e.Kind == Insert && e.XID != top && sub == 0:
			sub = e.XID
		case e.Kind == StreamGone && (e.XID != top || e.SubXID != sub):
			t.Errorf("%d of %d was rolled back, not %d of %d", e.SubXID, e.XID, sub, top)
		case e.Kind == StreamDone && (e.XID != top || e.EndLSN != lsn || e.CommitLSN == 0 || e.CommitTime.IsZero()):
			t.Errorf("%+v at %s", e, lsn)
		}
		if e.Kind == Insert && (e.New.Values[0].Kind != Binary || len(e.New.Values[0].Data) != 4) {
			t.Errorf("%q", e.New.Values)
		}
	})
	if want := "SRIIIESIIIEASRIIIEcSRIIIESIIIESIIIE"; kinds.String() != want {
		t.Errorf("got %s\nwant %s", &kinds, want)
	}
}

func TestUnstreamed(t *testing.T) {
	var relation []byte
	recorded(t, "pgoutput_streaming", func(_ pgschema.LSN, message []byte) {
		if Kind(message[0]) == Describe && relation == nil {
			relation = message
		}
	})
	e, err := NewPgoutput().Decode(1, Unstreamed(relation))
	if err != nil || e.Relation.Name.String() != "public.parent" || len(e.Relation.Columns) != 2 {
		t.Errorf("%+v, %v", e, err)
	}
	if _, err := NewPgoutput().Decode(1, relation); err == nil {
		t.Error("a relation with a transaction id in front was understood outside a streamed piece")
	}
	if got := Unstreamed([]byte("R")); string(got) != "R" {
		t.Errorf("%q", got)
	}
}

// TestPgoutputCut cuts every message short and makes every one longer: none is taken for another.
func TestPgoutputCut(t *testing.T) {
	d := NewPgoutput()
	recorded(t, "pgoutput", func(lsn pgschema.LSN, message []byte) {
		for n := range len(message) {
			if n < 300 {
				if _, err := NewPgoutput().Decode(lsn, message[:n]); err == nil {
					t.Fatalf("the first %d bytes were understood of %q", n, message)
				}
			}
		}
		if _, err := d.Decode(lsn, message); err != nil {
			t.Fatal(err)
		}
		switch Kind(message[0]) {
		case Insert, Update, Delete, Truncate, Describe:
			if _, err := d.Decode(lsn, append(bytes.Clone(message), 0)); err == nil {
				t.Fatalf("a byte too many was not seen in %q", message)
			}
		}
	})
}
