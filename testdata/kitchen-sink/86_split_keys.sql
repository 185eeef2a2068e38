-- Tables for every way to cut a table into parts: each has a few thousand rows over some dozens of pages, so that a
-- threshold of 8 kB cuts it into many. In each, count(*) and the sum of the key tell a lost or doubled part.

CREATE SCHEMA split;

-- Keys on both sides of zero, laid so that bounds of equal key ranges fall on -1 and on 0.
CREATE TABLE split.around_zero (id int PRIMARY KEY, pad text);
INSERT INTO split.around_zero SELECT i, repeat('p', 80) FROM generate_series(-3000, 3000) i;
CREATE TABLE split.bound_on_minus_one (id int PRIMARY KEY, pad text);
INSERT INTO split.bound_on_minus_one SELECT i, repeat('p', 80) FROM generate_series(-4000, 3999) i;
CREATE TABLE split.ends_on_minus_one (id int PRIMARY KEY, pad text);
INSERT INTO split.ends_on_minus_one SELECT i, repeat('p', 80) FROM generate_series(-5000, -1) i;
CREATE TABLE split.ends_on_zero (id int PRIMARY KEY, pad text);
INSERT INTO split.ends_on_zero SELECT i, repeat('p', 80) FROM generate_series(-4999, 0) i;
CREATE TABLE split.starts_on_zero (id int PRIMARY KEY, pad text);
INSERT INTO split.starts_on_zero SELECT i, repeat('p', 80) FROM generate_series(0, 4999) i;

-- Both ends of each integer type: max - min does not fit into the type.
CREATE TABLE split.int8_ends (id bigint PRIMARY KEY, pad text);
INSERT INTO split.int8_ends SELECT -9223372036854775808 + i, repeat('p', 80) FROM generate_series(0, 1499) i;
INSERT INTO split.int8_ends SELECT 9223372036854775807 - i, repeat('p', 80) FROM generate_series(0, 1499) i;
INSERT INTO split.int8_ends SELECT i, repeat('p', 80) FROM generate_series(-2, 2) i;
CREATE TABLE split.int8_high (id bigint PRIMARY KEY, pad text);
INSERT INTO split.int8_high SELECT 9223372036854775807 - i, repeat('p', 80) FROM generate_series(0, 2999) i;
CREATE TABLE split.int8_low (id bigint PRIMARY KEY, pad text);
INSERT INTO split.int8_low SELECT -9223372036854775808 + i, repeat('p', 80) FROM generate_series(0, 2999) i;
CREATE TABLE split.int4_ends (id int PRIMARY KEY, pad text);
INSERT INTO split.int4_ends SELECT -2147483648 + i, repeat('p', 80) FROM generate_series(0, 1499) i;
INSERT INTO split.int4_ends SELECT 2147483647 - i, repeat('p', 80) FROM generate_series(0, 1499) i;
CREATE TABLE split.int2_all (id smallint PRIMARY KEY, pad text);
INSERT INTO split.int2_all SELECT i, 'p' FROM generate_series(-32768, 32767, 8) i;
INSERT INTO split.int2_all VALUES (32767, 'p'), (-1, 'p');

-- A unique index over a column that may be NULL: most rows have no key. And one with nothing but NULLs.
CREATE TABLE split.nullable (id int UNIQUE, pad text);
INSERT INTO split.nullable SELECT CASE WHEN i % 4 = 0 THEN i - 2000 END, repeat('p', 80) FROM generate_series(1, 4000) i;
CREATE TABLE split.only_nulls (id int UNIQUE, pad text);
INSERT INTO split.only_nulls SELECT NULL, repeat('p', 80) FROM generate_series(1, 3000) i;

-- Unique indexes that are no key of the whole table: partial, over an expression, deferrable, invalid.
CREATE TABLE split.partial_unique (id int, pad text);
INSERT INTO split.partial_unique SELECT i % 1000, repeat('p', 80) FROM generate_series(1, 3000) i;
INSERT INTO split.partial_unique SELECT i, repeat('p', 80) FROM generate_series(1001, 1500) i;
CREATE UNIQUE INDEX partial_unique_idx ON split.partial_unique (id) WHERE id > 1000;
CREATE TABLE split.expression_unique (id int NOT NULL, pad text);
INSERT INTO split.expression_unique SELECT i, repeat('p', 80) FROM generate_series(1, 3000) i;
CREATE UNIQUE INDEX expression_unique_idx ON split.expression_unique ((-id));
CREATE TABLE split.deferrable_key (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, pad text);
INSERT INTO split.deferrable_key SELECT i, repeat('p', 80) FROM generate_series(1, 3000) i;
CREATE TABLE split.invalid_key (id int, pad text);
CREATE UNIQUE INDEX invalid_key_idx ON split.invalid_key (id);
UPDATE pg_catalog.pg_index SET indisvalid = false, indisready = false WHERE indexrelid = 'split.invalid_key_idx'::regclass;
INSERT INTO split.invalid_key SELECT i % 100, repeat('p', 80) FROM generate_series(1, 3000) i;

-- Gaps and skew: almost all rows on one key range, a step of a million, one row far away.
CREATE TABLE split.huge_gaps (id bigint PRIMARY KEY, pad text);
INSERT INTO split.huge_gaps SELECT i * 1000000007::bigint, repeat('p', 80) FROM generate_series(-1500, 1500) i;
CREATE TABLE split.skewed (id bigint PRIMARY KEY, pad text);
INSERT INTO split.skewed SELECT i, repeat('p', 80) FROM generate_series(1, 3000) i;
INSERT INTO split.skewed VALUES (9000000000000000000, 'far away');
CREATE TABLE split.one_row (id bigint PRIMARY KEY, pad text);
INSERT INTO split.one_row VALUES (9223372036854775807, repeat('p', 80));
CREATE TABLE split.two_rows (id bigint PRIMARY KEY, pad text);
INSERT INTO split.two_rows VALUES (-9223372036854775808, repeat('p', 80)), (9223372036854775807, repeat('p', 80));

