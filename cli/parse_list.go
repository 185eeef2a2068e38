package cli

import (
	"fmt"
	"io"
	"os"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/steps"
)

type parseListCmd struct {
	dirFlag
	jsonFlag
	File string `arg:"" optional:"" help:"What pg_restore --list has printed, or an archive; - is the standard input. Without it: the archive of the work directory."`
}

// parsedEntryJSON is one entry, for programs.
type parsedEntryJSON struct {
	Line       int    `json:"line,omitempty"`
	DumpID     int    `json:"dump_id"`
	CatalogOID uint32 `json:"catalog_oid"`
	OID        uint32 `json:"oid"`
	Kind       string `json:"kind"`
	Schema     string `json:"schema"`
	Name       string `json:"name"`
	Owner      string `json:"owner"`
	Guessed    bool   `json:"guessed,omitempty"` // blanks in names: the line can be read in more than one way
	Kept       *bool  `json:"kept"`              // null: nobody knows
	Step       string `json:"step,omitempty"`    // that does it
	Reason     string `json:"reason,omitempty"`  // why it is left out
}

// Run prints the entries of a table of contents, and what becomes of each.
func (c *parseListCmd) Run(a *app) error {
	r, name, err := c.open()
	if err != nil {
		return err
	}
	if f, ok := r.(*os.File); ok && f != os.Stdin {
		defer func() { _ = f.Close() }()
	}
	separator := "["
	if err := steps.ParseList(a.ctx, c.path(), r, name, func(e steps.ListedEntry) error {
		if !c.JSON {
			return printListEntry(a.stdout, e)
		}
		before := separator + "\n"
		separator = ","
		return printParsedEntry(a.stdout, before, e)
	}); err != nil || !bool(c.JSON) {
		return err
	}
	if separator == "[" {
		_, err = io.WriteString(a.stdout, "[]\n")
	} else {
		_, err = io.WriteString(a.stdout, "]\n")
	}
	return err
}

// open gives what there is to read; nothing when it is the work directory's archive.
func (c *parseListCmd) open() (io.Reader, string, error) {
	switch c.File {
	case "":
		return nil, "", nil
	case "-":
		return os.Stdin, "standard input", nil
	}
	f, err := os.Open(c.File)
	if err != nil {
		return nil, "", &pgdb.UserError{Msg: "the list cannot be read: " + err.Error(), Hint: "make one with: pg_restore --list ARCHIVE > FILE", Err: err}
	}
	return f, c.File, nil
}

// printListEntry writes a line that pg_restore --use-list would take.
func printListEntry(w io.Writer, e steps.ListedEntry) error {
	remark := ""
	switch {
	case e.Known && e.Kept:
		remark = "kept: " + e.Why
	case e.Known:
		remark = "left out: " + e.Why
	}
	_, err := fmt.Fprintln(w, pgsource.FormatListEntry(e.ArchiveEntry, e.Known && !e.Kept, remark))
	return err
}

func printParsedEntry(w io.Writer, before string, e steps.ListedEntry) error {
	if _, err := io.WriteString(w, before); err != nil {
		return err
	}
	p := parsedEntryJSON{Line: e.Line, DumpID: e.DumpID, CatalogOID: e.CatalogOID, OID: e.OID, Kind: e.Desc, Schema: e.Schema, Name: e.Name, Owner: e.Owner,
		Guessed: !e.Sure}
	if e.Known {
		p.Kept = &e.Kept
	}
	if e.Kept {
		p.Step = e.Why
	} else {
		p.Reason = e.Why
	}
	return printJSONLine(w, p)
}
