package pgtarget

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/changes"
	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// valuesOf has, for each type, literals that are hard on somebody. The server itself prints them into the stream.
var valuesOf = map[string][]string{
	"bool": {"t", "f"}, "\"char\"": {"a", " ", `\\377`, "é"}, "name": {"n", "", "Ünï", `q"'`},
	"int2": {"-32768", "32767", "0"}, "int4": {"-2147483648", "2147483647", "0", "1"},
	"int8":    {"-9223372036854775808", "9223372036854775807", "9007199254740993", "-9007199254740993", "0"},
	"numeric": {"0", "1.0", "1.00", "1", "-0.000", "1234567890123456789012345678901234567890", "0.1234567890123456789012345678901234567890", "1e-300", "1e300", "100000000000000000001", "NaN", "Infinity", "-Infinity"},
	"float4":  {"0", "-0", "NaN", "Infinity", "-Infinity", "1e-45", "3.4028235e38", "0.1", "16777217"},
	"float8":  {"0", "-0", "NaN", "Infinity", "-Infinity", "5e-324", "1.7976931348623157e308", "0.1", "0.30000000000000004", "9007199254740993"},
	"money":   {"0", "-92233720368547758.08", "92233720368547758.07", "1.01"},
	"text":    {"", "null", "NULL", `\\N`, `back\\slash\\`, "tab\tline\nfeed\r", `quote"s'and''more`, "ünïcödé ☃ 🎉", "{}", " blanks "},
	"varchar": {"", "x", "  ", "ß"}, "bpchar": {"", "x", "x  ", "é "}, "bytea": {`\\x`, `\\x00ff5c27`, `\\xdeadbeef`},
	"bit": {"1", "0"}, "varbit": {"", "1", "0101010101", "1111111100000000111"},
	"date": {"4713-01-01 BC", "infinity", "-infinity", "2000-02-29", "5874897-12-31", "0001-12-31 BC"}, "time": {"00:00", "24:00", "23:59:59.999999"},
	"timetz":      {"00:00+15:59", "24:00-15:59", "12:34:56.789+05:30"},
	"timestamp":   {"infinity", "-infinity", "4713-01-01 00:00 BC", "294276-12-31 23:59:59.999999", "2024-02-29 12:00", "0044-03-15 10:00 BC"},
	"timestamptz": {"infinity", "-infinity", "4713-01-02 00:00+00 BC", "294276-12-31 23:59:59.999999+00", "2024-03-31 02:30+02"},
	"interval":    {"0", "1 day", "24:00", "1 mon", "30 days", "-178000000 years", "1 year 2 mons -3 days 04:05:06.789", "-00:00:00.000001"},
	"uuid":        {"00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
	"json":        {"null", `{"a": 1, "a": 2}`, `[1e400, 1.0]`, ` {"b":  "\\u00e9"} `, `""`}, "jsonb": {"null", `{"a": 1.0}`, `{"a": 1.00}`, `[9007199254740993, 1e-300]`, `"\\u0041\\\\"`},
	"jsonpath": {"$", `$.a[*] ? (@ > 1)`}, "xml": {"", "<a/>", "<a>&amp; é</a>text", "<?pi x?>"},
	"point": {"(0,-0)", "(NaN,Infinity)", "(1e-300,0.1)"}, "line": {"{1,-1,0}", "{0.1,2,3}"}, "lseg": {"[(0,0),(1,1)]"}, "box": {"(1,1),(0,0)", "(1,0),(0,1)"}, "path": {"[(0,0),(1,1)]", "((0,0),(1,1),(2,0))"},
	"polygon": {"((0,0),(1,1),(2,0))"}, "circle": {"<(0,0),1>", "<(0.1,0.2),0>"},
	"inet": {"10.0.0.1", "10.0.0.1/8", "::1", "2001:db8::/32"}, "cidr": {"10.0.0.0/8", "::/0"}, "macaddr": {"08:00:2b:01:02:03"}, "macaddr8": {"08:00:2b:01:02:03:04:05"},
	"tsvector": {"", "'a':1A,2 'b c':3"}, "tsquery": {"", "'a' & !'b'", "'a':*"}, "pg_lsn": {"0/0", "16/B374D848"}, "txid_snapshot": {"10:20:10,14,15", "1:1:"}, "pg_snapshot": {"10:20:10,14,15"},
	"oid": {"0", "4294967295"}, "xid": {"0", "4294967295"}, "xid8": {"0", "18446744073709551615"}, "cid": {"3"}, "tid": {"(0,1)", "(4294967295,65535)"}, "oidvector": {"", "1 2 4294967295"}, "int2vector": {"", "1 -2"},
	"regclass": {"pg_class", "-"}, "regtype": {"integer", "character varying", "-"}, "regproc": {"now", "-"}, "regprocedure": {"abs(integer)"}, "regoper": {"||/"}, "regoperator": {"+(integer,integer)"},
	"regrole": {"postgres", "-"}, "regnamespace": {"pg_catalog"}, "regcollation": {"\"C\""}, "regconfig": {"english"}, "regdictionary": {"simple"},
	"refcursor": {"c", ""}, "aclitem": {"postgres=r/postgres", "=UC/postgres"}, "gtsvector": nil,
	"int4range": {"empty", "[1,5)", "(,)", "[,3)"}, "int8range": {"[9007199254740993,)"}, "numrange": {"[1.0,1.00]", "(1,2.50]", "empty", "[NaN,)"}, "daterange": {"[2000-01-01,infinity]", "(,)"},
	"tsrange": {"[2000-01-01 00:00,infinity]"}, "tstzrange": {"[\"0044-03-15 10:00:00+00 BC\",)"},
	"int4multirange": {"{}", "{[1,3),[5,7)}"}, "int8multirange": {"{[1,2)}"}, "nummultirange": {"{[1.0,2.00)}", "{[1,2)}"}, "datemultirange": {"{(,2000-01-01)}"}, "tsmultirange": {"{}"}, "tstzmultirange": {"{(,)}"},
	"test.mood": {"happy", "it's \"so\" so"}, "test.pair": {"(1,a)", `(,"x, ""y""")`, "(,)"}, "test.nest": {`("(1,a)","{1.0,NULL}","{""a"": 1}")`}, "test.positive": {"1", "1.50"}, "test.list": {"{1,2}", "{}"}, "test.citext": {"a", "A"}, "test.hstore": {`a=>1, b=>NULL`, ""},
	"test.numspan": {"[1.0,2.0]"}, "varchar(5)": {"a", "12345"}, "char(5)": {"a", "12345"}, "numeric(12,3)": {"1.5", "-999999999.999"}, "bit(3)": {"101"}, "varbit(4)": {"", "1"}, "timestamp(2)": {"2000-01-01 00:00:00.12"}, "interval day to second": {"1 day 02:03:04"},
}

// notStored are types whose values cannot be written as text, so no table of a user holds them.
var notStored = []string{"gtsvector", "pg_node_tree", "pg_ndistinct", "pg_dependencies", "pg_mcv_list", "pg_brin_bloom_summary", "pg_brin_minmax_multi_summary", "pg_ddl_command"}

const ownTypes = `CREATE SCHEMA test; CREATE EXTENSION citext SCHEMA test; CREATE EXTENSION hstore SCHEMA test; CREATE TYPE test.mood AS ENUM ('happy', 'it''s "so" so');
	CREATE TYPE test.pair AS (a int, b text); CREATE TYPE test.nest AS (p test.pair, n numeric[], j json); CREATE DOMAIN test.positive AS numeric CHECK (VALUE > 0); CREATE DOMAIN test.list AS int[];
	CREATE TYPE test.numspan AS RANGE (subtype = numeric)`

// sampler makes tables of every type and random statements on them.
type sampler struct {
	*rand.Rand
	types []string
}

// textOnly are types whose binary form means something else on another server, because it holds OIDs of one's own (of a class, of an array's
// elements, of a composite's columns), or cannot be read back (an empty int2vector or tsquery), or is not there (an array of aclitem, which ends the walsender).
func textOnly(t string) bool {
	return strings.HasPrefix(t, "reg") || strings.HasPrefix(t, "test.") || t == "int2vector" || t == "oidvector" || t == "tsquery" || t == "aclitem"
}

// notJSON are types whose values wal2json writes as JSON numbers where they are none, or are not as they were: its decoder refuses them.
func notJSON(t string) bool {
	return slices.Contains([]string{"float4", "float8", "numeric", "numeric(12,3)", "test.positive"}, t)
}

func newSampler(seed uint64, leaveOut func(string) bool) *sampler {
	s := &sampler{Rand: rand.New(rand.NewPCG(seed, 0))}
	for t, values := range valuesOf {
		if len(values) > 0 && !leaveOut(t) {
			s.types = append(s.types, t)
		}
	}
	slices.Sort(s.types)
	return s
}

// column is the i-th column of a table: a type, or an array of it.
func (s *sampler) columns(array bool) (list []string) {
	for i, t := range s.types {
		if array {
			t += "[]"
		}
		list = append(list, fmt.Sprintf("c%d %s", i, t))
	}
	return list
}

func (s *sampler) value(i int, array bool) string {
	one := func() string { v := valuesOf[s.types[i]]; return v[s.IntN(len(v))] }
	quoted := func(v string) string { return "E'" + strings.ReplaceAll(v, "'", "''") + "'" }
	if s.IntN(6) == 0 {
		return "NULL"
	}
	if !array {
		return quoted(one())
	}
	t := "::" + s.types[i] + "[]"
	switch s.IntN(5) {
	case 0:
		return "'{}'" + t
	case 1:
		return "ARRAY[NULL, " + quoted(one()) + "]" + t
	case 2:
		return "ARRAY[ARRAY[" + quoted(one()) + ", NULL], ARRAY[" + quoted(one()) + ", " + quoted(one()) + "]]" + t
	case 3:
		return "array_fill(" + quoted(one()) + "::" + s.types[i] + ", ARRAY[2], ARRAY[-3])"
	}
	return "ARRAY[" + quoted(one()) + "]" + t
}

// work is some random statements on a table.
func (s *sampler) work(table string, array bool, next *int) string {
	var b strings.Builder
	for range 12 {
		*next++
		names, values := []string{"id", "k", "big"}, []string{fmt.Sprint(*next), fmt.Sprintf("'k%d'", *next), fmt.Sprintf("repeat('%d ', %d)", s.IntN(100), s.IntN(4000))}
		for i := range s.types {
			names, values = append(names, fmt.Sprintf("c%d", i)), append(values, s.value(i, array))
		}
		fmt.Fprintf(&b, "INSERT INTO %s (%s) VALUES (%s);\n", table, strings.Join(names, ", "), strings.Join(values, ", "))
	}
	row := func() string {
		return fmt.Sprintf(" WHERE ctid = (SELECT ctid FROM %s ORDER BY id OFFSET %d LIMIT 1);\n", table, s.IntN(8))
	}
	for range 12 {
		var set []string
		for range 1 + s.IntN(3) {
			i := s.IntN(len(s.types))
			if c := fmt.Sprintf("c%d = ", i); !slices.ContainsFunc(set, func(x string) bool { return strings.HasPrefix(x, c) }) {
				set = append(set, c+s.value(i, array))
			}
		}
		switch s.IntN(4) {
		case 0:
			*next++
			set = append(set, fmt.Sprintf("id = %d", *next))
		case 1:
			*next++
			set = append(set, fmt.Sprintf("k = 'k%d'", *next))
		case 2:
			set = append(set, fmt.Sprintf("big = repeat('%d ', %d)", s.IntN(100), s.IntN(4000)))
		}
		b.WriteString("UPDATE " + table + " SET " + strings.Join(set, ", ") + row())
	}
	for range 4 {
		b.WriteString("DELETE FROM " + table + row())
	}
	return b.String()
}

// TestApplyEveryValue: random rows of every type, inserted, updated and deleted under each kind of replica identity, through each plugin.
func TestApplyEveryValue(t *testing.T) {
	seed := rand.Uint64()
	for name, c := range map[string]struct {
		plugin   string
		args     []string
		leaveOut func(string) bool
	}{
		"text":          {"pgoutput", nil, func(string) bool { return false }},
		"binary":        {"pgoutput", changes.PluginOptions("pgoutput", changes.StreamOptions{Publication: "p", Binary: true, Major: 15}), textOnly},
		"test_decoding": {"test_decoding", changes.PluginOptions("test_decoding", changes.StreamOptions{}), func(string) bool { return false }},
		"wal2json":      {"wal2json", changes.PluginOptions("wal2json", changes.StreamOptions{}), notJSON},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSampler(seed, c.leaveOut)
			setup := ownTypes
			tables := map[string]string{"PRIMARY KEY (id)": "DEFAULT", "UNIQUE (k)": "USING INDEX %s_k_key", "CHECK (true)": "FULL"}
			for _, array := range []bool{false, true} {
				for key, identity := range tables {
					name := tableName(identity, array)
					setup += fmt.Sprintf("; CREATE TABLE %s (id int, k text NOT NULL, big text, %s, %s); ALTER TABLE %[1]s REPLICA IDENTITY %[4]s; ALTER TABLE %[1]s ALTER big SET STORAGE EXTERNAL",
						name, strings.Join(s.columns(array), ", "), key, strings.ReplaceAll(identity, "%s", name))
				}
			}
			f := follow(t, setup, func(f *follower) {
				f.plugin = c.plugin
				if c.args != nil {
					f.args = c.args
				}
			})
			next := 0
			for range 3 {
				for _, array := range []bool{false, true} {
					for _, identity := range tables {
						f.do(s.work(tableName(identity, array), array, &next))
					}
				}
			}
			f.same()
			if t.Failed() {
				t.Logf("seed %d", seed)
			}
		})
	}
}

func tableName(identity string, array bool) string {
	word, _, _ := strings.Cut(strings.ToLower(identity), " ")
	if array {
		word += "_arrays"
	}
	return "t_" + word
}

// TestEveryTypeHasValues: a type that a newer server brings is not forgotten.
func TestEveryTypeHasValues(t *testing.T) {
	src, _ := pgtest.Pair(t)
	for _, row := range src.Rows(t, "postgres", `SELECT format_type(oid, -1), typname FROM pg_type
		WHERE typnamespace = 'pg_catalog'::regnamespace AND typtype IN ('b', 'r', 'm') AND typcategory <> 'A' OR typname IN ('int2vector', 'oidvector')`) {
		if valuesOf[row[0]] == nil && valuesOf[row[1]] == nil && !slices.Contains(notStored, row[1]) {
			t.Errorf("no values of type %s (%s)", row[0], row[1])
		}
	}
}
