package truth

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// byReference are the facts, by how their names begin, that a newer server makes differently of the same statements:
//
//   - constraint: each partition of a partitioned table that a foreign key refers to has one of its own since 15
//   - trigger: those of partitions count as triggers of their own since 15
//   - extension: a dump names no versions, so each server installs its own
//
// They are compared with the reference only.
var byReference = []string{"constraint ", "trigger ", "extension "}

// ofTheDatabase are the facts that a dump without --create leaves out, so that the reference has none of them.
var ofTheDatabase = []string{"database", "setting of role "}

// oldestForFacts is the oldest version whose catalogs factQueries can be asked of and give the same answers. Of an older source the facts that
// the reference lacks are compared, and everything else with the reference only.
const oldestForFacts = 13

var factQueriesOfOld = []string{"database", "settings", "large_objects"}

// CompareVersions is [Compare] for servers of different major versions, sources of 10 and newer. Each server words
// definitions in its own way, so the schema of the target is not compared with the source's, but with that of a
// reference: another database of the target's server, to which [CopyByDump] has copied the source. So nothing has to be
// normalised, but for what [adoptedNotNull] says. Rows, sequences, large objects, properties of the database, and the
// facts that versions agree about, are compared with the source. The programs of BinDir must fit the newer server.
func CompareVersions(ctx context.Context, o Options, referenceURI string) (report []string, err error) {
	onTarget := o
	onTarget.SourceURI = referenceURI
	queries := factQueries
	c, err := connect(ctx, o.SourceURI)
	if err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	major, err := majorVersion(ctx, c)
	if err = errors.Join(err, c.Close(ctx)); err != nil {
		return nil, fmt.Errorf("source: %w", err)
	}
	if major < oldestForFacts {
		queries = factQueriesOfOld
	}
	for _, part := range []struct {
		o       Options
		compare func(context.Context, Options) ([]string, error)
	}{
		{onTarget, func(ctx context.Context, o Options) ([]string, error) {
			report, err := compareSchema(ctx, o)
			return slices.DeleteFunc(report, adoptedNotNull), err
		}},
		{onTarget, compareFactsBut(factQueries, ofTheDatabase)},
		{o, compareFactsBut(queries, byReference)},
		{o, compareSequences},
		{o, invalidIndexes},
		{o, compareData},
	} {
		found, err := part.compare(ctx, part.o)
		if err != nil {
			return report, err
		}
		report = append(report, found...)
	}
	return report, nil
}

var onlyNotNull = regexp.MustCompile(`^schema: differs: .*; Type: TABLE; .*(\n  \+     CONSTRAINT .* NOT NULL .*)+$`)

// adoptedNotNull knows the one difference between a copy of pgcopy's and one of pg_dump's that is none. Since 18 a NOT NULL is a constraint.
// In a table that inherits a column with its NOT NULL, ADD PRIMARY KEY USING INDEX declares it once more, and ADD PRIMARY KEY does not. The
// column takes no NULL in either case, and the key would demand it anyhow.
func adoptedNotNull(difference string) bool { return onlyNotNull.MatchString(difference) }

// compareFactsBut compares facts but for those whose names begin so.
func compareFactsBut(queries, prefixes []string) func(context.Context, Options) ([]string, error) {
	return func(ctx context.Context, o Options) ([]string, error) {
		s, t, err := both(ctx, o, func(ctx context.Context, uri string) (map[string]map[string]string, error) {
			facts, err := factsOf(ctx, uri, queries)
			maps.DeleteFunc(facts, func(name string, _ map[string]string) bool {
				return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(name, p) })
			})
			return facts, err
		})
		return DiffFacts(s, t), err
	}
}

// CopyByDump copies a database with pg_dump and psql of binDir, the way that everybody trusts. The statements that may fail are that which sets
// a parameter the target does not know, because pg_dump is newer than it, and those that set an attribute's version, of a name with line breaks.
func CopyByDump(ctx context.Context, binDir, from, to string) error {
	fromEnv, err := clientEnv(from)
	if err != nil {
		return fmt.Errorf("copy by pg_dump: %w", err)
	}
	toEnv, err := clientEnv(to)
	if err != nil {
		return fmt.Errorf("copy by pg_dump: %w", err)
	}
	encoding, err := dumpEncoding(ctx, from)
	if err != nil {
		return fmt.Errorf("copy by pg_dump: %w", err)
	}
	dump := exec.CommandContext(ctx, filepath.Join(binDir, "pg_dump"), "--encoding", encoding)
	psql := exec.CommandContext(ctx, filepath.Join(binDir, "psql"), "-X", "-q", "-o", os.DevNull)
	var dumpSaid, psqlSaid bytes.Buffer
	dump.Env, dump.Stderr = fromEnv, &dumpSaid
	psql.Env, psql.Stderr = toEnv, &psqlSaid
	err = pass(dump, psql)
	for _, line := range strings.Split(psqlSaid.String(), "\n") {
		if strings.Contains(line, "ERROR:") && !strings.Contains(line, "unrecognized configuration parameter") && !strings.Contains(line, `unrecognized parameter "pg_attver"`) {
			err = errors.Join(err, errors.New(line))
		}
	}
	if err != nil {
		return fmt.Errorf("copy by pg_dump: %w: %s", err, strings.TrimSpace(dumpSaid.String()))
	}
	return nil
}

// pass runs two programs and gives what one writes to the other, less attribute versions.
func pass(from, to *exec.Cmd) error {
	out, err := from.StdoutPipe()
	if err != nil {
		return err
	}
	in, err := to.StdinPipe()
	if err != nil {
		return err
	}
	if err := to.Start(); err != nil {
		return errors.Join(err, out.Close())
	}
	if err = from.Start(); err == nil {
		lines := bufio.NewReaderSize(out, 1<<20)
		for {
			line, readErr := lines.ReadString('\n')
			if _, err = io.WriteString(in, withoutAttributeVersions(line)); err != nil || readErr != nil {
				break
			}
		}
		_, _ = io.Copy(io.Discard, out) // what nobody takes any more
		err = errors.Join(err, from.Wait())
	}
	return errors.Join(err, in.Close(), to.Wait())
}

const (
	ident       = `(?:"(?:[^"]|"")+"|[^\s".;]+)`
	alterColumn = `(?m)^(ALTER (?:FOREIGN )?TABLE (?:ONLY )?` + ident + `(?:\.` + ident + `)? ALTER COLUMN ` + ident + ` SET \()`
)

var (
	attributeVersions = regexp.MustCompile(alterColumn + `pg_attver=\d+\);\n`)
	attributeVersion  = regexp.MustCompile(alterColumn + `(.*?)(?:pg_attver=\d+, |, pg_attver=\d+)(.*\);)$`)
)

// withoutAttributeVersions takes out of a script what another pg_dump than that of 15.20 takes for an option of a column. A server of 15.20 keeps it
// for itself, and others refuse it.
func withoutAttributeVersions(script string) string {
	if !strings.Contains(script, "pg_attver=") {
		return script
	}
	return attributeVersion.ReplaceAllString(attributeVersions.ReplaceAllString(script, ""), "$1$2$3")
}
