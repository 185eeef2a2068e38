package truth

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

const dumpA = `--
-- PostgreSQL database dump
--

--
-- Name: a; Type: TABLE; Schema: public; Owner: x
--

CREATE TABLE public.a (
    id integer,
    v text
);


ALTER TABLE public.a OWNER TO x;

--
-- Name: b; Type: TABLE; Schema: public; Owner: x
--

CREATE TABLE public.b (
);
`

func TestDiffSchemaNamesEntries(t *testing.T) {
	if got := DiffSchema(dumpA, dumpA); got != nil {
		t.Errorf("equal dumps: %q", got)
	}
	changed := strings.Replace(dumpA, "v text", "v character varying\n    w int", 1)
	want := "schema: differs: a; Type: TABLE; Schema: public\n  -     v text\n  +     v character varying\n  +     w int"
	if got := DiffSchema(dumpA, changed); len(got) != 1 || got[0] != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	i := strings.Index(dumpA, "-- Name: b")
	if got := DiffSchema(dumpA, dumpA[:i]); !slices.Contains(got, "schema: missing on the target: b; Type: TABLE; Schema: public") {
		t.Errorf("missing entry: %q", got)
	}
	if got := DiffSchema(dumpA[:i], dumpA); !slices.Contains(got, "schema: only on the target: b; Type: TABLE; Schema: public") {
		t.Errorf("entry too many: %q", got)
	}
	// The owner is part of what is compared, not of the name.
	if got := DiffSchema(dumpA, strings.Replace(dumpA, "OWNER TO x", "OWNER TO y", 1)); len(got) != 1 || !strings.Contains(got[0], "+ ALTER TABLE public.a OWNER TO y") {
		t.Errorf("owner: %q", got)
	}
	a, b := "-- Name: a; Owner: x\n", "-- Name: b; Owner: x\n"
	if got := DiffSchema(a+b, b+a); len(got) != 1 || !strings.Contains(got[0], "order differs") {
		t.Errorf("order: %q", got)
	}
}

func TestClientProgramsKeepTheTLSMode(t *testing.T) {
	for mode, want := range map[string]string{"disable": "disable", "prefer": "prefer", "allow": "prefer", "require": "require"} {
		cfg, err := pgconn.ParseConfig("postgres://u@127.0.0.1:1/d?sslmode=" + mode)
		if err != nil {
			t.Fatal(err)
		}
		if got := sslMode(cfg); got != want {
			t.Errorf("%s became %s", mode, got)
		}
	}
}
