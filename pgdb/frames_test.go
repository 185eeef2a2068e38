package pgdb

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

func message(typ byte, body []byte) []byte {
	m := make([]byte, frameHead, frameHead+len(body))
	m[0] = typ
	binary.BigEndian.PutUint32(m[1:], uint32(len(body)+4))
	return append(m, body...)
}

// walkPieces feeds a stream in pieces, each copied into the middle of one buffer
// as the relay does, so that payload is compacted in place.
func walkPieces(stream []byte, piece func() int) (rows []byte, frames []frame, rest bool, err error) {
	var w frameWalker
	buf := make([]byte, 1<<16)
	for len(stream) > 0 {
		n := min(max(piece(), 1), len(stream), len(buf)-7)
		raw := buf[7 : 7+n]
		copy(raw, stream)
		stream = stream[n:]
		fill := 3
		for len(raw) > 0 {
			nd, nr, f, ok, err := w.feed(buf[fill:], raw)
			rows = append(rows, buf[fill:fill+nd]...)
			fill += nd
			raw = raw[nr:]
			if err != nil {
				return rows, frames, false, err
			}
			if ok {
				frames = append(frames, frame{f.typ, bytes.Clone(f.body)})
			} else if len(raw) > 0 {
				panic("feed stopped before the end")
			}
		}
	}
	return rows, frames, w.atRest(), nil
}

func TestFrameWalkerPieces(t *testing.T) {
	var stream, want []byte
	var types []byte
	for i := range 400 {
		body := bytes.Repeat([]byte{byte(i)}, (i*37)%3000)
		stream = append(stream, message('d', body)...)
		want = append(want, body...)
		if i%50 == 3 {
			stream = append(stream, message("NSAcC"[i/50%5], body)...)
			types = append(types, "NSAcC"[i/50%5])
		}
	}
	stream = append(stream, message('Z', []byte{'I'})...)
	types = append(types, 'Z')
	for name, piece := range map[string]func() int{
		"bytes": func() int { return 1 }, "whole": func() int { return 1 << 20 },
		"random": func() int { return rand.IntN(9000) }, "heads": func() int { return rand.IntN(7) },
	} {
		rows, frames, rest, err := walkPieces(stream, piece)
		if err != nil || !rest || !bytes.Equal(rows, want) || len(frames) != len(types) {
			t.Fatalf("%s: %d bytes of %d, %d frames, at rest %v, %v", name, len(rows), len(want), len(frames), rest, err)
		}
		for i, f := range frames {
			if f.typ != types[i] {
				t.Errorf("%s: frame %d is %c", name, i, f.typ)
			}
		}
	}
}

func TestFrameWalkerBounds(t *testing.T) {
	var w frameWalker
	long := bytes.Repeat([]byte{'x'}, 3*maxControl)
	dst := make([]byte, len(long)+frameHead)
	_, _, f, ok, err := w.feed(dst, message('E', long))
	if err != nil || !ok || len(f.body) != maxControl {
		t.Errorf("%v %v %d", err, ok, len(f.body))
	}
	for _, bad := range [][]byte{{'d', 0, 0, 0, 3}, {'d', 0xff, 0xff, 0xff, 0xff}, {0, 0, 0, 0, 4}, {'Q', 0, 0, 0, 9}} {
		if _, _, _, _, err := new(frameWalker).feed(dst, bad); err == nil {
			t.Errorf("%x was accepted", bad)
		}
	}
}

// FuzzFrameWalker: whatever the bytes and however they are cut, the result is the
// same, nothing is written beyond what was read, and memory stays bounded.
func FuzzFrameWalker(f *testing.F) {
	f.Add(append(message('d', []byte("1\ta\n")), message('Z', []byte{'I'})...), uint64(1))
	f.Add(append(message('H', []byte{0, 0, 1, 0, 0}), message('c', nil)...), uint64(2))
	f.Add([]byte{'d', 0, 0, 0, 4, 'd', 0, 0}, uint64(3))
	f.Add(message('E', []byte("SERROR\x00C22012\x00Mdivision by zero\x00\x00")), uint64(4))
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) {
		random := rand.New(rand.NewPCG(seed, 1))
		rows1, frames1, rest1, err1 := walkPieces(stream, func() int { return len(stream) })
		rows2, frames2, rest2, err2 := walkPieces(stream, func() int { return random.IntN(len(stream)/3 + 2) })
		if !bytes.Equal(rows1, rows2) || len(frames1) != len(frames2) || rest1 != rest2 || (err1 == nil) != (err2 == nil) {
			t.Fatalf("cut matters: %d/%d bytes, %d/%d frames, %v/%v", len(rows1), len(rows2), len(frames1), len(frames2), err1, err2)
		}
		total := len(rows1)
		for i := range frames1 {
			if frames1[i].typ != frames2[i].typ || !bytes.Equal(frames1[i].body, frames2[i].body) {
				t.Fatalf("frame %d differs", i)
			}
			total += len(frames1[i].body)
		}
		if total > len(stream) {
			t.Fatal("more came out than went in")
		}
	})
}

// FuzzParseError: a server's error message may hold anything.
func FuzzParseError(f *testing.F) {
	f.Add([]byte("SERROR\x00C22012\x00Mdivision by zero\x00\x00"))
	f.Add([]byte("M\xff\xfe\x00"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, encoding := range []string{"UTF8", "LATIN1", "SQL_ASCII"} {
			pg, err := parseServerError(body, encoding)
			if err == nil && pg == nil {
				t.Fatal("neither")
			}
		}
	})
}
