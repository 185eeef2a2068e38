package changes

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"github.com/pgcopy/pgcopy/pgschema"
)

// errShort says that a message ended before its fields did.
var errShort = errors.New("message is too short")

// reader takes the fields of a message. After the first field that is not there, all others are zero and err is set, so that a decoder
// checks once, at its end.
type reader struct {
	b   []byte
	err error
}

func (r *reader) take(n int) []byte {
	if r.err != nil || n < 0 || n > len(r.b) {
		r.err = errors.Join(r.err, errShort)
		r.b = nil
		return nil
	}
	f := r.b[:n:n]
	r.b = r.b[n:]
	return f
}

// end is an error when a message goes on after its fields: then they were not understood.
func (r *reader) end() error {
	if r.err == nil && len(r.b) > 0 {
		r.err = fmt.Errorf("%d bytes too many", len(r.b))
	}
	return r.err
}

func (r *reader) byte() byte {
	if f := r.take(1); f != nil {
		return f[0]
	}
	return 0
}

func (r *reader) uint16() uint16 {
	if f := r.take(2); f != nil {
		return binary.BigEndian.Uint16(f)
	}
	return 0
}

func (r *reader) uint32() uint32 {
	if f := r.take(4); f != nil {
		return binary.BigEndian.Uint32(f)
	}
	return 0
}

func (r *reader) uint64() uint64 {
	if f := r.take(8); f != nil {
		return binary.BigEndian.Uint64(f)
	}
	return 0
}

func (r *reader) lsn() pgschema.LSN { return pgschema.LSN(r.uint64()) }

// time reads a TimestampTz: microseconds since 2000-01-01.
func (r *reader) time() time.Time {
	us := int64(r.uint64())
	return time.Unix(pgEpoch+us/1e6, us%1e6*1000).UTC()
}

// pgEpoch is 2000-01-01 00:00:00 UTC in Unix seconds.
const pgEpoch = 946684800

// text reads a string that ends with a NUL byte.
func (r *reader) text() string {
	i := bytes.IndexByte(r.b, 0)
	if r.err != nil || i < 0 {
		r.err = errors.Join(r.err, errShort)
		r.b = nil
		return ""
	}
	s := string(r.b[:i])
	r.b = r.b[i+1:]
	return s
}
