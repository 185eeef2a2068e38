package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

func TestMain(m *testing.M) {
	pgtest.Main(m)
	stopField()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
}

// built is the program under test.
var built struct {
	once sync.Once
	dir  string
	err  error
}

// program is the path of the pgcopy program, which the first call builds.
func program(t testing.TB) string {
	t.Helper()
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "pgcopy-e2e-"); built.err != nil {
			return
		}
		cmd := exec.Command("go", "build", "-buildvcs=false", "-o", filepath.Join(built.dir, "pgcopy"), "github.com/pgcopy/pgcopy")
		if out, err := cmd.CombinedOutput(); err != nil {
			built.err = fmt.Errorf("build pgcopy: %w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Fatal(built.err)
	}
	return filepath.Join(built.dir, "pgcopy")
}
