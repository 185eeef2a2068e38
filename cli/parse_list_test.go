package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// parsesItsList reads the archive of a directory that a clone has used, with filters, and lists of it.
func parsesItsList(t *testing.T, dir string) {
	t.Helper()
	status, whole, stderr := pgcopy(t, "restore", "parse-list", "--dir", dir)
	if status != ExitDone || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden(t, "parse_list_text", whole, dir)
	for _, want := range []string{"TABLE public orders postgres  ; kept: restore-pre-data\n", "INDEX public orders_placed postgres  ; kept: create-index\n",
		"FK CONSTRAINT public orders orders_customer_fkey postgres  ; kept: add-foreign-key\n", "TABLE Odd schema Odd name postgres  ; kept: restore-pre-data\n",
		"TABLE public scratch postgres  ; left out: [exclude-table]"} {
		if !strings.Contains(whole, want) {
			t.Errorf("there is no %q", want)
		}
	}
	// What it prints is a list that it reads, and then it knows each entry by its number: nothing is guessed of names with blanks.
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte(whole), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := pgcopy(t, "restore", "parse-list", list, "--dir", dir, "--json")
	var entries []parsedEntryJSON
	if err := json.Unmarshal([]byte(stdout), &entries); err != nil || status != ExitDone || stderr != "" {
		t.Fatalf("status %d, %v, %s", status, err, stderr)
	}
	if len(entries) != strings.Count(whole, "\n") {
		t.Errorf("%d entries of %d lines", len(entries), strings.Count(whole, "\n"))
	}
	odd := false
	for _, e := range entries {
		odd = odd || e.Schema == "Odd schema" && e.Name == "Odd name" && e.Kept != nil && *e.Kept
		if e.Guessed || e.Kept == nil || *e.Kept == (e.Step == "") || *e.Kept == (e.Reason != "") {
			t.Errorf("%+v", e)
		}
	}
	if !odd {
		t.Error("a table with blanks in its names is not among them")
	}
	// The same list of another database.
	other := strings.Replace(whole, " TABLE public orders ", "1 TABLE public orders ", 1)
	if err := os.WriteFile(list, []byte(other), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := pgcopy(t, "restore", "parse-list", list, "--dir", dir); status != ExitFailed || !strings.Contains(stderr, "this is no line of") || !strings.Contains(stderr, list+":") {
		t.Errorf("a list of another archive: status %d, %s", status, stderr)
	}
}

// A list alone is understood as well as its text allows.
func TestParseListWithoutADirectory(t *testing.T) {
	none := filepath.Join(t.TempDir(), "none")
	list := filepath.Join(t.TempDir(), "list")
	if err := os.WriteFile(list, []byte("; Selected TOC Entries:\n215; 1259 16386 TABLE public orders app\n;216; 1259 16390 TABLE Odd schema x app\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr := pgcopy(t, "restore", "parse-list", list, "--dir", none)
	if want := "215; 1259 16386 TABLE public orders app\n;216; 1259 16390 TABLE Odd schema x app  ; left out: it begins with a semicolon in the list\n"; status != ExitDone || stderr != "" || stdout != want {
		t.Errorf("status %d, %s\n%s", status, stderr, stdout)
	}
	if err := os.WriteFile(list, []byte("215; 1259 16386 TABLE public orders app\nTABLE public orders app\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := pgcopy(t, "restore", "parse-list", list, "--dir", none); status != ExitFailed ||
		!strings.HasPrefix(stderr, "pgcopy: "+list+`:2: "TABLE public orders app" is not the number of an entry`+"\nhint: ") {
		t.Errorf("status %d, %s", status, stderr)
	}
	if status, _, stderr := pgcopy(t, "restore", "parse-list", list+"x", "--dir", none); status != ExitFailed || !strings.Contains(stderr, "the list cannot be read: open ") {
		t.Errorf("status %d, %s", status, stderr)
	}
	if status, _, stderr := pgcopy(t, "restore", "parse-list", "--dir", none); status != ExitFailed || !strings.Contains(stderr, "is not a work directory of pgcopy") {
		t.Errorf("status %d, %s", status, stderr)
	}
}
