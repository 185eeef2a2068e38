package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// rateWindow is what the rate of the live display is averaged over.
const rateWindow = 10 * time.Second

// display is the live view on a terminal: what is going on, an overall bar, and a line for each worker.
type display struct {
	screen  *screen
	colored bool
	unicode bool
	now     func() time.Time
	samples []sample
}

type sample struct {
	at    time.Time
	bytes int64
}

func (d *display) show(p catalogdb.Progress) {
	width, height := d.screen.size()
	d.screen.Draw(d.lines(p, width, height))
}

func (d *display) close() { d.screen.Draw(nil) }

// lines lays the display out: never more than the terminal holds, so that it can be redrawn in place.
func (d *display) lines(p catalogdb.Progress, width, height int) []string {
	lines := []string{fit(headline(p), width)}
	if p.Overall != nil {
		lines = append(lines, d.bar(p, width))
	}
	if p.Follow != nil {
		lines = append(lines, fit("follow: "+followLine(p.Follow), width))
	}
	room := height - len(lines) - 2
	for i, w := range p.Workers {
		if i == room-1 && len(p.Workers) > room {
			lines = append(lines, d.color(colorDim, fit(fmt.Sprintf("and %d more workers", len(p.Workers)-i), width)))
			break
		}
		if i >= room {
			break
		}
		lines = append(lines, d.color(colorDim, workerLine(w, width)))
	}
	return lines
}

// headline says what is going on.
func headline(p catalogdb.Progress) string {
	var now []string
	for _, k := range p.Kinds {
		if k.Running > 0 {
			now = append(now, fmt.Sprintf("%s %s/%s", k.Kind, count(k.Done), count(k.Total)))
		}
	}
	if len(now) == 0 {
		now = append(now, "between two steps")
		if p.Overall == nil {
			now[0] = "getting ready"
		}
	}
	return clean(strings.Join(now, ", ") + "  " + seconds(p.Elapsed))
}

// bar is the overall line: [#####.....] 42.1 %  3.5 GB of 8.4 GB  85 MB/s  about 1m20s left  3 failed
func (d *display) bar(p catalogdb.Progress, width int) string {
	o := p.Overall
	facts := []string{percent(o.Percent)}
	if o.Size > 0 {
		facts = append(facts, pgschema.PrettySize(o.SizeDone)+" of "+pgschema.PrettySize(o.Size))
	}
	if r := d.rate(o.Bytes); r > 0 {
		facts = append(facts, pgschema.PrettySize(r)+"/s")
	}
	if o.ETASeconds != nil && !o.Over() && o.Size > o.SizeDone {
		facts = append(facts, "about "+eta(o.ETASeconds)+" left")
	}
	text := strings.Join(facts, "  ")
	failed := ""
	if o.Failed > 0 {
		failed = "  " + count(o.Failed) + " failed"
	}
	room := min(width-len(text)-len(failed)-4, 40)
	if room < 8 {
		return clip(text+failed, width)
	}
	full, empty := "#", "."
	if d.unicode {
		full, empty = "█", "░"
	}
	done := min(room, int(o.Percent/100*float64(room)))
	return "[" + d.color(colorGreen, strings.Repeat(full, done)) + strings.Repeat(empty, room-done) + "] " + text + d.color(colorRed, failed)
}

// rate is bytes a second over the last seconds; 0 when that cannot be told yet.
func (d *display) rate(bytes int64) int64 {
	now := d.now()
	d.samples = append(d.samples, sample{now, bytes})
	for len(d.samples) > 2 && now.Sub(d.samples[1].at) >= rateWindow {
		d.samples = d.samples[1:]
	}
	first := d.samples[0]
	if span := now.Sub(first.at); span > time.Second && bytes > first.bytes {
		return int64(float64(bytes-first.bytes) / span.Seconds())
	}
	return 0
}

func (d *display) color(c, s string) string {
	if !d.colored || s == "" {
		return s
	}
	return c + s + colorOff
}

// workerLine is what one worker does: its name, the step, the subject, and how far it is.
func workerLine(w catalogdb.Worker, width int) string {
	right := workerProgress(w)
	head := pad(w.Worker, 11) + " " + pad(w.Step, 18) + " "
	if width < 70 {
		head = pad(w.Worker, 11) + " "
	}
	room := width - cells(head) - cells(right) - 2
	if room < 8 {
		return fit(head+clean(w.Subject), width)
	}
	return head + pad(fit(clean(w.Subject), room), room) + "  " + right
}

// workerProgress is how far a task is, and for how long it has been going on.
func workerProgress(w catalogdb.Worker) string {
	var parts []string
	if w.Attempt > 1 {
		parts = append(parts, fmt.Sprintf("attempt %d", w.Attempt))
	}
	switch {
	case w.Bytes > 0 && w.Size > w.Bytes:
		parts = append(parts, pgschema.PrettySize(w.Bytes)+" of "+pgschema.PrettySize(w.Size))
	case w.Bytes > 0:
		parts = append(parts, pgschema.PrettySize(w.Bytes))
	case w.Size > 0:
		parts = append(parts, pgschema.PrettySize(w.Size))
	}
	return strings.Join(append(parts, seconds(w.Seconds)), "  ")
}
