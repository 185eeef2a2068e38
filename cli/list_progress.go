package cli

import (
	"bytes"
	"errors"
	"io"
	"time"

	"github.com/pgcopy/pgcopy/catalogdb"
)

type listProgressCmd struct {
	dirFlag
	jsonFlag
	Watch interval `placeholder:"SECONDS" help:"Show it again and again, every second or as given with --watch=SECONDS, until the run has ended."`
}

// Run prints how the directory stands. It only reads, and may be asked for at any time.
func (c *listProgressCmd) Run(a *app) error {
	again := false
	for {
		p, err := progressOf(a.ctx, c.path())
		if a.ctx.Err() != nil {
			return nil // whoever watches ends it that way
		}
		if err != nil {
			return err
		}
		if err := c.print(a.stdout, p, again); err != nil {
			return err
		}
		if c.Watch == 0 || p.State != catalogdb.StateRunning && !p.Held {
			return nil
		}
		again = true
		select {
		case <-a.ctx.Done():
			return nil
		case <-time.After(time.Duration(c.Watch)):
		}
	}
}

// print writes one look in one piece. Watched on a terminal, it takes the place of the one before.
func (c *listProgressCmd) print(w io.Writer, p catalogdb.Progress, again bool) error {
	var b bytes.Buffer
	var err error
	_, onTerminal := terminal(w)
	switch {
	case bool(c.JSON) && c.Watch != 0:
		err = printJSONLine(&b, p)
	case bool(c.JSON):
		err = printJSON(&b, p)
	default:
		if c.Watch != 0 && onTerminal {
			b.WriteString("\x1b[H\x1b[J")
		} else if again {
			b.WriteByte('\n')
		}
		err = printProgress(&b, p)
	}
	_, out := b.WriteTo(w)
	return errors.Join(err, out)
}
