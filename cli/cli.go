package cli

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
)

// commands is the grammar of the whole command line.
type commands struct {
	Clone      cloneCmd      `cmd:"" aliases:"fork" help:"Copy a whole database to another server."`
	Resume     resumeCmd     `cmd:"" help:"Go on with an interrupted run: all it needs is in the work directory."`
	Follow     followCmd     `cmd:"" help:"Receive the changes of the source and apply them to the target."`
	Stream     streamCmd     `cmd:"" help:"Change data capture, step by step."`
	Copy       copyCmd       `cmd:"" help:"Copy a database, or parts of it."`
	Dump       dumpCmd       `cmd:"" help:"Write a part of the source into the work directory."`
	Restore    restoreCmd    `cmd:"" help:"Make on the target what was dumped."`
	Snapshot   snapshotCmd   `cmd:"" help:"Export a snapshot of the source and hold it."`
	List       listCmd       `cmd:"" help:"Show what a work directory knows: progress, runs, failures, steps."`
	Compare    compareCmd    `cmd:"" help:"Compare two databases: what they are made of, and their rows."`
	Ping       pingCmd       `cmd:"" help:"Log in to both servers, or to one, and say who they are."`
	Completion completionCmd `cmd:"" help:"Print a script with which bash, zsh or fish completes pgcopy's command line."`
	Version    versionCmd    `cmd:"" help:"Print the version."`

	Help        helpFlag    `short:"h" help:"Show this help."`
	VersionFlag versionFlag `name:"version" short:"V" help:"Print the version."`
}

type listCmd struct {
	Databases   listDatabasesCmd   `cmd:"" help:"The databases of the source's server."`
	Extensions  listExtensionsCmd  `cmd:"" help:"The source's extensions."`
	Collations  listCollationsCmd  `cmd:"" help:"The source's collations."`
	Tables      listTablesCmd      `cmd:"" help:"The source's tables, biggest first, and how each is copied."`
	TableParts  listTablePartsCmd  `cmd:"" name:"table-parts" help:"The parts that big tables are cut into."`
	Sequences   listSequencesCmd   `cmd:"" help:"The source's sequences and their values."`
	Indexes     listIndexesCmd     `cmd:"" help:"The source's indexes, biggest first."`
	Constraints listConstraintsCmd `cmd:"" help:"The source's constraints."`
	Depends     listDependsCmd     `cmd:"" help:"What each object of the schema needs."`
	Skipped     listSkippedCmd     `cmd:"" help:"What options or filters leave out, and by which rule."`
	Schema      listSchemaCmd      `cmd:"" help:"All that is known of the source's objects, as JSON."`
	Progress    listProgressCmd    `cmd:"" help:"How far the work is, step by step, and what each worker does right now."`
	Runs        listRunsCmd        `cmd:"" help:"Each attempt: when, from where, and how it ended."`
	Failures    listFailuresCmd    `cmd:"" help:"What failed, why, and what to do about it."`
	Steps       listStepsCmd       `cmd:"" help:"What each step took."`
}

// app is what every command may use.
type app struct {
	ctx    context.Context // ends with a signal; its cause says which
	args   []string
	stdout io.Writer
	stderr io.Writer
	logErr func(message, hint string) // how to tell the last error, once a command has set up its log

	variables map[string]string // that gave flags their values, by "--flag"

	fileLog    *slog.Logger     // --log-file, nil when there is none
	endFileLog func(status int) // nil likewise
}

// errAnswered ends parsing after --help or --version: there is nothing left to do.
var errAnswered = errors.New("answered")

// Main does what the command line asks for and returns the exit status. ctx is cancelled, with a cause, by the first signal.
func Main(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	a := &app{ctx: ctx, args: revealPasswords(args), stdout: stdout, stderr: stderr}
	status := a.conclude(a.run())
	if a.endFileLog != nil {
		a.endFileLog(status)
	}
	return status
}

// statusCommands is the grammar of the commands that people ask again and again while a run goes on. Kong takes 20 ms of CPU to understand the
// whole grammar, and one to understand this one.
type statusCommands struct {
	List struct {
		Progress listProgressCmd `cmd:""`
		Runs     listRunsCmd     `cmd:""`
		Failures listFailuresCmd `cmd:""`
		Steps    listStepsCmd    `cmd:""`
	} `cmd:""`
}

