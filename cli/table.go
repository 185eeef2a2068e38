package cli

import (
	"bytes"
	"io"
	"strings"

	"github.com/olekukonko/tablewriter"
	"github.com/olekukonko/tablewriter/renderer"
	"github.com/olekukonko/tablewriter/tw"
)

// column is one column of a table for people.
type column struct {
	title string
	right bool // numbers
}

func left(title string) column  { return column{title: title} }
func right(title string) column { return column{title: title, right: true} }

// printTable prints rows under their titles, as wide as they are: whoever wants them cut, cuts them.
func printTable(w io.Writer, columns []column, rows [][]string) error {
	titles := make([]any, len(columns))
	aligns := make([]tw.Align, len(columns))
	for i, c := range columns {
		titles[i], aligns[i] = c.title, tw.AlignLeft
		if c.right {
			aligns[i] = tw.AlignRight
		}
	}
	between := tw.CellPadding{Global: tw.Padding{Left: "", Right: "  ", Overwrite: true}}
	var b bytes.Buffer
	line := tw.NewSymbolCustom("plain").WithRow("-").WithColumn(" ").WithCenter(" ").WithMidLeft("").WithMidRight("")
	t := tablewriter.NewTable(&b,
		tablewriter.WithRenderer(renderer.NewBlueprint(tw.Rendition{Borders: tw.BorderNone, Symbols: line,
			Settings: tw.Settings{Separators: tw.Separators{BetweenColumns: tw.Off, BetweenRows: tw.Off, ShowHeader: tw.Off},
				Lines: tw.Lines{ShowHeaderLine: tw.On}}})),
		tablewriter.WithConfig(tablewriter.Config{
			Header: tw.CellConfig{Padding: between, Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone}, Alignment: tw.CellAlignment{PerColumn: aligns}},
			Row:    tw.CellConfig{Padding: between, Formatting: tw.CellFormatting{AutoFormat: tw.Off, AutoWrap: tw.WrapNone}, Alignment: tw.CellAlignment{PerColumn: aligns}},
		}))
	t.Header(titles...)
	for _, row := range rows {
		cleaned := make([]string, len(row))
		for i, cell := range row {
			cleaned[i] = clean(cell)
		}
		if err := t.Append(cleaned); err != nil {
			return err
		}
	}
	if err := t.Render(); err != nil {
		return err
	}
	for line := range strings.Lines(b.String()) {
		if _, err := io.WriteString(w, strings.TrimRight(line, " \n")+"\n"); err != nil {
			return err
		}
	}
	return nil
}
