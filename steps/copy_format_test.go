package steps

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
	"github.com/pgcopy/pgcopy/internal/truth"
	"github.com/pgcopy/pgcopy/pgdb"
)

// oddValues has a column of every built-in type that a table may have, with what is rare in it, and the types that people make of them.
// The servers' OIDs are made to differ first: what names one in its binary form would come out wrong.
const oddValues = `
	CREATE TYPE mood AS ENUM ('sad', 'ok', 'háppy');
	CREATE TYPE addr AS (street text, n int, m mood);
	CREATE DOMAIN pos AS numeric(12, 3) CHECK (VALUE > 0);
	CREATE DOMAIN moody AS mood NOT NULL;
	CREATE DOMAIN ints AS int[];
	CREATE DOMAIN pos2 AS pos;
	CREATE TYPE moodrange AS RANGE (subtype = mood);
	CREATE TYPE span AS RANGE (subtype = float8, subtype_diff = float8mi);
	CREATE TABLE numbers (id int PRIMARY KEY, a int2, b int4, c int8, d float4, e float8, f numeric, g numeric(20, 5), h oid, i bool);
	INSERT INTO numbers VALUES (1, -32768, -2147483648, -9223372036854775808, '-0', '-0', 'NaN', -0.00000, 4294967295, true),
		(2, 32767, 2147483647, 9223372036854775807, 'NaN', 'Infinity', 'Infinity', 123456789012345.12345, 0, false),
		(3, 0, 0, 0, '-Infinity', 5e-324, '-Infinity', 1e-5, 1, NULL), (4, 1, 1, 1, 1.17549435e-38, 0.1, ('1' || repeat('0', 5000) || '.' || repeat('7', 900))::numeric, 0, 2, true),
		(5, NULL, NULL, NULL, NULL, NULL, 0.000, NULL, NULL, NULL), (6, 1, 1, 1, 3.4028235e38, 1.7976931348623157e308, 1e-16383, 1, 1, true);
	CREATE TABLE texts (id int PRIMARY KEY, a text, b varchar(40), c char(12), d "char", e name, f bytea, g json, h jsonb, i xml, j tsvector, l jsonpath);
	INSERT INTO texts VALUES (1, '', '', '', '', '', '', '{"a" :  1, "a": 2}', '{"a": {"b": [1, null, {"c": 1e3}]}}', '<a>é</a>', '''a b'':1A,2B c', '$.a[*] ? (@ > 1)'),
		(2, E'\t\n\\\\N\\.', E'\\N', 'x  ', 'z', 'n', '\x00ff5c4e', 'null', 'null', '', '', 'strict $'), (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
		(4, repeat('ä𝄞', 50000), 'ß', 'é', E'\\377', repeat('é', 31), decode(repeat('00', 100000), 'hex'), '[]', '"\u2028"', '<?xml version="1.0"?><a/>', 'x', '$.*');
	CREATE TABLE wary (id int PRIMARY KEY, k tsquery, u oidvector, v int2vector);
	INSERT INTO wary VALUES (1, '!a & (b:* | c <2> d)', '1 2', '1 -2'), (2, '', '', '');
	CREATE TABLE times (id int PRIMARY KEY, a date, b time, c timetz, d timestamp, e timestamptz, f interval, g time(3), h timestamptz(0), i interval day to second);
	INSERT INTO times VALUES (1, 'infinity', '24:00', '24:00-15:59', '-infinity', 'infinity', '-178956970 years -8 mons -2147483648 days', '1:2:3.4567', '2020-01-01 00:00:00.5Z', '1 day 2:03:04.5'),
		(2, '4713-01-01 BC', '0:0', '0:0+15:59', '4713-01-01 BC', '294276-12-31 23:59:59.999999Z', '1 mon -1 day 00:00:00.000001', NULL, NULL, NULL),
		(3, '5874897-12-31', '23:59:59.999999', '12:00:00.1+05:30', '294276-12-31 23:59:59.999999', '0001-01-01 BC', '0', '0:0', 'epoch', '0');
	CREATE TABLE others (id int PRIMARY KEY, a uuid, b bit(3), c varbit, d inet, e cidr, f macaddr, g macaddr8, h point, i line, j lseg, k box, l path, m polygon, n circle,
		o tid, p xid, q cid, r xid8, s pg_lsn, t pg_snapshot, w refcursor, x txid_snapshot);
	INSERT INTO others VALUES (1, '00000000-0000-0000-0000-000000000000', '101', '', '::ffff:1.2.3.4/96', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '(NaN,-Infinity)', '{1,-1,0}',
		'[(0,0),(1e300,-0)]', '(1,2),(3,4)', '[(0,0),(1,1)]', '((0,0),(1,1),(2,0))', '<(0,0),0>', '(4294967295,65535)', '4294967295', '7', '18446744073709551615', 'FFFFFFFF/FFFFFFFF', '10:20:10,14', 'cur', '10:20:10'),
		(2, gen_random_uuid(), '000', repeat('10', 4000)::varbit, '1.2.3.4', '::/0', NULL, NULL, NULL, NULL, NULL, NULL, '((0,0))', NULL, NULL, NULL, NULL, NULL, NULL, '0/0', NULL, '', NULL);
	CREATE TABLE made (id int PRIMARY KEY, a int[], b text[], c numeric[], d int4range, e numrange, f tstzrange, g int4range[], h int8multirange, i mood, j moody, k pos, l ints, m moodrange, n pos2,
		o timestamptz[], p span, q tstzmultirange, r spanmulti, s information_schema.cardinal_number, t point[], u jsonb[]);
	INSERT INTO made VALUES (1, '[-3:-2][5:6]={{1,NULL},{3,4}}', '{}', '{NaN,-Infinity,1e100}', 'empty', '(,)', '[-infinity,infinity]', '{"[1,2)",empty}', '{}', 'háppy', 'sad', 0.001, '{1}', '[sad,ok]', 5,
		'{infinity,NULL}', '(-Infinity,-0]', '{(,2020-01-01),[2021-01-01,)}', '{[1,2),(3,4]}', 5, '{"(1,2)"}', ARRAY['{"a":[]}', NULL]::jsonb[]),
		(2, '{}', '{"",NULL,"NULL","a\"b\\\\"}', NULL, '[1,)', '[1.10,2.20]', NULL, NULL, '{[1,5),[7,)}', NULL, 'ok', NULL, NULL, 'empty', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
	CREATE TABLE enums (id int PRIMARY KEY, m mood[]);
	INSERT INTO enums VALUES (1, '{sad,háppy}');
	CREATE TABLE composites (id int PRIMARY KEY, a addr, b addr[]);
	INSERT INTO composites VALUES (1, '(x,1,ok)', '{"(y,2,sad)"}');
	CREATE TABLE named (id int PRIMARY KEY, c regclass, t regtype, p regprocedure);
	INSERT INTO named VALUES (1, 'composites', 'mood', 'mine(int)'), (2, 'pg_class', 'int', 'mine(int)');
	CREATE TABLE prices (id int PRIMARY KEY, m money);
	INSERT INTO prices VALUES (1, 12.34);
	CREATE TABLE generated (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED, c regclass GENERATED ALWAYS AS ('pg_class'::regclass) STORED);
	INSERT INTO generated VALUES (1), (2);
	CREATE TABLE nothing ();
	INSERT INTO nothing SELECT FROM generate_series(1, 3)`

