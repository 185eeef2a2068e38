-- Indexes of every kind, and what is attached to an index: statistics, options, CLUSTER ON, replica identity, validity.

CREATE TABLE ks.indexed (
    id      int,
    a       int NOT NULL,
    b       text NOT NULL,
    c       numeric,
    j       jsonb,
    arr     int[],
    ts      tsvector,
    p       point,
    r       int4range,
    ip      inet,
    at      timestamptz NOT NULL
);
INSERT INTO ks.indexed
    SELECT i, i % 50, 'b' || i, nullif(i % 7, 0), jsonb_build_object('k', i, 'tags', jsonb_build_array(i % 3, 'x')), ARRAY[i, i + 1], to_tsvector('english', 'word' || i || ' cats'),
           point(i, -i), int4range(i, i + 5), ('10.0.' || i % 256 || '.1')::inet, '2020-01-01 00:00+00'::timestamptz + i * interval '1 minute'
    FROM generate_series(1, 3000) i;

CREATE INDEX ix_btree ON ks.indexed (a);
CREATE INDEX ix_desc ON ks.indexed (a DESC, c DESC NULLS LAST, b ASC NULLS FIRST);
CREATE INDEX ix_hash ON ks.indexed USING hash (b);
CREATE INDEX ix_gin ON ks.indexed USING gin (j);
CREATE INDEX ix_gin_path ON ks.indexed USING gin (j jsonb_path_ops, arr) WITH (fastupdate = off, gin_pending_list_limit = 128);
CREATE INDEX ix_gist ON ks.indexed USING gist (p, r) WITH (buffering = on, fillfactor = 60);
CREATE INDEX ix_gist_siglen ON ks.indexed USING gist (ts tsvector_ops (siglen = 100));
CREATE INDEX ix_spgist ON ks.indexed USING spgist (p kd_point_ops);
CREATE INDEX ix_spgist_inet ON ks.indexed USING spgist (ip);
CREATE INDEX ix_brin_plain ON ks.indexed USING brin (at) WITH (pages_per_range = 2, autosummarize = on);
CREATE INDEX ix_partial ON ks.indexed (b) WHERE a > 10 AND b <> 'it''s';
CREATE INDEX ix_expression ON ks.indexed (lower(b), (a + 1), (j ->> 'k'), ((c IS NULL)));
ALTER INDEX ks.ix_expression ALTER COLUMN 1 SET STATISTICS 400;
ALTER INDEX ks.ix_expression ALTER COLUMN 3 SET STATISTICS 0;
COMMENT ON INDEX ks.ix_expression IS 'an index over expressions';
CREATE INDEX ix_user_function ON ks.indexed (ks.twice(a));
CREATE INDEX ix_collate ON ks.indexed (b COLLATE "C", b COLLATE ks.numeric_order text_pattern_ops);
CREATE INDEX ix_own_opclass ON ks.indexed (a ks.abs_ops);
CREATE UNIQUE INDEX ix_unique_include ON ks.indexed (id) INCLUDE (b, c) WITH (fillfactor = 70, deduplicate_items = off);
CREATE UNIQUE INDEX ix_unique_partial ON ks.indexed (b) WHERE c IS NOT NULL;
CREATE UNIQUE INDEX ix_replica ON ks.indexed (a, b, at);
ALTER TABLE ks.indexed REPLICA IDENTITY USING INDEX ix_replica;
ALTER TABLE ks.indexed CLUSTER ON ix_desc;
-- Two indexes with one definition are two indexes.
CREATE INDEX ix_twin_1 ON ks.indexed (c);
CREATE INDEX ix_twin_2 ON ks.indexed (c);
CREATE INDEX ON ks.indexed (c);

-- Replica identities of the other kinds; CLUSTER ON by a constraint's index.
CREATE TABLE ks.identity_by_pk (id int CONSTRAINT "by pk" PRIMARY KEY, u int NOT NULL CONSTRAINT "by unique" UNIQUE);
ALTER TABLE ks.identity_by_pk REPLICA IDENTITY USING INDEX "by pk";
ALTER TABLE ks.identity_by_pk CLUSTER ON "by unique";
COMMENT ON CONSTRAINT "by pk" ON ks.identity_by_pk IS 'a comment on a primary key';
COMMENT ON INDEX ks."by unique" IS 'a comment on the index of a unique constraint';
COMMENT ON CONSTRAINT "by unique" ON ks.identity_by_pk IS 'a comment on the constraint over it';
INSERT INTO ks.identity_by_pk SELECT i, -i FROM generate_series(1, 300) i;
CREATE TABLE ks.identity_by_constraint (id int, u int NOT NULL CONSTRAINT identity_u UNIQUE);
ALTER TABLE ks.identity_by_constraint REPLICA IDENTITY USING INDEX identity_u;
ALTER TABLE ks.identity_by_constraint CLUSTER ON identity_u;
INSERT INTO ks.identity_by_constraint SELECT i, -i FROM generate_series(1, 300) i;
CREATE TABLE ks.identity_full (id int, v text);
ALTER TABLE ks.identity_full REPLICA IDENTITY FULL;
-- No key at all, and rows that are equal in every column: each of them counts.
INSERT INTO ks.identity_full SELECT 1, 'twin' FROM generate_series(1, 10);
INSERT INTO ks.identity_full VALUES (NULL, NULL), (NULL, NULL), (NULL, '');
CREATE TABLE ks.identity_nothing (id int PRIMARY KEY);
ALTER TABLE ks.identity_nothing REPLICA IDENTITY NOTHING;

-- What a failed CREATE UNIQUE INDEX CONCURRENTLY leaves behind: an index that is neither ready nor valid, over rows that
-- break it. pg_dump leaves it out, so it must not be on the target: neither built (it cannot be) nor an error.
CREATE TABLE ks.with_invalid_index (id int PRIMARY KEY, v int, w int);
CREATE UNIQUE INDEX invalid_unique ON ks.with_invalid_index (v);
CREATE INDEX invalid_plain ON ks.with_invalid_index (w);
UPDATE pg_catalog.pg_index SET indisvalid = false, indisready = false WHERE indexrelid = 'ks.invalid_unique'::regclass;
UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = 'ks.invalid_plain'::regclass;
INSERT INTO ks.with_invalid_index SELECT i, 1, i FROM generate_series(1, 500) i;
CREATE INDEX valid_one ON ks.with_invalid_index (v, w);

-- Extended statistics of each kind, on columns and on expressions.
CREATE STATISTICS ks.stat_all (ndistinct, dependencies, mcv) ON a, b, c FROM ks.indexed;
ALTER STATISTICS ks.stat_all SET STATISTICS 250;
ALTER STATISTICS ks.stat_all OWNER TO ks_owner;
COMMENT ON STATISTICS ks.stat_all IS 'extended statistics';
-- In another schema than its table.
CREATE STATISTICS "dot.ted.name"."stat elsewhere" (mcv) ON a, at FROM ks.indexed;
