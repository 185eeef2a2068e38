package main

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestParagraphs(t *testing.T) {
	got := paragraphs("-- a comment\n\nCREATE TABLE a (b int);\n-- of the index\nCREATE INDEX ON a (b);\n\n\nDO $$ BEGIN\n    COMMIT; -- here\nEND $$;\n")
	want := []string{"CREATE TABLE a (b int);\nCREATE INDEX ON a (b);", "DO $$ BEGIN\n    COMMIT; -- here\nEND $$;"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestEverySetHasItsFile(t *testing.T) {
	for _, s := range setNames {
		sql, err := data.ReadFile("data/" + s + ".sql")
		if err != nil || !strings.Contains(string(sql), "bench.scale") || len(paragraphs(string(sql))) == 0 {
			t.Errorf("%s: does not fill to scale: %v", s, err)
		}
		if _, ok := bars[s]; !ok {
			t.Errorf("%s has no bar", s)
		}
	}
}

func TestParseSets(t *testing.T) {
	if got, err := parseSets("many,pgb"); err != nil || !reflect.DeepEqual(got, []string{"many", "pgb"}) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := parseSets(""); err != nil || len(got) != 5 {
		t.Errorf("got %v, %v", got, err)
	}
	if _, err := parseSets("many,nothing"); err == nil {
		t.Error("no error")
	}
}

func TestParseJobs(t *testing.T) {
	if got, err := parseJobs("2,8"); err != nil || !reflect.DeepEqual(got, []int{2, 8}) {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := parseJobs(""); err != nil || len(got) != 2 || got[1] != 2*got[0] {
		t.Errorf("got %v, %v", got, err)
	}
	for _, bad := range []string{"0", "2,", "-1", "many"} {
		if _, err := parseJobs(bad); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestContendersAndPlans(t *testing.T) {
	k := kit{pgcopy: "/p/pgcopy", bin: "/pg/bin", pgcopyArgs: []string{"--skip-vacuum"}}
	if got := k.contenders([]int{2, 4}, ""); len(got) != 5 {
		t.Errorf("without a pgcopydb: %v", got)
	}
	k.pgcopydb = "/p/pgcopydb"
	if got := k.contenders([]int{2, 4}, ""); len(got) != 7 {
		t.Errorf("with a pgcopydb: %v", got)
	}
	if got := k.contenders([]int{2}, "pgcopy,pipe"); !reflect.DeepEqual(got, []contender{{pgcopy, 2}, {dumpPipe, 0}}) {
		t.Errorf("chosen: %v", got)
	}
	for c, want := range map[contender]string{
		{pgcopy, 2}:   "/p/pgcopy clone --source S --target T --dir /w/work --table-jobs 2 --index-jobs 2 --restore-jobs 2 --large-objects-jobs 2 --skip-vacuum",
		{pgcopydb, 4}: "/p/pgcopydb clone --source S --target T --dir /w/work --table-jobs 4 --index-jobs 4 --restore-jobs 4 --large-objects-jobs 4",
		{dumpDir, 2}:  "/pg/bin/pg_dump -Fd -Z0 -j2 -f /w/work -d S ; /pg/bin/pg_restore --exit-on-error -j2 -d T /w/work",
		{dumpPipe, 0}: "/pg/bin/pg_dump -d S | /pg/bin/psql -X -q -v ON_ERROR_STOP=1 -o /dev/null -d T",
	} {
		p := k.plan(c, "S", "T", "/w")
		var stages []string
		for _, s := range p.Stages {
			var commands []string
			for _, args := range s {
				commands = append(commands, strings.Join(args, " "))
			}
			stages = append(stages, strings.Join(commands, " | "))
		}
		if got := strings.Join(stages, " ; "); got != want {
			t.Errorf("%s:\n got %s\nwant %s", c, got, want)
		}
		if p.Log != filepath.Join("/w", "log") || !strings.HasPrefix(p.Env[0], "PATH=/pg/bin:") {
			t.Errorf("%s: %+v", c, p)
		}
	}
}

func TestFloorStatements(t *testing.T) {
	tables := []floorTable{{"a.big", freezeFrom}, {"a.b", 10}, {"a.c", 0}}
	got := copies(tables, "/d", "FROM", "binary")
	want := []string{"BEGIN; TRUNCATE a.big; COPY a.big FROM '/d/floor-0' (FORMAT binary, FREEZE); COMMIT",
		"COPY a.b FROM '/d/floor-1' (FORMAT binary);COPY a.c FROM '/d/floor-2' (FORMAT binary);"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	got = copies(tables, "", "TO", "text")
	want = []string{"COPY a.big TO '/dev/null' (FORMAT text);", "COPY a.b TO '/dev/null' (FORMAT text);COPY a.c TO '/dev/null' (FORMAT text);"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	many := make([]floorTable, 2*batch+1)
	if got := len(each(many, "TRUNCATE %s")); got != 3 {
		t.Errorf("%d messages", got)
	}
	if got := len(copies(many, "/d", "FROM", "text")); got != 3 {
		t.Errorf("%d messages", got)
	}
}

func TestField(t *testing.T) {
	if got := field("processor\t: 0\nmodel name\t: A CPU: fast\n", "model name"); got != "A CPU: fast" {
		t.Errorf("got %q", got)
	}
	if got := kilobytes(field("MemTotal:       2048 kB\n", "MemTotal")); got != 2048 {
		t.Errorf("got %d", got)
	}
}
