package pgschema

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// The sections of a filter file. The names are those that people have in their files already.
const (
	IncludeOnlySchema    = "include-only-schema"
	ExcludeSchema        = "exclude-schema"
	IncludeOnlyTable     = "include-only-table"
	ExcludeTable         = "exclude-table"
	ExcludeTableData     = "exclude-table-data"
	ExcludeIndex         = "exclude-index"
	IncludeOnlyExtension = "include-only-extension"
	ExcludeExtension     = "exclude-extension"
)

// FilterSections are all sections, in the order in which they are resolved: what a later one says is held against what the earlier
// ones have found.
var FilterSections = []string{IncludeOnlySchema, ExcludeSchema, IncludeOnlyTable, ExcludeTable, ExcludeTableData, ExcludeIndex,
	IncludeOnlyExtension, ExcludeExtension}

// A Pattern is one part of an entry: a name to the letter, or a regular expression of Postgres's own kind, which matches anywhere in the
// name unless it is anchored. The zero value matches nothing.
type Pattern struct {
	Text  string // a literal's name as Postgres stores it, neither quoted nor to be folded any more
	Regex bool
}

// FilterEntry is one line of a section.
type FilterEntry struct {
	Section string
	Line    int // in the file, from 1
	Schema  Pattern
	Name    Pattern // of the table, index or extension; of the schema where a section names schemas, and Schema is zero then
}

// Literal tells that no part of the entry is a regular expression: it means one object, which has to exist.
func (e FilterEntry) Literal() bool { return !e.Schema.Regex && !e.Name.Regex }

// String is the entry as it could stand in a file.
func (e FilterEntry) String() string {
	if e.qualified() {
		return e.Schema.String() + "." + e.Name.String()
	}
	return e.Name.String()
}

func (e FilterEntry) qualified() bool { return isQualified(e.Section) }

// isQualified tells the sections whose entries name something within a schema.
func isQualified(section string) bool {
	switch section {
	case IncludeOnlySchema, ExcludeSchema, IncludeOnlyExtension, ExcludeExtension:
		return false
	}
	return true
}

// String is the pattern as it could stand in a file.
func (p Pattern) String() string {
	if !p.Regex {
		return DisplayIdent(p.Text)
	}
	for _, d := range []string{"//", "||", "##", `""`, "''", "$$"} {
		if !strings.Contains(p.Text, d[:1]) {
			return "~" + d[:1] + p.Text + d[1:]
		}
	}
	// Every delimiter occurs: one that stands behind a backslash does not end the segment.
	var b strings.Builder
	for i := 0; i < len(p.Text); i++ {
		switch c := p.Text[i]; {
		case c == '\\' && i+1 < len(p.Text):
			b.WriteByte(c)
			i++
			b.WriteByte(p.Text[i])
		case c == '/':
			b.WriteString(`\/`)
		default:
			b.WriteByte(c)
		}
	}
	return "~/" + b.String() + "/"
}

// Filter says which objects of the source are copied. The zero value, like nil, leaves nothing out.
type Filter struct {
	File    string // as the user named it
	Entries []FilterEntry
}

// Of lists the entries of a section in the file's order.
func (f *Filter) Of(section string) []FilterEntry {
	var of []FilterEntry
	if f != nil {
		for _, e := range f.Entries {
			if e.Section == section {
				of = append(of, e)
			}
		}
	}
	return of
}

// Has tells whether a section has entries.
func (f *Filter) Has(section string) bool {
	return f != nil && slices.ContainsFunc(f.Entries, func(e FilterEntry) bool { return e.Section == section })
}

// IsZero tells that nothing is left out.
func (f *Filter) IsZero() bool { return f == nil || len(f.Entries) == 0 }

// Place is where an entry stands, as in compilers' messages.
func (f *Filter) Place(e FilterEntry) string {
	return filepath.Base(f.File) + ":" + strconv.Itoa(e.Line)
}

// Rule is how an entry is shown to people who ask why something was left out.
func (f *Filter) Rule(e FilterEntry) string {
	return fmt.Sprintf("[%s] %s (%s)", e.Section, e, f.Place(e))
}

// Digest tells filters apart by what they mean: comments, order, repetition, quotes and delimiters do not count. It is "" for
// a filter that leaves nothing out.
func (f *Filter) Digest() string {
	if f.IsZero() {
		return ""
	}
	lines := make([]string, 0, len(f.Entries))
	for _, e := range f.Entries {
		lines = append(lines, fmt.Sprintf("%s %t %q %t %q", e.Section, e.Schema.Regex, e.Schema.Text, e.Name.Regex, e.Name.Text))
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(slices.Compact(lines), "\n")))
	return hex.EncodeToString(sum[:])
}

// filterJSON is how a filter is kept: entries as people write them.
type filterJSON struct {
	File    string      `json:"file"`
	Entries []entryJSON `json:"entries"`
}

type entryJSON struct {
	Section string `json:"section"`
	Line    int    `json:"line"`
	Entry   string `json:"entry"`
}

// MarshalJSON writes the entries in the file's own syntax.
func (f Filter) MarshalJSON() ([]byte, error) {
	kept := filterJSON{File: f.File, Entries: []entryJSON{}}
	for _, e := range f.Entries {
		kept.Entries = append(kept.Entries, entryJSON{e.Section, e.Line, e.kept()})
	}
	return json.Marshal(kept)
}

// kept is String, but to the letter: names for people show control characters as what they are not.
func (e FilterEntry) kept() string {
	part := func(p Pattern) string {
		if p.Regex {
			return p.String()
		}
		return QuoteIdent(p.Text)
	}
	if e.qualified() {
		return part(e.Schema) + "." + part(e.Name)
	}
	return part(e.Name)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (f *Filter) UnmarshalJSON(b []byte) error {
	var kept filterJSON
	if err := json.Unmarshal(b, &kept); err != nil {
		return err
	}
	*f = Filter{File: kept.File}
	for _, k := range kept.Entries {
		if !slices.Contains(FilterSections, k.Section) {
			return fmt.Errorf("filter: unknown section %q", k.Section)
		}
		e, err := parseEntry(k.Section, k.Entry)
		if err != nil {
			return fmt.Errorf("filter: %s: %w", k.Entry, err)
		}
		e.Line = k.Line
		f.Entries = append(f.Entries, e)
	}
	return nil
}

// FilterMatch is an object of the source that an entry of a filter means.
type FilterMatch struct {
	Entry      FilterEntry
	Catalog    uint32 // NamespaceCatalog, ClassCatalog, ConstraintCatalog or ExtensionCatalog
	OID        uint32
	Kind       string // pg_class.relkind of a relation
	Name       Name   // of a schema or extension, Rel is empty or Schema is
	IsPart     bool   // not named itself: a partition, or the index of one, of what is named
	PartOf     Name   // what it is a part of, also when it is named itself
	Incomplete bool   // named, but part of something that is not, directly or as a part
}

// ExtensionGrant is a member of an extension that has privileges of its own, by the beginning of the tag that pg_dump gives
// to their archive entry.
type ExtensionGrant struct {
	ExtensionOID uint32
	Schema       string
	Tag          string
}

// ConstraintNeed is something that the index of a constraint needs.
type ConstraintNeed struct {
	ConstraintOID uint32
	Catalog       uint32
	OID           uint32
}

// Dependent is an object that needs a relation.
type Dependent struct {
	Catalog uint32
	OID     uint32
	Owned   bool   // a sequence that a column of the relation owns: it can do without
	Needs   uint32 // the relation
}
