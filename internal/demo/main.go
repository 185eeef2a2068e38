// Command demo shows pgcopy at work: two throwaway servers, a sample of some hundred MB, one clone, and the proof that both sides
// are equal. It runs the pgcopy program that `make demo` has built, as a user would, and cleans up after itself.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
)

//go:embed sample.sql
var sample string

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := demo(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "demo:", err)
		os.Exit(1)
	}
}

func demo(ctx context.Context) error {
	pgcopy, err := filepath.Abs("bin/pgcopy")
	if err != nil {
		return err
	}
	say("starting two PostgreSQL servers on free ports")
	src, dst, err := pgtest.StartPair(ctx, pgtest.Options{}, pgtest.Options{})
	if err != nil {
		return err
	}
	defer src.Stop()
	defer dst.Stop()
	work, err := os.MkdirTemp("", "pgcopy-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(work)

	say("filling the first with a sample shop of some hundred MB")
	for _, do := range []struct {
		server *pgtest.Server
		sql    string
	}{{src, "CREATE DATABASE shop"}, {dst, "CREATE DATABASE shop"}} {
		if err := do.server.ExecContext(ctx, "postgres", do.sql); err != nil {
			return err
		}
	}
	if err := src.ExecContext(ctx, "shop", sample); err != nil {
		return err
	}
	source, target, dir := src.URI("shop"), dst.URI("shop"), filepath.Join(work, "dir")
	if err := run(ctx, pgcopy, "clone", "--source", source, "--target", target, "--dir", dir, "--split-tables-larger-than", "40MB"); err != nil {
		return err
	}
	if err := run(ctx, pgcopy, "list", "progress", "--dir", dir); err != nil {
		return err
	}
	return prove(ctx, src, source, target)
}

// prove compares both sides with what is not pgcopy: pg_dump, digests computed in SQL, pg_amcheck.
func prove(ctx context.Context, src *pgtest.Server, source, target string) error {
	say("comparing both sides: pg_dump --schema-only, digests of all rows computed by SQL, sequences, large objects, pg_amcheck")
	digests, err := truth.DataDigest(ctx, source)
	if err != nil {
		return err
	}
	report, err := truth.Compare(ctx, truth.Options{SourceURI: source, TargetURI: target, BinDir: filepath.Dir(src.Bin("pg_dump")), Amcheck: true})
	if err != nil {
		return err
	}
	if len(report) > 0 {
		for _, d := range report {
			fmt.Println("  differs:", d)
		}
		return fmt.Errorf("%d differences", len(report))
	}
	fmt.Printf("equal: schema, %d tables, sequences and large objects are the same on both sides\n", len(digests))
	return nil
}

func say(what string) { fmt.Printf("\n== %s\n", what) }

func run(ctx context.Context, program string, args ...string) error {
	fmt.Printf("\n$ pgcopy")
	for _, a := range args {
		fmt.Printf(" %s", a)
	}
	fmt.Println()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	return cmd.Run()
}
