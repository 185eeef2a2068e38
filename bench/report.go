package main

import (
	"fmt"
	"slices"
	"strings"
)

// markdown shows results; against may be nil, or those of an earlier commit.
func markdown(r *Results, against *Results) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# pgcopy %s against its peers, and against physics\n\n", r.Commit)
	fmt.Fprintf(&b, "%s. %s, %d CPUs, %d MB, Linux %s, load %.1f before. PostgreSQL %s to %[7]s, scale %g. %s.\n\n", r.When.UTC().Format("2006-01-02 15:04 UTC"),
		orUnknown(r.Machine.CPU), r.Machine.Processors, r.Machine.MemoryMB, r.Machine.Kernel, r.Machine.LoadBefore, r.Postgres, r.Scale, toolVersions(r))
	b.WriteString("Medians of copies that were equal to their source. Memory is the peak of all processes of the tool. \"Others\" is the share of the machine that something else took meanwhile: where it is high, trust the CPU seconds and not the clock.\n\n")
	b.WriteString(summary(r))
	b.WriteString(costs(r))
	b.WriteString(physics(r))
	for _, s := range r.Sets {
		b.WriteString(setTable(r, s))
	}
	if against != nil {
		b.WriteString(comparison(r, against))
	}
	return b.String()
}

func orUnknown(s string) string {
	if s == "" {
		return "unknown CPU"
	}
	return s
}

func toolVersions(r *Results) string {
	var v []string
	for _, t := range []string{pgcopy, pgcopydb, "pg_dump"} {
		if r.Tools[t] != "" {
			v = append(v, r.Tools[t])
		}
	}
	return strings.Join(v, ", ")
}

// summary holds pgcopy's best against the peers' best, with what it is to be at most.
func summary(r *Results) string {
	var b strings.Builder
	b.WriteString("Wall clock, each tool with its best number of jobs:\n\n| data set | pgcopy | pgcopydb | of it | bar | pg_dump, better way | of it | bar |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, s := range r.Sets {
		rows := s.rows(r.Machine.Processors)
		mine, ok := best(rows, pgcopy)
		if !ok {
			fmt.Fprintf(&b, "| %s | no good run | | | | | | |\n", s.Name)
			continue
		}
		bar := bars[s.Name]
		fmt.Fprintf(&b, "| %s | %s s |%s%s\n", s.Name, num(mine.Wall), versus(mine, rows, bar.pgcopydb, pgcopydb), versus(mine, rows, bar.pgDump, dumpDir, dumpPipe))
	}
	return b.String() + "\n"
}

// versus is three cells: a peer's time, ours as a share of it, and what that may be.
func versus(mine Row, rows []Row, bar float64, peers ...string) string {
	peer, ok := best(rows, peers...)
	if !ok {
		return cells("", "", "")
	}
	share := over(mine.Wall, peer.Wall)
	return cells(num(peer.Wall)+" s", fmt.Sprintf("%.2f", share), fmt.Sprintf("%.2f%s", bar, mark(share <= bar)))
}

func cells(c ...string) string { return " " + strings.Join(c, " | ") + " |" }

// costs is the same in CPU seconds of all processes, which hardly depend on what else the machine does.
func costs(r *Results) string {
	var b strings.Builder
	b.WriteString("CPU seconds of the tool and both servers:\n\n| data set | pgcopy | pgcopydb | of it | pg_dump, better way | of it |\n| --- | ---: | ---: | ---: | ---: | ---: |\n")
	for _, s := range r.Sets {
		rows := s.rows(r.Machine.Processors)
		mine, ok := best(rows, pgcopy)
		if !ok {
			continue
		}
		fmt.Fprintf(&b, "| %s | %s |", s.Name, num(mine.cpu()))
		for _, peers := range [][]string{{pgcopydb}, {dumpDir, dumpPipe}} {
			if peer, ok := best(rows, peers...); ok {
				b.WriteString(cells(num(peer.cpu()), fmt.Sprintf("%.2f", over(mine.cpu(), peer.cpu()))))
			} else {
				b.WriteString(cells("", ""))
			}
		}
		b.WriteString("\n")
	}
	return b.String() + "\n"
}

// physics holds pgcopy's ratios against what they are to be.
func physics(r *Results) string {
	var b strings.Builder
	fmt.Fprintf(&b, "pgcopy against the floor, by the better format (bars: bound_ratio %.1f and utilisation %.2f on %s; own_share %.2f with binary, %.2f with text; server_inflation %.2f):\n\n",
		boundBar, utilisationBar, strings.Join(bigSets, " and "), ownBinaryBar, ownTextBar, inflationBar)
	b.WriteString("| data set | bound_ratio | own_share | server_inflation | utilisation |\n| --- | ---: | ---: | ---: | ---: |\n")
	for _, s := range r.Sets {
		c, ok := best(s.rows(r.Machine.Processors), pgcopy)
		if !ok {
			continue
		}
		own := mark(c.Own <= ownBinaryBar)
		if c.Own > ownTextBar && c.Own <= ownBinaryBar {
			own = " met with binary, missed with text"
		}
		bound, utilisation := "", ""
		if slices.Contains(bigSets, s.Name) {
			bound, utilisation = mark(c.Bound <= boundBar), mark(c.Utilisation >= utilisationBar)
		}
		fmt.Fprintf(&b, "| %s | %.2f%s | %.2f%s | %.2f%s | %.2f%s |\n", s.Name, c.Bound, bound, c.Own, own, c.Inflation, mark(c.Inflation <= inflationBar), c.Utilisation, utilisation)
	}
	return b.String() + "\n"
}

