-- How the streams here were recorded, with a PostgreSQL 15 (wal_level = logical, logical_decoding_work_mem = 64kB, timezone UTC) that has
-- wal2json 2.5. Each was read after the work with pg_logical_slot_get_changes (pgoutput: pg_logical_slot_get_binary_changes) and the
-- options of PluginOptions, and written down as its position and the message as a Go string.

-- 1. The tables.
CREATE TYPE "Mood" AS ENUM ('sad','o''k','"quoted"','a\b');
CREATE TYPE "we""ird" AS ENUM ('x');
CREATE SCHEMA "My Schema";
CREATE TYPE "My Schema"."Co mp" AS (a int, b text);
CREATE DOMAIN posint AS numeric CHECK (VALUE > 0 OR VALUE IS NULL);
CREATE DOMAIN bb AS bytea;
CREATE TABLE vals (id bigint PRIMARY KEY, i2 smallint, i4 int, i8 bigint, o oid, f4 real, f8 double precision, n numeric, n2 numeric(40,5), b boolean, bi bit(5), vb bit varying, t text, c char(5), v varchar(20), ba bytea, j json, jb jsonb, ts timestamp, tz timestamptz, d date, tm time, ttz timetz, iv interval, u uuid, ia int[], ta text[], m "Mood", w "we""ird", co "My Schema"."Co mp", ma "Mood"[], po posint, dbb bb, r int4range, pt point, x xml, inet inet, mo money, "char" "char", nm name, bo bool[], tsv tsvector);
CREATE TABLE "My Schema"."Ta""ble. x" ("select" int PRIMARY KEY, "Col [1]:" text, "a b" text, "ünï" text, "c'""q\" text, "user" int, "[]" text, "old-key" text, "new-tuple:" text, "UPDATE:" int);
CREATE TABLE gen (g int GENERATED ALWAYS AS (id * 2) STORED, id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, v text);
CREATE TABLE toast (id int PRIMARY KEY, big text, small text); ALTER TABLE toast ALTER big SET STORAGE EXTERNAL;
CREATE TABLE toastfull (id int, big text, small text); ALTER TABLE toastfull ALTER big SET STORAGE EXTERNAL; ALTER TABLE toastfull REPLICA IDENTITY FULL;
CREATE TABLE fullt (a int, b text, c numeric, d json); ALTER TABLE fullt REPLICA IDENTITY FULL;
CREATE TABLE idx (a int NOT NULL, b text NOT NULL, c text); CREATE UNIQUE INDEX idx_ab ON idx (b, a); ALTER TABLE idx REPLICA IDENTITY USING INDEX idx_ab;
CREATE TABLE nokey (a int, b text);
CREATE TABLE nothing (a int PRIMARY KEY, b text); ALTER TABLE nothing REPLICA IDENTITY NOTHING;
CREATE TABLE parent (id int PRIMARY KEY, v text); CREATE TABLE child (id serial PRIMARY KEY, pid int REFERENCES parent);
CREATE TABLE part (id int, k int, PRIMARY KEY (id, k)) PARTITION BY RANGE (k); CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10); CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10) TO (20);
CREATE TABLE nocols ();
CREATE PUBLICATION p FOR ALL TABLES;
SELECT pg_create_logical_replication_slot('t', 'test_decoding'), pg_create_logical_replication_slot('w', 'wal2json'),
       pg_create_logical_replication_slot('o', 'pgoutput'), pg_create_logical_replication_slot('s', 'pgoutput');

