package cli

import (
	"context"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/steps"
)

// An error about a connection is told under the name that people gave it by.
func TestErrorsNameTheVariable(t *testing.T) {
	cloneWith(t, func(_ context.Context, o steps.Options) error {
		_, err := pgdb.ParseConninfo("--source", "host=old port=many")
		return err
	})
	t.Setenv("PGCOPYDB_SOURCE_PGURI", source)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"clone", "--target", target}, "pgcopy: PGCOPYDB_SOURCE_PGURI: "},
		{[]string{"clone", "--target", target, "--source", source}, "pgcopy: --source: "},
	} {
		if status, _, stderr := pgcopy(t, c.args...); status != ExitFailed || !strings.HasPrefix(stderr, c.want) {
			t.Errorf("%v: status %d, %s", c.args, status, stderr)
		}
	}
	t.Setenv("PGCOPY_SOURCE_PGURI", "") // an empty one gives nothing, and hides the other
	if status, _, stderr := pgcopy(t, "clone", "--target", target); status != ExitUsage || !strings.HasPrefix(stderr, "pgcopy: give --source or set PGCOPY_SOURCE_PGURI") {
		t.Errorf("status %d, %s", status, stderr)
	}
}
