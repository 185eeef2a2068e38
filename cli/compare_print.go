package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/steps"
)

// objectJSON is one object that differs, for programs.
type objectJSON struct {
	Kind   string `json:"kind"`
	Schema string `json:"schema"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Source string `json:"source,omitempty"`
	Target string `json:"target,omitempty"`
	Diff   string `json:"diff,omitempty"`
}

// tableJSON is one table, for programs.
type tableJSON struct {
	catalogdb.ComparedTable
	Rows         []catalogdb.DifferentRow `json:"rows,omitempty"`
	RowsComplete *bool                    `json:"rows_complete,omitempty"` // with rows: there are no others
}

// printSchemaReport prints each object that differs, then how many there are of each kind, then what could not be done.
func printSchemaReport(ctx context.Context, w io.Writer, db *catalogdb.DB) error {
	if err := db.ObjectDifferences(ctx, func(d catalogdb.ObjectDifference) error {
		name := clean(d.Name)
		if d.Schema != "" {
			name = pgschema.DisplayIdent(d.Schema) + "." + name
		}
		if d.Status != "different" {
			_, err := fmt.Fprintf(w, "%s %s: on the %s only\n\n", strings.ToLower(d.Kind), name, strings.TrimPrefix(d.Status, "only "))
			return err
		}
		if _, err := fmt.Fprintf(w, "%s %s: different (- source, + target)\n", strings.ToLower(d.Kind), name); err != nil {
			return err
		}
		for line := range strings.Lines(steps.UnifiedDiff(d.Source, d.Target)) {
			if _, err := fmt.Fprintln(w, "  "+clean(strings.TrimSuffix(line, "\n"))); err != nil {
				return err
			}
		}
		_, err := fmt.Fprintln(w)
		return err
	}); err != nil {
		return err
	}
	kinds, err := db.ComparedKinds(ctx)
	if err != nil {
		return err
	}
	var total catalogdb.ObjectKind
	rows := make([][]string, 0, len(kinds)+1)
	for _, k := range kinds {
		rows = append(rows, kindRow(strings.ToLower(k.Kind), k))
		total.Equal += k.Equal
		total.Different += k.Different
		total.OnlySource += k.OnlySource
		total.OnlyTarget += k.OnlyTarget
		total.LeftOut += k.LeftOut
	}
	if len(rows) > 0 {
		if err := printTable(w, []column{left("KIND"), right("EQUAL"), right("DIFFERENT"), right("ONLY SOURCE"), right("ONLY TARGET"), right("LEFT OUT")},
			append(rows, kindRow("all", total))); err != nil {
			return err
		}
	}
	return printCompareFailures(ctx, w, db)
}

func kindRow(name string, k catalogdb.ObjectKind) []string {
	return []string{name, count(k.Equal), count(k.Different), count(k.OnlySource), count(k.OnlyTarget), count(k.LeftOut)}
}

// printCompareFailures prints what failed beside single tables.
func printCompareFailures(ctx context.Context, w io.Writer, db *catalogdb.DB) error {
	return db.Failures(ctx, func(f catalogdb.Failure) error {
		if f.State != "failed" || f.Step == "compare-table" || f.Step == "compare-part" { // these are told with their table
			return nil
		}
		return printFailure(w, f)
	})
}

// printSchemaJSON prints the same for programs, object by object: there may be many.
func printSchemaJSON(ctx context.Context, w io.Writer, db *catalogdb.DB) error {
	kinds, err := db.ComparedKinds(ctx)
	if err != nil {
		return err
	}
	list := &jsonList{w: w}
	list.begin("kinds", append([]catalogdb.ObjectKind{}, kinds...), "differences")
	if err := db.ObjectDifferences(ctx, func(d catalogdb.ObjectDifference) error {
		return list.add(objectJSON{Kind: d.Kind, Schema: d.Schema, Name: d.Name, Status: strings.ReplaceAll(d.Status, " ", "-"), Source: d.Source,
			Target: d.Target, Diff: steps.UnifiedDiff(d.Source, d.Target)})
	}); err != nil {
		return err
	}
	return list.failures(ctx, db)
}

// printDataReport prints each table that is not equal with its rows that differ, and one line for all.
func printDataReport(ctx context.Context, w io.Writer, db *catalogdb.DB, all bool) error {
	if err := db.ComparedTables(ctx, all, func(t catalogdb.ComparedTable) error { return printComparedTable(ctx, w, db, t) }); err != nil {
		return err
	}
	t, err := db.ComparedTotals(ctx)
	if err != nil {
		return err
	}
	if err := printCompareFailures(ctx, w, db); err != nil {
		return err
	}
	text := fmt.Sprintf("%s: %s equal, %s different, %s on the source only, %s on the target only, %s left out, %s not verified; %s on the source, %s on the target",
		plural(t.Tables, "table", "tables"), count(t.Equal), count(t.Different), count(t.OnlySource), count(t.OnlyTarget), count(t.LeftOut), count(t.Unverified),
		plural(t.SourceRows, "row", "rows"), count(t.TargetRows))
	if t.Runs > 1 {
		text += fmt.Sprintf("; compared in %d runs, each under snapshots of its own", t.Runs)
	}
	_, err = fmt.Fprintln(w, text)
	return err
}

func printComparedTable(ctx context.Context, w io.Writer, db *catalogdb.DB, t catalogdb.ComparedTable) error {
	what := []string{}
	switch {
	case t.Status == "only source" || t.Status == "only target":
		what = append(what, "on the "+strings.TrimPrefix(t.Status, "only ")+" only")
	case t.Status == "unverified":
		what = append(what, "not verified: "+clean(t.Error))
	default:
		what = append(what, t.Status)
	}
	if t.SourceRows != nil && t.TargetRows != nil {
		rows := plural(*t.SourceRows, "row", "rows") + " on both sides"
		if *t.SourceRows != *t.TargetRows {
			rows = plural(*t.SourceRows, "row", "rows") + " on the source and " + count(*t.TargetRows) + " on the target"
		}
		what = append(what, rows)
	}
	if t.Note != "" {
		what = append(what, clean(t.Note))
	}
	if _, err := fmt.Fprintf(w, "%s: %s\n", t.Display, strings.Join(what, ", ")); err != nil {
		return err
	}
	if t.Hint != "" {
		if _, err := fmt.Fprintf(w, "  hint: %s\n", clean(t.Hint)); err != nil {
			return err
		}
	}
	rows, err := db.ComparedRows(ctx, t.ID)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if _, err := fmt.Fprintln(w, "  "+rowLine(r)); err != nil {
			return err
		}
	}
	if len(rows) > 0 && !t.RowsComplete {
		_, err = fmt.Fprintln(w, "  and more: --rows=N shows up to N")
	}
	return err
}

// rowLine words a row that differs, as seen from the target.
func rowLine(r catalogdb.DifferentRow) string {
	text := fmt.Sprintf("%-8s %s", r.Change, keyText(r.Key))
	if r.Copies > 1 {
		text += fmt.Sprintf(" (%s times)", count(r.Copies))
	}
	if len(r.Columns) > 0 {
		names := make([]string, len(r.Columns))
		for i, c := range r.Columns {
			names[i] = pgschema.DisplayIdent(c)
		}
		text += ": " + strings.Join(names, ", ")
	}
	return clean(text)
}

// keyText words {"id":1,"at":"x"} as id=1, at=x, in the order of the columns.
func keyText(key json.RawMessage) string {
	d := json.NewDecoder(bytes.NewReader(key))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return string(key)
	}
	var parts []string
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return string(key)
		}
		var value any
		if err := d.Decode(&value); err != nil {
			return string(key)
		}
		text := fmt.Sprint(value)
		if value == nil {
			text = "NULL"
		}
		parts = append(parts, pgschema.DisplayIdent(fmt.Sprint(name))+"="+text)
	}
	return strings.Join(parts, ", ")
}

// printDataJSON prints the same for programs, table by table.
func printDataJSON(ctx context.Context, w io.Writer, db *catalogdb.DB, all bool) error {
	totals, err := db.ComparedTotals(ctx)
	if err != nil {
		return err
	}
	list := &jsonList{w: w}
	list.begin("summary", totals, "tables")
	if err := db.ComparedTables(ctx, all, func(t catalogdb.ComparedTable) error {
		t.Status = strings.ReplaceAll(t.Status, " ", "-")
		v := tableJSON{ComparedTable: t}
		var err error
		if v.Rows, err = db.ComparedRows(ctx, t.ID); err != nil {
			return err
		}
		if len(v.Rows) > 0 {
			v.RowsComplete = &t.RowsComplete
		}
		return list.add(v)
	}); err != nil {
		return err
	}
	return list.failures(ctx, db)
}

// jsonList writes one JSON object whose lists are too long to be in memory.
type jsonList struct {
	w    io.Writer
	err  error
	some bool
}

func (l *jsonList) write(text string) {
	if l.err == nil {
		_, l.err = io.WriteString(l.w, text)
	}
}

func (l *jsonList) value(indent string, v any) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent(indent, "  ")
	if l.err == nil {
		l.err = e.Encode(v)
	}
	l.write(strings.TrimSuffix(b.String(), "\n"))
}

// begin opens the object with one member and the first list.
func (l *jsonList) begin(name string, v any, list string) {
	l.write("{\n  \"" + name + "\": ")
	l.value("  ", v)
	l.write(",\n  \"" + list + "\": [")
}

func (l *jsonList) add(v any) error {
	if l.some {
		l.write(",")
	}
	l.some = true
	l.write("\n    ")
	l.value("    ", v)
	return l.err
}

// failures ends the list, adds that of what failed, and closes the object.
func (l *jsonList) failures(ctx context.Context, db *catalogdb.DB) error {
	l.end()
	l.write(",\n  \"failures\": [")
	l.some = false
	if err := db.Failures(ctx, func(f catalogdb.Failure) error { return l.add(f) }); err != nil {
		return err
	}
	l.end()
	l.write("\n}\n")
	return l.err
}

func (l *jsonList) end() {
	if l.some {
		l.write("\n  ")
	}
	l.write("]")
}
