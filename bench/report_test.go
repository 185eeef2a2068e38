package main

import (
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestMarkdown(t *testing.T) {
	got := markdown(sample(), nil)
	for _, want := range []string{
		"| pgb | 7.00 s | 10.0 s | 0.70 | 0.70 met | 14.0 s | 0.50 | 0.70 met |\n",
		"| pgcopy, 2 jobs | 7.00 | 1.00 | 3.00 | 7.00 | 20 | 2.55 (1.22) | 0.09 | 1.82 (0.87) | 0.79 | 25 % | 3 |\n",
		`| pgcopydb, 2 jobs | 10.0 | 2.00 | 4.00 | 9.00 | 20 | 3.64 (1.74) | 0.13 | 2.36 (1.13) | 0.75 | 25 % | 1, 1 bad: table public.a: 1 rows \| on the source |`,
		`| pg_dump \| psql | 20.0 |`,
		"| pgb | 11.0 | 15.0 | 0.73 | 16.0 | 0.69 |\n",
		"| pgb | 2.55 missed | 0.09 met with binary, missed with text | 1.82 missed | 0.79 missed |\n",
		"Floor: 11.5 CPU s by text, 5.50 by binary",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	// every line of a table has as many cells as its head
	cells := 0
	for line := range strings.Lines(strings.ReplaceAll(got, `\|`, "")) {
		n := strings.Count(line, "|")
		if cells != 0 && n != 0 && n != cells {
			t.Errorf("%d bars instead of %d: %s", n, cells, line)
		}
		cells = n
	}
}

func TestMarkdownMissed(t *testing.T) {
	r := sample()
	for i := range r.Sets[0].Runs {
		if r.Sets[0].Runs[i].Tool == pgcopy {
			r.Sets[0].Runs[i].Wall *= 2
		}
	}
	if got := summary(r); !strings.Contains(got, "| pgb | 14.0 s | 10.0 s | 1.40 | 0.70 missed | 14.0 s | 1.00 | 0.70 missed |") {
		t.Error(got)
	}
}

func TestComparison(t *testing.T) {
	now, then := sample(), sample()
	then.Commit, then.Scale = "old", 0.5
	for i := range then.Sets[0].Runs {
		then.Sets[0].Runs[i].Wall *= 2
		then.Sets[0].Runs[i].TargetCPU /= 2
	}
	got := markdown(now, then)
	for _, want := range []string{"## Against commit old", "Not the same conditions: scale 0.5", "| pgb | 7.00 | 14.0 | 11.0 | 7.50 | 20 | 20 | wall -50 %, CPU +47 % |"} {
		if !strings.Contains(got, want) {
			t.Errorf("lacks %q:\n%s", want, got)
		}
	}
	other := sample()
	other.Sets[0].Bytes *= 2
	if got := comparison(now, other); !strings.Contains(got, "another data set: 200 MB then, 100 MB now") {
		t.Error(got)
	}
	if got := comparison(now, sample()); strings.Contains(got, "Not the same") || strings.Contains(got, " %") {
		t.Errorf("equal figures differ:\n%s", got)
	}
}

func TestResultsAreStored(t *testing.T) {
	file := filepath.Join(t.TempDir(), "new", "x.json")
	r := sample()
	if err := r.save(file); err != nil {
		t.Fatal(err)
	}
	got, err := loadResults(file)
	if err != nil || !reflect.DeepEqual(got, r) {
		t.Errorf("got %+v, %v", got, err)
	}
	r.Version = 99
	if err := r.save(file); err != nil {
		t.Fatal(err)
	}
	if _, err := loadResults(file); err == nil || !strings.Contains(err.Error(), "version 99") {
		t.Errorf("got %v", err)
	}
}

func TestReportCommand(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "x.json")
	if err := sample().save(file); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if err := command(t.Context(), []string{"report", "-base", file, "-charts", filepath.Join(dir, "charts"), file}, nil, &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "## Against commit abc") {
		t.Error(out.String())
	}
	if files, _ := filepath.Glob(filepath.Join(dir, "charts", "*.svg")); len(files) != 2 {
		t.Errorf("charts %v", files)
	}
	for _, bad := range [][]string{nil, {"draw"}, {"report"}, {"report", "-base", "nowhere.json", file}, {"run", "-scale", "0"}, {"run", "-sets", "x"}, {"run", "-jobs", "0"}, {"run", "surplus"}} {
		if err := command(t.Context(), bad, nil, &out); err == nil {
			t.Errorf("%q: no error", bad)
		}
	}
}

func TestNum(t *testing.T) {
	for v, want := range map[float64]string{0: "0.00", 1.234: "1.23", 12.34: "12.3", 123.4: "123"} {
		if got := num(v); got != want {
			t.Errorf("%v: %s, want %s", v, got, want)
		}
	}
}
