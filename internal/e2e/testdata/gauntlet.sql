-- A database that is small, and gives every step of a clone at least one task to do. Where a second task of a step is not
-- met in the same way as the first (a crash in the first run, a crash in the second), there are two of it.

CREATE SCHEMA g;
CREATE TYPE g.mood AS ENUM ('good', 'bad', 'so so', 'well', 'awful');
CREATE FUNCTION g.twice(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 * 2';

-- Split in parts (64 kB).
CREATE TABLE g.split (id int PRIMARY KEY, mood g.mood DEFAULT 'good', pad text);
INSERT INTO g.split SELECT i, 'bad', repeat(md5(i::text), 4) FROM generate_series(1, 2000) i;
CREATE TABLE g.split_too (id bigint PRIMARY KEY, other int REFERENCES g.split, pad text);
INSERT INTO g.split_too SELECT i, i, repeat('x', 150) FROM generate_series(1, 1500) i;

-- Frozen: from 8 MB on, in one part because it has no heap to speak of.
CREATE TABLE g.frozen (id int, value text);
ALTER TABLE g.frozen ALTER value SET STORAGE EXTERNAL;
INSERT INTO g.frozen SELECT i, repeat(chr(65 + i), 1100000) FROM generate_series(1, 9) i;

CREATE TABLE g.plain (id int GENERATED ALWAYS AS IDENTITY, a int, twice int GENERATED ALWAYS AS (g.twice(a)) STORED, t text,
    CONSTRAINT plain_key PRIMARY KEY (id), CONSTRAINT plain_once UNIQUE (a) DEFERRABLE INITIALLY DEFERRED);
INSERT INTO g.plain (a, t) SELECT i, 'row ' || i FROM generate_series(1, 200) i;
CREATE TABLE g.empty (id int PRIMARY KEY);
CREATE UNLOGGED TABLE g.unlogged (id serial PRIMARY KEY, t text);
INSERT INTO g.unlogged (t) SELECT 'unlogged ' || i FROM generate_series(1, 100) i;
CREATE TABLE g.booked (id int REFERENCES g.plain, during int4range, CONSTRAINT booked_once EXCLUDE USING gist (during WITH &&));
INSERT INTO g.booked SELECT i, int4range(i, i + 1) FROM generate_series(1, 50) i;

CREATE TABLE g.parted (id int, part int, t text, PRIMARY KEY (id, part)) PARTITION BY LIST (part);
CREATE TABLE g.parted_1 PARTITION OF g.parted FOR VALUES IN (1);
CREATE TABLE g.parted_2 PARTITION OF g.parted FOR VALUES IN (2);
CREATE INDEX parted_t ON g.parted (t);
INSERT INTO g.parted SELECT i, 1 + i % 2, 't' || i FROM generate_series(1, 100) i;
ALTER TABLE g.parted ADD FOREIGN KEY (id) REFERENCES g.plain;

-- Rows that belong to other partitions on another server; one partition in parts.
CREATE TABLE g.spread (id int, mood g.mood, pad text, PRIMARY KEY (id, mood)) PARTITION BY HASH (mood);
CREATE TABLE g.spread_1 PARTITION OF g.spread FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE g.spread_2 PARTITION OF g.spread FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE g.spread_3 PARTITION OF g.spread FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO g.spread SELECT i, (ARRAY['good', 'bad', 'so so', 'well', 'awful'])[1 + i % 5]::g.mood, repeat('s', 150) FROM generate_series(1, 1200) i;

-- Each has its own check of one name: the parent's, when it is added, rewrites the child's.
CREATE TABLE g.parent (a int, b int);
CREATE TABLE g.child () INHERITS (g.parent);
INSERT INTO g.child VALUES (-1, 1);
ALTER TABLE g.child ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
ALTER TABLE g.parent ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;

-- Indexes, two of them with riders.
CREATE INDEX plain_t ON g.plain (t);
CREATE INDEX plain_sum ON g.plain ((a + twice));
ALTER INDEX g.plain_sum ALTER COLUMN 1 SET STATISTICS 500;
CREATE UNIQUE INDEX split_pad ON g.split (id, pad);
CREATE INDEX split_mood ON g.split ((id % 7)) WHERE mood = 'bad';
ALTER INDEX g.split_mood ALTER COLUMN 1 SET STATISTICS 50;
CLUSTER g.plain USING plain_t;

-- After the data.
CREATE MATERIALIZED VIEW g.sums AS SELECT id % 10 AS k, count(*) AS n FROM g.split GROUP BY 1;
CREATE UNIQUE INDEX sums_k ON g.sums (k);
CREATE MATERIALIZED VIEW g.sums_of_sums AS SELECT sum(n) AS n FROM g.sums;
CREATE TABLE g.log (what text);
CREATE FUNCTION g.count_rows() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN INSERT INTO g.log VALUES (TG_OP); RETURN NEW; END';
CREATE TRIGGER counted AFTER INSERT ON g.plain FOR EACH ROW EXECUTE FUNCTION g.count_rows();
CREATE TRIGGER counted AFTER INSERT ON g.split FOR EACH ROW EXECUTE FUNCTION g.count_rows();
CREATE TRIGGER counted AFTER INSERT ON g.spread FOR EACH ROW EXECUTE FUNCTION g.count_rows();
CREATE TRIGGER counted AFTER INSERT ON g.unlogged FOR EACH ROW EXECUTE FUNCTION g.count_rows();
CREATE RULE nothing AS ON INSERT TO g.empty DO INSTEAD NOTHING;
ALTER TABLE g.plain ENABLE ROW LEVEL SECURITY;
CREATE POLICY readers ON g.plain FOR SELECT TO ks_reader USING (a > 0);
CREATE PUBLICATION gauntlet FOR TABLE g.plain;
CREATE FUNCTION g.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN NULL; END';
CREATE EVENT TRIGGER gauntlet_ddl ON ddl_command_end EXECUTE FUNCTION g.on_ddl();
COMMENT ON INDEX g.plain_t IS 'an index';
COMMENT ON TABLE g.plain IS 'a table';
GRANT SELECT ON g.plain TO ks_reader;

CREATE SEQUENCE g.counter;
SELECT setval('g.counter', 4711);

-- Two batches of large objects.
SELECT count(lo_from_bytea(500000 + i, convert_to('object ' || i, 'UTF8'))) FROM generate_series(1, 250) i;
COMMENT ON LARGE OBJECT 500001 IS 'the first';
GRANT SELECT ON LARGE OBJECT 500250 TO ks_reader;

CREATE EXTENSION pgcopy_test WITH SCHEMA g;
INSERT INTO g.pgcopy_test_setting (key, value) SELECT 'user key ' || i, 'value ' || i FROM generate_series(1, 25) i;
INSERT INTO g.pgcopy_test_rule (setting_id, body) SELECT id, 'rule of ' || key FROM g.pgcopy_test_setting WHERE NOT builtin;
SELECT setval('g.pgcopy_test_counter', 4711);

DO $$ BEGIN
    EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), 'the gauntlet');
    EXECUTE format('ALTER DATABASE %I SET work_mem = %L', current_database(), '5MB');
    EXECUTE format('GRANT CREATE ON DATABASE %I TO ks_owner', current_database());
END $$;
