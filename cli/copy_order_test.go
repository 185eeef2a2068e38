package cli

import (
	"path/filepath"
	"strings"
	"testing"
)

// Step commands in one directory come to what a clone does. Where their order could only go wrong, it is refused before a row is sent: triggers that
// are there already would change the rows.
func TestOrderOfStepCommands(t *testing.T) {
	from := shop(t)
	for name, c := range map[string]struct{ commands, refused string }{
		"rows between":     {"restore pre-data,copy data,restore post-data,copy data", ""},
		"rows piece wise":  {"dump schema,restore pre-data,copy sequences,copy blobs,copy table-data,copy indexes,copy constraints,restore post-data", ""},
		"rows last":        {"copy schema", "copy data"},
		"rows of tables":   {"restore schema", "copy table-data"},
		"post-data before": {"restore pre-data,restore post-data", "copy data"},
	} {
		t.Run(name, func(t *testing.T) {
			db := strings.ReplaceAll(name, " ", "_")
			from.CreateDB(t, db, "")
			dir := filepath.Join(t.TempDir(), "work")
			run := func(command string) (int, string) {
				status, _, stderr := pgcopy(t, append(strings.Fields(command), "-q", "--dir", dir, "-S", from.URI("shop"), "-T", from.URI(db))...)
				return status, stderr
			}
			t.Cleanup(func() { pgcopy(t, "snapshot", "--stop", "-q", "--dir", dir) })
			for _, command := range strings.Split(c.commands, ",") {
				if status, stderr := run(command); status != ExitDone {
					t.Fatalf("%s: status %d, %s", command, status, stderr)
				}
			}
			if c.refused != "" {
				status, stderr := run(c.refused)
				if status != ExitFailed || !strings.HasPrefix(stderr, "pgcopy: the rows have to come before trigger public.orders touched, which an earlier command of ") ||
					!strings.Contains(stderr, "\nhint: empty the target, and begin anew with --restart: restore pre-data, then "+c.refused) {
					t.Errorf("%s: status %d, %s", c.refused, status, stderr)
				}
				if rows := from.Value(t, db, "SELECT count(*) FROM public.customer"); rows != "0" {
					t.Errorf("%s rows were copied", rows)
				}
				return
			}
			for _, what := range []string{"data", "schema"} {
				if status, stdout, stderr := pgcopy(t, "compare", what, "-q", "--dir", dir+what, "-S", from.URI("shop"), "-T", from.URI(db)); status != ExitDone {
					t.Errorf("compare %s: status %d, %s%s", what, status, stderr, stdout)
				}
			}
		})
	}
}
