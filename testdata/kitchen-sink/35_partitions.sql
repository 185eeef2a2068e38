-- Partitioned tables: range, list, hash, several levels, defaults, leaves that look different from their parent.
-- Rows live in the leaves; the parents hold none.

CREATE TABLE ks.by_range (id int NOT NULL, at date NOT NULL, v text DEFAULT 'parent default', n int GENERATED ALWAYS AS (id + 1) STORED) PARTITION BY RANGE (at);
CREATE TABLE ks.by_range_bc PARTITION OF ks.by_range FOR VALUES FROM (MINVALUE) TO ('0001-01-01 BC');
CREATE TABLE ks.by_range_2024 PARTITION OF ks.by_range FOR VALUES FROM ('0001-01-01 BC') TO ('2025-01-01');
CREATE TABLE ks.by_range_2025 PARTITION OF ks.by_range FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (id);
CREATE TABLE ks."by_range_2025 list" PARTITION OF ks.by_range_2025 FOR VALUES IN (1, 2, 3, 4, 5) PARTITION BY HASH (v);
CREATE TABLE ks.leaf_0 PARTITION OF ks."by_range_2025 list" FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE UNLOGGED TABLE ks.leaf_1 PARTITION OF ks."by_range_2025 list" FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE ks.by_range_2025_default PARTITION OF ks.by_range_2025 DEFAULT;
CREATE TABLE ks.by_range_default PARTITION OF ks.by_range DEFAULT WITH (fillfactor = 50) TABLESPACE ks_space;
-- A leaf with another column order, dropped columns, a default of its own; attached afterwards.
CREATE TABLE ks.by_range_2026 (gone int, v text DEFAULT 'leaf default', n int GENERATED ALWAYS AS (id + 1) STORED, at date NOT NULL, gone2 text, id int NOT NULL);
ALTER TABLE ks.by_range_2026 DROP COLUMN gone, DROP COLUMN gone2;
ALTER TABLE ks.by_range ATTACH PARTITION ks.by_range_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

INSERT INTO ks.by_range (id, at, v) SELECT i, '2024-01-01'::date + i, 'v' || i FROM generate_series(1, 3000) i;
INSERT INTO ks.by_range (id, at, v) SELECT 1 + i % 7, '2025-01-01'::date + i % 300, 'v' || i FROM generate_series(1, 3000) i;
INSERT INTO ks.by_range (id, at) VALUES (-1, '-infinity'), (-2, '0044-03-15 BC'), (-3, 'infinity'), (-4, '9999-12-31');

-- Partitioned indexes: with all their children, with a child that was attached by hand, and one that is ON ONLY
-- the parent and INVALID because a leaf has none. Invalid indexes on a partitioned table are dumped and stay invalid.
CREATE INDEX by_range_id ON ks.by_range (id, at DESC);
COMMENT ON INDEX ks.by_range_id IS 'a partitioned index';
CREATE INDEX "hand made" ON ks.by_range_2024 (v);
CREATE INDEX by_range_v ON ks.by_range (v);
CREATE INDEX by_range_only ON ONLY ks.by_range (lower(v));
CREATE INDEX by_range_only_2024 ON ks.by_range_2024 (lower(v));
ALTER INDEX ks.by_range_only ATTACH PARTITION ks.by_range_only_2024;
CREATE INDEX only_this_leaf ON ks.by_range_2024 (n) WHERE n > 10;
ALTER TABLE ks.by_range_2024 CLUSTER ON by_range_only_2024;
ALTER INDEX ks.by_range_only_2024 ALTER COLUMN 1 SET STATISTICS 500;

CREATE TABLE ks.by_list (id int, kind text, v text, PRIMARY KEY (kind, id), UNIQUE (id, kind) INCLUDE (v)) PARTITION BY LIST (kind);
COMMENT ON CONSTRAINT by_list_pkey ON ks.by_list IS 'the primary key of a partitioned table';
CREATE TABLE ks.by_list_ab PARTITION OF ks.by_list FOR VALUES IN ('a', 'b', 'quo''ted, "x"');
CREATE TABLE ks.by_list_rest PARTITION OF ks.by_list DEFAULT;
CREATE TABLE ks.by_list_c (v text, kind text NOT NULL, id int NOT NULL, CONSTRAINT "own pk name" PRIMARY KEY (kind, id));
ALTER TABLE ks.by_list ATTACH PARTITION ks.by_list_c FOR VALUES IN ('c');
INSERT INTO ks.by_list SELECT i, (ARRAY['a', 'b', 'c', 'd', 'quo''ted, "x"'])[1 + i % 5], 'v' || i FROM generate_series(1, 1000) i;
ALTER TABLE ks.by_list_ab REPLICA IDENTITY FULL;

CREATE TABLE ks.by_hash (id bigint PRIMARY KEY, v text) PARTITION BY HASH (id);
CREATE TABLE ks.by_hash_0 PARTITION OF ks.by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE ks.by_hash_1 PARTITION OF ks.by_hash FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE ks.by_hash_2 PARTITION OF ks.by_hash FOR VALUES WITH (MODULUS 6, REMAINDER 2);
CREATE TABLE ks.by_hash_5 PARTITION OF ks.by_hash FOR VALUES WITH (MODULUS 6, REMAINDER 5);
INSERT INTO ks.by_hash SELECT i, md5(i::text) FROM generate_series(-1500, 1500) i;

CREATE TABLE ks.by_expression (a int, b text) PARTITION BY RANGE ((a % 10), b COLLATE "C" text_pattern_ops);
CREATE TABLE ks.by_expression_1 PARTITION OF ks.by_expression FOR VALUES FROM (0, MINVALUE) TO (5, MAXVALUE);
INSERT INTO ks.by_expression SELECT i, 'b' FROM generate_series(0, 1000) i WHERE i % 10 < 5;

-- Hash partitioned by an enum: the hash of an enum value is that of its OID, which differs on every server, so a row
-- may belong to another leaf there. pg_dump has --load-via-partition-root for it; here one leaf takes all remainders.
CREATE TABLE ks.by_enum_hash (m ks.mood, v int) PARTITION BY HASH (m);
CREATE TABLE ks.by_enum_hash_all PARTITION OF ks.by_enum_hash FOR VALUES WITH (MODULUS 1, REMAINDER 0);
INSERT INTO ks.by_enum_hash SELECT unnest(enum_range(NULL::ks.mood)), generate_series(1, 4);

CREATE TABLE ks.no_partitions (id int, PRIMARY KEY (id)) PARTITION BY LIST (id);
COMMENT ON TABLE ks.by_range IS 'a partitioned table';
COMMENT ON TABLE ks.by_range_default IS 'a default partition';
ALTER TABLE ks.by_range OWNER TO ks_owner;
ALTER TABLE ks.by_range_2024 OWNER TO "ks Quoted.Role";
GRANT SELECT ON ks.by_range_2025 TO ks_reader;
