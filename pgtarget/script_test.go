package pgtarget

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

func readAll(t testing.TB, script string) (preamble string, out []ScriptEntry) {
	t.Helper()
	preamble, err := ReadScript(strings.NewReader(script), func(e ScriptEntry) error {
		out = append(out, e)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return preamble, out
}

const scriptHead = `--
-- PostgreSQL database dump
--

\restrict iDu1SfOHlcbtlZxJnXnFORgRJwCLlSSe3ddWfislm2zygHljXML9SKuF7jj7efG

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 18.1

-- Started on 2026-11-22 11:35:07 UTC

SET statement_timeout = 0;
SET transaction_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
SET row_security = off;

`

const scriptTail = `
-- Completed on 2026-11-22 11:35:07 UTC

--
-- PostgreSQL database dump complete
--

\unrestrict iDu1SfOHlcbtlZxJnXnFORgRJwCLlSSe3ddWfislm2zygHljXML9SKuF7jj7efG

`

func head(id, class, oid int) string {
	return fmt.Sprintf("--\n-- TOC entry %d (class %d OID %d)\n-- Dependencies: 1 2\n-- Name: x; Type: X; Schema: -; Owner: o\n-- Data Pos: 0\n--\n\n", id, class, oid)
}

func TestReadScriptAttributesSettingsToTheEntriesBehindThem(t *testing.T) {
	script := scriptHead +
		head(5, 2615, 100) + "CREATE SCHEMA a;\n\n\nALTER SCHEMA a OWNER TO o;\n\n" +
		"SET default_tablespace = '';\n\nSET default_table_access_method = heap;\n\n" +
		head(6, 1259, 101) + "CREATE TABLE a.t (\n    id integer -- no comment\n);\n\n\n" +
		head(7, 0, 0) + "COMMENT ON TABLE a.t IS 'SET default_tablespace = x;';\n\n\n" +
		"SET default_tablespace = \"fa;st\n-- disks\";\n\n" +
		head(9, 2606, 102) + "ALTER TABLE ONLY a.t\n    ADD CONSTRAINT p PRIMARY KEY (id);\n\nALTER TABLE a.t CLUSTER ON p;\n\n\n" +
		head(8, 1259, 103) + "CREATE INDEX i ON a.t USING btree (id);\n\n\n" +
		head(10, 0, 0) + "-- *not* creating anything\n\n\n" + scriptTail
	preamble, got := readAll(t, script)
	space, am := "SET default_tablespace = '';", "SET default_table_access_method = heap;"
	fast := "SET default_tablespace = \"fa;st\n-- disks\";"
	want := []ScriptEntry{
		{1, 5, 2615, 100, "CREATE SCHEMA a;\n\n\nALTER SCHEMA a OWNER TO o;", nil},
		{2, 6, 1259, 101, "CREATE TABLE a.t (\n    id integer -- no comment\n);", []string{space, am}},
		{3, 7, 0, 0, "COMMENT ON TABLE a.t IS 'SET default_tablespace = x;';", nil},
		{4, 9, 2606, 102, "ALTER TABLE ONLY a.t\n    ADD CONSTRAINT p PRIMARY KEY (id);\n\nALTER TABLE a.t CLUSTER ON p;", []string{fast, am}},
		{5, 8, 1259, 103, "CREATE INDEX i ON a.t USING btree (id);", []string{fast, am}},
		{6, 10, 0, 0, "", nil},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if !strings.HasPrefix(preamble, "SET statement_timeout = 0;") || !strings.HasSuffix(preamble, "SET row_security = off;") {
		t.Errorf("preamble %q", preamble)
	}
}

func TestReadScriptWithBackslashesInPlainStrings(t *testing.T) {
	script := "SET standard_conforming_strings = off;\n\n" + head(5, 0, 0) + `COMMENT ON TABLE t IS 'it\'s
--
-- TOC entry 6 (class 0 OID 0)
--
';` + "\n\n" + head(7, 0, 0) + "SELECT 1;\n"
	_, got := readAll(t, script)
	if len(got) != 2 || got[1].DumpID != 7 || !reflect.DeepEqual(got[0].Session, []string{"SET standard_conforming_strings = off;"}) {
		t.Errorf("%+v", got)
	}
}

func TestReadScriptRefusesACutScript(t *testing.T) {
	for _, script := range []string{
		scriptHead + head(5, 0, 0) + "CREATE TABLE t (id int",
		scriptHead + head(5, 0, 0) + "CREATE FUNCTION f() AS $$ begin;\n",
		scriptHead + "--\n-- TOC entry 5 (class 0 OID 0)\n-- Name: x",
		scriptHead + "--\n-- TOC entry 5 (class 0 OID 0)\nSELECT 1;\n",
		"SET x = '",
	} {
		if _, err := ReadScript(strings.NewReader(script), func(ScriptEntry) error { return nil }); err == nil {
			t.Errorf("no error for %q", script)
		}
	}
	boom := errors.New("boom")
	if _, err := ReadScript(strings.NewReader(scriptHead+head(5, 0, 0)+"SELECT 1;"), func(ScriptEntry) error { return boom }); err != boom {
		t.Errorf("yield's error came back as %v", err)
	}
}

func TestReadDrops(t *testing.T) {
	script := scriptHead + "DROP PUBLICATION IF EXISTS p;\nALTER TABLE IF EXISTS ONLY a.t DROP CONSTRAINT IF EXISTS \"x;y\";\n" +
		"CREATE OR REPLACE VIEW a.v AS\nSELECT\n    NULL::integer AS id;\nDROP TABLE IF EXISTS a.t;\n-- *not* dropping schema, since initdb creates it\n" +
		head(5, 0, 0) + "CREATE TABLE t();\n" + scriptTail
	var got []string
	if err := ReadDrops(strings.NewReader(script), func(s string) error { got = append(got, s); return nil }); err != nil {
		t.Fatal(err)
	}
	want := []string{"DROP PUBLICATION IF EXISTS p;", "ALTER TABLE IF EXISTS ONLY a.t DROP CONSTRAINT IF EXISTS \"x;y\";",
		"CREATE OR REPLACE VIEW a.v AS\nSELECT\n    NULL::integer AS id;", "DROP TABLE IF EXISTS a.t;"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	boom := errors.New("boom")
	if err := ReadDrops(strings.NewReader(script), func(string) error { return boom }); err != boom {
		t.Errorf("yield's error came back as %v", err)
	}
	if err := ReadDrops(strings.NewReader(scriptHead+scriptTail), func(string) error { return boom }); err != nil {
		t.Errorf("an empty archive: %v", err)
	}
}

// Recorded scripts of a schema full of fake headers: every real header, and no other, starts an entry. Which are real is
// known from pg_restore's listing of the same archive.
func TestReadScriptRecorded(t *testing.T) {
	scripts, _ := filepath.Glob("../testdata/archives/*.script")
	if len(scripts) == 0 {
		t.Fatal("no recorded scripts")
	}
	for _, file := range scripts {
		script, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		list, err := os.ReadFile(strings.TrimSuffix(file, ".script") + ".list")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		_, entries := readAll(t, string(script))
		for _, e := range entries {
			got = append(got, fmt.Sprintf("%d; %d %d", e.DumpID, e.CatalogOID, e.OID))
			if e.SQL == "" || strings.Contains(e.SQL, "dump complete") {
				t.Errorf("%s: entry %d: %q", file, e.DumpID, e.SQL)
			}
			stmts := SplitStatements(e.SQL)
			if len(stmts) == 0 || !strings.HasPrefix(e.SQL, stmts[0]) || !strings.HasSuffix(e.SQL, stmts[len(stmts)-1]) {
				t.Errorf("%s: entry %d: statements %q", file, e.DumpID, stmts)
			}
		}
		if want := scriptOrder(string(list)); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: entries\n%q, want\n%q", file, got, want)
		}
	}
}

// scriptOrder sorts a listing's lines, "217; 1255 16394 FUNCTION public f() postgres", into pg_restore's three passes, and
// gives the numbers of each.
func scriptOrder(list string) []string {
	acl := regexp.MustCompile(`^\d+; \d+ \d+ (DEFAULT )?ACL `)
	last := regexp.MustCompile(`^\d+; \d+ \d+ (EVENT TRIGGER|MATERIALIZED VIEW DATA|COMMENT - EVENT TRIGGER) `)
	var passes [3][]string
	for line := range strings.Lines(list) {
		pass := 0
		switch {
		case acl.MatchString(line):
			pass = 1
		case last.MatchString(line):
			pass = 2
		}
		passes[pass] = append(passes[pass], strings.Join(strings.Fields(line)[:3], " "))
	}
	return slices.Concat(passes[0], passes[1], passes[2])
}

// scriptOf writes the script of n tables, and keeps none of it.
func scriptOf(n int) io.Reader {
	r, w := io.Pipe()
	go func() {
		io.WriteString(w, scriptHead)
		for i := range n {
			fmt.Fprintf(w, "SET default_tablespace = '';\n\n%sCREATE TABLE s.t%d (\n%s    id integer\n);\n\n\nALTER TABLE s.t%d OWNER TO o;\n\n",
				head(5*i+1, 1259, i+1), i, strings.Repeat("    some_column character varying(100) DEFAULT 'x;y'::character varying,\n", 20), i)
			fmt.Fprintf(w, "%sCREATE INDEX i%d ON s.t%d USING btree (id);\n\n\n", head(5*i+2, 1259, i+1), i, i)
			fmt.Fprintf(w, "%sALTER TABLE ONLY s.t%d\n    ADD CONSTRAINT t%d_pkey PRIMARY KEY (id);\n\n\n", head(5*i+3, 2606, i+1), i, i)
			fmt.Fprintf(w, "%sCREATE FUNCTION s.f%d() RETURNS int LANGUAGE plpgsql AS $_$%s$_$;\n\n\n", head(5*i+4, 1255, i+1), i, strings.Repeat("\n  a := a + 1;", 20))
			fmt.Fprintf(w, "%sGRANT SELECT ON TABLE s.t%d TO PUBLIC;\n\n\n", head(5*i+5, 0, 0), i)
		}
		io.WriteString(w, scriptTail)
		w.Close()
	}()
	return r
}

func TestReadScriptOfManyTablesInFlatMemory(t *testing.T) {
	var peak uint64
	base := heap()
	start, n := time.Now(), 0
	_, err := ReadScript(scriptOf(5000), func(e ScriptEntry) error {
		if n++; n%1000 == 0 {
			peak = max(peak, heap())
		}
		return nil
	})
	if err != nil || n != 25000 {
		t.Fatalf("%d entries, %v", n, err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("took %v", took)
	}
	if peak > base+4<<20 {
		t.Errorf("heap grew from %d to %d bytes", base, peak)
	}
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// FuzzReadScript puts any text where user text can be, in every kind of quotation, and expects the entries that were written.
func FuzzReadScript(f *testing.F) {
	f.Add("plain")
	f.Add("it's $$ \"; \\ /* -- */")
	f.Add("\n--\n-- TOC entry 9 (class 1 OID 1)\n--\n\nDROP TABLE x;\n")
	f.Add("E'\\' $_$ $a$b$ U&\"x\" begin atomic; end")
	f.Add("\\")
	f.Fuzz(func(t *testing.T, text string) {
		text = strings.ReplaceAll(text, "\x00", "")
		literal := "'" + strings.ReplaceAll(text, "'", "''") + "'"
		escape := "E'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
		ident := `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
		tag := "$_"
		for strings.Contains(text+"$", tag+"$") {
			tag += "x"
		}
		body := tag + "$" + text + tag + "$"
		want := []string{
			"COMMENT ON TABLE t IS " + literal + ";",
			"SELECT " + escape + "," + literal + "\n  ;",
			"CREATE TABLE a." + ident + " (" + ident + " int DEFAULT " + literal + ");\n\nALTER TABLE x;",
			"CREATE FUNCTION f() RETURNS int LANGUAGE c AS " + body + ";",
			"CREATE OR REPLACE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT " + literal + "; SELECT CASE WHEN true THEN " + ident + " END; END;",
			"SELECT /* " + strings.NewReplacer("*", "", "/", "").Replace(text) + " */ U&" + ident + " UESCAPE '!', U&" + literal + ";",
		}
		script := scriptHead
		for i, sql := range want {
			script += head(i+1, 0, i) + sql + "\n\n\n"
		}
		var got []string
		_, entries := readAll(t, script+scriptTail)
		for _, e := range entries {
			got = append(got, e.SQL)
			stmts := SplitStatements(e.SQL)
			if n := strings.Count(e.SQL, ";\n\nALTER TABLE x;") + 1; e.DumpID != 3 && len(stmts) != 1 || e.DumpID == 3 && (n > 1 && len(stmts) != 2) {
				t.Errorf("statements %q", stmts)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	})
}

// FuzzScriptBytes: no input makes the reader panic or yield what is not in the input.
func FuzzScriptBytes(f *testing.F) {
	f.Add([]byte(scriptHead + head(1, 2, 3) + "SELECT $$ x $$;" + scriptTail))
	f.Add([]byte("--\n-- TOC entry 1 (class 2 OID 3)\n--\n'\\"))
	f.Fuzz(func(t *testing.T, b []byte) {
		_, _ = ReadScript(bytes.NewReader(b), func(e ScriptEntry) error {
			if !bytes.Contains(b, []byte(fmt.Sprintf("-- TOC entry %d (class", e.DumpID))) && !regexp.MustCompile(`TOC entry`).Match(b) {
				t.Errorf("entry %d is not in %q", e.DumpID, b)
			}
			return nil
		})
		SplitStatements(string(b))
	})
}
