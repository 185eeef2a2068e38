package cli

import (
	"fmt"
	"io"
	"strings"
	"sync"
)

// screen is a terminal whose last lines are redrawn in place. What is written to it, log lines for instance, scrolls above
// them. All methods may be called from any goroutine.
type screen struct {
	w    io.Writer
	size func() (width, height int)

	mu    sync.Mutex
	drawn []string // the lines that are on the terminal now, without colours
	again []string // the same as they were given, to be drawn again below what is written
}

// Write prints above the drawn lines.
func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.drawn) == 0 {
		return s.w.Write(p)
	}
	var b strings.Builder
	s.erase(&b)
	b.Write(p)
	s.put(&b, s.again)
	if _, err := io.WriteString(s.w, b.String()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Draw replaces the drawn lines; none of them takes them away.
func (s *screen) Draw(lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	s.erase(&b)
	s.put(&b, lines)
	_, _ = io.WriteString(s.w, b.String()) // a display that cannot be shown is no reason to stop the work
}

// erase goes back to the first drawn line and clears from there. A terminal that became narrower has wrapped the lines.
func (s *screen) erase(b *strings.Builder) {
	if len(s.drawn) == 0 {
		return
	}
	width, height := s.size()
	rows := -1
	for _, l := range s.drawn {
		rows += max(1, (cells(l)+width-1)/width)
	}
	b.WriteString("\r")
	if rows = min(rows, height-1); rows > 0 {
		// The first row is cleared by itself: "clear below" on the top row of a terminal makes some keep all of it as history.
		fmt.Fprintf(b, "\x1b[%dA\x1b[K\n\x1b[J\x1b[A", rows)
	} else {
		b.WriteString("\x1b[K")
	}
	s.drawn = nil
}

// put draws lines with wrapping switched off, so that one line given is one line taken. The cursor stays behind the last.
func (s *screen) put(b *strings.Builder, lines []string) {
	s.again = lines
	if len(lines) == 0 {
		return
	}
	b.WriteString("\x1b[?7l")
	b.WriteString(strings.Join(lines, "\r\n"))
	b.WriteString("\x1b[?7h")
	width, _ := s.size()
	for _, l := range lines {
		s.drawn = append(s.drawn, clip(withoutColors(l), width)) // the terminal has cut it too
	}
}

func withoutColors(s string) string {
	for _, c := range []string{colorRed, colorYellow, colorGreen, colorDim, colorOff} {
		s = strings.ReplaceAll(s, c, "")
	}
	return s
}
