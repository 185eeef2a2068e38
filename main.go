// Command pgcopy copies a whole PostgreSQL database to another server. See README.md, or pgcopy --help.
package main

import (
	"context"
	"os"
	"os/signal"
	"time"

	"github.com/pgcopy/pgcopy/cli"
)

// oneAsking is how far apart signals are that somebody sent who asked once: timeout(1) signals its command, and then the process group.
const oneAsking = 25 * time.Millisecond

func main() {
	cli.HidePasswords()
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, cli.StopSignals()...)
	go func() {
		cancel(cli.Interrupted{Signal: <-signals})
		asked := time.Now()
		for second := range signals {
			if time.Since(asked) > oneAsking { // whoever asks twice does not want to wait for anything
				os.Exit(cli.ExitAtOnce(os.Stderr, second))
			}
		}
	}()
	os.Exit(cli.Main(ctx, os.Args[1:], os.Stdout, os.Stderr))
}
