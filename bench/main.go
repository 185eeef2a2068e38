package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := command(ctx, os.Args[1:], os.Stdin, os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		stop()
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string, in io.Reader, out io.Writer) error {
	what, rest := "", args
	if len(args) > 0 {
		what, rest = args[0], args[1:]
	}
	switch what {
	case "run":
		return runCommand(ctx, rest, out)
	case "report":
		return reportCommand(rest, out)
	case "measure":
		return measureCommand(ctx, in, out)
	}
	return fmt.Errorf("%q is none of run, report, measure", what)
}

// reportCommand prints stored results, and draws their charts when told where to.
func reportCommand(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("report", flag.ContinueOnError)
	base := flags.String("base", "", "stored results of an earlier commit to compare with")
	charts := flags.String("charts", "", "folder to draw wall.svg and cpu.svg into")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("report wants one file of results")
	}
	r, err := loadResults(flags.Arg(0))
	if err != nil {
		return err
	}
	old, err := baseOf(*base)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(out, markdown(r, old)); err != nil || *charts == "" {
		return err
	}
	return drawCharts(r, *charts)
}

func baseOf(file string) (*Results, error) {
	if file == "" {
		return nil, nil
	}
	return loadResults(file)
}

func drawCharts(r *Results, dir string) error {
	return errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "wall.svg"), []byte(wallChart(r)), 0o644),
		os.WriteFile(filepath.Join(dir, "cpu.svg"), []byte(cpuChart(r)), 0o644))
}

// options of `bench run`, as the command line gives them.
type options struct {
	sets, jobs, tools, pgcopy, pgcopydb, base, out, logs string
	pgcopyArgs, pgcopydbArgs                             string
	scale                                                float64
	rounds, major                                        int
	timeout                                              time.Duration
	fsync, sample                                        bool
}

func parseOptions(args []string) (o options, err error) {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.StringVar(&o.sets, "sets", "all", "data sets, separated by commas")
	flags.Float64Var(&o.scale, "scale", 1, "size of the data sets; 1 is about 1 GB each")
	flags.IntVar(&o.rounds, "rounds", 3, "how often each tool copies each data set")
	flags.StringVar(&o.jobs, "jobs", "", "numbers of jobs to try, separated by commas (default: the number of CPUs, and twice that)")
	flags.StringVar(&o.tools, "tools", "", "of pgcopy, pgcopydb, dump, pipe: those to run, separated by commas (default: all there are)")
	flags.StringVar(&o.pgcopy, "pgcopy", "bin/pgcopy", "the pgcopy program")
	flags.StringVar(&o.pgcopydb, "pgcopydb", "", "the pgcopydb program (default: that of PATH or of bench/peers, if there is one; none: without it)")
	flags.StringVar(&o.pgcopyArgs, "pgcopy-args", "", "further arguments of pgcopy clone")
	flags.StringVar(&o.pgcopydbArgs, "pgcopydb-args", "", "further arguments of pgcopydb clone")
	flags.StringVar(&o.base, "base", "", "stored results of an earlier commit to compare with")
	flags.StringVar(&o.out, "out", "", "where the results are stored, without .json and .md (default: bench/results/COMMIT-sSCALE)")
	flags.StringVar(&o.logs, "logs", "", "folder to keep the logs of the tools in")
	flags.DurationVar(&o.timeout, "timeout", 30*time.Minute, "when a copy is given up")
	flags.BoolVar(&o.fsync, "fsync", true, "servers that write as they have to; off is for disks that are not to be measured")
	flags.IntVar(&o.major, "major", 0, "major version of both servers and of the client programs (default: this machine's; scripts/fetch-postgres fetches others)")
	flags.BoolVar(&o.sample, "sample", false, "also look at the sessions of both servers 20 times a second and say what they did: explains a time, and adds a little to it")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.scale <= 0 || o.rounds < 1 {
		return o, errors.New("scale and rounds have to be positive")
	}
	return o, nil
}

