package steps

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/catalogdb"
	"github.com/pgcopy/pgcopy/pgdb"
	"github.com/pgcopy/pgcopy/pgschema"
	"github.com/pgcopy/pgcopy/pgsource"
)

// secondLook finds out whether two definitions that differ in words mean the same, when the servers are of different versions. The note says why.
type secondLook func(ctx context.Context, p catalogdb.ObjectPair, source, target *pgx.Conn) (same bool, note string, err error)

// lookBatch bounds how many definitions are in memory.
const lookBatch = 100

// lookAgain looks once more at what differs between two versions: even the same pg_dump prints some objects as the server words them.
func (s *compareObjects) lookAgain(ctx context.Context, l *catalogdb.ComparisonLoader) error {
	plain := pgdb.SourceSession().As("compare")
	source, err := s.c.Source.Connect(ctx, plain)
	if err != nil {
		return err
	}
	defer closeNow(source)
	target, err := s.c.Target.Connect(ctx, plain)
	if err != nil {
		return err
	}
	defer closeNow(target)
	looks := map[string]secondLook{"VIEW": s.sameQuery, "MATERIALIZED VIEW": s.sameQuery, "RULE": s.sameQuery, "ACL": s.sameGrants, "TABLE": s.sameNotNull, "COLLATION": s.sameLocale}
	for kind, look := range looks {
		for after, more := int64(0), true; more; {
			pairs, err := l.DifferentObjects(kind, after, lookBatch)
			if err != nil {
				return err
			}
			for _, p := range pairs {
				after = p.ID
				same, note, err := look(ctx, p, source, target)
				if err == nil && same {
					err = l.SetEqual(p.ID, note)
				}
				if err != nil {
					return fmt.Errorf("look again at %s %s.%s: %w", strings.ToLower(kind), p.Schema, p.Name, err)
				}
			}
			more = len(pairs) == lookBatch
		}
	}
	return nil
}

func (s *compareObjects) versions() string {
	return fmt.Sprintf("%d and %d", s.c.SourceInfo.Major(), s.c.TargetInfo.Major())
}

// sameQuery: each version prints queries in its own way. The target is asked to word the source's query; when it says what it says of its own
// view, both are the same. The rule of a view that is part of a circle is its query too.
func (s *compareObjects) sameQuery(ctx context.Context, p catalogdb.ObjectPair, source, target *pgx.Conn) (bool, string, error) {
	theirs, ok, err := pgsource.ViewDefinition(ctx, source, pgschema.Name{Schema: p.Schema, Rel: strings.TrimSuffix(p.Name, " _RETURN")})
	if err != nil || !ok {
		return false, "", err
	}
	theirs = strings.TrimSuffix(theirs, ";")
	ours, err := pgsource.Reword(ctx, target, theirs)
	switch {
	case err != nil && pgdb.ClassOf(err) != pgdb.Permanent:
		return false, "", err
	case err != nil: // no privilege, or it means nothing there: it stays different
		s.c.Log.Debug("a view could not be reworded by the target", "view", p.Schema+"."+p.Name, "error", err.Error())
		return false, "", nil
	}
	same := strings.Replace(p.Source, theirs, strings.TrimSuffix(ours, ";"), 1) == p.Target
	return same, "the same query in the words of " + s.versions(), nil
}

// sameGrants: the privilege MAINTAIN came with 17, and owners have it unless it is taken from them.
func (s *compareObjects) sameGrants(ctx context.Context, p catalogdb.ObjectPair, source, target *pgx.Conn) (bool, string, error) {
	table, ok := strings.CutPrefix(p.Name, "TABLE ")
	if !ok || (s.c.SourceInfo.Major() < 17) == (s.c.TargetInfo.Major() < 17) {
		return false, "", nil
	}
	same, err := sameAnswer(ctx, pgschema.Name{Schema: p.Schema, Rel: table}, source, target, pgsource.RelationGrants)
	return same, "the same privileges, but for MAINTAIN, which is new in 17", err
}

// sameLocale: from 16 on the name of an ICU locale is kept in its canonical form, which leaves the value "true" out: en-u-kn for en-u-kn-true.
//
// https://www.unicode.org/reports/tr35/#Canonical_Unicode_Locale_Identifiers
func (s *compareObjects) sameLocale(_ context.Context, p catalogdb.ObjectPair, _, _ *pgx.Conn) (bool, string, error) {
	if (s.c.SourceInfo.Major() < 16) == (s.c.TargetInfo.Major() < 16) || !strings.Contains(p.Source, "provider = icu") {
		return false, "", nil
	}
	same := localeTrue.ReplaceAllString(p.Source, "$1") == localeTrue.ReplaceAllString(p.Target, "$1")
	return same, "the same locale, in the canonical form that came with 16", nil
}

var localeTrue = regexp.MustCompile(`(-u-[a-z0-9-]*?)-true\b`)

const ident = `(?:"(?:[^"]|"")*"|[a-z_][a-z0-9_]*)`

var (
	notNullName = regexp.MustCompile(`CONSTRAINT ` + ident + ` NOT NULL`)
	notNullLine = regexp.MustCompile(`(?m)^(?:    NOT NULL ` + ident + `(?: NO INHERIT)?,?|ALTER TABLE ONLY .* ALTER COLUMN ` + ident + ` SET NOT NULL;)\n`)
	lineEnd     = regexp.MustCompile(`,?\s*\n`)
)

// sameNotNull: with 18, NOT NULL became a constraint with a name, and one that is inherited may be declared again. Both sides are compared without
// names, and their columns must agree on which take no NULL.
func (s *compareObjects) sameNotNull(ctx context.Context, p catalogdb.ObjectPair, source, target *pgx.Conn) (bool, string, error) {
	if (s.c.SourceInfo.Major() < 18) == (s.c.TargetInfo.Major() < 18) || withoutNotNull(p.Source) != withoutNotNull(p.Target) {
		return false, "", nil
	}
	same, err := sameAnswer(ctx, pgschema.Name{Schema: p.Schema, Rel: p.Name}, source, target, pgsource.NotNullColumns)
	return same, "the same, but for names of NOT NULL constraints, which are new in 18", err
}

func withoutNotNull(text string) string {
	text = notNullName.ReplaceAllString(text+"\n", "NOT NULL")
	return lineEnd.ReplaceAllString(notNullLine.ReplaceAllString(text, ""), "\n")
}

// sameAnswer tells whether both servers say the same of a relation.
func sameAnswer(ctx context.Context, name pgschema.Name, source, target *pgx.Conn, ask func(context.Context, *pgx.Conn, pgschema.Name) (string, error)) (bool, error) {
	a, err := ask(ctx, source, name)
	if err != nil {
		return false, err
	}
	b, err := ask(ctx, target, name)
	return a == b, err
}
