-- Constraints of every kind. Rows stand where a constraint that is built differently (eager for deferrable, valid for
-- NOT VALID, without its index's options) would fail or change the dump.

CREATE TABLE ks.keys (
    id      int CONSTRAINT keys_pk PRIMARY KEY WITH (fillfactor = 70) USING INDEX TABLESPACE ks_space,
    u       int CONSTRAINT keys_u UNIQUE DEFERRABLE INITIALLY DEFERRED,
    i       int CONSTRAINT keys_i UNIQUE DEFERRABLE INITIALLY IMMEDIATE,
    n       int CONSTRAINT keys_n UNIQUE,
    a       int NOT NULL,
    b       text,
    c       text,
    CONSTRAINT keys_include UNIQUE (a, id) INCLUDE (b, c) WITH (fillfactor = 55),
    CONSTRAINT keys_check CHECK (a > 0 AND b <> 'it''s') ,
    CONSTRAINT keys_no_inherit CHECK (id <> 13) NO INHERIT
);
INSERT INTO ks.keys SELECT i, nullif(i % 500, 1), i, nullif(i, 4), i, 'b' || i, 'c' FROM generate_series(1, 12) i;
INSERT INTO ks.keys SELECT i, i, i, i, i, 'b' || i, 'c' FROM generate_series(14, 1000) i;
ALTER TABLE ks.keys ADD CONSTRAINT keys_not_valid CHECK (b <> 'b5') NOT VALID;
COMMENT ON CONSTRAINT keys_pk ON ks.keys IS 'a primary key in a tablespace';
COMMENT ON CONSTRAINT keys_u ON ks.keys IS 'deferrable';
COMMENT ON CONSTRAINT keys_check ON ks.keys IS 'a check';
COMMENT ON CONSTRAINT keys_not_valid ON ks.keys IS 'a check that is not valid: row 5 breaks it';
COMMENT ON INDEX ks.keys_include IS 'the index of a constraint';
CREATE TABLE ks.deferrable_pk (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, v text);
INSERT INTO ks.deferrable_pk SELECT i, 'v' FROM generate_series(1, 100) i;
CREATE TABLE ks.key_order (a int, b text COLLATE "C", c date, PRIMARY KEY (c, a, b));
INSERT INTO ks.key_order SELECT i, 'b', '2020-01-01' FROM generate_series(1, 100) i;
CREATE TABLE ks.many_keys (a int PRIMARY KEY, b int UNIQUE, c int UNIQUE, d int UNIQUE, e int UNIQUE, f int UNIQUE, UNIQUE (a, b), UNIQUE (b, a), UNIQUE (c, d, e));
INSERT INTO ks.many_keys SELECT i, i, i, i, i, i FROM generate_series(1, 1000) i;

-- Exclusion constraints: no unique index stands in for them.
CREATE TABLE ks.excluded (
    id      int PRIMARY KEY,
    during  tsrange,
    area    box,
    v       int,
    CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&),
    CONSTRAINT no_overlap_later EXCLUDE USING gist (area WITH &&) WITH (fillfactor = 70) WHERE (id > 10) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT exclude_btree EXCLUDE (v WITH =) INCLUDE (id) DEFERRABLE,
    CONSTRAINT exclude_hash EXCLUDE USING hash ((v + 1) WITH =)
);
COMMENT ON CONSTRAINT no_overlap ON ks.excluded IS 'an exclusion constraint';
INSERT INTO ks.excluded SELECT i, tsrange('2020-01-01'::timestamp + i * interval '1 day', '2020-01-02'::timestamp + i * interval '1 day'), box(point(i, i), point(i + 0.5, i + 0.5)), i FROM generate_series(1, 200) i;
ALTER TABLE ks.excluded CLUSTER ON no_overlap;