// parse understands the command line. What the small grammar does not, the whole one answers for.
func (a *app) parse(args []string) (*kong.Context, error) {
	if len(args) > 1 && args[0] == "list" && slices.Contains([]string{"progress", "runs", "failures", "steps"}, args[1]) {
		small, err := a.grammar(new(statusCommands))
		if err != nil {
			return nil, err
		}
		if kctx, err := small.Parse(args); err == nil {
			return kctx, nil
		}
	}
	parser, err := a.parser()
	if err != nil {
		return nil, err
	}
	return parser.Parse(args)
}

// parser is the whole grammar.
func (a *app) parser() (*kong.Kong, error) {
	parser, err := a.grammar(new(commands))
	if err != nil {
		return nil, err
	}
	explainCommands(parser.Model.Node)
	return parser, nil
}

func (a *app) grammar(of any) (*kong.Kong, error) {
	return kong.New(of, kong.Name("pgcopy"), kong.NoDefaultHelp(),
		kong.Description("Copies a whole PostgreSQL database to another server. Every piece of work is a row in a catalog that one can look into."),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}), kong.ValueFormatter(helpText), kong.Help(printHelp),
		kong.Vars{"dir": defaultDir()}, kong.Writers(a.stdout, a.stderr), kong.Bind(a))
}

func (a *app) run() error {
	kctx, err := a.parse(joinNegatives(helpCommand(a.args)))
	if errors.Is(err, errAnswered) {
		return nil
	}
	if err != nil {
		return parseProblem(err)
	}
	a.variables = fromEnvironment(kctx)
	if a.endFileLog, err = a.openLogFile(kctx); err != nil {
		return err
	}
	err = kctx.Run(a)
	var usage *usageError
	if errors.As(err, &usage) {
		usage.msg = nameVariables(usage.msg, a.variables)
		usage.command = cmp.Or(usage.command, kctx.Command())
	}
	return err
}

// helpCommand makes "pgcopy help clone" mean "pgcopy clone --help".
func helpCommand(args []string) []string {
	if len(args) > 0 && args[0] == "help" {
		return append(append([]string{}, args[1:]...), "--help")
	}
	return args
}

// joinNegatives makes one word of a flag and a negative number, which kong would take for a flag: what is wrong with the number is
// for the flag to say.
func joinNegatives(args []string) (out []string) {
	for _, a := range args {
		negative := len(a) > 1 && a[0] == '-' && a[1] >= '0' && a[1] <= '9'
		last := len(out) - 1
		switch {
		case negative && last >= 0 && strings.HasPrefix(out[last], "--") && !strings.Contains(out[last], "="):
			out[last] += "=" + a
		case negative && last >= 0 && len(out[last]) == 2 && out[last][0] == '-':
			out[last] += a
		default:
			out = append(out, a)
		}
	}
	return out
}

var valueMissing = regexp.MustCompile(`^(--[a-z-]+): expected .* value but got "([^"]*)"`)

// badEnvironment is a value that came from an environment variable: people look for what they have set.
var badEnvironment = regexp.MustCompile(`(?s)^--[a-z0-9-]+:(.*) \(from envar ([A-Z0-9_]+)=.*\)$`)

func parseProblem(err error) error {
	usage := &usageError{msg: redact(err.Error())}
	var pe *kong.ParseError
	if !errors.As(err, &pe) || pe.Context == nil {
		return usage
	}
	usage.command = pe.Context.Command()
	usage.msg = suggest(usage.msg, pe.Context)
	if m := valueMissing.FindStringSubmatch(usage.msg); m != nil {
		usage.msg = m[1] + " needs a value behind it, and found " + strings.Replace(m[2], "EOL", "nothing", 1)
	}
	if m := badEnvironment.FindStringSubmatch(usage.msg); m != nil {
		usage.msg = m[2] + ":" + m[1]
	}
	if strings.HasPrefix(usage.msg, "expected ") && pe.Context.Selected() == nil {
		usage.msg = "say what to do: " + strings.Join(names(pe.Context.Model.Children), ", ")
	} else if strings.HasPrefix(usage.msg, "expected ") && len(pe.Context.Selected().Children) > 0 {
		usage.msg = "say what to " + usage.command + ": " + strings.Join(names(pe.Context.Selected().Children), ", ")
	}
	return usage
}

func names(commands []*kong.Node) (list []string) {
	for _, c := range commands {
		if !c.Hidden {
			list = append(list, c.Name)
		}
	}
	return list
}

// defaultDir is where a work directory is when nobody says where.
func defaultDir() string { return filepath.Join(os.TempDir(), "pgcopy") }
