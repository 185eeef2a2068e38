package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set when pgcopy is built: -ldflags "-X github.com/pgcopy/pgcopy/cli.version=...".
var version string

// Version is the version of this pgcopy: that of the build, that of the module, or "devel".
func Version() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "devel"
}

type versionCmd struct {
	jsonFlag
}

// Run prints the version.
func (c *versionCmd) Run(a *app) error {
	if !c.JSON {
		_, err := fmt.Fprintln(a.stdout, "pgcopy", Version())
		return err
	}
	return printJSON(a.stdout, struct {
		Pgcopy string `json:"pgcopy"`
		Go     string `json:"go"`
		OS     string `json:"os"`
		Arch   string `json:"arch"`
	}{Version(), runtime.Version(), runtime.GOOS, runtime.GOARCH})
}
