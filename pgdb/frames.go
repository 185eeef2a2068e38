package pgdb

import (
	"encoding/binary"
	"fmt"
	"strings"
)

const (
	frameHead = 5 // type byte and length

	// maxControl is how much of a message other than CopyData is kept; what is
	// longer (an error that quotes a huge value) is cut.
	maxControl = 64 << 10

	// maxFrameBody is more than any server sends: messages end at 1 GB
	// (PQ_LARGE_MESSAGE_LIMIT in src/include/libpq/libpq.h).
	maxFrameBody = 1 << 30

	// backendTypes are the messages that a server may send, see
	// https://www.postgresql.org/docs/current/protocol-message-formats.html.
	// Any other byte in their place means that the stream is out of step.
	backendTypes = "123ACDEGHIKNRSTVWZcdnstv"
)

// frame is a message other than CopyData. Its body is valid until the next feed.
type frame struct {
	typ  byte
	body []byte
}

// frameWalker splits a stream of server messages into CopyData payload, which it
// passes on as bytes, and other messages, which it collects. It holds no more than
// maxControl bytes, however the stream is cut and however long a row is.
type frameWalker struct {
	head   [frameHead]byte
	nhead  int  // bytes of an incomplete head
	typ    byte // of the frame whose body is being read
	left   int  // bytes of that body still to come
	inBody bool
	body   []byte
}

// feed consumes raw up to and including the first message that is not CopyData
// (then ok is true), or all of it. CopyData payload is written to dst, which may
// begin at or before raw in the same array and must be as long as raw. It
// returns how many bytes were written and consumed.
func (w *frameWalker) feed(dst, raw []byte) (nd, nr int, f frame, ok bool, err error) {
	for nr < len(raw) {
		if !w.inBody {
			if nr, err = w.header(raw, nr); err != nil || !w.inBody {
				return nd, nr, frame{}, false, err
			}
		}
		n := min(w.left, len(raw)-nr)
		if w.typ == 'd' {
			nd += copy(dst[nd:], raw[nr:nr+n])
		} else {
			w.body = append(w.body, raw[nr:nr+min(n, maxControl-len(w.body))]...)
		}
		nr += n
		w.left -= n
		if w.left > 0 {
			break
		}
		w.inBody = false
		if w.typ != 'd' {
			return nd, nr, frame{w.typ, w.body}, true, nil
		}
	}
	return nd, nr, frame{}, false, nil
}

// header reads type and length at raw[nr:], or as much of them as there is.
func (w *frameWalker) header(raw []byte, nr int) (int, error) {
	head := raw[nr:]
	if w.nhead == 0 && len(head) >= frameHead {
		nr += frameHead
	} else {
		n := copy(w.head[w.nhead:], head)
		nr += n
		w.nhead += n
		if w.nhead < frameHead {
			return nr, nil
		}
		head = w.head[:]
		w.nhead = 0
	}
	size := binary.BigEndian.Uint32(head[1:frameHead])
	if size < 4 || size > maxFrameBody+4 || strings.IndexByte(backendTypes, head[0]) < 0 {
		return nr, protocolErrorf("message of type %q and length %d", head[0], size)
	}
	w.typ, w.left, w.inBody = head[0], int(size-4), true
	w.body = w.body[:0]
	return nr, nil
}

// atRest says that the stream ended between two messages.
func (w *frameWalker) atRest() bool { return !w.inBody && w.nhead == 0 }

// copyShape is what CopyOutResponse and CopyInResponse announce.
type copyShape struct {
	binary  bool
	columns int
}

func parseCopyShape(body []byte) (copyShape, error) {
	if len(body) < 3 {
		return copyShape{}, protocolErrorf("a COPY response of %d bytes", len(body))
	}
	return copyShape{binary: body[0] != 0, columns: int(binary.BigEndian.Uint16(body[1:3]))}, nil
}

func (s copyShape) String() string {
	if s.binary {
		return fmt.Sprintf("%d columns in binary format", s.columns)
	}
	return fmt.Sprintf("%d columns in text format", s.columns)
}

// textMessage is a message whose body is one string.
func textMessage(typ byte, text string) []byte {
	m := make([]byte, frameHead, frameHead+len(text)+1)
	m[0] = typ
	binary.BigEndian.PutUint32(m[1:], uint32(4+len(text)+1))
	return append(append(m, text...), 0)
}