func runCommand(ctx context.Context, args []string, out io.Writer) (err error) {
	o, err := parseOptions(args)
	if err != nil {
		return err
	}
	sets, err := parseSets(o.sets)
	if err != nil {
		return err
	}
	jobs, err := parseJobs(o.jobs)
	if err != nil {
		return err
	}
	old, err := baseOf(o.base)
	if err != nil {
		return err
	}
	b := &bench{rounds: o.rounds, scale: o.scale, timeout: o.timeout, keep: o.logs, sample: o.sample, out: out}
	r := &Results{Version: resultsVersion, When: time.Now().UTC().Truncate(time.Second), Commit: commit(), Machine: thisMachine(), Scale: o.scale, Settings: settings(o.fsync)}
	if b.servers, err = startServers(ctx, o.major, o.fsync); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.stop()) }()
	if b.work, err = os.MkdirTemp("", "pgcopy-bench-"); err != nil {
		return err
	}
	defer os.RemoveAll(b.work)
	if b.kit, err = findKit(o, filepath.Dir(b.source.Bin("pg_dump"))); err != nil {
		return err
	}
	if b.contenders = b.kit.contenders(jobs, o.tools); len(b.contenders) == 0 {
		return fmt.Errorf("no tool to run: %q names none that is there", o.tools)
	}
	version, err := rows(ctx, b.source.URI("postgres"), "SHOW server_version")
	if err != nil {
		return err
	}
	r.Postgres, _, _ = strings.Cut(version[0][0], " ")
	r.Tools, b.results = b.versions(ctx), r
	stem := cmp.Or(o.out, filepath.Join("bench", "results", stemOf(r.Commit, o)))
	b.save = func() error {
		return errors.Join(r.save(stem+".json"), os.WriteFile(stem+".md", []byte(markdown(r, old)), 0o644))
	}
	for _, name := range sets {
		if err := b.measureSet(ctx, name); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "\n%s\nstored in %s.json and %[2]s.md\n", markdown(r, old), stem)
	return nil
}

// stemOf names a run by what is not as always in it.
func stemOf(commit string, o options) string {
	stem := fmt.Sprintf("%s-s%g", commit, o.scale)
	if o.major != 0 {
		stem += fmt.Sprintf("-pg%d", o.major)
	}
	return stem
}

// findKit looks for the programs. A pgcopydb that was named has to be there; another one is welcome.
func findKit(o options, bin string) (kit, error) {
	k := kit{bin: bin, pgcopyArgs: strings.Fields(o.pgcopyArgs), pgcopydbArgs: strings.Fields(o.pgcopydbArgs)}
	var err error
	if k.pgcopy, err = filepath.Abs(o.pgcopy); err != nil {
		return k, err
	}
	if _, err := exec.LookPath(k.pgcopy); err != nil {
		return k, fmt.Errorf("%w (make build)", err)
	}
	if o.pgcopydb == "none" {
		return k, nil
	}
	if o.pgcopydb != "" {
		if k.pgcopydb, err = exec.LookPath(o.pgcopydb); err != nil {
			return k, fmt.Errorf("pgcopydb: %w", err)
		}
		return k, nil
	}
	for _, p := range []string{"pgcopydb", filepath.Join(peersDir(), "usr", "bin", "pgcopydb")} {
		if found, err := exec.LookPath(p); err == nil {
			k.pgcopydb = found
			break
		}
	}
	return k, nil
}

// peersDir is where bench/peers puts pgcopydb.
func peersDir() string {
	if d := os.Getenv("PGCOPYDB_CACHE"); d != "" {
		return d
	}
	if os.Geteuid() == 0 {
		return "/var/cache/pgcopy/peers"
	}
	if d := os.Getenv("XDG_CACHE_HOME"); d != "" {
		return filepath.Join(d, "pgcopy", "peers")
	}
	home, _ := os.UserHomeDir()
	return filepath.Join(home, ".cache", "pgcopy", "peers")
}
