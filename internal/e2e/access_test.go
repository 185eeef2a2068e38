package e2e

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
)

// TestDirectoryInUse: one run at a time, whatever asks; who only looks is let in.
func TestDirectoryInUse(t *testing.T) {
	f := newField(t)
	target, dir := f.dst.FreshDB(t), filepath.Join(t.TempDir(), "work")
	p := start(t, f.env(), f.clone(target, dir)...)
	t.Cleanup(func() { (&work{dir: dir}).endHolder() })
	eventually(t, "the clone has begun", 20*time.Second, func() bool {
		rows, _ := readCatalog(dir, "SELECT count(*) FROM run")
		return len(rows) == 1 && rows[0][0] == "1"
	})
	line, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", p.PID))
	mustKeepSecrets(t, "the command line", line)
	p.signal(syscall.SIGSTOP) // the kernel knows that it lives
	before, _ := os.ReadFile(filepath.Join(dir, "lock"))
	for _, row := range []refusal{
		{name: "clone", args: f.clone(target, dir)},
		{name: "clone --restart", args: f.clone(target, dir, "--restart")},
		{name: "clone of something else", args: f.clone(f.dst.FreshDB(t), dir)},
		{name: "resume", args: []string{"resume", "--dir", dir}},
		{name: "resume --restart", args: []string{"resume", "--restart", "--dir", dir}},
	} {
		t.Run(row.name, func(t *testing.T) {
			row.status, row.says, row.remedy = exitFailed, []string{dir, "in use by process ", fmt.Sprint(p.PID), "pgcopy clone"}, []string{"pgcopy list progress --dir " + dir}
			f.refuse(t, target, row)
		})
	}
	if after, _ := os.ReadFile(filepath.Join(dir, "lock")); string(after) != string(before) {
		t.Errorf("the lock file said %q and says %q", before, after)
	}
	for _, list := range []string{"progress", "runs", "steps", "failures"} {
		if r := pgcopy(t, nil, "list", list, "--dir", dir); r.code != exitDone || list == "progress" && !strings.Contains(r.stdout, "running, run 1 of clone") {
			t.Errorf("list %s: %s", list, r)
		}
	}
	mustKeepSecretsIn(t, dir) // with what is not yet written back to the catalog
	p.signal(syscall.SIGCONT)
	if r := p.wait(); r.code != exitDone {
		t.Fatalf("the clone that was not to be disturbed: %s", r)
	}
	f.mustEqual(t, f.db, target)
	mustKeepSecretsIn(t, dir)
}

