-- 2,000 large objects of 1 kB to 512 kB that do not compress, about 500 MB at scale 1.

CREATE TABLE noise AS SELECT string_agg(sha512(int4send(g)), '' ORDER BY g) AS bytes FROM generate_series(1, 16384) g;

SELECT count(lo_from_bytea(200000 + i, substring(bytes FROM 1 + i * 977 % 500000 FOR 1024 + i * 7919 % 523264)))
    FROM noise, generate_series(1, greatest(20, (2000 * current_setting('bench.scale')::float)::int)) i;

CREATE TABLE attachment AS SELECT oid AS content, 'file ' || oid AS name FROM pg_largeobject_metadata;
ALTER TABLE attachment ADD PRIMARY KEY (content);

DROP TABLE noise;