-- Foreign keys: circular, to itself, with every action, deferred, MATCH FULL, on unique indexes, on partitions.
CREATE TABLE ks.chicken (id int PRIMARY KEY, egg int);
CREATE TABLE ks.egg (id int PRIMARY KEY, chicken int NOT NULL CONSTRAINT egg_fk REFERENCES ks.chicken ON UPDATE CASCADE ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE ks.chicken ADD CONSTRAINT chicken_fk FOREIGN KEY (egg) REFERENCES ks.egg ON DELETE SET NULL DEFERRABLE INITIALLY IMMEDIATE;
INSERT INTO ks.egg SELECT i, i FROM generate_series(1, 500) i;
INSERT INTO ks.chicken SELECT i, i FROM generate_series(1, 500) i;
COMMENT ON CONSTRAINT egg_fk ON ks.egg IS 'half of a circle';

CREATE TABLE ks.tree (id int PRIMARY KEY, parent int REFERENCES ks.tree ON DELETE RESTRICT, old_parent int CONSTRAINT tree_old REFERENCES ks.tree (id) ON UPDATE SET DEFAULT);
-- A child before its parent in the heap: row by row checks during the copy would fail.
INSERT INTO ks.tree SELECT 1000 - i, nullif(1000 - i - 1, 0), NULL FROM generate_series(1, 999) i;

CREATE TABLE ks.target_of_many (a int, b int, c int NOT NULL, PRIMARY KEY (a, b), CONSTRAINT tom_c UNIQUE (c));
CREATE UNIQUE INDEX tom_bare_index ON ks.target_of_many (b, c);
INSERT INTO ks.target_of_many SELECT i, i, i FROM generate_series(1, 300) i;
CREATE TABLE ks.many_fks (
    id int PRIMARY KEY, a int, b int, c int, d int DEFAULT 1, keep text,
    CONSTRAINT fk_full FOREIGN KEY (a, b) REFERENCES ks.target_of_many MATCH FULL ON DELETE NO ACTION,
    CONSTRAINT fk_swapped FOREIGN KEY (b, a) REFERENCES ks.target_of_many (a, b) ON DELETE SET NULL,
    CONSTRAINT fk_default FOREIGN KEY (c) REFERENCES ks.target_of_many (c) ON DELETE SET DEFAULT ON UPDATE CASCADE,
    -- A foreign key needs a unique index only, not a constraint over it.
    CONSTRAINT fk_bare_index FOREIGN KEY (c, d) REFERENCES ks.target_of_many (c, b)
);
INSERT INTO ks.many_fks SELECT i, i, i, i, i, 'x' FROM generate_series(1, 300) i;
INSERT INTO ks.many_fks SELECT i, NULL, NULL, NULL, NULL, 'nulls' FROM generate_series(301, 400) i;

-- Orphans: 7 of these rows have no parent, and the constraint says so by being NOT VALID. It must arrive NOT VALID.
CREATE TABLE ks.with_orphans (id int PRIMARY KEY, c int);
INSERT INTO ks.with_orphans SELECT i, i FROM generate_series(294, 307) i;
ALTER TABLE ks.with_orphans ADD CONSTRAINT fk_orphans FOREIGN KEY (c) REFERENCES ks.target_of_many (c) NOT VALID;
ALTER TABLE ks.with_orphans ADD CONSTRAINT fk_no_orphans FOREIGN KEY (id) REFERENCES ks.with_orphans NOT VALID;
COMMENT ON CONSTRAINT fk_orphans ON ks.with_orphans IS 'not valid: 7 orphans';

CREATE TABLE ks.fk_to_partitioned (id int PRIMARY KEY, kind text, list_id int, hash_id bigint REFERENCES ks.by_hash,
    CONSTRAINT fk_to_list FOREIGN KEY (kind, list_id) REFERENCES ks.by_list (kind, id));
INSERT INTO ks.fk_to_partitioned SELECT i, (ARRAY['a', 'b', 'c', 'd', 'quo''ted, "x"'])[1 + i % 5], i, -i FROM generate_series(1, 500) i;
ALTER TABLE ks.by_hash ADD COLUMN ref int;
ALTER TABLE ks.by_hash ADD CONSTRAINT fk_from_partitioned FOREIGN KEY (ref) REFERENCES ks.fk_to_partitioned DEFERRABLE;
UPDATE ks.by_hash SET ref = id WHERE id BETWEEN 1 AND 100;
CREATE TABLE ks.partition_of_itself (id int PRIMARY KEY, up int REFERENCES ks.partition_of_itself) PARTITION BY RANGE (id);
CREATE TABLE ks.partition_of_itself_1 PARTITION OF ks.partition_of_itself FOR VALUES FROM (1) TO (100);
CREATE TABLE ks.partition_of_itself_2 PARTITION OF ks.partition_of_itself FOR VALUES FROM (100) TO (200);
INSERT INTO ks.partition_of_itself SELECT i, 199 - i + 1 FROM generate_series(1, 199) i;

-- One name for the constraints of many tables, and constraints of one table whose names differ only in case.
CREATE TABLE ks.same_name_1 (id int CONSTRAINT positive CHECK (id > 0) CONSTRAINT "Positive" CHECK (id > -1), v int CONSTRAINT "Fk" REFERENCES ks.tree);
CREATE TABLE ks.same_name_2 (id int CONSTRAINT positive CHECK (id > 0), v int CONSTRAINT "Fk" REFERENCES ks.tree);
INSERT INTO ks.same_name_1 SELECT i, i FROM generate_series(1, 50) i;
INSERT INTO ks.same_name_2 SELECT i, i FROM generate_series(1, 50) i;

-- A check over a function that reads another table holds on the source today; copying rows in another order than they
-- were written would break it if it were valid. As pg_dump does, it comes after the data.
CREATE TABLE ks.allowed (id int PRIMARY KEY);
INSERT INTO ks.allowed SELECT generate_series(1, 100);
CREATE FUNCTION ks.is_allowed(int) RETURNS bool LANGUAGE sql STABLE AS 'SELECT EXISTS (SELECT FROM ks.allowed WHERE id = $1)';
CREATE TABLE ks.asks_another_table (id int PRIMARY KEY);
INSERT INTO ks.asks_another_table SELECT generate_series(1, 100);
ALTER TABLE ks.asks_another_table ADD CONSTRAINT asks CHECK (ks.is_allowed(id)) NOT VALID;

-- Constraints of one leaf only.
ALTER TABLE ks.by_range_2026 ADD CONSTRAINT leaf_fk FOREIGN KEY (id) REFERENCES ks.tree NOT VALID, ADD CONSTRAINT leaf_check CHECK (id > 0),
    ADD CONSTRAINT leaf_unique UNIQUE (id, at) DEFERRABLE;
COMMENT ON CONSTRAINT leaf_unique ON ks.by_range_2026 IS 'unique on one leaf';
