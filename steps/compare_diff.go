package steps

import (
	"fmt"
	"strings"
)

const (
	diffContext = 2         // equal lines shown around those that differ
	diffCells   = 4_000_000 // bounds the memory of a diff: lines of one side times lines of the other
)

// UnifiedDiff shows how two texts differ, line by line: "- " only in the first, "+ " only in the second, "  " in both. Equal texts give "". Texts of
// thousands of lines that differ everywhere are told by their number of lines.
func UnifiedDiff(a, b string) string {
	if a == b {
		return ""
	}
	x, y := diffLines(a), diffLines(b)
	head := 0
	for head < len(x) && head < len(y) && x[head] == y[head] {
		head++
	}
	tail := 0
	for tail < len(x)-head && tail < len(y)-head && x[len(x)-1-tail] == y[len(y)-1-tail] {
		tail++
	}
	mx, my := x[head:len(x)-tail], y[head:len(y)-tail]
	if (len(mx)+1)*(len(my)+1) > diffCells {
		return fmt.Sprintf("  (from line %d on, %d lines on the source and %d on the target)\n", head+1, len(mx), len(my))
	}
	script := make([]string, 0, len(x)+len(y))
	for _, l := range x[:head] {
		script = append(script, "  "+l)
	}
	script = append(script, middle(mx, my)...)
	for _, l := range x[len(x)-tail:] {
		script = append(script, "  "+l)
	}
	return shorten(script)
}

func diffLines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// middle walks along a longest common subsequence.
func middle(x, y []string) (out []string) {
	width := len(y) + 1
	longest := make([]int32, (len(x)+1)*width) // of x[i:] and y[j:]
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				longest[i*width+j] = longest[(i+1)*width+j+1] + 1
			} else {
				longest[i*width+j] = max(longest[(i+1)*width+j], longest[i*width+j+1])
			}
		}
	}
	for i, j := 0, 0; i < len(x) || j < len(y); {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			out = append(out, "  "+x[i])
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && longest[(i+1)*width+j] >= longest[i*width+j+1]:
			out = append(out, "- "+x[i])
			i++
		default:
			out = append(out, "+ "+y[j])
			j++
		}
	}
	return out
}

// shorten leaves out equal lines that are far from any difference, and blank ones among them.
func shorten(script []string) string {
	near := make([]bool, len(script))
	for i, l := range script {
		if l[0] != ' ' {
			for k := max(0, i-diffContext); k <= min(len(script)-1, i+diffContext); k++ {
				near[k] = true
			}
		}
	}
	var b strings.Builder
	for i, l := range script {
		switch {
		case near[i] && l == "  ":
		case near[i]:
			b.WriteString(l + "\n")
		case i == 0 || near[i-1]:
			b.WriteString("  ...\n")
		}
	}
	return b.String()
}
