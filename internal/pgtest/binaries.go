package pgtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// BinEnv names the variable that puts folders of server programs (separated like PATH) before all others.
const BinEnv = "PGCOPY_TEST_PGBIN"

// Install is one set of PostgreSQL server programs found on this machine.
type Install struct {
	Major int    // 15 for 15.14
	Dir   string // the folder that holds initdb and postgres
}

// ErrNoServer is what [Find] and [StartServer] wrap when this machine has no fitting server programs.
var ErrNoServer = errors.New("no PostgreSQL server programs found")

// Installed lists the server programs of this machine, preferred ones first: those of BinEnv, then those of Debian's
// packages with the newest major first, then PATH, then the cache folder, newest first: one further version, or all of
// them where VersionsEnv says so. A folder appears once.
func Installed() []Install {
	dirs := filepath.SplitList(os.Getenv(BinEnv))
	dirs = append(dirs, byMajor("/usr/lib/postgresql/*/bin")...)
	if p, err := exec.LookPath("postgres"); err == nil {
		dirs = append(dirs, filepath.Dir(p))
	}
	dirs = append(dirs, byMajor(filepath.Join(CacheDir(), cached(), "bin"))...)

	var found []Install
	seen := map[string]bool{}
	for _, dir := range dirs {
		real, err := filepath.EvalSymlinks(dir)
		if err != nil || seen[real] {
			continue
		}
		seen[real] = true
		if major := majorOf(real); major > 0 && usable(real) {
			found = append(found, Install{Major: major, Dir: real})
		}
	}
	return found
}

// VersionsEnv names the variable that `make test-versions` sets to "all".
const VersionsEnv = "PGCOPY_TEST_VERSIONS"

// secondMajor is what `make test` has beside the machine's own version, for the tests between versions.
const secondMajor = "17"

// cached says which majors of the cache folder count. The others are there because somebody ran `make test-versions` once; they must not make
// every later `make test` longer.
func cached() string {
	if os.Getenv(VersionsEnv) == "all" {
		return "*"
	}
	return secondMajor
}

// CacheDir is where server programs of further majors are looked for, as MAJOR/bin; scripts/fetch-postgres puts them there. It is under the user's cache
// folder, but under /var/cache for root: there the unprivileged user who runs the servers may read it.
func CacheDir() string {
	if dir := os.Getenv("XDG_CACHE_HOME"); dir != "" {
		return filepath.Join(dir, "pgcopy", "pg")
	}
	home, err := os.UserHomeDir()
	if os.Geteuid() == 0 || err != nil {
		return "/var/cache/pgcopy/pg"
	}
	return filepath.Join(home, ".cache", "pgcopy", "pg")
}

// Find picks the preferred installation of a major, or of any major when it is 0.
func Find(major int) (Install, error) {
	all := Installed()
	for _, in := range all {
		if major == 0 || in.Major == major {
			return in, nil
		}
	}
	want, get := "PostgreSQL 15", "run scripts/ensure-postgres, or apt-get install postgresql"
	if major != 0 {
		want, get = fmt.Sprintf("PostgreSQL %d", major), fmt.Sprintf("run scripts/fetch-postgres %d", major)
	}
	var have []string
	for _, in := range all {
		have = append(have, fmt.Sprintf("%d in %s", in.Major, in.Dir))
	}
	note := ""
	if len(have) > 0 {
		note = " (found " + strings.Join(have, ", ") + ")"
	}
	return Install{}, fmt.Errorf("%w: install the server package of %s (%s), or name the folder of its initdb and postgres in %s%s", ErrNoServer, want, get, BinEnv, note)
}

// byMajor expands a pattern whose second last element is a major version, newest first.
func byMajor(pattern string) []string {
	dirs, _ := filepath.Glob(pattern)
	number := func(dir string) int {
		n, _ := strconv.Atoi(filepath.Base(filepath.Dir(dir)))
		return n
	}
	slices.SortFunc(dirs, func(a, b string) int { return cmp.Compare(number(b), number(a)) })
	return dirs
}

var versionRE = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// majorOf asks the postgres program of a folder for its major version; 0 when there is none that runs.
func majorOf(dir string) int {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0
	}
	m := versionRE.FindSubmatch(out)
	if m == nil {
		return 0
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

// usable says whether the user that will run the server can reach dir: as root we start it as somebody else, to whom
// for example /root is closed.
func usable(dir string) bool {
	if os.Geteuid() != 0 {
		return true
	}
	for d := dir; ; d = filepath.Dir(d) {
		fi, err := os.Stat(d)
		if err != nil || fi.Mode().Perm()&0o001 == 0 {
			return false
		}
		if d == filepath.Dir(d) {
			return true
		}
	}
}
