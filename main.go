// Command pgcopy copies a whole PostgreSQL database to another server. See README.md, or pgcopy --help.
package main

import (
	"context"
	"os"
	"os/signal"

	"github.com/pgcopy/pgcopy/cli"
)

func main() {
	cli.HidePasswords()
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, cli.StopSignals()...)
	go func() {
		cancel(cli.Interrupted{Signal: <-signals})
		second := <-signals // whoever asks twice does not want to wait for anything
		os.Exit(cli.ExitAtOnce(second))
	}()
	os.Exit(cli.Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
