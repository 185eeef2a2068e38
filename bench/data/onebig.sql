-- One table of mixed types with five indexes, about 1.2 GB of rows at scale 1, and twenty tiny tables.

CREATE TABLE big (id bigint NOT NULL, key uuid NOT NULL, at timestamptz NOT NULL, day date, amount numeric(14,2), n int, ratio float8,
    name text, city text, note text, ok boolean, tags text[], doc jsonb);

INSERT INTO big SELECT i, md5(i::text)::uuid, timestamptz '2026-01-01 00:00 UTC' + i * interval '1 second', date '2020-01-01' + (i % 2000)::int,
    (i * 7919 % 100000000) / 100.0, (i * 104729 % 1000003)::int, sqrt(i), 'name ' || md5((i * 3)::text),
    (ARRAY['Berlin','Paris','Roma','Madrid','Oslo','Wien','Praha','Lisboa'])[1 + i % 8],
    repeat(md5((i * 5)::text), 1 + (i % 7)::int), i % 3 = 0, ARRAY['t' || i % 50, 'u' || i % 7],
    jsonb_build_object('id', i, 'kind', i % 11, 'ref', md5((i * 11)::text))
FROM generate_series(1, greatest(1000, (2600000 * current_setting('bench.scale')::float)::bigint)) i;

ALTER TABLE big ADD PRIMARY KEY (id);

CREATE UNIQUE INDEX big_key ON big (key);

CREATE INDEX big_at ON big (at);

CREATE INDEX big_name ON big (name);

CREATE INDEX big_city_n ON big (city, n);

DO $$ BEGIN
    FOR i IN 1..20 LOOP
        EXECUTE format('CREATE TABLE tiny_%s (id int PRIMARY KEY, name text)', i);
        EXECUTE format('INSERT INTO tiny_%s SELECT g, ''row '' || g FROM generate_series(1, 50) g', i);
    END LOOP;
END $$;
