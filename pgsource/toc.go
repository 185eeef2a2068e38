package pgsource

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/pgcopy/pgcopy/pgschema"
)

// ArchiveHeader is what a pg_dump archive says of itself before its table of contents.
type ArchiveHeader struct {
	Version       string // of the archive format, such as "1.14"
	Format        string // custom, tar or directory
	Database      string // name of the database that was dumped
	ServerVersion string // of the server that was dumped, such as "15.18 (Debian 15.18-0+deb12u1)"
	DumpVersion   string // of the pg_dump that wrote it
	Entries       int    // how many the table of contents announces
	Encoding      string // of every string in the archive, such as "UTF8"; known once the entries were read
	StdStrings    bool   // standard_conforming_strings as the SQL in the archive assumes it; known once the entries were read
}

// Archive versions are three bytes; the third is never used. Every version from 1.12 (PostgreSQL 9.0) to 1.16 (17 and 18)
// differs from the next by a field or two (src/bin/pg_dump/pg_backup_archiver.h, the K_VERS_ list).
const (
	tocOldest      = 1<<8 | 12
	tocNewest      = 1<<8 | 16
	tocTableAM     = 1<<8 | 14 // entries carry the table access method
	tocCompressAlg = 1<<8 | 15 // the header names the compression algorithm
	tocRelKind     = 1<<8 | 16 // entries carry the relkind
)

// ErrNotArchive is returned for a file that pg_dump did not write with --format=custom.
var ErrNotArchive = errors.New("not a pg_dump archive in custom format")

// maxTOCString bounds one string of the archive; Postgres itself cannot hold a value of more than 1 GB.
const maxTOCString = 1 << 30

// ReadTOCHeader reads what an archive in custom format says of itself.
func ReadTOCHeader(r io.Reader) (ArchiveHeader, error) {
	t := &tocReader{r: bufio.NewReaderSize(r, 4<<10)}
	h := t.header()
	if t.err != nil {
		return h, t.fail("header")
	}
	return h, nil
}

// ReadTOC reads the header and the table of contents of an archive in custom format and gives each entry to yield, in
// the archive's order, with everything but Position, Session and SQL. Nothing is kept but the entry at hand. An error of yield
// ends the reading and is returned as it is. The layout is that of ReadHead and ReadToc in pg_backup_archiver.c and of
// _ReadExtraToc in pg_backup_custom.c.
func ReadTOC(r io.Reader, yield func(pgschema.ArchiveEntry) error) (ArchiveHeader, error) {
	t := &tocReader{r: bufio.NewReaderSize(r, 64<<10)}
	h := t.header()
	if t.err != nil {
		return h, t.fail("header")
	}
	h.StdStrings = true
	for i := 0; i < h.Entries; i++ {
		e, defn := t.entry()
		if t.err != nil {
			return h, t.fail(fmt.Sprintf("entry %d of %d", i+1, h.Entries))
		}
		switch e.Desc {
		case "ENCODING":
			h.Encoding = quotedValue(defn)
		case "STDSTRINGS":
			h.StdStrings = quotedValue(defn) != "off"
		}
		if err := yield(e); err != nil {
			return h, err
		}
	}
	return h, nil
}

// quotedValue takes x out of "SET name = 'x';".
func quotedValue(stmt string) string {
	start, end := -1, -1
	for i := 0; i < len(stmt); i++ {
		if stmt[i] == '\'' {
			if start < 0 {
				start = i + 1
			} else {
				end = i
				break
			}
		}
	}
	if end < 0 {
		return ""
	}
	return stmt[start:end]
}

// tocReader reads the archive's primitive values. After the first error it reads nothing more and returns zero values, so that
// callers look at err once per entry.
type tocReader struct {
	r       *bufio.Reader
	n       int64 // bytes read, for the error's text
	version int
	intSize int
	offSize int
	err     error
}

func (t *tocReader) fail(where string) error {
	err := t.err
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = errors.New("the file ends too early")
	}
	return fmt.Errorf("archive: %s at byte %d: %w", where, t.n, err)
}

