package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
		if built.err = touchSources(); built.err != nil {
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

// touchSources opens what the program is made of. The program is built by a command, of which go test knows nothing: it would go on with a
// result from before a change. The files that a test opens it looks at (go help test, "caching").
func touchSources() error {
	root := filepath.Join("..", "..")
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" || d.Name() == "bin"):
			return fs.SkipDir
		case !d.Type().IsRegular() || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		return f.Close()
	})
}
