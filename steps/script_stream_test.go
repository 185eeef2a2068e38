package steps

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// TestTheArchiveIsReadBesideItsScript: every entry of the script comes once, with its SQL, in the script's order, whether it stands where the
// table of contents has it (tables, indexes) or is done in a later pass (privileges, refreshes).
func TestTheArchiveIsReadBesideItsScript(t *testing.T) {
	e, file := archiveOf(t, `CREATE TABLE a (id int PRIMARY KEY); CREATE VIEW v AS SELECT * FROM a; GRANT SELECT ON a, v TO PUBLIC;
		CREATE MATERIALIZED VIEW m AS SELECT * FROM v; CREATE INDEX ON m (id); CREATE TABLE b (id int REFERENCES a)`)
	r, err := e.openArchive(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	defer r.close()
	got, beside, behind := map[int]*catalogdb.Script{}, 0, 0
	kinds := map[int]string{}
	take := func(id int, s *catalogdb.Script) error {
		if got[id] != nil || s.SQL == "" {
			t.Errorf("entry %d comes twice, or without SQL: %+v", id, s)
		}
		got[id] = s
		return nil
	}
	if err := r.entries(func(entry pgschema.ArchiveEntry, s *catalogdb.Script) error {
		kinds[entry.DumpID] = entry.Desc
		if s == nil {
			return nil
		}
		beside++
		return take(entry.DumpID, s)
	}); err != nil {
		t.Fatal(err)
	}
	if err := r.rest(func(id int, s *catalogdb.Script) error { behind++; return take(id, s) }); err != nil {
		t.Fatal(err)
	}
	if beside == 0 || behind == 0 {
		t.Errorf("%d entries came with the table of contents and %d behind it, both were meant to be seen", beside, behind)
	}
	places := map[int]int{}
	lastPre, firstPost := 0, 1<<31
	for id, s := range got {
		if places[s.Position] != 0 {
			t.Errorf("entries %d and %d are both at %d", id, places[s.Position], s.Position)
		}
		places[s.Position] = id
		if s.Section == "pre-data" {
			lastPre = max(lastPre, s.Position)
		} else {
			firstPost = min(firstPost, s.Position)
		}
	}
	if lastPre >= firstPost {
		t.Errorf("pre-data ends at %d, post-data begins at %d", lastPre, firstPost)
	}
	for id, desc := range kinds {
		if s := got[id]; strings.Contains("TABLE VIEW INDEX CONSTRAINT ACL MATERIALIZED VIEW FK CONSTRAINT", desc) && s == nil {
			t.Errorf("%s (%d) has no SQL", desc, id)
		}
	}
}

// TestAnArchiveThatIsCutIsRefused: neither half of an archive passes for the whole.
func TestAnArchiveThatIsCutIsRefused(t *testing.T) {
	e, file := archiveOf(t, `CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int REFERENCES a)`)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	cut := filepath.Join(t.TempDir(), "cut.dump")
	for _, size := range []int{0, 3, 40, len(whole) / 2} {
		if err := os.WriteFile(cut, whole[:size], 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := e.openArchive(t.Context(), cut)
		if err == nil {
			err = r.entries(func(pgschema.ArchiveEntry, *catalogdb.Script) error { return nil })
			if err == nil {
				err = r.rest(func(int, *catalogdb.Script) error { return nil })
			}
			r.close()
		}
		if err == nil || !strings.Contains(err.Error(), cut) {
			t.Errorf("%d of %d bytes: %v", size, len(whole), err)
		}
	}
}

// TestReadingAnArchiveEndsWithItsReader: whoever stops early leaves no pg_restore behind, and gets the own error.
func TestReadingAnArchiveEndsWithItsReader(t *testing.T) {
	e, file := archiveOf(t, `DO $$ BEGIN FOR i IN 1..400 LOOP EXECUTE format('CREATE TABLE t%s (id int)', i); END LOOP; END $$`)
	boom := errors.New("boom")
	for _, cancel := range []bool{false, true} {
		ctx, stop := context.WithCancel(t.Context())
		r, err := e.openArchive(ctx, file)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		err = r.entries(func(pgschema.ArchiveEntry, *catalogdb.Script) error {
			if n++; n == 10 {
				if cancel {
					stop()
					return nil
				}
				return boom
			}
			return nil
		})
		if cancel && err == nil {
			err = r.rest(func(int, *catalogdb.Script) error { return nil })
		}
		if !cancel && !errors.Is(err, boom) || cancel && !errors.Is(err, context.Canceled) {
			t.Errorf("cancel %t: %v", cancel, err)
		}
		r.close()
		stop()
	}
}

// archiveOf is the archive of a database with these objects, and an environment to read it in.
func archiveOf(t *testing.T, objects string) (*Env, string) {
	t.Helper()
	s, _ := pgtest.Pair(t)
	db := s.FreshDB(t)
	s.Exec(t, db, objects)
	tools, err := pgdb.FindTools(filepath.Dir(s.Bin("pg_dump")), s.Major, s.Major)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "schema.dump")
	if out, err := exec.Command(s.Bin("pg_dump"), "--dbname="+s.URI(db), "-Fc", "--schema-only", "--file="+file).CombinedOutput(); err != nil {
		t.Fatalf("pg_dump: %v: %s", err, out)
	}
	return &Env{Tools: tools, Log: slog.New(slog.DiscardHandler)}, file
}
