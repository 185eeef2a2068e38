package truth

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// SchemaDump is the output of pg_dump --schema-only without the lines that differ from run to run or name the server's
// version. pgDump is the program's path.
func SchemaDump(ctx context.Context, pgDump, uri string) (string, error) {
	env, err := clientEnv(uri)
	if err != nil {
		return "", fmt.Errorf("dump schema: %w", err)
	}
	encoding, err := dumpEncoding(ctx, uri)
	if err != nil {
		return "", fmt.Errorf("dump schema: %w", err)
	}
	cmd := exec.CommandContext(ctx, pgDump, "--schema-only", "--encoding", encoding)
	cmd.Env = env
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("dump schema: %s: %w: %s", pgDump, err, strings.TrimSpace(errOut.String()))
	}
	return withoutAttributeVersions(runLines.ReplaceAllString(out.String(), "")), nil
}

// dumpEncoding is UTF8, or SQL_ASCII where nothing can be converted. pg_dump would take it from the settings of the
// database otherwise, which may be wrong or different on the two sides.
func dumpEncoding(ctx context.Context, uri string) (string, error) {
	c, err := connect(ctx, uri)
	if err != nil {
		return "", err
	}
	defer c.Close(ctx)
	return value(ctx, c, "SHOW client_encoding")
}

var runLines = regexp.MustCompile(`(?m)^(\\(un)?restrict .*|-- Dumped (from|by) .*)\n`)

// clientEnv is the environment for a client program: where to connect (so that no password is an argument), and
// settings that make its output and patience independent of those of the database.
func clientEnv(uri string) ([]string, error) {
	cfg, err := pgconn.ParseConfig(uri)
	if err != nil {
		return nil, err
	}
	env := slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, "PG") })
	env = append(env,
		"PGHOST="+cfg.Host, fmt.Sprintf("PGPORT=%d", cfg.Port), "PGUSER="+cfg.User, "PGPASSWORD="+cfg.Password, "PGDATABASE="+cfg.Database,
		"PGOPTIONS=-c quote_all_identifiers=off -c standard_conforming_strings=on -c statement_timeout=0 -c lock_timeout=0 -c idle_in_transaction_session_timeout=0",
		"LC_ALL=C")
	return append(env, "PGSSLMODE="+sslMode(cfg)), nil
}

// sslMode is the mode that a parsed URI came from, as far as it matters here: with TLS, without, or as the server likes.
func sslMode(cfg *pgconn.Config) string {
	with, without := cfg.TLSConfig != nil, cfg.TLSConfig == nil
	for _, f := range cfg.Fallbacks {
		with, without = with || f.TLSConfig != nil, without || f.TLSConfig == nil
	}
	switch {
	case !without:
		return "require"
	case !with:
		return "disable"
	default:
		return "prefer"
	}
}

// header opens an entry of a dump. What a function's body says may look the same; that does no harm, since it is cut
// in the same way on both sides.
var header = regexp.MustCompile(`(?m)^-- Name: (.*); Owner: .*$`)

// dumpEnd is what stands behind the last entry.
const dumpEnd = "-- PostgreSQL database dump complete\n"

// dumpEntries cuts a dump into its entries, by name, type and schema, in the order of the dump. Entries of one name are
// joined.
func dumpEntries(dump string) (names []string, texts map[string]string) {
	texts = map[string]string{}
	add := func(name, text string) {
		if _, seen := texts[name]; !seen {
			names = append(names, name)
		}
		texts[name] += text
	}
	at := header.FindAllStringSubmatchIndex(dump, -1)
	if len(at) == 0 {
		add("(preamble)", dump)
		return names, texts
	}
	add("(preamble)", dump[:at[0][0]])
	for i, m := range at {
		end := len(dump)
		if i+1 < len(at) {
			end = at[i+1][0]
		} else if n := strings.LastIndex(dump, dumpEnd); n > m[1] { // which entry is the last says nothing about it
			end = n
		}
		add(dump[m[2]:m[3]], dump[m[0]:end])
	}
	return names, texts
}

// DiffSchema compares two results of [SchemaDump] and gives one readable piece per entry that differs: its name and
// the lines that only the source (-) or only the target (+) has. None means that the dumps are identical.
func DiffSchema(source, target string) []string {
	if source == target {
		return nil
	}
	names, s := dumpEntries(source)
	targetNames, t := dumpEntries(target)
	var out []string
	for _, n := range names {
		switch text, ok := t[n]; {
		case !ok:
			out = append(out, "schema: missing on the target: "+n)
		case text != s[n]:
			out = append(out, "schema: differs: "+n+"\n"+diffLines(s[n], text))
		}
	}
	for _, n := range targetNames {
		if _, ok := s[n]; !ok {
			out = append(out, "schema: only on the target: "+n)
		}
	}
	if len(out) == 0 {
		// All entries are alike but stand in another order: they depend on each other in another way.
		for i := range names {
			if names[i] != targetNames[i] {
				out = append(out, fmt.Sprintf("schema: order differs from entry %d on: %s on the source, %s on the target", i, names[i], targetNames[i]))
				break
			}
		}
	}
	if len(out) == 0 {
		out = append(out, "schema: the dumps differ in entries of the same name")
	}
	return out
}

// diffLines gives the lines of a that b lacks (-) and those of b that a lacks (+), in their order, with what they have
// in common at both ends cut off.
func diffLines(a, b string) string {
	x, y := strings.Split(a, "\n"), strings.Split(b, "\n")
	for len(x) > 0 && len(y) > 0 && x[0] == y[0] {
		x, y = x[1:], y[1:]
	}
	for len(x) > 0 && len(y) > 0 && x[len(x)-1] == y[len(y)-1] {
		x, y = x[:len(x)-1], y[:len(y)-1]
	}
	if len(x)*len(y) > 4_000_000 {
		return fmt.Sprintf("  (%d lines on the source, %d on the target)", len(x), len(y))
	}
	// longest[i][j] is the length of the longest common subsequence of x[i:] and y[j:].
	longest := make([][]int, len(x)+1)
	for i := range longest {
		longest[i] = make([]int, len(y)+1)
	}
	for i := len(x) - 1; i >= 0; i-- {
		for j := len(y) - 1; j >= 0; j-- {
			if x[i] == y[j] {
				longest[i][j] = longest[i+1][j+1] + 1
			} else {
				longest[i][j] = max(longest[i+1][j], longest[i][j+1])
			}
		}
	}
	var out []string
	for i, j := 0, 0; i < len(x) || j < len(y); {
		switch {
		case i < len(x) && j < len(y) && x[i] == y[j]:
			i, j = i+1, j+1
		case j == len(y) || i < len(x) && longest[i+1][j] >= longest[i][j+1]:
			out = append(out, "  - "+x[i])
			i++
		default:
			out = append(out, "  + "+y[j])
			j++
		}
	}
	return strings.Join(out, "\n")
}
