package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
)

// elements reads a chart as XML and gives its elements of one name.
func elements(t *testing.T, svg, name string) []map[string]string {
	t.Helper()
	var out []map[string]string
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatalf("%v:\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == name {
			m := map[string]string{}
			for _, a := range e.Attr {
				m[a.Name.Local] = a.Value
			}
			out = append(out, m)
		}
	}
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestWallChart(t *testing.T) {
	svg := wallChart(sample())
	bars := elements(t, svg, "rect")
	if len(bars) != 4 {
		t.Fatalf("%d bars, want one for each tool:\n%s", len(bars), svg)
	}
	mine, slowest := number(t, bars[0]["width"]), number(t, bars[3]["width"])
	if ratio := mine / slowest; ratio < 0.34 || ratio > 0.36 {
		t.Errorf("7 s and 20 s are drawn as %v and %v", mine, slowest)
	}
	if bars[0]["fill"] == bars[1]["fill"] {
		t.Error("pgcopy looks like the others")
	}
	if len(elements(t, svg, "line")) != 1 {
		t.Error("the bound is missing")
	}
	for _, want := range []string{"7.00 s", "physical bound", "pgb: 100 MB, 4 tables, 3 indexes"} {
		if !strings.Contains(svg, want) {
			t.Errorf("lacks %q", want)
		}
	}
}

func TestCPUChart(t *testing.T) {
	bars := elements(t, cpuChart(sample()), "rect")
	if len(bars) != 12 {
		t.Fatalf("%d pieces, want three for each tool", len(bars))
	}
	end := number(t, bars[0]["x"]) + number(t, bars[0]["width"])
	if next := number(t, bars[1]["x"]); next-end > 0.2 || end-next > 0.2 {
		t.Errorf("the second piece begins at %v, the first ends at %v", next, end)
	}
}

func TestChartStaysInside(t *testing.T) {
	svg := chart("a < b & c", "", []panel{{title: "\"x\"", line: 50, legend: "l", bars: []bar{{"one", []part{{10, "#000"}, {20, "#111"}}, "30"}}}})
	root := elements(t, svg, "svg")[0]
	for _, r := range elements(t, svg, "rect") {
		if number(t, r["x"])+number(t, r["width"]) > number(t, root["width"]) || number(t, r["y"])+number(t, r["height"]) > number(t, root["height"]) {
			t.Errorf("%v is outside of %v", r, root)
		}
	}
	for _, l := range elements(t, svg, "line") {
		if number(t, l["x1"]) > number(t, root["width"]) {
			t.Errorf("%v is outside", l)
		}
	}
}
