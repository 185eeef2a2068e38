package cli

import (
	"fmt"
	"io"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// printProgress prints how a directory stands: its newest run, each step and kind, each worker, what is tried again, what failed.
func printProgress(w io.Writer, p catalogdb.Progress) error {
	if _, err := fmt.Fprintln(w, stateLine(p)); err != nil {
		return err
	}
	for _, print := range []func(io.Writer, catalogdb.Progress) error{printDatabaseProgress, printStepProgress, printKindProgress, printFollow, printWorkers, printRetries} {
		if err := print(w, p); err != nil {
			return err
		}
	}
	if len(p.Failures) > 0 {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
		if err := printFailures(w, p.Failures, p.Overall); err != nil {
			return err
		}
	} else if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w, "overall: "+overallLine(p)); err != nil || p.Consistent {
		return err
	}
	return printInconsistent(w)
}

func printDatabaseProgress(w io.Writer, p catalogdb.Progress) error {
	return printDatabases(w, p.Databases)
}

// stateLine says what state the directory is in and since when.
func stateLine(p catalogdb.Progress) string {
	r := p.Run
	switch {
	case p.State == catalogdb.StateEmpty && p.Held:
		return clean(p.Dir) + ": a run is about to begin"
	case r == nil:
		return clean(p.Dir) + ": no run has begun yet"
	}
	who := fmt.Sprintf("run %d of %s", r.ID, clean(r.Workflow))
	switch p.State {
	case catalogdb.StateRunning:
		return fmt.Sprintf("%s: running, %s since %s (%s in all) by process %d on %s", clean(p.Dir), who, clock(r.StartedAt), seconds(p.Elapsed), r.PID, clean(r.Host))
	case catalogdb.StateCrashed:
		return fmt.Sprintf("%s: crashed, %s ended without a word; it began at %s; go on with: %s", clean(p.Dir), who, clock(r.StartedAt), resumeCommand(p.Dir))
	}
	text := fmt.Sprintf("%s: %s, %s ended at %s (%s in all)", clean(p.Dir), p.State, who, clock(r.EndedAt), seconds(p.Elapsed))
	if r.Note != "" {
		text += ": " + clean(r.Note)
	}
	if p.State != catalogdb.StateDone {
		text += "; go on with: " + resumeCommand(p.Dir)
	}
	return text
}

var countColumns = []column{right("TOTAL"), right("PENDING"), right("RUNNING"), right("DONE"), right("FAILED"), right("SKIPPED"),
	right("BYTES"), right("RATE"), right("ETA"), right("%")}

// countCells are the columns of one row. What is left is said only while somebody works at it.
func countCells(c catalogdb.TaskCounts, running bool) []string {
	bytes, left := "", ""
	if c.Bytes > 0 {
		bytes = pgschema.PrettySize(c.Bytes)
	}
	if running && !c.Over() {
		left = eta(c.ETASeconds)
	}
	return []string{count(c.Total), count(c.Pending), count(c.Running), count(c.Done), count(c.Failed), count(c.Skipped),
		bytes, rate(c.BytesPerSecond), left, fmt.Sprintf("%.1f", c.Percent)}
}

func printStepProgress(w io.Writer, p catalogdb.Progress) error {
	rows := make([][]string, 0, len(p.Steps))
	for _, s := range p.Steps {
		rows = append(rows, append([]string{s.Step, s.Kind}, countCells(s.TaskCounts, p.State == catalogdb.StateRunning)...))
	}
	return section(w, append([]column{left("STEP"), left("KIND")}, countColumns...), rows)
}

// printKindProgress adds what the steps do not say: the sums where a kind has several of them.
func printKindProgress(w io.Writer, p catalogdb.Progress) error {
	steps := map[string]int{}
	for _, s := range p.Steps {
		steps[s.Kind]++
	}
	var rows [][]string
	for _, k := range p.Kinds {
		if steps[k.Kind] > 1 {
			rows = append(rows, append([]string{k.Kind}, countCells(k.TaskCounts, p.State == catalogdb.StateRunning)...))
		}
	}
	return section(w, append([]column{left("KIND")}, countColumns...), rows)
}

func printWorkers(w io.Writer, p catalogdb.Progress) error {
	rows := make([][]string, 0, len(p.Workers))
	for _, k := range p.Workers {
		rows = append(rows, []string{k.Worker, k.Step, k.Subject, workerProgress(k)})
	}
	who := "WORKER"
	if p.State == catalogdb.StateCrashed {
		who = "WAS AT WORK" // the next run takes these tasks back
	}
	return section(w, []column{left(who), left("STEP"), left("SUBJECT"), right("SO FAR")}, rows)
}

func printRetries(w io.Writer, p catalogdb.Progress) error {
	rows := make([][]string, 0, len(p.Retries))
	for _, r := range p.Retries {
		rows = append(rows, []string{r.Step, r.Subject, count(int64(r.Attempt)), clock(r.NotBefore), r.Error})
	}
	return section(w, []column{left("AGAIN SOON"), left("SUBJECT"), right("ATTEMPTS"), left("AT"), left("BECAUSE")}, rows)
}

// section is a table with an empty line above it, or nothing when there are no rows.
func section(w io.Writer, columns []column, rows [][]string) error {
	if len(rows) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	return printTable(w, columns, rows)
}
