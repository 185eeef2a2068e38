package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgschema"
)

// printFollow prints how far receiving and applying are, when changes are followed.
func printFollow(w io.Writer, p catalogdb.Progress) error {
	f := p.Follow
	if f == nil {
		return nil
	}
	position := func(s string) string {
		if s == "" {
			return "-"
		}
		return s
	}
	rows := [][]string{
		{"received", position(f.Received), followRate(f.ReceivedRate)},
		{"flushed", position(f.Flushed), ""},
		{"replayed", position(f.Replayed), followRate(f.AppliedRate)},
		{"source", position(f.Source), ""},
	}
	if f.EndPos != "" {
		rows = append(rows, []string{"endpos", f.EndPos, ""})
	}
	if err := section(w, []column{left("FOLLOWING"), left("LSN"), right("RATE")}, rows); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w, "follow: "+followLine(f))
	return err
}

func followRate(r catalogdb.FollowRate) string {
	if r.Changes == 0 && r.Bytes == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f changes/s, %s/s", r.Changes, pgschema.PrettySize(int64(r.Bytes)))
}

// followLine is how far following is, in one line.
func followLine(f *catalogdb.FollowProgress) string {
	parts := []string{pgschema.PrettySize(f.LagBytes) + " behind the source"}
	switch {
	case f.LagSeconds == nil:
	case *f.LagSeconds == 0:
		parts = []string{"caught up"}
	default:
		parts[0] += " (" + seconds(*f.LagSeconds) + ")"
	}
	if r := followRate(f.AppliedRate); r != "" {
		parts = append(parts, "applying "+r)
	}
	if f.WaitsFor != "" {
		parts = append(parts, "apply waits for "+clean(f.WaitsFor))
	}
	return strings.Join(parts, ", ")
}
