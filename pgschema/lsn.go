package pgschema

import (
	"fmt"
	"strconv"
	"strings"
)

// LSN is a position in the write-ahead log, in bytes. Its text form is that of the pg_lsn type: two hexadecimal halves.
type LSN uint64

// ParseLSN reads the pg_lsn text form, for example "16/B374D848".
func ParseLSN(s string) (LSN, error) {
	hi, lo, ok := strings.Cut(strings.TrimSpace(s), "/")
	h, err1 := strconv.ParseUint(hi, 16, 32)
	l, err2 := strconv.ParseUint(lo, 16, 32)
	if !ok || err1 != nil || err2 != nil {
		return 0, fmt.Errorf("%q is not an LSN; write two hexadecimal numbers with a slash between, such as 16/B374D848", s)
	}
	return LSN(h<<32 | l), nil
}

// String writes the LSN as pg_lsn does.
func (l LSN) String() string { return fmt.Sprintf("%X/%X", uint32(l>>32), uint32(l)) }
