package cli

import (
	"strings"

	"github.com/pgcopy/pgcopy/steps"
)

type pingCmd struct {
	Source string `short:"S" placeholder:"URI" env:"PGCOPY_SOURCE_PGURI,PGCOPYDB_SOURCE_PGURI" help:"Source to ask: a URI or keyword=value pairs, as for psql."`
	Target string `short:"T" placeholder:"URI" env:"PGCOPY_TARGET_PGURI,PGCOPYDB_TARGET_PGURI" help:"Target to ask. One of the two is enough."`
	jsonFlag
}

// pingJSON is one server's answer, for programs.
type pingJSON struct {
	Side         string `json:"side"`
	Connection   string `json:"connection"`
	Answers      bool   `json:"answers"`
	Version      string `json:"version,omitempty"`
	VersionNum   int    `json:"version_num,omitempty"`
	Database     string `json:"database,omitempty"`
	Encoding     string `json:"encoding,omitempty"`
	Role         string `json:"role,omitempty"`
	Superuser    bool   `json:"superuser"`
	InRecovery   bool   `json:"in_recovery"`
	Milliseconds int64  `json:"milliseconds"`
	Error        string `json:"error,omitempty"`
	Hint         string `json:"hint,omitempty"`
}

// Run asks each server that is named who it is. One that does not answer is an error, after all have been asked.
func (c *pingCmd) Run(a *app) error {
	if c.Source == "" && c.Target == "" {
		return connection("--source", "", sourceEnvs...)
	}
	if c.Source != "" {
		if err := connection("--source", c.Source, sourceEnvs...); err != nil {
			return err
		}
	}
	if c.Target != "" {
		if err := connection("--target", c.Target, targetEnvs...); err != nil {
			return err
		}
	}
	var replies []steps.PingReply
	if err := steps.Ping(a.ctx, steps.Options{Source: c.Source, Target: c.Target}, func(r steps.PingReply) error {
		replies = append(replies, r)
		return nil
	}); err != nil {
		return err
	}
	if err := c.print(a, replies); err != nil {
		return err
	}
	return a.unanswered(replies)
}

// unanswered tells of every server that gave no answer; the last of them is the error that the command ends with.
func (a *app) unanswered(replies []steps.PingReply) (last error) {
	for _, r := range replies {
		if r.Err == nil {
			continue
		}
		if last != nil {
			a.say(explain(last))
		}
		last = r.Err
	}
	return last
}

func (c *pingCmd) print(a *app, replies []steps.PingReply) error {
	list, rows := []pingJSON{}, [][]string{}
	for _, r := range replies {
		p := pingJSON{Side: r.Side, Connection: r.Where, Answers: r.Err == nil}
		if r.Err != nil {
			p.Error, p.Hint = explain(r.Err)
			rows = append(rows, []string{r.Side, "no", "", "", "", "", ""})
			list = append(list, p)
			continue
		}
		s := r.Server
		p.Version, p.VersionNum, p.Database, p.Encoding = s.Version, s.VersionNum, s.Database, s.Encoding
		p.Role, p.Superuser, p.InRecovery, p.Milliseconds = s.User, s.Superuser, s.InRecovery, r.Took.Milliseconds()
		list = append(list, p)
		rows = append(rows, []string{r.Side, "yes", s.Version, s.Database, s.Encoding, s.User, pingNotes(p)})
	}
	if c.JSON {
		return printJSON(a.stdout, list)
	}
	return printTable(a.stdout, []column{left("SIDE"), left("ANSWERS"), left("VERSION"), left("DATABASE"), left("ENCODING"), left("ROLE"), left("NOTE")}, rows)
}

// pingNotes is what is worth knowing before a migration.
func pingNotes(p pingJSON) string {
	var notes []string
	if p.Superuser {
		notes = append(notes, "superuser")
	}
	if p.InRecovery && p.Side == "target" {
		notes = append(notes, "a standby: it cannot be written to")
	} else if p.InRecovery {
		notes = append(notes, "a standby")
	}
	return strings.Join(notes, ", ")
}
