package pgtest

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// initdb makes the data directory and its configuration. Each server gets an initdb of its own, never a copy of
// another's files: the system identifier is what tells a source from a target.
func (s *Server) initdb(ctx context.Context) error {
	locales := []string{s.opts.Locale}
	if s.opts.Locale == "" {
		locales = []string{"C.UTF-8", "C"}
	}
	var err error
	for _, locale := range locales {
		if err = s.runInitdb(ctx, locale); err == nil {
			return s.configure()
		}
		_ = os.RemoveAll(s.DataDir())
	}
	return err
}

func (s *Server) runInitdb(ctx context.Context, locale string) error {
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
	log, err := os.Create(filepath.Join(s.base, "initdb.log"))
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.CommandContext(ctx, filepath.Join(s.bin, "initdb"), append(args, s.opts.InitdbArgs...)...)
	s.as.dress(cmd, s.base)
	// The servers that initdb starts end by themselves, and remove their shared memory, when it is no longer there to
	// talk to them. Hence SIGKILL, which leaves it no time to start another one, and a file for what they have to say,
	// not a pipe that breaks.
	dieWithParent(cmd.SysProcAttr, syscall.SIGKILL)
	cmd.Stdout, cmd.Stderr = log, log
	// the thread that forks is kept until the child has ended, for the reason that launch gives
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(log.Name())
		return fmt.Errorf("initdb of %s: %w: %s", s.bin, err, strings.TrimSpace(string(said)))
	}
	return nil
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
	if err := s.allowPlugins(settings); err != nil {
		return err
	}
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

// allowPlugins permits wal2json where the server wants that said. Minor releases since August 2026 do.
func (s *Server) allowPlugins(settings map[string]string) error {
	const name = "output_plugin_libraries"
	if settings[name] != "" {
		return nil
	}
	cmd := exec.Command(filepath.Join(s.bin, "postgres"), "--describe-config")
	s.as.dress(cmd, s.base)
	known, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("ask %s for its settings: %w", s.bin, err)
	}
	if bytes.Contains(known, []byte("\n"+name+"\t")) {
		settings[name] = "pgoutput, test_decoding, wal2json"
	}
	return nil
}

func lines(l []string) []byte { return []byte(strings.Join(l, "\n") + "\n") }