-- More than one candidate, keys that are not integers, keys under odd names, generated and identity keys, domains.
CREATE TABLE split."Odd.Key ""Name""" ("the Key's ""Name""" bigint PRIMARY KEY, "other" int UNIQUE, pad text);
INSERT INTO split."Odd.Key ""Name""" SELECT i, -i, repeat('p', 80) FROM generate_series(-1500, 1500) i;
CREATE TABLE split.uuid_key (id uuid PRIMARY KEY, pad text);
INSERT INTO split.uuid_key SELECT md5(i::text)::uuid, repeat('p', 80) FROM generate_series(1, 3000) i;
CREATE TABLE split.text_key (id text PRIMARY KEY, pad text);
INSERT INTO split.text_key SELECT md5(i::text), repeat('p', 80) FROM generate_series(1, 3000) i;
CREATE TABLE split.two_column_key (a int, b int, pad text, PRIMARY KEY (a, b));
INSERT INTO split.two_column_key SELECT i % 10, i, repeat('p', 80) FROM generate_series(1, 3000) i;
CREATE TABLE split.numeric_key (id numeric PRIMARY KEY, pad text);
INSERT INTO split.numeric_key SELECT i + 0.5, repeat('p', 80) FROM generate_series(1, 3000) i;
CREATE TABLE split.generated_key (base int, id int GENERATED ALWAYS AS (base * 3) STORED PRIMARY KEY, pad text);
INSERT INTO split.generated_key (base, pad) SELECT i, repeat('p', 80) FROM generate_series(-1500, 1500) i;
CREATE TABLE split.identity_key (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, pad text);
INSERT INTO split.identity_key (pad) SELECT repeat('p', 80) FROM generate_series(1, 3000) i;
CREATE DOMAIN split.key_domain AS bigint CHECK (VALUE <> 13);
CREATE TABLE split.domain_key (id split.key_domain PRIMARY KEY, pad text);
INSERT INTO split.domain_key SELECT i, repeat('p', 80) FROM generate_series(100, 3100) i;
CREATE TABLE split.no_key (id int, pad text);
INSERT INTO split.no_key SELECT i % 100, repeat('p', 80) FROM generate_series(1, 3000) i;
CREATE TABLE split.descending_index (id int NOT NULL, pad text);
CREATE UNIQUE INDEX ON split.descending_index (id DESC NULLS LAST) INCLUDE (pad);
INSERT INTO split.descending_index SELECT i, repeat('p', 80) FROM generate_series(-1500, 1500) i;

-- Heaps whose pages do not say what is in them: many dead rows, an emptied beginning and end, columns added later,
-- rows in toast only, rows that HOT updates moved, tables of inheritance and partitions.
CREATE TABLE split.dead_rows (id int PRIMARY KEY, pad text) WITH (autovacuum_enabled = false);
INSERT INTO split.dead_rows SELECT i, repeat('p', 80) FROM generate_series(1, 10000) i;
DELETE FROM split.dead_rows WHERE id % 10 <> 0 OR id < 2000 OR id > 9000;
UPDATE split.dead_rows SET pad = repeat('q', 80);
CREATE TABLE split.all_dead (id int PRIMARY KEY, pad text) WITH (autovacuum_enabled = false);
INSERT INTO split.all_dead SELECT i, repeat('p', 80) FROM generate_series(1, 3000) i;
DELETE FROM split.all_dead;
CREATE TABLE split.in_toast (id int PRIMARY KEY, t text);
ALTER TABLE split.in_toast ALTER t SET STORAGE EXTERNAL;
INSERT INTO split.in_toast SELECT i, repeat(md5(i::text), 300) FROM generate_series(1, 100) i;
CREATE TABLE split.ancestor (id int PRIMARY KEY, pad text);
CREATE TABLE split.descendant (PRIMARY KEY (id)) INHERITS (split.ancestor);
INSERT INTO split.ancestor SELECT i, repeat('a', 80) FROM generate_series(-1000, 1000) i;
INSERT INTO split.descendant SELECT i, repeat('d', 80) FROM generate_series(-2000, 2000) i;
CREATE TABLE split.parts (id bigint PRIMARY KEY, pad text) PARTITION BY RANGE (id);
CREATE TABLE split.parts_low PARTITION OF split.parts FOR VALUES FROM (MINVALUE) TO (0);
CREATE TABLE split.parts_high PARTITION OF split.parts FOR VALUES FROM (0) TO (MAXVALUE);
INSERT INTO split.parts SELECT i, repeat('p', 80) FROM generate_series(-2000, 2000) i;
CREATE UNLOGGED TABLE split.unlogged (id int PRIMARY KEY, pad text);
INSERT INTO split.unlogged SELECT i, repeat('p', 80) FROM generate_series(-1500, 1500) i;
CREATE TABLE split.other_am (id int PRIMARY KEY, pad text) USING ks_heap;
INSERT INTO split.other_am SELECT i, repeat('p', 80) FROM generate_series(-1500, 1500) i;
CREATE TABLE split.no_columns ();
INSERT INTO split.no_columns SELECT FROM generate_series(1, 3000);
