package pgdb

import (
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// TestTypeForms: what each kind of type is in binary COPY.
func TestTypeForms(t *testing.T) {
	srv, _ := pgtest.Pair(t)
	db := srv.FreshDB(t)
	srv.Exec(t, db, `CREATE TYPE mood AS ENUM ('a'); CREATE TYPE pair AS (a int, b int); CREATE DOMAIN d AS int4range[]; CREATE DOMAIN dd AS d;
		CREATE DOMAIN md AS mood; CREATE TYPE mr AS RANGE (subtype = md); CREATE DOMAIN price AS money; CREATE EXTENSION hstore VERSION '1.8'; CREATE EXTENSION citext;
		CREATE DOMAIN h AS hstore; CREATE TYPE shell; CREATE FUNCTION own_in(cstring) RETURNS shell LANGUAGE internal IMMUTABLE STRICT AS 'int4in';
		CREATE FUNCTION own_out(shell) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'int4out';
		CREATE FUNCTION own_recv(internal) RETURNS shell LANGUAGE internal IMMUTABLE STRICT AS 'int4recv';
		CREATE FUNCTION own_send(shell) RETURNS bytea LANGUAGE internal IMMUTABLE STRICT AS 'int4send';
		CREATE TYPE shell (input = own_in, output = own_out, receive = own_recv, send = own_send, like = int4)`)
	conn, err := pgx.Connect(t.Context(), srv.URI(db)+"&options=-csearch_path%3D")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	for name, want := range map[string]string{
		"int4": "safe int4 ", "public.d": "safe array range int4 ", "public.dd": "safe array range int4 ", "public.mood": "safe enum ", "public.md": "safe enum ",
		"public.mr": "safe range enum ", "int8multirange": "safe multirange range int8 ", "name": "safe name ", "text[]": "safe array text ",
		"public.hstore": "safe hstore (extension hstore 1.8) ", "public.h": "safe hstore (extension hstore 1.8) ", "public.citext": "safe citext (extension citext 1.6) ",
		"public.mood[]": "never array enum carries the OID of public.mood", "public.h[]": "never array hstore (extension hstore 1.8) carries the OID of public.h",
		"public.mr[]": "never array range enum carries the OID of public.mr", "public.pair": "never public.pair is a composite: it carries the OIDs of its columns' types",
		"regclass": "never regclass is sent as the OID of an object", "regclass[]": "never array regclass holds regclass, which is sent as the OID of an object",
		"public.price": "never money holds money, which depends on lc_monetary", "aclitem[]": "never array aclitem holds aclitem, which has no binary form",
		"xml":          "caution xml is not on the list of types whose every value is known to arrive",
		"public.shell": "caution public.shell is a base type of somebody's own",
		// information_schema's have OIDs of their own on every server
		"information_schema.sql_identifier": "safe name ", "information_schema.sql_identifier[]": "never array name carries the OID of information_schema.sql_identifier",
	} {
		var oid uint32
		if err := conn.QueryRow(t.Context(), "SELECT $1::text::regtype::oid", name).Scan(&oid); err != nil {
			t.Fatal(err)
		}
		got := "nothing"
		if err := TypeForms(t.Context(), conn, []uint32{oid, 4000000000}, func(f TypeForm) error {
			got = string(f.Verdict) + " " + f.Form + " " + f.Reason
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// TestTypeFormsBuiltIn: every type of pg_catalog has exactly one form, and what is wary or refused is what docs/copy-format.md says.
func TestTypeFormsBuiltIn(t *testing.T) {
	srv, _ := pgtest.Pair(t)
	conn, err := pgx.Connect(t.Context(), srv.URI("postgres"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	rows, err := conn.Query(t.Context(), `SELECT oid FROM pg_type WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm') AND oid < 10000`)
	if err != nil {
		t.Fatal(err)
	}
	oids, err := pgx.CollectRows(rows, pgx.RowTo[uint32])
	if err != nil {
		t.Fatal(err)
	}
	seen := map[uint32]bool{}
	var wary, never []string
	if err := TypeForms(t.Context(), conn, oids, func(f TypeForm) error {
		if seen[f.OID] {
			t.Errorf("%s has two forms", f.Name)
		}
		seen[f.OID] = true
		switch {
		case strings.HasPrefix(f.Form, "array "):
		case f.Verdict == TypeCaution:
			wary = append(wary, f.Name)
		case f.Verdict == TypeNever:
			never = append(never, f.Name)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if len(seen) != len(oids) {
		t.Errorf("%d of %d types have a form", len(seen), len(oids))
	}
	slices.Sort(wary)
	slices.Sort(never)
	const wantWary = "int2vector oidvector pg_brin_bloom_summary pg_brin_minmax_multi_summary pg_dependencies pg_mcv_list pg_ndistinct pg_node_tree tsquery xml"
	const wantNever = "aclitem gtsvector money regclass regcollation regconfig regdictionary regnamespace regoper regoperator regproc regprocedure regrole regtype"
	if got := strings.Join(wary, " "); got != wantWary && srv.Major == 15 {
		t.Errorf("wary of %s, want %s", got, wantWary)
	}
	if got := strings.Join(never, " "); got != wantNever && srv.Major == 15 {
		t.Errorf("never %s, want %s", got, wantNever)
	}
}
