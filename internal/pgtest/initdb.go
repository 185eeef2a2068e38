package pgtest

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// initdb makes the data directory and its configuration. Each server gets an initdb of its own, never a copy of
// another's files: the system identifier is what tells a source from a target.
func (s *Server) initdb(ctx context.Context) error {
	locales := []string{s.opts.Locale}
	if s.opts.Locale == "" {
		locales = []string{"C.UTF-8", "C"}
	}
	var out []byte
	var err error
	for _, locale := range locales {
		args := []string{"-D", s.DataDir(), "-U", Superuser, "-E", s.opts.Encoding, "--locale=" + locale,
			"-A", s.opts.Auth, "--no-sync"}
		if s.opts.Password != "" {
			pwfile := filepath.Join(s.base, "pw")
			if err := s.as.writeFile(pwfile, []byte(s.opts.Password+"\n")); err != nil {
				return err
			}
			defer func() { _ = os.Remove(pwfile) }()
			args = append(args, "--pwfile="+pwfile)
		}
		cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), append(args, s.opts.InitdbArgs...)...)
		s.as.dress(cmd, s.base)
		if out, err = combinedOutput(cmd); err == nil {
			return s.configure()
		}
		_ = os.RemoveAll(s.DataDir())
	}
	return fmt.Errorf("initdb of %s: %w: %s", s.bin, err, strings.TrimSpace(string(out)))
}

// combinedOutput keeps the thread that forks until the child has ended, for the reason that launch gives.
func combinedOutput(cmd *exec.Cmd) ([]byte, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return cmd.CombinedOutput()
}

// configure writes pg_hba.conf, the TLS files and the settings. Settings go to a file of their own, so that the
// sample comments of postgresql.conf stay out of the way of who looks.
func (s *Server) configure() error {
	if s.opts.TLS {
		if err := s.writeCertificate(); err != nil {
			return err
		}
	}
	hba := slices.Concat(s.opts.HBA, []string{
		"host all all 127.0.0.1/32 " + s.opts.Auth,
		"host replication all 127.0.0.1/32 " + s.opts.Auth,
	})
	if err := s.as.writeFile(filepath.Join(s.DataDir(), "pg_hba.conf"), lines(hba)); err != nil {
		return err
	}
	settings := s.opts.settings()
	var conf []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		conf = append(conf, fmt.Sprintf("%s = '%s'", name, strings.ReplaceAll(settings[name], "'", "''")))
	}
	if err := s.as.writeFile(filepath.Join(s.DataDir(), "pgtest.conf"), lines(conf)); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(s.DataDir(), "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString("include 'pgtest.conf'\n")
	return err
}

func lines(l []string) []byte { return []byte(strings.Join(l, "\n") + "\n") }
