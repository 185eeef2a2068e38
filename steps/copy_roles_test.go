package steps

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/pgdb"
)

// TestRolesNeedPgDumpall: a folder of clients without it is told before anything is made or held.
func TestRolesNeedPgDumpall(t *testing.T) {
	src, dst := pgtest.Pair(t)
	to := dst.FreshDB(t)
	o := testOptions(t, src.URI(src.FreshDB(t)), dst.URI(to))
	o.Roles, o.PgBinDir = true, t.TempDir()
	for _, name := range []string{"pg_dump", "pg_restore"} {
		if err := os.Symlink(src.Bin(name), filepath.Join(o.PgBinDir, name)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := Clone(t.Context(), o)
	var user *pgdb.UserError
	if !errors.As(err, &user) || !strings.Contains(user.Msg, "--roles needs pg_dumpall") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Join(o.Dir, "catalog.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a catalog was made: %v", err)
	}
}