// oddDatabases gives a database with odd values and an empty one where the next OIDs are others.
func oddDatabases(t *testing.T) (src, dst *pgtest.Server, from, to string) {
	t.Helper()
	src, dst = pgtest.Pair(t)
	from, to = src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, `CREATE FUNCTION mine(int) RETURNS int LANGUAGE sql AS 'SELECT 1';`+
		strings.Replace(oddValues, "float8mi)", "float8mi, multirange_type_name = spanmulti)", 1))
	dst.Exec(t, to, "DO $$ BEGIN FOR i IN 1..700 LOOP EXECUTE 'CREATE TYPE skew AS (a int)'; EXECUTE 'DROP TYPE skew'; END LOOP; END $$")
	return src, dst, from, to
}

// formatsOfTables is in which format each table went, and why.
func formatsOfTables(t *testing.T, dir string) map[string][2]string {
	t.Helper()
	all := map[string][2]string{}
	for _, r := range catalogRows(t, dir, "SELECT display, copy_format, format_reason FROM source_table WHERE kind = 'r'") {
		all[strings.TrimPrefix(r[0], "public.")] = [2]string{r[1], r[2]}
	}
	return all
}

// Every built-in type and what is made of them arrives as it was, in the format that was asked for, and whatever cannot travel in binary goes as text.
func TestCopyFormats(t *testing.T) {
	src, dst, from, _ := oddDatabases(t)
	binary := []string{"numbers", "times", "others", "made", "generated"}
	for format, want := range map[string][]string{"": binary, "binary": append([]string{"texts"}, binary...), "text": nil} {
		t.Run("format "+format, func(t *testing.T) {
			to := dst.FreshDB(t)
			o := testOptions(t, src.URI(from), dst.URI(to))
			o.CopyFormat = format
			if _, err := Clone(context.Background(), o); err != nil {
				t.Fatal(err)
			}
			mustEqual(t, src, o.Source, o.Target)
			got := formatsOfTables(t, o.Dir)
			for table, f := range got {
				expect := "text"
				for _, w := range want {
					if w == table {
						expect = "binary"
					}
				}
				if f[0] != expect || f[1] == "" {
					t.Errorf("%s travelled as %s (%s), want %s", table, f[0], f[1], expect)
				}
			}
			for table, reason := range map[string]string{"enums": "column m (public.mood[]) carries the OID of public.mood", "named": "column c (regclass) is sent as the OID of an object",
				"composites": "column a (public.addr) is a composite: it carries the OIDs of its columns' types", "prices": "column m (money) depends on lc_monetary", "nothing": "no column travels"} {
				if format == "text" {
					reason = "--copy-format text"
				}
				if got[table][1] != reason {
					t.Errorf("%s: %q, want %q", table, got[table][1], reason)
				}
			}
			if n := dst.Value(t, to, "SELECT count(*) FROM named WHERE c = 'composites'::regclass AND t = 'mood'::regtype AND p = 'mine(int)'::regprocedure"); n != "1" {
				t.Error("a regclass column does not name the same table")
			}
			if a, b := src.Value(t, from, "SELECT 'mood'::regtype::oid"), dst.Value(t, to, "SELECT 'mood'::regtype::oid"); a == b {
				t.Error("the OIDs of both sides are the same: nothing is proven")
			}
		})
	}
}