func (t *tocReader) header() (h ArchiveHeader) {
	for _, c := range []byte("PGDMP") {
		if t.byte() != c || t.err != nil {
			t.err = ErrNotArchive
			return h
		}
	}
	major, minor := int(t.byte()), int(t.byte())
	t.byte() // revision
	t.version = major<<8 | minor
	h.Version = fmt.Sprintf("%d.%d", major, minor)
	if t.err == nil && (t.version < tocOldest || t.version > tocNewest) {
		t.err = fmt.Errorf("format version %s is not known here (1.12 to 1.16 are)", h.Version)
		return h
	}
	t.intSize, t.offSize = int(t.byte()), int(t.byte())
	if t.err == nil && (t.intSize < 1 || t.intSize > 8 || t.offSize < 1 || t.offSize > 32) {
		t.err = fmt.Errorf("integers of %d and offsets of %d bytes make no sense", t.intSize, t.offSize)
		return h
	}
	switch f := t.byte(); f {
	case 1:
		h.Format = "custom"
	default:
		if t.err == nil {
			t.err = ErrNotArchive // tar and directory archives have the same header but other extra fields
		}
		return h
	}
	if t.version >= tocCompressAlg {
		t.byte()
	} else {
		t.int()
	}
	for range 7 { // creation time: sec, min, hour, mday, mon, year, isdst
		t.int()
	}
	h.Database, h.ServerVersion, h.DumpVersion = t.text(), t.text(), t.text()
	h.Entries = t.int()
	if t.err == nil && h.Entries < 0 {
		t.err = fmt.Errorf("%d entries announced", h.Entries)
	}
	return h
}

var tocSections = []string{1: "none", 2: "pre-data", 3: "data", 4: "post-data"}

func (t *tocReader) entry() (e pgschema.ArchiveEntry, defn string) {
	e.DumpID = t.int()
	if t.err == nil && e.DumpID <= 0 {
		t.err = fmt.Errorf("dump id %d", e.DumpID)
	}
	e.HasData = t.int() != 0
	e.CatalogOID, e.OID = t.oid(), t.oid()
	e.Name, e.Desc = t.text(), t.text()
	section := t.int()
	if t.err == nil && (section < 1 || section >= len(tocSections)) {
		t.err = fmt.Errorf("section %d", section)
	}
	if t.err == nil {
		e.Section = tocSections[section]
	}
	defn = t.text()
	t.text() // DROP statement
	t.text() // COPY statement
	e.Schema, e.Tablespace = t.text(), t.text()
	if t.version >= tocTableAM {
		e.AccessMethod = t.text()
	}
	if t.version >= tocRelKind {
		e.RelKind = byte(t.int())
	}
	e.Owner = t.text()
	t.text() // "true" for a table WITH OIDS, which ended with 12
	for t.err == nil {
		s, null := t.str()
		if null || t.err != nil {
			break
		}
		id, err := strconv.Atoi(s)
		if err != nil {
			t.err = fmt.Errorf("dependency %.20q is not a number", s)
		}
		e.Needs = append(e.Needs, id)
	}
	e.Needs = unique(e.Needs)
	t.skip(1 + t.offSize) // where the entry's data starts
	return e, defn
}

// unique drops repeated ids, which occur, and keeps the order, which has a meaning.
func unique(ids []int) []int {
	if len(ids) < 2 {
		return ids
	}
	seen := make(map[int]bool, len(ids))
	return slices.DeleteFunc(ids, func(id int) bool {
		again := seen[id]
		seen[id] = true
		return again
	})
}

func (t *tocReader) byte() byte {
	if t.err != nil {
		return 0
	}
	b, err := t.r.ReadByte()
	if err != nil {
		t.err = err
		return 0
	}
	t.n++
	return b
}

func (t *tocReader) skip(n int) {
	for range n {
		t.byte()
	}
}

// int reads a sign byte and intSize bytes, least significant first.
func (t *tocReader) int() int {
	negative := t.byte() != 0
	var v uint64
	for i := range t.intSize {
		v |= uint64(t.byte()) << (8 * i)
	}
	if v > 1<<31 {
		if t.err == nil {
			t.err = fmt.Errorf("integer %d is too large", v)
		}
		return 0
	}
	if negative {
		return -int(v)
	}
	return int(v)
}

func (t *tocReader) oid() uint32 {
	s, _ := t.str()
	if t.err != nil {
		return 0
	}
	v, err := strconv.ParseUint(s, 10, 32)
	if err != nil {
		t.err = fmt.Errorf("%.20q is not an OID", s)
	}
	return uint32(v)
}

func (t *tocReader) text() string {
	s, _ := t.str()
	return s
}

// str reads a length and as many bytes; a negative length is NULL. Memory grows with what was really read: a length that lies
// is met by the end of the file long before it is believed.
func (t *tocReader) str() (s string, null bool) {
	n := t.int()
	if t.err != nil || n < 0 {
		return "", true
	}
	if n > maxTOCString {
		t.err = fmt.Errorf("string of %d bytes is too long", n)
		return "", true
	}
	buf := make([]byte, 0, min(n, 4096))
	for len(buf) < n {
		if len(buf) == cap(buf) {
			buf = append(buf, 0)[:len(buf)]
		}
		m, err := io.ReadFull(t.r, buf[len(buf):min(n, cap(buf))])
		buf = buf[:len(buf)+m]
		t.n += int64(m)
		if err != nil {
			t.err = err
			return "", true
		}
	}
	return string(buf), false
}
