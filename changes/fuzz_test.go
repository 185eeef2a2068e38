package changes

import (
	"fmt"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

// fuzz feeds messages to a decoder that has seen a recorded stream. Whatever comes, it gives an event that hangs together or an error.
func fuzz(f *testing.F, streams []string, make func() Decoder) {
	for _, name := range streams {
		recorded(f, name, func(_ pgschema.LSN, message []byte) {
			if len(message) < 4096 {
				f.Add(message, message)
			}
		})
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		d := make()
		for _, message := range [][]byte{first, second} {
			e, err := d.Decode(1, message)
			if err == nil && e != nil {
				if err = sound(e, len(message)); err != nil {
					t.Fatalf("%v: %q", err, message)
				}
			}
		}
	})
}

// sound reports what is wrong with an event.
func sound(e *Event, size int) error {
	tuples := 0
	switch e.Kind {
	case Insert:
		tuples = 1
		if e.New == nil || e.Old != nil {
			return fmt.Errorf("insert without a new row or with an old one")
		}
	case Update:
		if e.New == nil {
			return fmt.Errorf("update without a new row")
		}
	case Delete:
		if e.Old == nil || e.New != nil {
			return fmt.Errorf("delete without an old row or with a new one")
		}
	case Truncate:
		if len(e.Truncated) > size {
			return fmt.Errorf("%d tables of %d bytes", len(e.Truncated), size)
		}
	}
	if e.Kind != Insert && e.Kind != Update && e.Kind != Delete {
		return nil
	}
	if e.Relation == nil || len(e.Relation.Columns) > 3*maxColumns && tuples > 0 {
		return fmt.Errorf("no table, or one of too many columns")
	}
	for _, tuple := range []*Tuple{e.Old, e.New} {
		if tuple == nil {
			continue
		}
		if len(tuple.Values) != len(e.Relation.Columns) {
			return fmt.Errorf("%d values for %d columns", len(tuple.Values), len(e.Relation.Columns))
		}
		sum := 0
		for _, v := range tuple.Values {
			switch v.Kind {
			case Null, Unchanged, Absent:
				if v.Data != nil {
					return fmt.Errorf("a value of kind %q with data", byte(v.Kind))
				}
			case Text, Binary:
				sum += len(v.Data)
			default:
				return fmt.Errorf("a value of kind %q", byte(v.Kind))
			}
		}
		if sum > 2*size+2*maxColumns {
			return fmt.Errorf("%d bytes of %d", sum, size)
		}
	}
	return nil
}

func FuzzPgoutput(f *testing.F) {
	var told [][]byte // relations, so that a mutated change finds its own
	recorded(f, "pgoutput", func(_ pgschema.LSN, message []byte) {
		if Kind(message[0]) == Describe {
			told = append(told, message)
		}
	})
	fuzz(f, []string{"pgoutput", "pgoutput_streaming"}, func() Decoder {
		d := NewPgoutput()
		for _, message := range told {
			_, _ = d.Decode(1, message)
		}
		return d
	})
}

func FuzzTestDecoding(f *testing.F) {
	describe := asNow(f)
	fuzz(f, []string{"test_decoding", "test_decoding_no_identity"}, func() Decoder { return NewTestDecoding(describe) })
}

func FuzzWal2JSON(f *testing.F) {
	describe := asNow(f)
	fuzz(f, []string{"wal2json"}, func() Decoder { return NewWal2JSON(describe, true) })
}
