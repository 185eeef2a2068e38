package main

import (
	"math"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		in   []float64
		want float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1}, 5}, {[]float64{9, 1, 2}, 2}, {[]float64{4, 1, 3, 2}, 2.5}} {
		if got := median(c.in); got != c.want {
			t.Errorf("median of %v is %v, want %v", c.in, got, c.want)
		}
	}
}

// sample has figures whose ratios one can work out in the head: a floor of 12 CPU s by text and 6 by binary, on 2 CPUs.
func sample() *Results {
	floors := []Floor{
		{OutText: 2, OutBinary: 1, InText: 6, InBinary: 2, Post: 2.5, Analyze: 0.25, Schema: 0.25, LargeIn: 0.5, LargeOut: 0.5},
		{OutText: 2, OutBinary: 1, InText: 7, InBinary: 1, Post: 2, Analyze: 1, Schema: 1, LargeIn: 1, LargeOut: 1},
	}
	run := func(tool string, jobs, round int, wall, cpu, source, target float64) Run {
		return Run{Tool: tool, Jobs: jobs, Round: round, Wall: wall, ToolCPU: cpu, SourceCPU: source, TargetCPU: target, OtherCPU: wall / 2, PeakKB: 20 << 10}
	}
	broken := run(pgcopydb, 2, 3, 1, 1, 1, 1)
	broken.Differences = []string{"table public.a: 1 rows | on the source", "and more"}
	return &Results{Version: resultsVersion, Commit: "abc", Machine: Machine{CPU: "Test", Processors: 2}, Postgres: "15.1", Scale: 1, Sets: []Set{{
		Name: "pgb", Bytes: 100 << 20, Tables: 4, Indexes: 3, Floors: floors, Runs: []Run{
			run(pgcopy, 4, 1, 8, 1, 3, 8), run(pgcopy, 2, 1, 6, 1, 2, 7), run(pgcopy, 2, 2, 8, 1.2, 3, 8), run(pgcopy, 2, 3, 7, 1, 3, 7),
			run(pgcopydb, 2, 1, 10, 2, 4, 9), broken, run(dumpDir, 2, 1, 14, 3, 4, 9), run(dumpPipe, 0, 1, 20, 3, 4, 9),
		}}}}
}

func TestRatios(t *testing.T) {
	s := sample().Sets[0]
	// parts of the lower one of both rounds each: 2+6+2+.25+.25+.5+.5, and 1+1+3.5
	if f := s.floor(); f.Text() != 11.5 || f.Binary() != 5.5 || f.Best() != 5.5 {
		t.Errorf("floor %v by text, %v by binary", f.Text(), f.Binary())
	}
	rows := s.rows(2)
	if len(rows) != 5 || rows[0].contender != (contender{pgcopy, 2}) || rows[1].contender != (contender{pgcopy, 4}) || rows[4].Tool != dumpPipe {
		t.Fatalf("rows %+v", rows)
	}
	got := rows[0]
	for _, c := range []struct {
		name      string
		got, want float64
	}{
		{"wall", got.Wall, 7}, {"tool", got.ToolCPU, 1}, {"source", got.SourceCPU, 3}, {"target", got.TargetCPU, 7}, {"runs", float64(got.Runs), 3},
		{"bound_ratio", got.Bound, 7 / (5.5 / 2)}, {"bound_ratio by text", got.BoundText, 7 / (11.5 / 2)},
		{"own_share", got.Own, 1.0 / 11}, {"server_inflation", got.Inflation, 10 / 5.5}, {"server_inflation by text", got.InflationText, 10 / 11.5},
		{"utilisation", got.Utilisation, 11.0 / 14}, {"others", got.Others, 0.25}, {"peak", float64(got.PeakKB), 20 << 10},
	} {
		if math.Abs(c.got-c.want) > 1e-9 {
			t.Errorf("%s is %v, want %v", c.name, c.got, c.want)
		}
	}
	if peer := rows[2]; peer.Runs != 1 || peer.Bad != 1 || peer.Wall != 10 {
		t.Errorf("a run that made no copy counts: %+v", peer)
	}
	if b, ok := best(rows, dumpDir, dumpPipe); !ok || b.Tool != dumpDir {
		t.Errorf("the better of the pg_dump ways is %v", b.contender)
	}
	if _, ok := best(nil, pgcopy); ok {
		t.Error("a best of nothing")
	}
}

// TestNothingMeasured: a set that was cut short must not make a report impossible.
func TestNothingMeasured(t *testing.T) {
	r := &Results{Sets: []Set{{Name: "pgb", Runs: []Run{{Tool: pgcopy, Jobs: 2, Failed: "exit status 1"}}}, {Name: "many"}}}
	for _, row := range r.Sets[0].rows(0) {
		if math.IsNaN(row.Bound + row.Own + row.Utilisation + row.Inflation) {
			t.Errorf("%+v", row)
		}
	}
	if markdown(r, r) == "" || wallChart(r) == "" || cpuChart(r) == "" {
		t.Error("nothing to show")
	}
}
