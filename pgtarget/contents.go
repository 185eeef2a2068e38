package pgtarget

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/pgschema"
)

// Content is what a database holds of one kind of object.
type Content struct {
	Kind     string // in the singular: "table", "function", "large object"
	Count    int64
	Example  string // the first one's name for people, with its schema where it has one
	Harmless bool   // a copy meets it and goes on: an extension, which is created if it does not exist
}

// Contents tells what a database holds beyond a new one. The system's own schemas, the public schema itself, what belongs to
// an extension or comes and goes with another object (a row type, a serial column's sequence, an index) are left out.
// What a customized template1 gave the database counts: it would be in the way all the same.
func Contents(ctx context.Context, conn *pgx.Conn) ([]Content, error) {
	rows, err := conn.Query(ctx, statement(conn, "contents"))
	if err != nil {
		return nil, fmt.Errorf("look what the database holds: %w", err)
	}
	var c Content
	var example pgschema.Name
	var all []Content
	_, err = pgx.ForEachRow(rows, []any{&c.Kind, &c.Count, &example.Schema, &example.Rel, &c.Harmless, nil}, func() error {
		c.Example = pgschema.DisplayIdent(example.Rel)
		switch {
		case c.Kind == "large object" || c.Kind == "cast": // a number, a phrase
			c.Example = example.Rel
		case example.Schema != "":
			c.Example = example.String()
		}
		all = append(all, c)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("look what the database holds: %w", err)
	}
	return all, nil
}

// Describe says in one line what Contents found, without what is harmless: "3 schemas (app, ...), 57 tables (app.orders, ...), 1
// event trigger (audit)". It is empty when nothing is in the way.
func Describe(contents []Content) string {
	var list []string
	for _, c := range contents {
		if c.Harmless || c.Count == 0 {
			continue
		}
		text := fmt.Sprintf("%d %s", c.Count, plural(c.Kind, c.Count))
		switch {
		case c.Example != "" && c.Count > 1:
			text += " (" + c.Example + ", ...)"
		case c.Example != "":
			text += " (" + c.Example + ")"
		}
		list = append(list, text)
	}
	return strings.Join(list, ", ")
}

func plural(noun string, n int64) string {
	switch {
	case n == 1:
		return noun
	case strings.HasSuffix(noun, "ry") || strings.HasSuffix(noun, "ly"):
		return noun[:len(noun)-1] + "ies"
	case strings.HasSuffix(noun, "s"):
		return noun + "es"
	}
	return noun + "s"
}
