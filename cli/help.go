package cli

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// helpFlag is --help, at any depth of the command line.
type helpFlag bool

// BeforeReset prints the help of the command that was named, before anything that is missing could be missed.
func (helpFlag) BeforeReset(kctx *kong.Context) error {
	if err := kctx.PrintUsage(false); err != nil {
		return err
	}
	return errAnswered
}

// versionFlag is --version.
type versionFlag bool

// BeforeReset prints the version.
func (versionFlag) BeforeReset(a *app) error {
	if _, err := fmt.Fprintln(a.stdout, "pgcopy", Version()); err != nil {
		return err
	}
	return errAnswered
}

// printHelp is kong's help, and below that of pgcopy itself the exit statuses.
func printHelp(options kong.HelpOptions, kctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, kctx); err != nil || kctx.Selected() != nil {
		return err
	}
	_, err := fmt.Fprint(kctx.Stdout, "\n"+exitStatusHelp)
	return err
}

// helpText names the environment variable of a flag, and not its older alias too.
func helpText(v *kong.Value) string {
	if len(v.Tag.Envs) == 0 {
		return v.Help
	}
	return v.Help + " ($" + v.Tag.Envs[0] + ")"
}
