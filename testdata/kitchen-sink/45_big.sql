-- Big things: 1,500 columns, rows of 20 MB, a table of some pages per split part, many columns of toasted data.

DO $$
BEGIN
    EXECUTE (SELECT 'CREATE TABLE ks.wide (' || string_agg(format('%I %s', 'Col ' || i,
        CASE i % 5 WHEN 0 THEN 'int' WHEN 1 THEN 'smallint' WHEN 2 THEN 'bool' WHEN 3 THEN 'text' ELSE 'date' END), ', ' ORDER BY i) || ')'
        FROM generate_series(1, 1500) i);
    EXECUTE (SELECT 'INSERT INTO ks.wide SELECT ' || string_agg(
        CASE i % 5 WHEN 0 THEN format('r * %s', i) WHEN 1 THEN format('r + %s', i) WHEN 2 THEN format('(r + %s) %% 3 = 0', i)
                   WHEN 3 THEN format('CASE WHEN r %% 2 = 0 THEN NULL ELSE %L || r END', chr(97 + i % 26)) ELSE format('date ''2000-01-01'' + r * %s', i) END, ', ' ORDER BY i)
        || ' FROM generate_series(1, 40) r' FROM generate_series(1, 1500) i);
END
$$;
INSERT INTO ks.wide DEFAULT VALUES;
CREATE UNIQUE INDEX ON ks.wide ("Col 5");

-- 20 MB in one value: text that does not compress, text that does, bytea (whose text form is twice as long), stored raw.
CREATE TABLE ks.huge_values (id int PRIMARY KEY, t text, b bytea, raw bytea);
ALTER TABLE ks.huge_values ALTER raw SET STORAGE EXTERNAL;
INSERT INTO ks.huge_values
    SELECT 1, t, NULL, NULL FROM (SELECT string_agg(md5(i::text), '' ORDER BY i) AS t FROM generate_series(1, 655360) i) s;
INSERT INTO ks.huge_values
    SELECT 2, NULL, decode(t, 'hex'), NULL FROM (SELECT string_agg(md5(i::text), '' ORDER BY i) AS t FROM generate_series(1, 1310720) i) s;
INSERT INTO ks.huge_values VALUES (3, repeat(E'\\\t\n', 7000000), NULL, convert_to(repeat('\', 1000000), 'UTF8')), (4, '', '', '');

-- Some ten thousand rows with a key of two columns, and rows of very different sizes.
CREATE TABLE ks.medium (a int, b text, payload text, PRIMARY KEY (a, b));
INSERT INTO ks.medium SELECT i % 100, 'b' || i, repeat(md5(i::text), 1 + i % 8) FROM generate_series(1, 30000) i;
CREATE INDEX medium_payload ON ks.medium (left(payload, 32));
CREATE TABLE ks.uneven (id uuid PRIMARY KEY, payload text);
INSERT INTO ks.uneven SELECT md5(i::text)::uuid, CASE WHEN i % 200 = 0 THEN (SELECT string_agg(md5((i + j)::text), '') FROM generate_series(1, 2000) j) ELSE 'small' END FROM generate_series(1, 4000) i;
