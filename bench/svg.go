package main

import (
	"fmt"
	"html"
	"strings"
)

// Sizes of the charts, in pixels.
const (
	chartWidth = 760
	labelWidth = 200
	valueWidth = 90
	barHeight  = 18
	barGap     = 6
	panelGap   = 26
	margin     = 16
	headHeight = 56
)

// part is a piece of a bar.
type part struct {
	value float64
	color string
}

// bar is one line of a chart.
type bar struct {
	label string
	parts []part
	value string // what is written behind it
}

// panel is one data set; its bars share a scale.
type panel struct {
	title  string
	bars   []bar
	line   float64 // a vertical line, such as the floor; 0: none
	legend string  // what the line is
}

// Colours that are legible on white and on black, and apart for those who see few.
const (
	mineColor   = "#2f7ed8"
	peerColor   = "#9aa4ad"
	sourceColor = "#e69f00"
	targetColor = "#9aa4ad"
	inkColor    = "#6e7781"
	lineColor   = "#d55e00"
)

// chart draws panels one below another as an SVG document.
func chart(title, subtitle string, panels []panel) string {
	var b strings.Builder
	y := float64(headHeight)
	for _, p := range panels {
		y = drawPanel(&b, p, y)
	}
	head := fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %[1]d %[2]g\" role=\"img\" aria-label=\"%[3]s\" font-family=\"system-ui, sans-serif\" font-size=\"12\" fill=\"%[4]s\">\n",
		chartWidth, y, html.EscapeString(title), inkColor)
	return head + text(margin, 24, title, "font-size=\"16\" font-weight=\"600\"") + text(margin, 42, subtitle, "") + b.String() + "</svg>\n"
}

func drawPanel(b *strings.Builder, p panel, y float64) float64 {
	y += panelGap
	b.WriteString(text(margin, y-8, p.title, "font-weight=\"600\""))
	highest := p.line
	for _, r := range p.bars {
		highest = max(highest, r.sum())
	}
	scale := over(chartWidth-margin-labelWidth-valueWidth, highest)
	top := y
	for _, r := range p.bars {
		b.WriteString(text(labelWidth-8, y+13, r.label, "text-anchor=\"end\""))
		x := float64(labelWidth)
		for _, part := range r.parts {
			fmt.Fprintf(b, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"%s\"/>\n", x, y, part.value*scale, barHeight, part.color)
			x += part.value * scale
		}
		b.WriteString(text(x+6, y+13, r.value, ""))
		y += barHeight + barGap
	}
	if p.line > 0 {
		x := labelWidth + p.line*scale
		fmt.Fprintf(b, "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"2\" stroke-dasharray=\"4 3\"/>\n", x, top-3, x, y, lineColor)
		b.WriteString(text(chartWidth-margin, top-8, p.legend, "text-anchor=\"end\" fill=\""+lineColor+"\""))
	}
	return y
}

func (r bar) sum() float64 {
	var s float64
	for _, p := range r.parts {
		s += p.value
	}
	return s
}

func text(x, y float64, s, attributes string) string {
	if attributes != "" {
		attributes = " " + attributes
	}
	return fmt.Sprintf("<text x=\"%.1f\" y=\"%.1f\"%s>%s</text>\n", x, y, attributes, html.EscapeString(s))
}

// wallChart shows how long each tool's best took.
func wallChart(r *Results) string {
	var panels []panel
	for _, s := range r.Sets {
		rows := s.rows(r.Machine.Processors)
		p := panel{title: s.describe(), line: s.floor().Best() / float64(r.Machine.Processors), legend: "physical bound"}
		for _, t := range tools {
			if row, ok := best(rows, t); ok {
				p.bars = append(p.bars, bar{t, []part{{row.Wall, colorOf(t)}}, num(row.Wall) + " s"})
			}
		}
		panels = append(panels, p)
	}
	return chart("How long a copy takes", "Seconds, the shorter the better; each tool with its best number of jobs. "+r.conditions(), panels)
}

// cpuChart shows where the CPU time goes.
func cpuChart(r *Results) string {
	var panels []panel
	for _, s := range r.Sets {
		rows := s.rows(r.Machine.Processors)
		p := panel{title: s.describe(), line: s.floor().Best(), legend: "what the servers need without any tool"}
		for _, t := range tools {
			if row, ok := best(rows, t); ok {
				p.bars = append(p.bars, bar{t, []part{{row.SourceCPU, sourceColor}, {row.TargetCPU, targetColor}, {row.ToolCPU, mineColor}}, num(row.cpu()) + " s"})
			}
		}
		panels = append(panels, p)
	}
	return chart("What a copy costs", "CPU seconds of the source (orange), the target (grey) and the tool itself (blue). "+r.conditions(), panels)
}

func colorOf(tool string) string {
	if tool == pgcopy {
		return mineColor
	}
	return peerColor
}

func (s Set) describe() string {
	d := fmt.Sprintf("%s: %d MB, %d tables, %d indexes", s.Name, s.Bytes>>20, s.Tables, s.Indexes)
	if s.LargeObjects > 0 {
		d += fmt.Sprintf(", %d large objects", s.LargeObjects)
	}
	return d
}

func (r *Results) conditions() string {
	return fmt.Sprintf("%d CPUs, PostgreSQL %s.", r.Machine.Processors, r.Postgres)
}
