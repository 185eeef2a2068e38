package cli

import (
	"log/slog"
	"strings"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// Without a terminal, progress is a line in the log now and then.
const (
	firstReport = 2 * time.Second
	nextReport  = 10 * time.Second
)

// reporter logs how far the work is, at intervals and whenever a step is over.
type reporter struct {
	log  *slog.Logger
	now  func() time.Time
	next time.Time
	over map[string]bool
}

func newReporter(log *slog.Logger, now func() time.Time) *reporter {
	return &reporter{log: log, now: now, next: now().Add(firstReport)}
}

func (r *reporter) show(p catalogdb.Progress) {
	first := r.over == nil
	if first {
		r.over = map[string]bool{}
	}
	for _, s := range p.Steps {
		if over := s.Over(); over && !r.over[s.Step] && !first && s.Pool != "barrier" {
			r.log.Info(stepOver(s))
		}
		r.over[s.Step] = s.Over() // a plan may add to what was over
	}
	if p.Overall == nil || r.now().Before(r.next) {
		return
	}
	r.next = r.now().Add(nextReport)
	r.log.Info(overallLine(p))
	if p.Follow != nil {
		r.log.Info("follow: " + followLine(p.Follow))
	}
}

func (r *reporter) close() {}

// stepOver is what is said when nothing of a step is left.
func stepOver(s catalogdb.StepProgress) string {
	parts := []string{count(s.Done) + " done"}
	if s.Failed > 0 {
		parts = append(parts, count(s.Failed)+" failed")
	}
	if s.Skipped > 0 {
		parts = append(parts, count(s.Skipped)+" skipped")
	}
	if s.Bytes > 0 {
		parts = append(parts, pgschema.PrettySize(s.Bytes))
	}
	if s.Seconds != nil {
		parts = append(parts, "in "+seconds(*s.Seconds))
	}
	if r := rate(s.BytesPerSecond); r != "" {
		parts = append(parts, r)
	}
	return s.Step + ": " + strings.Join(parts, ", ")
}

// overallLine is how far all of the work is, in one line.
func overallLine(p catalogdb.Progress) string {
	o := p.Overall
	if o == nil {
		return "nothing is planned yet"
	}
	var parts []string
	if len(p.Databases) > 0 {
		parts = append(parts, databasesLine(p.Databases))
	}
	if n := stepCount(p, "copy-table"); n != "" {
		parts = append(parts, "tables "+n)
	}
	if n := stepCount(p, "create-index"); n != "" {
		parts = append(parts, "indexes "+n)
	}
	if len(parts) == 0 {
		parts = append(parts, "tasks "+count(o.Done)+" of "+count(o.Total))
	}
	if o.Size > 0 {
		parts = append(parts, pgschema.PrettySize(o.SizeDone)+" of "+pgschema.PrettySize(o.Size)+" ("+percent(o.Percent)+")")
	}
	if p.State == catalogdb.StateRunning {
		if r := rate(o.BytesPerSecond); r != "" {
			parts = append(parts, r)
		}
		if o.ETASeconds != nil && !o.Over() && o.Size > o.SizeDone {
			parts = append(parts, "about "+eta(o.ETASeconds)+" left")
		}
	}
	parts = append(parts, count(o.Failed)+" failed")
	if o.Skipped > 0 {
		parts = append(parts, count(o.Skipped)+" skipped")
	}
	return strings.Join(parts, ", ")
}

func stepCount(p catalogdb.Progress, step string) string {
	for _, s := range p.Steps {
		if s.Step == step {
			return count(s.Done) + " of " + count(s.Total)
		}
	}
	return ""
}