func mark(met bool) string {
	if met {
		return " met"
	}
	return " missed"
}

// setTable has every contender of a set.
func setTable(r *Results, s Set) string {
	var b strings.Builder
	f := s.floor()
	fmt.Fprintf(&b, "## %s\n\n%d tables, %d indexes, %d large objects, %d MB. Floor: %s CPU s by text, %s by binary", s.Name, s.Tables, s.Indexes, s.LargeObjects, s.Bytes>>20, num(f.Text()), num(f.Binary()))
	fmt.Fprintf(&b, " (out %s or %s, in %s or %s, large objects %s and %s, schema %s, indexes and constraints %s, analyze %s).\n\n", num(f.OutText), num(f.OutBinary),
		num(f.InText), num(f.InBinary), num(f.LargeOut), num(f.LargeIn), num(f.Schema), num(f.Post), num(f.Analyze))
	b.WriteString("| tool | wall s | tool CPU s | source CPU s | target CPU s | memory MB | bound_ratio, best (text) | own_share | server_inflation, best (text) | utilisation | others | runs |\n")
	b.WriteString("| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n")
	for _, c := range s.rows(r.Machine.Processors) {
		if c.Runs == 0 {
			fmt.Fprintf(&b, "| %s | | | | | | | | | | | none of %d good: %s |\n", cell(c.contender.String()), c.Bad, cell(c.Why))
			continue
		}
		runs := fmt.Sprint(c.Runs)
		if c.Bad > 0 {
			runs += fmt.Sprintf(", %d bad: %s", c.Bad, cell(c.Why))
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %d | %.2f (%.2f) | %.2f | %.2f (%.2f) | %.2f | %.0f %% | %s |\n", cell(c.contender.String()), num(c.Wall), num(c.ToolCPU), num(c.SourceCPU),
			num(c.TargetCPU), c.PeakKB>>10, c.Bound, c.BoundText, c.Own, c.Inflation, c.InflationText, c.Utilisation, 100*c.Others, runs)
	}
	return b.String() + "\n"
}

// cell keeps text from ending a cell of a table.
func cell(s string) string {
	s, _, _ = strings.Cut(s, "\n")
	return strings.ReplaceAll(s, "|", "\\|")
}

// num prints seconds with what digits mean something.
func num(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.2f", v)
}

// worse is by how much a figure has to grow to be told: CPU seconds vary by a tenth on their own.
const worse = 1.1

// comparison holds pgcopy's best figures against those of an earlier commit.
func comparison(r, old *Results) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## Against commit %s (%s)\n\n", old.Commit, old.When.UTC().Format("2006-01-02 15:04 UTC"))
	if r.Scale != old.Scale || r.Machine.CPU != old.Machine.CPU || r.Machine.Processors != old.Machine.Processors || r.Postgres != old.Postgres {
		fmt.Fprintf(&b, "Not the same conditions: scale %g, %s, %d CPUs, PostgreSQL %s then.\n\n", old.Scale, orUnknown(old.Machine.CPU), old.Machine.Processors, old.Postgres)
	}
	b.WriteString("| data set | wall s | then | CPU s | then | memory MB | then | |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n")
	for _, s := range r.Sets {
		now, ok := best(s.rows(r.Machine.Processors), pgcopy)
		for _, o := range old.Sets {
			then, had := best(o.rows(old.Machine.Processors), pgcopy)
			if o.Name != s.Name || !ok || !had {
				continue
			}
			var notes []string
			if s.Bytes>>20 != o.Bytes>>20 && r.Scale == old.Scale {
				notes = append(notes, fmt.Sprintf("another data set: %d MB then, %d MB now", o.Bytes>>20, s.Bytes>>20))
			}
			for _, c := range []struct {
				what      string
				now, then float64
			}{{"wall", now.Wall, then.Wall}, {"CPU", now.cpu(), then.cpu()}, {"memory", float64(now.PeakKB), float64(then.PeakKB)}} {
				if change := over(c.now, c.then); change > worse {
					notes = append(notes, fmt.Sprintf("%s +%.0f %%", c.what, 100*(change-1)))
				} else if change < 1/worse {
					notes = append(notes, fmt.Sprintf("%s -%.0f %%", c.what, 100*(1-change)))
				}
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %d | %d | %s |\n", s.Name, num(now.Wall), num(then.Wall), num(now.cpu()), num(then.cpu()), now.PeakKB>>10, then.PeakKB>>10, strings.Join(notes, ", "))
		}
	}
	return b.String() + "\n"
}