// TestReadOnlyDirectory: who may not write is told so, and who only looks needs not write.
func TestReadOnlyDirectory(t *testing.T) {
	f := newField(t)
	target, base := f.dst.FreshDB(t), t.TempDir()
	as := somebody(t, base)
	ask := func(t *testing.T, row refusal) {
		t.Helper()
		row.status = exitFailed
		before := fingerprint(t, f.dst, target)
		row.check(t, answerOf(run(t, as, f.env(), program(t), row.args...)))
		mustBeSame(t, "target", before, fingerprint(t, f.dst, target))
	}
	own := func(path string, mode os.FileMode) {
		t.Helper()
		if as != nil {
			_ = os.Lchown(path, int(as.Uid), int(as.Gid))
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	shut := filepath.Join(base, "shut")
	mkdir(t, shut)
	own(shut, 0o555)
	t.Cleanup(func() { _ = os.Chmod(shut, 0o755) })
	inside := filepath.Join(shut, "work")
	t.Run("it cannot be written", func(t *testing.T) {
		ask(t, refusal{args: f.clone(target, shut), says: []string{"work directory " + shut, "cannot be written"}, remedy: []string{"permissions", "--dir"}})
	})
	t.Run("it cannot be made", func(t *testing.T) {
		ask(t, refusal{args: f.clone(target, inside), says: []string{"work directory " + inside, "cannot be written"}, remedy: []string{"permissions", "--dir"}})
	})
	t.Run("snapshot", func(t *testing.T) {
		ask(t, refusal{args: []string{"snapshot", "--source", f.source(), "--dir", inside}, says: []string{inside, "cannot be written"}, remedy: []string{"--dir"}})
	})
	dir := f.begun(t)
	_ = os.Chmod(filepath.Dir(dir), 0o755)
	_ = os.Chmod(filepath.Dir(filepath.Dir(dir)), 0o755)
	own(dir, 0o555)
	for _, name := range []string{"lock", "catalog.db", "catalog.db-wal", "catalog.db-shm", "snapshot.lock"} {
		if err := os.Chmod(filepath.Join(dir, name), 0o444); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
	}
	before := contentOf(t, dir)
	t.Run("resume", func(t *testing.T) {
		ask(t, refusal{args: []string{"resume", "--dir", dir}, env: []string{"PGPASSWORD=x"}, says: []string{dir, "cannot be written"}, remedy: []string{"permissions"}})
	})
	t.Run("look", func(t *testing.T) {
		if r := run(t, as, nil, program(t), "list", "progress", "--dir", dir); r.code != exitDone || !strings.Contains(r.stdout, "crashed, run 1 of clone") {
			t.Errorf("%s", r)
		}
	})
	mustBeSame(t, "read-only directory", before, contentOf(t, dir))
	_ = os.Chmod(dir, 0o755)
}

// TestReadOnlyFileSystem is the same for root, whom permissions do not stop.
func TestReadOnlyFileSystem(t *testing.T) {
	f := newField(t)
	target, base := f.dst.FreshDB(t), t.TempDir()
	r := newRoom(t)
	r.mustSh("mount -t tmpfs -o size=8m none " + base + "; mkdir " + base + "/there; mount -o remount,ro " + base)
	for _, dir := range []string{base + "/there", base + "/new"} {
		before := fingerprint(t, f.dst, target)
		refusal{status: exitFailed, says: []string{"work directory " + dir, "mounted read-only"}, remedy: []string{"--dir"}}.check(t, answerOf(r.pgcopy(f.env(), f.clone(target, dir)...)))
		mustBeSame(t, "target", before, fingerprint(t, f.dst, target))
	}
}

// TestFullDisk: the catalog's disk fills up at every moment of a clone. Each time it ends with a clear sentence, and goes on once there is
// room.
func TestFullDisk(t *testing.T) {
	f := newField(t)
	base := t.TempDir()
	r := newRoom(t)
	dir := base + "/work"
	for _, left := range []int{0, 40, 120, 260, 420, 600, 900} { // kB
		t.Run(fmt.Sprintf("%d kB left", left), func(t *testing.T) {
			target := f.dst.FreshDB(t)
			r.mustSh("mount -t tmpfs -o size=2m none " + base + "; head -c 2097152 /dev/zero > " + base + "/ballast || true")
			if left > 0 {
				r.mustSh(fmt.Sprintf("truncate -s -%d %s/ballast", left<<10, base))
			}
			t.Cleanup(func() {
				(&work{dir: r.path(dir)}).endHolder()
				eventually(t, "the holder has ended", exitGrace, func() bool { return !catalogdb.NamedLockHeld(r.path(dir), "snapshot.lock") })
				r.mustSh("umount " + base)
			})
			before := fingerprint(t, f.dst, target)
			a := answerOf(r.pgcopy(f.env(), f.clone(target, dir)...))
			_, begun := os.Stat(r.path(dir) + "/catalog.db")
			t.Logf("%d: %s\n      %s", a.code, a.sentence, a.hint)
			if a.code == exitDone {
				f.mustEqual(t, f.db, target)
				return
			}
			refusal{status: exitFailed, says: []string{"full"}, remedy: []string{"room"}, logged: true}.check(t, a)
			if begun != nil {
				mustBeSame(t, "target", before, fingerprint(t, f.dst, target))
			}
			r.mustSh("rm " + base + "/ballast; mount -o remount,size=32m " + base)
			args := []string{"resume", "--dir", dir, "--source", f.source(), "--target", f.dst.URI(target)}
			again := r.pgcopy(f.env(), args...)
			if again.code != exitDone && strings.Contains(again.stderr, "pgcopy clone ") { // it had not begun
				again = r.pgcopy(f.env(), f.clone(target, dir)...)
			}
			if again.code != exitDone {
				t.Fatalf("with room again: %s", again)
			}
			f.mustEqual(t, f.db, target)
			mustKeepSecretsIn(t, r.path(dir))
		})
	}
}