// sameRows compares the rows of two databases, whatever else they differ in.
func sameRows(t *testing.T, source, target string) {
	t.Helper()
	a, err := truth.DataDigest(t.Context(), source)
	if err != nil {
		t.Fatal(err)
	}
	b, err := truth.DataDigest(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range truth.DiffData(a, b) {
		t.Error(d)
	}
}

// A split table travels in binary part by part.
func TestCopyFormatInParts(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, `CREATE TABLE big (id bigint PRIMARY KEY, n numeric, at timestamptz, t text); INSERT INTO big SELECT i, i / 7.0, to_timestamp(i), md5(i::text) FROM generate_series(1, 20000) i`)
	o := testOptions(t, src.URI(from), dst.URI(to))
	o.CopyFormat, o.SplitTablesLargerThan = "", 300<<10
	if _, err := Clone(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	sameContents(t, src, o.Source, o.Target)
	if f := formatsOfTables(t, o.Dir)["big"]; f[0] != "binary" {
		t.Errorf("format %q", f)
	}
	if n := catalogRows(t, o.Dir, "SELECT count(*) FROM task WHERE step = 'copy-part'")[0][0]; n == "0" {
		t.Error("the table was not split")
	}
}

// The types of extensions travel in binary when both sides have the same version, and as text when not.
func TestCopyFormatExtensions(t *testing.T) {
	src, dst := pgtest.Pair(t)
	for version, want := range map[string]string{"1.8": "binary", "1.4": "text"} {
		t.Run("hstore "+version, func(t *testing.T) {
			from, to := src.FreshDB(t), dst.FreshDB(t)
			src.Exec(t, from, "CREATE EXTENSION hstore VERSION '"+version+"'"+`; CREATE EXTENSION citext;
				CREATE TABLE h (id int PRIMARY KEY, h hstore, c citext); INSERT INTO h VALUES (1, 'a=>1, b=>NULL', 'X'), (2, '', ''), (3, NULL, 'é');
				CREATE TABLE a (id int PRIMARY KEY, h hstore[]); INSERT INTO a VALUES (1, ARRAY['a=>1'::hstore])`)
			o := testOptions(t, src.URI(from), dst.URI(to))
			o.CopyFormat = ""
			if _, err := Clone(context.Background(), o); err != nil {
				t.Fatal(err)
			}
			sameRows(t, o.Source, o.Target)
			got := formatsOfTables(t, o.Dir)
			if got["h"][0] != want || got["a"][0] != "text" {
				t.Errorf("%q, want h as %s and a as text", got, want)
			}
			if reason := got["h"][1]; want == "text" && reason != "column h is hstore (extension hstore 1.4) on the source and hstore (extension hstore 1.8) on the target" {
				t.Errorf("the reason is %s", reason)
			}
		})
	}
}

// Tables that somebody else made on the target, with types whose binary values would be read as something else.
func TestCopyFormatOtherTypes(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, `CREATE TABLE n (id int PRIMARY KEY, v bigint); INSERT INTO n SELECT i, i * 1000000 FROM generate_series(1, 100) i;
		CREATE TABLE s (id int PRIMARY KEY, v text); INSERT INTO s VALUES (1, '\x41');
		CREATE DOMAIN d AS int; CREATE TABLE same (id d PRIMARY KEY, v timestamptz); INSERT INTO same VALUES (1, now())`)
	dst.Exec(t, to, "CREATE TABLE n (v double precision, id int PRIMARY KEY); CREATE TABLE s (id int PRIMARY KEY, v bytea); CREATE TABLE same (id int PRIMARY KEY, v timestamptz)")
	o := testOptions(t, src.URI(from), dst.URI(to))
	o.CopyFormat = "binary"
	if _, err := Command(context.Background(), o, "copy table-data"); err != nil {
		t.Fatal(err)
	}
	if n := dst.Value(t, to, "SELECT sum(v)::bigint FROM n"); n != "5050000000" {
		t.Errorf("the sum is %s", n)
	}
	if v := dst.Value(t, to, "SELECT v FROM s"); v != `\x41` {
		t.Errorf("the bytea is %s", v)
	}
	got := formatsOfTables(t, o.Dir)
	if got["n"] != [2]string{"text", "column v is int8 on the source and float8 on the target"} || got["s"][0] != "text" || got["same"][0] != "binary" {
		t.Errorf("%q", got)
	}
}

