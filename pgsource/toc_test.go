package pgsource

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgschema"
)

func recordedArchives(t testing.TB) []string {
	t.Helper()
	files, _ := filepath.Glob("../testdata/archives/*.dump")
	if len(files) == 0 {
		t.Fatal("no recorded archives")
	}
	return files
}

func readTOC(t testing.TB, r io.Reader) (ArchiveHeader, []pgschema.ArchiveEntry) {
	t.Helper()
	var out []pgschema.ArchiveEntry
	h, err := ReadTOC(r, func(e pgschema.ArchiveEntry) error {
		out = append(out, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return h, out
}

// listing writes entries as pg_restore -l does (PrintTOCSummary of pg_backup_archiver.c).
func listing(entries []pgschema.ArchiveEntry) []string {
	plain := func(s string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(s) }
	var out []string
	for _, e := range entries {
		if e.IsSetting() || e.Desc == "DATABASE" || e.Desc == "DATABASE PROPERTIES" {
			continue // not without --create
		}
		schema := plain(e.Schema)
		if schema == "" {
			schema = "-"
		}
		out = append(out, fmt.Sprintf("%d; %d %d %s %s %s %s", e.DumpID, e.CatalogOID, e.OID, e.Desc, schema, plain(e.Name), plain(e.Owner)))
	}
	return out
}

func TestReadTOCSaysWhatPgRestoreLists(t *testing.T) {
	for _, file := range recordedArchives(t) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(strings.TrimSuffix(file, ".dump") + ".list")
		if err != nil {
			t.Fatal(err)
		}
		h, entries := readTOC(t, bytes.NewReader(b))
		if h.Format != "custom" || h.Encoding != "UTF8" || !h.StdStrings || h.Entries != len(entries) || h.Database == "" {
			t.Errorf("%s: %+v", file, h)
		}
		var version, source string
		fmt.Sscanf(strings.ReplaceAll(filepath.Base(file), "-", " "), "nasty %s of %s", &version, &source)
		if source = strings.TrimSuffix(source, ".dump"); !strings.HasPrefix(h.DumpVersion, version) || !strings.HasPrefix(h.ServerVersion, source) {
			t.Errorf("%s: dumped by %q from %q", file, h.DumpVersion, h.ServerVersion)
		}
		if got := listing(entries); !reflect.DeepEqual(got, strings.Split(strings.TrimRight(string(want), "\n"), "\n")) {
			t.Errorf("%s: got\n%s\nwant\n%s", file, strings.Join(got, "\n"), want)
		}
	}
}

func TestReadTOCDetails(t *testing.T) {
	for _, file := range recordedArchives(t) {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		h, entries := readTOC(t, f)
		byID := map[int]pgschema.ArchiveEntry{}
		find := func(desc, name string) pgschema.ArchiveEntry {
			for _, e := range entries {
				if e.Desc == desc && e.Name == name {
					return e
				}
			}
			t.Fatalf("%s: no %s %q", file, desc, name)
			return pgschema.ArchiveEntry{}
		}
		for _, e := range entries {
			byID[e.DumpID] = e
		}
		tab, pk, view := find("TABLE", "t"), find("CONSTRAINT", "t t_pkey"), find("MATERIALIZED VIEW", "m1")
		if tab.Section != "pre-data" || pk.Section != "post-data" || tab.AccessMethod != "heap" || tab.Owner != "arch owner;'$$" || tab.Schema != "arch" || tab.HasData {
			t.Errorf("%s: %+v %+v", file, tab, pk)
		}
		if byID[pk.Needs[0]].DumpID != tab.DumpID || pk.CatalogOID != pgschema.ConstraintCatalog {
			t.Errorf("%s: %+v", file, pk)
		}
		for _, e := range entries {
			ids := slices.Clone(e.Needs)
			slices.Sort(ids)
			if len(slices.Compact(ids)) != len(e.Needs) {
				t.Errorf("%s: %d needs %v", file, e.DumpID, e.Needs)
			}
		}
		if h.Version == "1.16" && (tab.RelKind != 'r' || view.RelKind != 'm') {
			t.Errorf("%s: relkind %q %q", file, tab.RelKind, view.RelKind)
		}
		if about := byID[ptr(find("COMMENT", "CONSTRAINT t_pkey ON t")).About()]; about.DumpID != pk.DumpID {
			t.Errorf("%s: the comment is about %+v", file, about)
		}
		if about := byID[ptr(find("COMMENT", "EXTENSION pg_trgm")).About()]; !about.IsExtension() {
			t.Errorf("%s: the comment is about %+v", file, about)
		}
		if r := find("MATERIALIZED VIEW DATA", "m1"); !r.IsRefresh() || r.OID != view.OID {
			t.Errorf("%s: %+v of %+v", file, r, view)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestReadTOCErrors(t *testing.T) {
	b, err := os.ReadFile(recordedArchives(t)[0])
	if err != nil {
		t.Fatal(err)
	}
	keep := func(pgschema.ArchiveEntry) error { return nil }
	for n := 0; n < len(b)-10; n += 1 + n/50 {
		if _, err := ReadTOC(bytes.NewReader(b[:n]), keep); err == nil && n < len(b)*9/10 {
			t.Fatalf("the first %d of %d bytes pass", n, len(b))
		} else if n > 5 && err != nil && !strings.Contains(err.Error(), "ends too early") {
			t.Errorf("first %d bytes: %v", n, err)
		}
	}
	if _, err := ReadTOC(strings.NewReader("-- PostgreSQL database dump"), keep); !errors.Is(err, ErrNotArchive) {
		t.Error(err)
	}
	newer := bytes.Clone(b)
	newer[6] = 17
	if _, err := ReadTOC(bytes.NewReader(newer), keep); err == nil || !strings.Contains(err.Error(), "1.17") {
		t.Error(err)
	}
	boom := errors.New("boom")
	if _, err := ReadTOC(bytes.NewReader(b), func(pgschema.ArchiveEntry) error { return boom }); err != boom {
		t.Error(err)
	}
}

// A length that lies must not be believed: 1 GB is announced, a few bytes follow.
func TestReadTOCBelievesNoLength(t *testing.T) {
	lie := []byte("PGDMP\x01\x0e\x00\x04\x08\x01")
	for range 8 {
		lie = append(lie, 0, 0, 0, 0, 0)
	}
	lie = append(lie, 0, 0xff, 0xff, 0xff, 0x3f, 'x')
	if n := testing.AllocsPerRun(1, func() {
		if _, err := ReadTOC(bytes.NewReader(lie), nil); err == nil {
			t.Error("no error")
		}
	}); n > 30 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzReadTOC(f *testing.F) {
	for _, file := range recordedArchives(f) {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b[:2000])
	}
	f.Add([]byte("PGDMP\x01\x10\x00\x04\x08\x01\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		size := 0
		_, _ = ReadTOC(bytes.NewReader(b), func(e pgschema.ArchiveEntry) error {
			size += len(e.Name) + len(e.Desc) + len(e.Schema) + len(e.Owner) + len(e.Needs)
			if e.DumpID <= 0 || e.Section == "" {
				t.Errorf("%+v", e)
			}
			return nil
		})
		if size > len(b) {
			t.Errorf("%d bytes of strings out of %d", size, len(b))
		}
	})
}
