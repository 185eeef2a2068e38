package steps

import (
	"testing"

	"github.com/pgcopy/pgcopy/internal/pgtest"
)

// ofSettings are rows that the target computes, under settings that the server does not know values depend on.
const ofSettings = `CREATE FUNCTION day_of(timestamptz) RETURNS date LANGUAGE sql IMMUTABLE AS 'SELECT $1::date';
	CREATE FUNCTION words_of(text) RETURNS tsvector LANGUAGE sql IMMUTABLE AS 'SELECT to_tsvector($1)';
	CREATE TABLE ev (id int PRIMARY KEY, ts timestamptz NOT NULL, i interval, b bytea, t text, d date GENERATED ALWAYS AS (day_of(ts)) STORED);
	INSERT INTO ev SELECT g, '2024-01-01 20:00:00-05'::timestamptz + g * interval '1 hour', '-1 mon 3 days -02:03:04', '\xff5c'::bytea, 'die Häuser und Bäume laufen'
		FROM generate_series(1, 500) g;
	CREATE INDEX ev_day ON ev (day_of(ts)); CREATE INDEX ev_words ON ev USING gin (words_of(t));
	CREATE MATERIALIZED VIEW per_day AS SELECT ts::date AS day, count(*) AS n FROM ev GROUP BY 1;
	CREATE MATERIALIZED VIEW as_text AS SELECT id, ts::text, i::text, b::text, date_trunc('month', ts) AS m, to_tsvector(t)::text AS words,
		current_setting('app.tenant', true) AS tenant FROM ev`

// rowsOfSettings is what queries find in them, by the indexes.
const rowsOfSettings = `SET enable_seqscan = off; SET search_path = public; SELECT concat_ws(' | ',
	(SELECT count(*) FROM ev WHERE day_of(ts) = '2024-01-05'), (SELECT count(*) FROM ev WHERE words_of(t) @@ to_tsquery('haus')),
	(SELECT md5(string_agg(d::text, ',' ORDER BY id)) FROM ev), (SELECT md5(string_agg(day || ' ' || n, ',' ORDER BY day)) FROM per_day),
	(SELECT md5(string_agg(a::text, ',' ORDER BY id)) FROM as_text a))`

var settingsOfValues = []string{"timezone TO 'America/New_York'", "datestyle TO 'SQL, DMY'", "intervalstyle TO 'sql_standard'", "bytea_output TO 'escape'", "array_nulls TO off",
	"default_text_search_config TO 'pg_catalog.german'", `"app.tenant" TO 'acme'`, "default_transaction_read_only TO on"}

// TestOwnSettings: what the target computes of rows is what it is on the source, whose database has settings that it depends on.
func TestOwnSettings(t *testing.T) {
	src, dst := pgtest.Pair(t)
	source, target := src.FreshDB(t), dst.FreshDB(t)
	for _, s := range settingsOfValues {

		src.Exec(t, "postgres", "ALTER DATABASE "+source+" SET "+s)
	}
	src.Exec(t, source, "SET default_transaction_read_only = off; SET statement_timeout = 0; BEGIN READ WRITE; "+ofSettings+"; COMMIT")
	o := testOptions(t, src.URI(source), dst.URI(target))
	if out, err := Clone(t.Context(), o); err != nil {
		t.Fatalf("%v %+v", err, out)
	}
	const inTime = "SET statement_timeout = 0; "
	if want, got := src.Value(t, source, inTime+rowsOfSettings), dst.Value(t, target, inTime+rowsOfSettings); got != want {
		t.Errorf("the target has %s\nand the source %s", got, want)
	}
}

// TestTargetsOwnSettings: where the source's database has none, it is what the target's own sessions would make of them.
func TestTargetsOwnSettings(t *testing.T) {
	src, dst := pgtest.Pair(t)
	source, target := src.FreshDB(t), dst.FreshDB(t)
	src.Exec(t, source, ofSettings)
	for _, s := range settingsOfValues {
		dst.Exec(t, "postgres", "ALTER DATABASE "+target+" SET "+s)
	}
	for _, format := range []string{"binary", "text"} {
		o := testOptions(t, src.URI(source), dst.URI(target))
		o.CopyFormat, o.DropIfExists = format, true
		if out, err := Clone(t.Context(), o); err != nil {
			t.Fatalf("%v %+v", err, out)
		}
		const free = "SET default_transaction_read_only = off; SET statement_timeout = 0; "
		copied := dst.Value(t, target, free+rowsOfSettings)
		dst.Exec(t, target, free+`BEGIN READ WRITE; SET search_path = public; REFRESH MATERIALIZED VIEW per_day; REFRESH MATERIALIZED VIEW as_text; REINDEX TABLE ev; UPDATE ev SET id = id; COMMIT`)
		if anew := dst.Value(t, target, free+rowsOfSettings); copied != anew {
			t.Errorf("copied as %s: %s\nmade anew: %s", format, copied, anew)
		}
		const rows = "SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET bytea_output = 'hex'; SELECT md5(string_agg(concat_ws(',', id, ts, i, b, t), ' ' ORDER BY id)) FROM ev"
		if s, d := src.Value(t, source, rows), dst.Value(t, target, free+rows); s != d {
			t.Errorf("copied as %s, the rows differ", format)
		}
	}
}