// A refusal of binary costs one attempt of the task, nothing else: not the other tables of its batch, nor a row twice.
func TestCopyFormatRefused(t *testing.T) {
	src, dst := pgtest.Pair(t)
	for _, big := range []bool{false, true} {
		t.Run(fmt.Sprintf("big %t", big), func(t *testing.T) {
			from, to := src.FreshDB(t), dst.FreshDB(t)
			rows := []int{10, 10, 10, 10}
			if big {
				rows[2] = 150000
			}
			for i := range 4 {
				src.Exec(t, from, fmt.Sprintf(`CREATE TABLE t%d (id int PRIMARY KEY, v text, w text); INSERT INTO t%[1]d SELECT i, md5(i::text), md5(i::text) FROM generate_series(1, %d) i`, i, rows[i]))
			}
			dst.Exec(t, to, `
				CREATE FUNCTION bears(id int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
					IF id = 7 AND current_query() ILIKE '%FORMAT binary%' THEN RAISE 'not in binary' USING ERRCODE = '22P03'; END IF; RETURN true; END $$;
				CREATE TABLE t0 (id int PRIMARY KEY, v text, w text); CREATE TABLE t1 (LIKE t0); CREATE TABLE t2 (LIKE t0); CREATE TABLE t3 (LIKE t0);
				ALTER TABLE t2 ADD CHECK (bears(id))`)
			o := testOptions(t, src.URI(from), dst.URI(to))
			o.CopyFormat = ""
			if _, err := Command(context.Background(), o, "copy table-data"); err != nil {
				t.Fatal(err)
			}
			for i := range 4 {
				if n := dst.Value(t, to, fmt.Sprintf("SELECT count(DISTINCT id) || ' of ' || count(*) FROM t%d", i)); n != fmt.Sprintf("%d of %d", rows[i], rows[i]) {
					t.Errorf("t%d has %s rows", i, n)
				}
			}
			got := formatsOfTables(t, o.Dir)
			if got["t0"][0] != "binary" || got["t2"][0] != "text" || !strings.HasPrefix(got["t2"][1], "binary was refused: ") || !strings.Contains(got["t2"][1], "not in binary") {
				t.Errorf("%q", got)
			}
			if tried := catalogRows(t, o.Dir, "SELECT subject FROM task WHERE attempt > 1"); len(tried) > 0 {
				t.Errorf("done again by the engine: %s", join(tried))
			}
		})
	}
}

// Where the encodings are not UTF8 on both sides, COPY's text is converted and binary would not be.
func TestCopyFormatEncodings(t *testing.T) {
	for _, c := range []struct {
		from, to string
		load     func(context.Context, string) error
	}{{"LATIN1", "UTF8", truth.LoadLatin1}, {"SQL_ASCII", "SQL_ASCII", truth.LoadSQLASCII}} {
		src, source, target := encoded(t, c.from, c.to)
		if err := c.load(context.Background(), source); err != nil {
			t.Fatal(err)
		}
		o := testOptions(t, source, target)
		o.CopyFormat = "binary"
		if _, err := Clone(context.Background(), o); err != nil {
			t.Fatal(err)
		}
		sameContents(t, src, source, target)
		for table, f := range formatsOfTables(t, o.Dir) {
			if f[0] != "text" || !strings.Contains(f[1], c.from) {
				t.Errorf("%s: %q", table, f)
			}
		}
	}
}

// The format was chosen when the directory was begun: another one is another run.
func TestCopyFormatResumed(t *testing.T) {
	src, dst := pgtest.Pair(t)
	from, to := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, from, "CREATE TABLE a (id int)")
	o := testOptions(t, src.URI(from), dst.URI(to))
	o.CopyFormat = ""
	if _, err := Clone(context.Background(), o); err != nil {
		t.Fatal(err)
	}
	o.Whole, o.CopyFormat = true, "text"
	var ue *pgdb.UserError
	if _, err := Resume(context.Background(), o); !errors.As(err, &ue) || !strings.Contains(ue.Msg, "with --copy-format text") {
		t.Errorf("Resume: %v", err)
	}
}