-- 2. The work: test_decoding.stream, wal2json.stream, pgoutput.stream (protocol version 1, so that it compares).
INSERT INTO vals VALUES (9007199254740993, -32768, -2147483648, -9223372036854775808, 4294967295, 1e-30, 1e-300, 1234567890123456789012345678901234567890.5, 1e20, true, B'10101', B'', '', 'ab', 'x''y"z\', '\x00ff5c27', '{"a": "q''\"\\ \u0041"}', '{"n": 1e100}', '0044-03-15 12:00:00 BC', 'infinity', '-infinity', '23:59:59.999999', '24:00:00+02', '-1 year 3 days 04:05:06.7', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{1,NULL,-3}', '{"null",NULL,"a,b","c\"d","e\\f",""}', 'o''k', 'x', '(1,"a ""b"" ''c''")', '{sad,"\"quoted\"","a\\b"}', 12.50, '\xdead', '[1,5)', '(1.5,-2)', '<a b="c''d"/>', '::1/64', '$1,234.56', 'z', 'a name', '{t,f,NULL}', '''a'':1 ''b c'':2A');
INSERT INTO vals (id) VALUES (2);
INSERT INTO vals (id, t, v, ba) VALUES (3, E'line1\nline2\ttab\r\b\f\x01\x7f end', 'null', ''), (4, 'unchanged-toast-datum', '''', '\x'), (5, 'ünïcödé 日本語 🎉', 'B''1''', '\x5c'), (6, ' leading and ] [ : trailing ', '(no-tuple-data)', '\x27'), (7, 'id[bigint]:7 new-tuple: x[text]:''y''', '''''', '\x0a');
INSERT INTO vals (id, f4, f8, n, n2, b) VALUES (10, 'NaN', 'Infinity', 'NaN', 'NaN', false), (11, '-Infinity', '-Infinity', 'Infinity', NULL, NULL), (12, '-0', '-0', '-0', 0.1, true), (13, 3.4028235e38, 1.7976931348623157e308, '-Infinity', 1, true), (14, 1.17549435e-38, 5e-324, 1e-200, 1, true);
UPDATE vals SET t = 'upd' WHERE id = 2;
UPDATE vals SET id = 200, ba = '\xbeef' WHERE id = 2;
DELETE FROM vals WHERE id = 200;
INSERT INTO "My Schema"."Ta""ble. x" VALUES (1, 'a', 'b', 'ç', 'd''"\', 5, '[]', 'old-key: x[int]:1', ' new-tuple: y', 9);
UPDATE "My Schema"."Ta""ble. x" SET "Col [1]:" = NULL, "select" = 2;
DELETE FROM "My Schema"."Ta""ble. x";
INSERT INTO gen (v) VALUES ('a'), ('b'); UPDATE gen SET v = 'c' WHERE id = 1; DELETE FROM gen WHERE id = 2;
INSERT INTO toast VALUES (1, repeat('0123456789', 1000), 's'); UPDATE toast SET small = 't'; UPDATE toast SET id = 2; UPDATE toast SET big = repeat('x', 3000); DELETE FROM toast;
INSERT INTO toastfull VALUES (1, repeat('abcdefghij', 400), NULL); UPDATE toastfull SET small = 't'; DELETE FROM toastfull;
INSERT INTO fullt VALUES (1, 'x', 1.50, '{}'), (1, 'x', 1.50, '{}'), (NULL, NULL, NULL, NULL); DELETE FROM fullt WHERE ctid = (SELECT min(ctid) FROM fullt WHERE a = 1); UPDATE fullt SET b = 'y' WHERE a = 1; DELETE FROM fullt WHERE a IS NULL;
INSERT INTO idx VALUES (1, 'k', 'c'); UPDATE idx SET c = 'd'; UPDATE idx SET b = 'k2'; DELETE FROM idx;
INSERT INTO parent VALUES (1, 'p'); INSERT INTO child (pid) VALUES (1); 
BEGIN; TRUNCATE parent, child RESTART IDENTITY; INSERT INTO parent VALUES (2, 'q'); COMMIT;
TRUNCATE parent CASCADE; TRUNCATE fullt;
INSERT INTO part VALUES (1, 1), (2, 11); UPDATE part SET k = 12 WHERE id = 1; TRUNCATE part;
INSERT INTO nocols DEFAULT VALUES;
SELECT pg_logical_emit_message(true, 'pgcopy', 'hello "world"'), pg_logical_emit_message(false, 'a prefix: with, sz: 3 content:', E'\n\\x');
BEGIN; INSERT INTO parent VALUES (10, 'a'); SAVEPOINT s; INSERT INTO parent VALUES (11, 'b'); ROLLBACK TO s; INSERT INTO parent VALUES (12, 'c'); SELECT pg_logical_emit_message(true, 'in', 'txn'); COMMIT;
ALTER TABLE parent ADD COLUMN extra int; INSERT INTO parent VALUES (13, 'd', 7); ALTER TABLE parent DROP COLUMN v; UPDATE parent SET extra = 8 WHERE id = 13;

-- 3. Large transactions: pgoutput_streaming.stream (with streaming, messages and binary; of each run of inserts only three are kept).
BEGIN; INSERT INTO parent (id, extra) SELECT g, g FROM generate_series(100,250) g; SAVEPOINT a; INSERT INTO parent (id, extra) SELECT g, g FROM generate_series(1000,2200) g; ROLLBACK TO a; INSERT INTO part SELECT g, 1 FROM generate_series(1,20) g;  COMMIT;
BEGIN; INSERT INTO parent (id, extra) SELECT g, g FROM generate_series(3000,4500) g; ROLLBACK;

-- 4. No replica identity: test_decoding_no_identity.stream.
DROP PUBLICATION p;
INSERT INTO nokey VALUES (1, 'a'); UPDATE nokey SET b = 'b'; DELETE FROM nokey; INSERT INTO nothing VALUES (1, 'a'); UPDATE nothing SET b = 'b'; DELETE FROM nothing;
