package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// summaryTables is how many tables a summary lists; the catalog has them all.
const summaryTables = 30

// printSummary prints what was done: table by table, step by step, and what failed.
func printSummary(w io.Writer, s catalogdb.Summary) error {
	if err := summarizeDatabases(w, s.Databases); err != nil {
		return err
	}
	if err := printTables(w, s); err != nil {
		return err
	}
	if err := printSteps(w, s.Steps); err != nil {
		return err
	}
	if len(s.Steps) > 0 {
		if _, err := fmt.Fprintln(w); err != nil {
			return err
		}
	}
	if err := printFailures(w, s.Failures, s.Overall); err != nil {
		return err
	}
	return printTotal(w, s)
}

func printTables(w io.Writer, s catalogdb.Summary) error {
	if len(s.Tables) == 0 {
		return nil
	}
	rows := make([][]string, 0, len(s.Tables))
	for _, t := range s.Tables {
		parts := count(t.Parts)
		if !t.Complete {
			parts = count(t.PartsDone) + " of " + parts
		}
		rows = append(rows, []string{t.Table, parts, count(t.Rows), pgschema.PrettySize(t.Bytes), seconds(t.CopySeconds), count(t.Indexes), seconds(t.IndexSeconds)})
	}
	if err := printTable(w, []column{left("TABLE"), right("PARTS"), right("ROWS"), right("BYTES"), right("COPY TIME"), right("INDEXES"), right("INDEX TIME")}, rows); err != nil {
		return err
	}
	if more := s.TableCount - int64(len(s.Tables)); more > 0 {
		if _, err := fmt.Fprintf(w, "and %s more: sqlite3 %s 'select * from table_progress'\n", count(more), shellWord(s.Dir+"/"+catalogdb.FileName)); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

func printSteps(w io.Writer, steps []catalogdb.StepSummary) error {
	if len(steps) == 0 {
		return nil
	}
	rows := make([][]string, 0, len(steps))
	for _, t := range steps {
		done := count(t.Done)
		if t.Done != t.Total {
			done += " of " + count(t.Total)
		}
		bytes := ""
		if t.Bytes > 0 {
			bytes = pgschema.PrettySize(t.Bytes)
		}
		rows = append(rows, []string{t.Step, t.Connection, done, bytes, seconds(t.Seconds), seconds(t.CumulativeSeconds), count(t.Workers)})
	}
	return printTable(w, []column{left("STEP"), left("CONNECTION"), right("DONE"), right("BYTES"), right("TIME"), right("CUMULATIVE"), right("CONCURRENCY")}, rows)
}

// printFailures lists what failed, why, and what to do; nothing when nothing did.
func printFailures(w io.Writer, list []catalogdb.Failure, overall *catalogdb.TaskCounts) error {
	if len(list) == 0 {
		return nil
	}
	if _, err := fmt.Fprintln(w, "FAILED"); err != nil {
		return err
	}
	for _, f := range list {
		if err := printFailure(w, f); err != nil {
			return err
		}
	}
	if overall != nil {
		if more := overall.Failed - int64(len(list)); more > 0 {
			fmt.Fprintf(w, "  and %s more: pgcopy list failures\n", count(more))
		}
		if overall.Skipped > 0 {
			fmt.Fprintf(w, "  %s skipped because something they need failed\n", plural(overall.Skipped, "task was", "tasks were"))
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}

func printFailure(w io.Writer, f catalogdb.Failure) error {
	what := f.Step
	if f.State == "skipped" || !strings.Contains(f.Error, f.Subject) { // an error mostly begins with what it is about
		what += " " + clean(f.Subject)
	}
	_, err := fmt.Fprintf(w, "  %s: %s\n", what, clean(f.Error))
	if err == nil && f.Hint != "" {
		_, err = fmt.Fprintf(w, "    hint: %s\n", clean(f.Hint))
	}
	return err
}

func printTotal(w io.Writer, s catalogdb.Summary) error {
	text := fmt.Sprintf("%s: %s of %s", s.State, count(s.TablesDone), plural(s.TableCount, "table", "tables"))
	if len(s.Databases) > 0 {
		text = s.State + ": " + databasesLine(s.Databases)
	}
	if o := s.Overall; o != nil {
		text += ", " + pgschema.PrettySize(o.Bytes)
	}
	text += ", " + seconds(s.Seconds)
	if s.Runs > 1 {
		text += " in " + count(s.Runs) + " runs"
	}
	if s.Overall != nil && s.Overall.Failed > 0 {
		text += ", " + count(s.Overall.Failed) + " failed"
	}
	if _, err := fmt.Fprintln(w, text); err != nil || s.Consistent {
		return err
	}
	return printInconsistent(w)
}

// printInconsistent warns wherever a directory is shown that was gone on with under another snapshot.
func printInconsistent(w io.Writer) error {
	_, err := fmt.Fprintln(w, "not consistent: a resume went on under another snapshot, so tables may be of different moments")
	return err
}
