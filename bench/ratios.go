package main

import "slices"

// Row is what a contender took for a data set, medians of its good runs, and the four ratios.
type Row struct {
	contender
	Runs, Bad                           int // good ones, and those that failed or made something else than a copy
	Why                                 string
	Wall, ToolCPU, SourceCPU, TargetCPU float64
	Others                              float64 // CPU seconds of others, as a share of the machine's over the run
	PeakKB                              int64
	Bound, BoundText                    float64 // bound_ratio = wall / (floor / CPUs): 1 is physics. By the better format, and by text
	Own                                 float64 // own_share = CPU of the tool / CPU of all
	Inflation, InflationText            float64 // server_inflation = CPU of the servers / floor
	Utilisation                         float64 // utilisation = CPU of all / (CPUs x wall)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	v := slices.Sorted(slices.Values(values))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// over divides; nothing by nothing is nothing.
func over(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// floor is the lowest of each part over all rounds: what disturbs can only add to it.
func (s Set) floor() Floor {
	if len(s.Floors) == 0 {
		return Floor{}
	}
	low := s.Floors[0]
	for _, f := range s.Floors[1:] {
		low = Floor{OutText: min(low.OutText, f.OutText), OutBinary: min(low.OutBinary, f.OutBinary), InText: min(low.InText, f.InText),
			InBinary: min(low.InBinary, f.InBinary), LargeOut: min(low.LargeOut, f.LargeOut), LargeIn: min(low.LargeIn, f.LargeIn),
			Schema: min(low.Schema, f.Schema), Post: min(low.Post, f.Post), Analyze: min(low.Analyze, f.Analyze)}
	}
	return low
}

// rows are the contenders of a set in the order in which they are shown.
func (s Set) rows(processors int) []Row {
	var out []Row
	for _, t := range tools {
		var these []contender
		for _, r := range s.Runs {
			if r.Tool == t && !slices.Contains(these, r.contender()) {
				these = append(these, r.contender())
			}
		}
		slices.SortFunc(these, func(a, b contender) int { return a.Jobs - b.Jobs })
		for _, c := range these {
			out = append(out, s.row(c, processors))
		}
	}
	return out
}

func (s Set) row(c contender, processors int) Row {
	var wall, tool, source, target, others, peak []float64
	out := Row{contender: c}
	for _, r := range s.Runs {
		switch {
		case r.contender() != c:
		case !r.good():
			out.Bad++
			out.Why = r.Failed
			if len(r.Differences) > 0 {
				out.Why = r.Differences[0]
			}
		default:
			out.Runs++
			wall, tool, source, target = append(wall, r.Wall), append(tool, r.ToolCPU), append(source, r.SourceCPU), append(target, r.TargetCPU)
			others, peak = append(others, over(r.OtherCPU, r.Wall*float64(processors))), append(peak, float64(r.PeakKB))
		}
	}
	f, n := s.floor(), float64(processors)
	out.Wall, out.ToolCPU, out.SourceCPU, out.TargetCPU, out.Others, out.PeakKB = median(wall), median(tool), median(source), median(target), median(others), int64(median(peak))
	servers := out.SourceCPU + out.TargetCPU
	out.Bound, out.BoundText = over(n*out.Wall, f.Best()), over(n*out.Wall, f.Text())
	out.Own = over(out.ToolCPU, servers+out.ToolCPU)
	out.Inflation, out.InflationText = over(servers, f.Best()), over(servers, f.Text())
	out.Utilisation = over(servers+out.ToolCPU, n*out.Wall)
	return out
}

// cpu is that of the tool and both servers.
func (r Row) cpu() float64 { return r.ToolCPU + r.SourceCPU + r.TargetCPU }

// best is a tool's contender with the lowest wall clock; false when it has no good run.
func best(rows []Row, wanted ...string) (Row, bool) {
	var found Row
	for _, r := range rows {
		if slices.Contains(wanted, r.Tool) && r.Runs > 0 && (found.Runs == 0 || r.Wall < found.Wall) {
			found = r
		}
	}
	return found, found.Runs > 0
}

// bars are what pgcopy's wall clock may be of a peer's at most: of pgcopydb's, and of the better of the two ways with pg_dump.
var bars = map[string]struct{ pgcopydb, pgDump float64 }{
	"pgb": {0.7, 0.7}, "onebig": {0.65, 0.6}, "many": {0.05, 0.4}, "blobs": {0.3, 0.5}, "text": {0.7, 0.7},
}

// What the four ratios are to be, the first and the last on the big sets only: on the others what is not copying rows weighs more.
const (
	boundBar       = 1.3
	utilisationBar = 0.85
	ownBinaryBar   = 0.11
	ownTextBar     = 0.07
	inflationBar   = 1.25
)

var bigSets = []string{"pgb", "onebig"}
