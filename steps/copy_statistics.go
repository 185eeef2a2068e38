package steps

import (
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
	"github.com/pgcopy/pgcopy/pgtarget"
)

// Where the statistics of the target's tables come from.
const (
	CopyStatistics    = "copy"    // from the source
	AnalyzeStatistics = "analyze" // from the rows
	NoStatistics      = "none"
)

// caresForTables tells whether anything is to be done to a table beyond its rows and indexes.
func (o Options) caresForTables() bool {
	return !o.SkipVacuum && (o.Vacuum || o.Statistics != NoStatistics)
}

// carriesStatistics tells whether the source's statistics are carried over: when asked for, and by themselves where both servers can.
func (e *Env) carriesStatistics() bool {
	switch e.Opts.Statistics {
	case CopyStatistics:
		return true
	case "":
		return e.TargetInfo != nil && e.TargetInfo.Major() >= pgtarget.OldestStatistics && e.SourceInfo.VersionNum >= pgsource.OldestStatistics
	}
	return false
}

// checkStatistics refuses to carry statistics over where one of the servers cannot.
func (e *Env) checkStatistics() error {
	if e.Opts.Statistics != CopyStatistics {
		return nil
	}
	hint := "leave it out, or give --statistics analyze"
	if e.TargetInfo.Major() < pgtarget.OldestStatistics {
		return &pgdb.UserError{Hint: hint, Msg: fmt.Sprintf("--statistics copy needs a target of version %d or newer, which can take statistics of another server, and this is PostgreSQL %s",
			pgtarget.OldestStatistics, e.TargetInfo.Version)}
	}
	if e.SourceInfo.VersionNum < pgsource.OldestStatistics {
		return &pgdb.UserError{Hint: hint, Msg: fmt.Sprintf("--statistics copy needs a source of version %d or newer, and this is PostgreSQL %s",
			pgsource.OldestStatistics/10000, e.SourceInfo.Version)}
	}
	return nil
}

// carriedTable is a table whose statistics may come from the source.
type carriedTable struct {
	catalogdb.TableInfo
	carry, frozen bool
}

// statisticsAtOnce is how many bytes of statistics are held before they are sent. Those of one table are always held together: they grow with its columns and
// their statistics targets, not with its rows.
const statisticsAtOnce = 1 << 20

// carryStatistics gives tables the statistics that the source has of them now, and says which of them are to be analyzed instead. They are read without
// the snapshot, which the source may be rid of long before: a sample of a few rows is no picture of one moment.
func (e *Env) carryStatistics(ctx context.Context, dst *pgx.Conn, tables []carriedTable) (left []pgschema.Name, err error) {
	if len(tables) == 0 {
		return nil, nil
	}
	names := make([]pgschema.Name, len(tables))
	for i, t := range tables {
		names[i] = t.Name
	}
	var ready []pgtarget.TableStatistics
	size := 0
	leave := func(name pgschema.Name, why string) {
		e.Log.Debug("analyzed on the target", "subject", name.String(), "because", why)
		left = append(left, name)
	}
	send := func() error {
		wrong, err := pgtarget.RestoreStatistics(ctx, dst, e.SourceInfo.VersionNum, ready)
		for i, w := range wrong {
			if w != nil {
				leave(ready[i].Name, w.Error())
			}
		}
		ready, size = ready[:0], 0
		return err
	}
	return left, e.from.with(ctx, func(src *pgx.Conn) error {
		err := pgsource.ReadStatistics(ctx, src, names, func(i int, s pgschema.TableStatistics) error {
			if why := e.unfit(s, tables[i]); why != "" {
				leave(names[i], why)
				return nil
			}
			ready = append(ready, pgtarget.TableStatistics{Name: names[i], Frozen: tables[i].frozen, TableStatistics: s})
			if size += s.Size(); size < statisticsAtOnce {
				return nil
			}
			return send()
		})
		if err != nil {
			return err
		}
		return send()
	})
}

// unfit says why the source's statistics are none for the table on the target, "" when they are good.
func (e *Env) unfit(s pgschema.TableStatistics, t carriedTable) string {
	switch {
	case s.Gap != "":
		return s.Gap
	case s.Sorted && !sameOrder(e.SourceInfo.Order, e.TargetInfo.Order):
		return "strings are ordered otherwise here"
	case t.Kind == "r" && stale(float64(s.Rows), float64(t.Rows)):
		return fmt.Sprintf("the source's statistics are of %.0f rows, and %d were copied", s.Rows, t.Rows)
	}
	return ""
}

// stale tells whether so many rows have come or gone since the statistics that autovacuum would gather them anew, with the settings that it has
// by itself (autovacuum_analyze_threshold and autovacuum_analyze_scale_factor).
func stale(then, now float64) bool { return now == 0 || math.Abs(now-then) > 50+0.1*then }

// sameOrder tells whether two databases order strings alike: the same locale of the same provider, of which C and POSIX are one.
func sameOrder(a, b string) bool {
	plain := strings.NewReplacer("-", "", "posix", "c")
	return plain.Replace(strings.ToLower(a)) == plain.Replace(strings.ToLower(b))
}
