package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/pgcopy/pgcopy/pgschema"
)

// seconds writes a time span the way people say it, with two units at most: 35ms, 2.8s, 42s, 1m20s, 2h05m, 3d04h.
func seconds(s float64) string {
	n := int64(s + 0.5)
	switch {
	case s < 0.9995:
		return fmt.Sprintf("%.0fms", s*1000)
	case s < 9.95:
		return fmt.Sprintf("%.1fs", s)
	case n < 60:
		return fmt.Sprintf("%ds", n)
	case n < 3600:
		return fmt.Sprintf("%dm%02ds", n/60, n%60)
	case n < 86400:
		return fmt.Sprintf("%dh%02dm", n/3600, n%3600/60)
	}
	return fmt.Sprintf("%dd%02dh", n/86400, n%86400/3600)
}

// rate writes bytes a second, nothing when there is none.
func rate(bytesPerSecond *int64) string {
	if bytesPerSecond == nil || *bytesPerSecond <= 0 {
		return ""
	}
	return pgschema.PrettySize(*bytesPerSecond) + "/s"
}

// eta writes the time that is left, nothing when nobody can tell.
func eta(left *int64) string {
	if left == nil {
		return ""
	}
	if *left < 60 {
		return strconv.FormatInt(*left, 10) + "s"
	}
	return seconds(float64(*left))
}

// count writes a number with its thousands apart.
func count(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// plural is "1 table", "2 tables".
func plural(n int64, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return count(n) + " " + many
}

func percent(p float64) string { return strconv.FormatFloat(p, 'f', 1, 64) + " %" }

// clock is the local time of day of a moment in the catalog, with the date when it is not today.
func clock(at string) string {
	t, err := time.Parse(time.RFC3339, at)
	if err != nil {
		return at
	}
	t = t.Local()
	if now := time.Now(); t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}

// clean makes a text harmless on a terminal: names of tables may hold anything, escape sequences and line ends included.
func clean(s string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
			return '\uFFFD'
		}
		return r
	}, s)
}

// cells is how many columns of a terminal a text takes, near enough: wide scripts take two, marks none.
func cells(s string) int {
	n := 0
	for _, r := range s {
		n += runeCells(r)
	}
	return n
}

func runeCells(r rune) int {
	switch {
	case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		return 0
	case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana), r >= 0xFF01 && r <= 0xFF60, r >= 0x1F300 && r <= 0x1FAFF:
		return 2
	}
	return 1
}

// fit shortens a text in its middle to a number of columns: both ends of "schema.long_name part 3 of 8" tell something.
func fit(s string, width int) string {
	if cells(s) <= width {
		return s
	}
	if width < 5 {
		return clip(s, width)
	}
	head := clip(s, (width-3)*2/3)
	runes := []rune(s)
	tail, from := 0, len(runes)
	for from > 0 && tail+runeCells(runes[from-1]) <= width-3-cells(head) {
		from--
		tail += runeCells(runes[from])
	}
	return head + "..." + string(runes[from:])
}

func clip(s string, width int) string {
	n := 0
	for i, r := range s {
		if n += runeCells(r); n > width {
			return s[:i]
		}
	}
	return s
}

// pad fills a text up to a number of columns.
func pad(s string, width int) string { return s + strings.Repeat(" ", max(0, width-cells(s))) }
