package cli

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
)

// tty is as much of a terminal as the display uses: it keeps the lines that are seen and those that scrolled away.
type tty struct {
	width, height int
	lines         []string // all of them since the beginning
	row, col      int
	wrap          bool
	bad           []string // what a terminal would not have understood
}

func newTTY(width, height int) *tty {
	return &tty{width: width, height: height, lines: []string{""}, wrap: true}
}

func (t *tty) Write(p []byte) (int, error) {
	text := []rune(string(p))
	for i := 0; i < len(text); i++ {
		switch r := text[i]; r {
		case '\r':
			t.col = 0
		case '\n': // the terminal driver turns it into both
			t.col = 0
			if t.row++; t.row == len(t.lines) {
				t.lines = append(t.lines, "")
			}
		case '\x1b':
			end := i + 2
			for end < len(text) && (text[end] == '?' || text[end] >= '0' && text[end] <= '9') {
				end++
			}
			t.escape(string(text[i+2:end]), text[end])
			i = end
		default:
			t.put(r)
		}
	}
	return len(p), nil
}

func (t *tty) escape(arg string, command rune) {
	n, _ := strconv.Atoi(arg)
	switch {
	case command == 'A':
		t.row = max(t.row-max(n, 1), len(t.lines)-t.height, 0)
	case command == 'K' && arg == "":
		t.lines[t.row] = string([]rune(t.lines[t.row])[:min(t.col, len([]rune(t.lines[t.row])))])
	case command == 'J' && arg == "":
		t.lines = t.lines[:t.row+1]
		t.lines[t.row] = string([]rune(t.lines[t.row])[:min(t.col, len([]rune(t.lines[t.row])))])
	case arg == "?7":
		t.wrap = command == 'h'
	case command == 'm':
	default:
		t.bad = append(t.bad, arg+string(command))
	}
}

func (t *tty) put(r rune) {
	if t.col == t.width {
		if !t.wrap {
			return
		}
		t.col, t.row = 0, t.row+1
		if t.row == len(t.lines) {
			t.lines = append(t.lines, "")
		}
	}
	line := []rune(t.lines[t.row])
	for len(line) <= t.col {
		line = append(line, ' ')
	}
	line[t.col] = r
	t.lines[t.row] = string(line)
	t.col++
}

// narrow does what a terminal does whose window is made narrower: it wraps the lines it holds.
func (t *tty) narrow(width int) {
	var lines []string
	for _, l := range t.lines {
		for r := []rune(l); ; r = r[width:] {
			if len(r) <= width {
				lines = append(lines, string(r))
				break
			}
			lines = append(lines, string(r[:width]))
		}
	}
	t.width, t.lines, t.row = width, lines, len(lines)-1
	t.col = len([]rune(lines[t.row]))
}

func TestScreenKeepsTheDisplayBelowTheLog(t *testing.T) {
	term := newTTY(20, 6)
	s := &screen{w: term, size: func() (int, int) { return term.width, term.height }}
	fmt.Fprintln(s, "log 1")
	s.Draw([]string{"bar", "worker 1", "worker 2"})
	fmt.Fprintln(s, "log 2")
	s.Draw([]string{"bar is longer than twenty columns", "worker 1"})
	fmt.Fprintln(s, "log 3\nlog 4")
	if want := []string{"log 1", "log 2", "log 3", "log 4", "bar is longer than t", "worker 1"}; !slices.Equal(term.lines, want) {
		t.Errorf("%q\nwanted %q", term.lines, want)
	}
	s.Draw(nil)
	fmt.Fprintln(s, "end")
	if want := []string{"log 1", "log 2", "log 3", "log 4", "end", ""}; !slices.Equal(term.lines, want) {
		t.Errorf("%q\nwanted %q", term.lines, want)
	}
	if len(term.bad) > 0 {
		t.Errorf("sent %q", term.bad)
	}
}

func TestScreenAfterTheWindowBecameNarrower(t *testing.T) {
	term := newTTY(30, 20)
	s := &screen{w: term, size: func() (int, int) { return term.width, term.height }}
	fmt.Fprintln(s, "log 1")
	s.Draw([]string{"a line of twenty-five cols", "another one of twenty-six."})
	term.narrow(12)
	s.Draw([]string{"bar", "worker"})
	if want := []string{"log 1", "bar", "worker"}; !slices.Equal(term.lines, want) {
		t.Errorf("%q\nwanted %q", term.lines, want)
	}
}

func manyWorkers(n int) catalogdb.Progress {
	i := func(n int64) *int64 { return &n }
	c := catalogdb.TaskCounts{Total: 1000, Running: int64(n), Done: 420, Failed: 3, Bytes: 3500 << 20, Size: 8400 << 20, SizeDone: 3500 << 20, Percent: 41.7,
		BytesPerSecond: i(85 << 20), ETASeconds: i(3700)}
	p := catalogdb.Progress{State: catalogdb.StateRunning, Elapsed: 61, Overall: &c,
		Kinds: []catalogdb.KindProgress{{Kind: "table data", TaskCounts: c}, {Kind: "indexes", TaskCounts: c}}}
	for w := range n {
		p.Workers = append(p.Workers, catalogdb.Worker{Worker: fmt.Sprintf("copy %d", w+1), Step: "copy-part", Attempt: 1 + w%2,
			Subject: fmt.Sprintf("public.\"some table\x1b[2J with a long name 表\" part %d of 8", w), Bytes: 1 << 20, Size: 3 << 30, Seconds: 12.3})
	}
	return p
}

func TestDisplayFitsAnyTerminal(t *testing.T) {
	d := &display{unicode: true, now: time.Now}
	for width := 1; width < 200; width += 3 {
		for _, height := range []int{1, 2, 3, 5, 24, 80} {
			for _, p := range []catalogdb.Progress{manyWorkers(0), manyWorkers(9), manyWorkers(128), {}} {
				lines := d.lines(p, width, height)
				if len(lines) > max(height, 2) {
					t.Fatalf("%d lines for %dx%d", len(lines), width, height)
				}
				for _, l := range lines {
					if cells(l) > width {
						t.Fatalf("%d columns for %d: %q", cells(l), width, l)
					}
					if strings.ContainsRune(l, '\x1b') {
						t.Fatalf("an escape sequence of a name came through: %q", l)
					}
				}
			}
		}
	}
}

func TestDisplay(t *testing.T) {
	now := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	d := &display{now: func() time.Time { return now }}
	p := manyWorkers(9)
	d.lines(p, 110, 10)
	now = now.Add(4 * time.Second)
	p.Overall.Bytes += 400 << 20
	golden(t, "display_text", strings.Join(d.lines(p, 110, 10), "\n")+"\n", "no directory")
}
